// The page: one map, two views beside it, one state behind both.

import { type Arena, createArena } from "./arena/arena";
import type { Change, Context, Pane } from "./context";
import { type MethodInfo, type ProblemInfo, Surface, describe } from "./core";
import { createCurvature } from "./curvature/curvature";
import { download } from "./export/data";
import { mapSvg, pngOf } from "./export/picture";
import { baseName, isPreset, presetEntrants } from "./presets";
import { type Point, type State, type View, createStore, samePoint } from "./state";
import { byId, h, setText, show } from "./ui/dom";
import { createSurfacePicker } from "./ui/surfaces";
import { createTheme } from "./ui/theme";
import { decode, encode } from "./url";
import { createHandle } from "./view/handles";
import { createMap } from "./view/map";

const TITLES: Readonly<Record<View, readonly [string, string]>> = {
  arena: ["Arena", "race methods"],
  curvature: ["Curvature", "look at a point"],
};
/** A surface that is always there. */
const FIRST = "rosenbrock";

export function startApp(problems: readonly ProblemInfo[], methods: readonly MethodInfo[]): void {
  const toast = byId("toast");
  let toastTimer = 0;
  const tell = (words: string): void => {
    toast.textContent = words;
    show(toast, true);
    clearTimeout(toastTimer);
    toastTimer = window.setTimeout(() => { show(toast, false); }, 5000);
  };
  const live = byId("live");
  let liveTimer = 0;
  const say = (words: string): void => {
    clearTimeout(liveTimer);
    liveTimer = window.setTimeout(() => { setText(live, words); }, 700);
  };

  // The state of the address, over that of the first surface.
  const home = problems.find((info) => info.name === FIRST);
  const names = methods.map((method) => method.name);
  const initial: State = {
    view: "arena", surface: FIRST, start: home?.start ?? [0, 0], window: null,
    entrants: presetEntrants(FIRST), axis: "iterations", measure: "gap", time: null, playing: false,
    speed: 1, opened: null, point: home?.start ?? [0, 0], pinned: false, radius: null, damping: 0, theme: "system",
  };
  const theme = createTheme((choice) => { store.set({ theme: choice }); });
  const store = createStore({ ...initial, theme: theme.choice() }, () => { wake(); });

  let surface = new Surface(FIRST);
  let info = describe(surface);
  let complaint = "";
  let dragging = false;
  let surfaceChanged = true;
  let cameraChanged = true;

  /** Takes another surface; what is wrong with its specification, empty if nothing. */
  const take = (spec: string): string => {
    try {
      const next = new Surface(spec);
      surface.free();
      surface = next;
      info = describe(next);
      surfaceChanged = true;
      map.setSurface(surface, info);
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const choose = (spec: string): void => {
    const before = store.get();
    complaint = take(spec);
    if (complaint !== "") {
      picker.show(spec, complaint, theme.dark());
      return;
    }
    const kind = (text: string): string =>
      problems.some((problem) => baseName(problem.name) === baseName(text)) ? baseName(text) : "formula";
    const same = kind(spec) === kind(before.surface);
    const entrants = isPreset(before.surface, before.entrants) ? presetEntrants(spec) : before.entrants;
    store.set(
      same
        ? { surface: spec }
        : { surface: spec, start: info.start, point: info.start, window: null, radius: null, pinned: false, time: null, playing: false, opened: null, entrants },
    );
  };

  const pane = (): Pane => panes[store.get().view];
  const move = (at: Point): void => {
    touched();
    if (store.get().view === "arena") store.set({ start: at, time: null, playing: false });
    else store.set({ point: at });
  };
  const map = createMap({
    window: () => store.get().window,
    gestures: {
      pressed: (at, first) => {
        dragging = true;
        if (store.get().view === "curvature" && first) store.set({ pinned: true });
        move(at);
      },
      released: () => { settle(); },
      hovered: (at) => {
        const { view, pinned } = store.get();
        if (view === "curvature" && !pinned && at) store.set({ point: at });
      },
      held: (at) => {
        if (store.get().view === "curvature") store.set({ pinned: true });
        move(at);
        settle();
      },
      moved: (window) => { store.set({ window }); },
      reset: () => { store.set({ window: null }); },
    },
  });
  const settle = (): void => {
    dragging = false;
    store.set({ start: [...store.get().start] });
  };
  const start = createHandle({
    kind: "start", tag: "start", camera: map.camera,
    moved: (to) => { dragging = true; move(to); },
  });
  const probe = createHandle({
    kind: "probe", tag: "pinned", camera: map.camera,
    moved: (to) => { dragging = true; store.set({ pinned: true }); move(to); },
    pressed: () => { store.set({ pinned: !store.get().pinned }); },
  });
  const hint = h("span", { class: "more" }, " · drag me");
  const touched = (): void => { hint.remove(); };
  for (const handle of [start, probe]) {
    handle.element.addEventListener("pointerup", settle);
    handle.element.addEventListener("keyup", settle);
    map.handles.append(handle.element);
  }
  start.element.querySelector(".tag")?.append(hint);

  const context: Context = {
    store, map, methods, say,
    surface: () => surface,
    info: () => info,
    dark: theme.dark,
    dragging: () => dragging,
  };
  const arena: Arena = createArena(context);
  const panes: Readonly<Record<View, Pane>> = { arena, curvature: createCurvature(context) };

  // The frame around both.
  const picker = createSurfacePicker(problems, choose);
  byId("surfaces").append(picker.strip);
  byId("extras").append(picker.extras);
  const stage = byId("map");
  const under = h("div", { class: "under" });
  stage.append(map.element, under);
  const tabs = (Object.keys(TITLES) as View[]).map((view) => {
    const link = h("a", { href: `#${view}`, title: TITLES[view][1] }, TITLES[view][0]);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      store.set({ view });
    });
    return { view, link };
  });
  byId("views").append(...tabs.map(({ link }) => link));

  const copy = async (words: string, what: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(words);
      tell(`${what} copied: ${words.length > 120 ? `${words.slice(0, 118)}…` : words}`);
    } catch {
      tell(words);
    }
  };
  const picture = (): string => mapSvg(map, info.variables, pane().picture(), theme.dark());
  const save = (extension: string, content: BlobPart, type: string): void => {
    const { view, surface: spec } = store.get();
    const name = baseName(spec).replace(/[^\w-]+/g, "_").slice(0, 40);
    download(`ravine-${name}${view === "arena" ? "" : `-${view}`}.${extension}`, new Blob([content], { type }));
  };
  const item = (words: string, act: () => void | Promise<void>): HTMLButtonElement =>
    h("button", { type: "button", click: () => { menu.open = false; void act(); } }, words);
  const menu = h("details", { class: "menu" }, h("summary", {}, "Share"));
  menu.append(
    h("div", {},
      item("Copy link", () => copy(location.href, "Link")),
      item("Copy as command", () => copy(pane().command(), "Command")),
      item("Picture, PNG", async () => { save("png", await pngOf(picture()), "image/png"); }),
      item("Picture, SVG", () => { save("svg", picture(), "image/svg+xml"); }),
      item("Numbers, CSV", () => { save("csv", pane().csv(), "text/csv"); })),
  );
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.open = false;
  });
  byId("tools").append(menu, theme.element);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || store.get().view !== "arena") return;
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
    const pressing = event.target instanceof Element && event.target.closest("button, a, summary");
    if (typing) return;
    if (event.key === " " && !pressing) arena.player.toggle();
    else if (event.key === ".") arena.player.step(1);
    else if (event.key === ",") arena.player.step(-1);
    else return;
    event.preventDefault();
  });

  // State to page.
  let repaintTimer = 0;
  let addressTimer = 0;
  /** Field and level lines: at once, and finer when the page has nothing else to do. */
  const repaint = (moving: boolean): void => {
    map.paint(theme.dark(), moving ? "moving" : "first");
    const later = (): void => {
      clearTimeout(repaintTimer);
      repaintTimer = window.setTimeout(() => {
        if (ready) requestAnimationFrame(() => { map.paint(theme.dark(), "fine"); });
        else later();
      }, 200);
    };
    later();
  };
  const enter = (view: View, before: View | null): void => {
    if (before !== null) panes[before].leave();
    byId("side").replaceChildren(panes[view].side);
    under.replaceChildren(panes[view].under);
    byId("below").replaceChildren(panes[view].below);
    document.body.dataset.view = view;
    for (const tab of tabs) {
      if (tab.view === view) tab.link.setAttribute("aria-current", "page");
      else tab.link.removeAttribute("aria-current");
    }
    panes[view].enter();
  };
  const update = (now: State, before: State): void => {
    const viewChanged = now.view !== before.view;
    if (viewChanged) enter(now.view, before.view);
    if (now.theme !== before.theme) theme.set(now.theme);
    const sized = cameraChanged && map.measure();
    const moved = sized || surfaceChanged || cameraChanged || now.window !== before.window || now.theme !== before.theme;
    if (moved) repaint(now.window !== before.window && now.window !== null && !surfaceChanged);
    const change: Change = { now, before, surface: surfaceChanged, camera: moved || viewChanged };
    surfaceChanged = false;
    cameraChanged = false;
    const camera = map.camera();
    const isArena = now.view === "arena";
    // Its name on the side that the paths do not take.
    const ends = arena.tracks().flatMap((track) => (track.count > 0 ? [track.points[2 * track.count - 2] ?? 0] : []));
    start.place(camera, now.start, ends.filter((x) => x > now.start[0]).length > ends.length / 2);
    probe.place(camera, now.point);
    if (!isArena) start.element.hidden = true;
    if (isArena || !now.pinned) probe.element.hidden = true;
    pane().update(change);
    if (change.surface || viewChanged) {
      setText(byId("title"), info.title);
      setText(byId("note"), info.note || "Your own function of two variables: its derivatives are exact.");
    }
    if (change.surface || now.surface !== before.surface || now.theme !== before.theme) picker.show(now.surface, complaint, theme.dark());
    clearTimeout(addressTimer);
    addressTimer = window.setTimeout(writeAddress, now.playing ? 1000 : 250);
  };
  let written = "";
  const writeAddress = (): void => {
    written = `#${encode(store.get())}`;
    if (location.hash !== written) history.replaceState(null, "", written);
  };

  // Frames only while something moves: first what changed, then what goes on by itself.
  let scheduled = false;
  let ready = true;
  let last = 0;
  const tick = (time: number): void => {
    scheduled = false;
    store.flush(update);
    const seconds = last === 0 ? 0 : Math.min(0.1, (time - last) / 1000);
    last = time;
    if (pane().frame(seconds)) wake();
    else if (!scheduled) {
      last = 0;
      ready = true;
      document.body.dataset.ready = "true";
    }
  };
  const wake = (): void => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(tick);
    if (ready) document.body.dataset.ready = "false";
    ready = false;
  };

  const read = (hash: string): void => {
    const { state, complaints } = decode(hash, names);
    const spec = state.surface ?? store.get().surface;
    const wrong = spec === store.get().surface && !surfaceChanged ? "" : take(spec);
    if (wrong !== "") {
      tell(`The link's surface is not usable: ${wrong}`);
      take(store.get().surface);
      store.set({ view: state.view ?? "arena" });
      return;
    }
    if (complaints.length > 0) tell(`Part of the link was left out: ${complaints.join("; ")}.`);
    const from = state.start ?? (state.surface === undefined ? undefined : info.start);
    store.set({
      ...state,
      ...(from === undefined ? {} : { start: from, point: state.point ?? from }),
    });
    const { start: at } = store.get();
    if (!samePoint(at, info.start)) touched();
  };
  window.addEventListener("hashchange", () => {
    if (location.hash !== written) read(location.hash);
  });
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
  map.setSurface(surface, info);
  read(location.hash);
  store.set({});
}
