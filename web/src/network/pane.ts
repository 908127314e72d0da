// The door to the network view: its scripts, styles and module are fetched when it is opened for the first time.

import type { Context, Pane } from "../context";
import { lazily } from "../frame/lazily";
import { h } from "../ui/dom";

export interface NetworkPane extends Pane {
  /** Takes a key that was pressed; whether it is one of the view's. */
  readonly key: (key: string) => boolean;
}

export function createNetworkPane(context: Context, tell: (words: string) => void, wake: () => void): NetworkPane {
  const { store } = context;
  const place = h("div", { class: "network-place" }, h("p", { class: "loading" }, "The network view is on its way…"));
  const nothing = h("div");
  const view = lazily(
    async () => (await import("./view")).createNetworkView({
      dark: context.dark, tell, say: context.say, wake,
      still: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
      changed: (network) => { store.set({ network }); },
    }),
    (it) => {
      place.replaceChildren(it.element);
      it.take(store.get().network);
      new ResizeObserver(() => {
        it.resized();
        wake();
      }).observe(it.element);
    },
    (why) => { place.replaceChildren(h("p", { class: "loading" }, `The network view could not be loaded: ${why}`)); },
    wake,
  );
  return {
    side: nothing,
    under: h("div"),
    below: place,
    enter: view.open,
    leave: () => { view.get()?.leave(); },
    update: ({ now, before }) => {
      if (now.network !== before.network) view.get()?.take(now.network);
    },
    frame: (seconds) => view.loading() || (view.get()?.frame(seconds) ?? false),
    resized: () => {},
    hover: () => {},
    key: (key) => view.get()?.key(key) ?? false,
    svg: () => view.get()?.svg() ?? "",
    csv: () => view.get()?.csv() ?? "",
    // Of views with a surface alone.
    picture: () => ({ title: "", content: "", legend: [], caption: "" }),
    command: () => "",
  };
}
