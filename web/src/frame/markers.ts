// The handles on the map: where the race begins, and the point that is looked at.

import type { State, Store } from "../state";
import { createHandle } from "../view/handles";
import type { SurfaceMap } from "../view/map";
import type { Drag } from "./drag";

export interface Markers {
  /** Puts the handle of the view in its place; where paths end says where its name goes. */
  readonly place: (now: State, ends: readonly number[]) => void;
}

export function createMarkers(store: Store, map: SurfaceMap, drag: Drag): Markers {
  const start = createHandle({ kind: "start", tag: "start", camera: map.camera, moved: drag.to });
  const probe = createHandle({
    kind: "probe", tag: "pinned", camera: map.camera,
    moved: (to) => {
      store.set({ pinned: true });
      drag.to(to);
    },
    pressed: () => { store.set({ pinned: !store.get().pinned }); },
  });
  for (const handle of [start, probe]) {
    handle.element.addEventListener("pointerup", drag.end);
    handle.element.addEventListener("keyup", drag.end);
    map.handles.append(handle.element);
  }
  start.element.querySelector(".tag")?.append(drag.hint);
  return {
    place: (now, ends) => {
      const camera = map.camera();
      const isArena = now.view === "arena";
      // Its name on the side that the paths do not take.
      start.place(camera, now.start, ends.filter((x) => x > now.start[0]).length > ends.length / 2);
      probe.place(camera, now.point);
      if (!isArena) start.element.hidden = true;
      if (isArena || !now.pinned) probe.element.hidden = true;
    },
  };
}
