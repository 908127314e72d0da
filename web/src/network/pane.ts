// The door to the network view: its scripts, styles and module are fetched when it is opened for the first time.

import type { Context, Pane } from "../context";
import { h } from "../ui/dom";
import type { NetworkView } from "./view";

export interface NetworkPane extends Pane {
  /** Takes a key that was pressed; whether it is one of the view's. */
  readonly key: (key: string) => boolean;
}

export function createNetworkPane(context: Context, tell: (words: string) => void, wake: () => void): NetworkPane {
  const { store } = context;
  const place = h("div", { class: "network-place" }, h("p", { class: "loading" }, "The network view is on its way…"));
  const nothing = h("div");
  let view: NetworkView | null = null;
  let loading = false;
  const open = async (): Promise<void> => {
    loading = true;
    try {
      const { createNetworkView } = await import("./view");
      view = await createNetworkView({
        dark: context.dark, tell, say: context.say, wake,
        still: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
        changed: (network) => { store.set({ network }); },
      });
      place.replaceChildren(view.element);
      view.take(store.get().network);
      new ResizeObserver(() => {
        view?.resized();
        wake();
      }).observe(view.element);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      place.replaceChildren(h("p", { class: "loading" }, `The network view could not be loaded: ${why}`));
    }
    loading = false;
    wake();
  };
  return {
    side: nothing,
    under: h("div"),
    below: place,
    enter: () => {
      if (!view && !loading) void open();
    },
    leave: () => { view?.leave(); },
    update: ({ now, before }) => {
      if (now.network !== before.network) view?.take(now.network);
    },
    frame: (seconds) => loading || (view?.frame(seconds) ?? false),
    resized: () => {},
    hover: () => {},
    key: (key) => view?.key(key) ?? false,
    svg: () => view?.svg() ?? "",
    csv: () => view?.csv() ?? "",
    // Of views with a surface alone.
    picture: () => ({ title: "", content: "", legend: [], caption: "" }),
    command: () => "",
  };
}
