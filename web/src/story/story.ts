// The tour: one scene after another beside the map, each with a question before its answer is run.

import type { Arena } from "../arena/arena";
import type { Current } from "../frame/current";
import { type State, type Store, USUAL_LIMITS } from "../state";
import { h, setText, show } from "../ui/dom";
import type { Facts } from "./facts";
import { SCENES, type Scene } from "./scenes";

const KEY = "ravine-tour";
/** Milliseconds until it is looked again whether all runs have ended. */
const SOON = 60;

export interface Story {
  /** The card of the scene. */
  readonly element: HTMLElement;
  /** What opens the tour again. */
  readonly opener: HTMLElement;
  /** Opens it for who comes for the first time; otherwise does nothing. */
  readonly welcome: () => void;
  /** Follows the state: opens the scene that it names, or none. */
  readonly update: (now: State) => void;
}

/** Whether this browser has shown the tour before; noted from here on. */
function seenBefore(): boolean {
  try {
    const seen = localStorage.getItem(KEY) !== null;
    localStorage.setItem(KEY, "seen");
    return seen;
  } catch {
    // Without storage nothing is remembered.
    return false;
  }
}

export function createStory(store: Store, current: Current, arena: Arena): Story {
  /** The scene that is set, from 1; null where the page is as usual. */
  let set: number | null = null;
  /** What the page showed before. */
  let before: State | null = null;
  let told = false;

  const where = h("p", { class: "where" });
  const title = h("h1", { tabindex: -1 });
  const says = h("p", { class: "says" });
  const asks = h("p", { class: "asks" });
  const answers = h("div", { class: "answers", role: "group" });
  const reveal = h("p", { class: "reveal", role: "status" });
  const next = h("button", { type: "button", class: "next", click: () => { go(1); } });
  const back = h("button", { type: "button", click: () => { go(-1); } }, "Back");
  const again = h("button", { type: "button", click: () => { store.set({ time: 0, playing: true }); } }, "Play again");
  const skip = h("button", { type: "button", class: "quiet-button", click: () => { store.set({ scene: null }); } }, "Skip the tour");
  const element = h("section", { class: "scene", "aria-label": "Tour", hidden: true },
    where, title, says, asks, answers, reveal, h("p", { class: "actions" }, back, next, again, skip));
  const opener = h("button", { type: "button", class: "quiet-button tour", click: () => { store.set({ scene: 1 }); } }, "Take the tour");

  const sceneOf = (k: number): Scene | undefined => SCENES[k - 1];
  const facts = (): Facts => ({ surface: current.surface(), info: current.info(), tracks: arena.tracks() });
  const mark = (state: "asked" | "told" | ""): void => {
    if (state === "") delete document.body.dataset.scene;
    else document.body.dataset.scene = state;
  };

  const tell = (scene: Scene, chosen: number): void => {
    if (!arena.finished()) {
      const asked = set;
      setTimeout(() => { if (set === asked) tell(scene, chosen); }, SOON);
      return;
    }
    const { right, words } = scene.judge(facts());
    told = true;
    mark("told");
    [...answers.children].forEach((button, i) => {
      button.classList.toggle("right", i === right);
      button.classList.toggle("wrong", i === chosen && i !== right);
      button.setAttribute("aria-pressed", String(i === chosen));
    });
    setText(reveal, `${chosen === right ? "Yes." : `No: ${scene.answers[right] ?? ""}.`} ${words}`);
    show(again, true);
    arena.resized();
    next.focus({ preventScroll: true });
    store.set({ time: 0, playing: true });
  };

  const open = (k: number): void => {
    const scene = sceneOf(k);
    if (!scene) {
      store.set({ scene: null });
      return;
    }
    before ??= { ...store.get(), scene: null, playing: false };
    set = k;
    told = false;
    current.take(scene.surface);
    mark("asked");
    store.set({
      view: "arena", surface: scene.surface, start: scene.start, point: scene.start, window: null, entrants: scene.entrants(),
      limits: USUAL_LIMITS, axis: "iterations", measure: "gap", opened: null, basins: null, lit: null, ...scene.also,
      time: 0, playing: false, speed: 1, scene: k,
    });
    setText(where, `Scene ${k} of ${SCENES.length}`);
    setText(title, scene.title);
    setText(asks, scene.asks);
    setText(reveal, "");
    answers.setAttribute("aria-label", scene.asks);
    answers.replaceChildren(...scene.answers.map((words, i) =>
      h("button", { type: "button", click: () => { if (!told) tell(scene, i); } }, words)));
    setText(next, k === SCENES.length ? "To the arena" : "Next");
    show(back, k > 1);
    show(again, false);
    show(element, true);
    show(skip, k < SCENES.length);
    says.textContent = "";
  };

  const close = (): void => {
    const home = before;
    [set, before] = [null, null];
    mark("");
    show(element, false);
    if (!home) return;
    current.take(home.surface);
    store.set({ ...home, theme: store.get().theme });
  };

  const go = (way: 1 | -1): void => {
    const k = (set ?? 0) + way;
    store.set({ scene: k > SCENES.length ? null : Math.max(1, k) });
    title.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || set === null || document.querySelector("dialog[open], .menu[open], :popover-open")) return;
    store.set({ scene: null });
  });

  return {
    element,
    opener,
    welcome: () => {
      if (location.hash === "" && !seenBefore()) open(1);
    },
    update: (now) => {
      if (now.scene !== set) {
        if (now.scene === null) close();
        else open(now.scene);
      }
      const scene = set === null ? undefined : sceneOf(set);
      // What is said needs the runs to have begun.
      const tracks = arena.tracks();
      const begun = tracks.length > 0 && tracks.every(({ entrant }) => store.get().entrants.includes(entrant));
      if (scene && begun && says.textContent === "") setText(says, scene.says(facts()));
    },
  };
}
