// Moving the race's start or the point that is looked at, on the map or by a handle.

import type { Point, Store } from "../state";
import { h } from "../ui/dom";
import type { MapOptions } from "../view/map";

export interface Drag {
  readonly gestures: MapOptions["gestures"];
  /** Whether something is being dragged. */
  readonly going: () => boolean;
  /** Drags what the view is about to a point. */
  readonly to: (at: Point) => void;
  /** What was dragged is let go. */
  readonly end: () => void;
  /** Says that things can be dragged, until something was. */
  readonly hint: HTMLElement;
  readonly known: () => void;
}

export function createDrag(store: Store): Drag {
  const hint = h("span", { class: "more" }, " · drag me");
  let going = false;
  const known = (): void => { hint.remove(); };
  const move = (at: Point): void => {
    known();
    if (store.get().view === "arena") store.set({ start: at, playing: false });
    else store.set({ point: at });
  };
  const to = (at: Point): void => {
    going = true;
    move(at);
  };
  const end = (): void => {
    going = false;
    store.set({ start: [...store.get().start] });
  };
  return {
    gestures: {
      pressed: (at, first) => {
        if (store.get().view === "curvature" && first) store.set({ pinned: true });
        to(at);
      },
      released: end,
      hovered: (at) => {
        const { view, pinned } = store.get();
        if (view === "curvature" && !pinned && at) store.set({ point: at });
      },
      held: (at) => {
        if (store.get().view === "curvature") store.set({ pinned: true });
        move(at);
        end();
      },
      moved: (window) => { store.set({ window }); },
      reset: () => { store.set({ window: null }); },
    },
    going: () => going,
    to,
    end,
    hint,
    known,
  };
}
