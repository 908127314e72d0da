// The state in the page's address: read when it changes, written when the state has.

import { baseName } from "../presets";
import { type State, type Store, samePoint } from "../state";
import { decode, encode } from "../url";
import type { Current } from "./current";
import type { Drag } from "./drag";

/** Milliseconds until a change is written, and while the race plays. */
const WAIT = 250;
const WHILE_PLAYING = 1000;

export interface Address {
  /** Takes the state that it says. */
  readonly read: () => void;
  /** Writes the state there in a while. */
  readonly write: () => void;
}

export function createAddress(
  store: Store,
  current: Current,
  methods: readonly string[],
  drag: Drag,
  tell: (words: string) => void,
): Address {
  let written = "";
  /** The address that was read or written last: where it is another, its event is on the way. */
  let known = "";
  let timer = 0;
  /** The view and the kind of surface that the last entry of the history is about. */
  let place = "";
  const placeOf = ({ view, surface, scene }: State): string => `${scene ?? ""} ${view} ${/^[\w-]+(:|$)/.test(surface) ? baseName(surface) : "formula"}`;
  const read = (): void => {
    known = location.hash;
    const { state, complaints } = decode(location.hash, methods);
    const spec = state.surface ?? store.get().surface;
    const wrong = spec === store.get().surface && !current.changed() ? "" : current.take(spec);
    if (wrong !== "") {
      tell(`The link's surface is not usable: ${wrong}`);
      current.take(store.get().surface);
      store.set({ view: state.view ?? "arena" });
      return;
    }
    // Who asked for less motion plays it himself.
    if (state.playing && matchMedia("(prefers-reduced-motion: reduce)").matches) [state.playing, state.time] = [false, null];
    if (complaints.length > 0) tell(`Part of the link was left out: ${complaints.join("; ")}.`);
    const { start: home } = current.info();
    const from = state.start ?? (state.surface === undefined ? undefined : home);
    store.set({
      ...state,
      ...(from === undefined ? {} : { start: from, point: state.point ?? from }),
    });
    if (!samePoint(store.get().start, home)) drag.known();
    // What is opened first is a page to go back to, also where it was left before its address was written.
    place ||= placeOf(store.get());
  };
  const write = (): void => {
    if (location.hash !== known) return;
    const now = store.get();
    written = `#${encode(now)}`;
    // Another view or surface is another page for who goes back.
    const moved = place !== "" && placeOf(now) !== place;
    place = placeOf(now);
    if (location.hash === written) return done();
    if (moved) history.pushState(null, "", written);
    else history.replaceState(null, "", written);
    done();
  };
  const done = (): void => {
    known = location.hash;
    document.body.dataset.address = "written";
  };
  window.addEventListener("hashchange", () => {
    if (location.hash === written) return;
    read();
    place = placeOf(store.get());
  });
  return {
    read,
    write: () => {
      clearTimeout(timer);
      document.body.dataset.address = "waiting";
      timer = window.setTimeout(write, store.get().playing ? WHILE_PLAYING : WAIT);
    },
  };
}
