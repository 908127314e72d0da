// The page: one map, two views beside it, a third one of networks, one state behind all.

import { createArena } from "./arena/arena";
import type { Change, Context, Pane } from "./context";
import type { MethodInfo, ProblemInfo } from "./core";
import { createCurvaturePane } from "./curvature/pane";
import { createNetworkPane } from "./network/pane";
import { type Moving, mapSvg } from "./export/picture";
import { createAddress } from "./frame/address";
import { createChoice } from "./frame/choice";
import { createCurrent } from "./frame/current";
import { createDrag } from "./frame/drag";
import { listenToKeys } from "./frame/keys";
import { createLoop } from "./frame/loop";
import { createMarkers } from "./frame/markers";
import { projectLinks } from "./frame/links";
import { createNotices } from "./frame/notices";
import { createPainter } from "./frame/painter";
import { createShare } from "./frame/share";
import { wholeLink } from "./frame/whole";
import { type Panes, createStage } from "./frame/stage";
import { presetEntrants } from "./presets";
import { type Point, type State, USUAL_LIMITS, createStore } from "./state";
import { createStory } from "./story/story";
import { byId, setText } from "./ui/dom";
import { createTheme } from "./ui/theme";
import { createMap } from "./view/map";

/** A surface that is always there. */
const FIRST = "rosenbrock";

/** What the page shows where the address says nothing. */
function initial(start: Point): State {
  return {
    view: "arena", surface: FIRST, start, window: null,
    entrants: presetEntrants(FIRST), limits: USUAL_LIMITS, axis: "iterations", measure: "gap", time: null, playing: false,
    speed: 1, opened: null, lit: null, basins: null, point: start, pinned: false, radius: null, damping: 0, hidden: [],
    theme: "system", bare: false, scene: null, network: "",
  };
}

export function startApp(problems: readonly ProblemInfo[], methods: readonly MethodInfo[]): void {
  const { tell, say } = createNotices();
  const home = problems.find((info) => info.name === FIRST)?.start ?? [0, 0];
  const theme = createTheme((choice) => { store.set({ theme: choice }); });
  const store = createStore({ ...initial(home), theme: theme.choice() }, () => { loop.wake(); });
  const drag = createDrag(store);
  const map = createMap({
    window: () => store.get().window,
    gestures: {
      ...drag.gestures,
      hovered: (at) => {
        drag.gestures.hovered(at);
        pane().hover(at);
      },
    },
  });
  const current = createCurrent(FIRST, map.setSurface);
  const markers = createMarkers(store, map, drag);

  const { surface, info } = current;
  const context: Context = { store, map, methods, say, surface, info, dark: theme.dark, dragging: drag.going };
  const arena = createArena(context);
  const wake = (): void => { loop.wake(); };
  const network = createNetworkPane(context, tell, wake);
  const panes: Panes = { arena, curvature: createCurvaturePane(context, wake), network };
  const pane = (): Pane => panes[store.get().view];

  // First what changed, then what goes on by itself.
  const loop = createLoop((seconds) => {
    store.flush(update);
    return pane().frame(seconds);
  });
  const repaint = createPainter(map, theme.dark, loop);
  const choice = createChoice(problems, store, current, theme.dark);
  const enter = createStage(map.element, panes, (view) => { store.set({ view }); });
  const picture = (): string => pane().svg?.() ?? mapSvg(map, info().variables, pane().picture(), theme.dark());
  const film = async (moving: Moving, progress: (part: number) => void): Promise<Blob> => {
    const still = mapSvg(map, info().variables, moving.still, theme.dark());
    const { width, height } = map.camera();
    const { film: filmed } = await import("./export/film");
    return filmed(still, [width, height], moving, theme.dark(), progress);
  };
  byId("tools").append(createShare(store, pane, picture, film, () => info().title, tell), theme.element);
  listenToKeys(store, arena.player, network.key);
  const story = createStory(store, current, arena);
  byId("story").append(story.element);
  byId("more").append(...projectLinks(), story.opener, wholeLink());
  const address = createAddress(store, current, methods.map((method) => method.name), drag, tell);

  /** Whether the camera may be another: the page's size or its colours are. */
  let cameraChanged = true;
  const update = (now: State, before: State): void => {
    const viewChanged = now.view !== before.view;
    if (viewChanged) enter(now.view, before.view);
    if (now.theme !== before.theme) theme.set(now.theme);
    document.body.classList.toggle("bare", now.bare);
    if (now.view === "network") {
      network.update({ now, before, surface: false, camera: viewChanged });
      address.write();
      return;
    }
    const surfaceChanged = current.changed();
    const sized = cameraChanged && map.measure();
    const moved = sized || surfaceChanged || cameraChanged || now.window !== before.window || now.theme !== before.theme;
    if (moved) repaint(now.window !== before.window && now.window !== null && !surfaceChanged);
    const change: Change = { now, before, surface: surfaceChanged, camera: moved || viewChanged };
    current.drawn();
    cameraChanged = false;
    markers.place(now, arena.ends());
    pane().update(change);
    if (surfaceChanged || viewChanged) {
      setText(byId("title"), info().title);
      setText(byId("note"), info().note || "Your own function of two variables: its derivatives are exact.");
    }
    if (surfaceChanged || now.surface !== before.surface || now.theme !== before.theme) choice.show(now.surface);
    story.update(now);
    address.write();
  };
  theme.changed(() => {
    cameraChanged = true;
    store.set({ theme: theme.choice() });
  });
  new ResizeObserver(() => {
    panes.arena.resized();
    panes.curvature.resized();
    cameraChanged = true;
    store.set({});
  }).observe(byId("map"));

  enter("arena", null);
  map.setSurface(surface(), info());
  address.read();
  story.welcome();
  store.set({});
}
