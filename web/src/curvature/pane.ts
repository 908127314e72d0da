// The door to the curvature view: its scripts are fetched when it is opened for the first time.

import type { Context, Pane } from "../context";
import { lazily } from "../frame/lazily";
import { h } from "../ui/dom";

const NOTHING = { title: "", content: "", legend: [], caption: "" };

export function createCurvaturePane(context: Context, wake: () => void): Pane {
  const { store } = context;
  const [side, under, below] = [h("div"), h("div"), h("div")];
  const view = lazily(
    async () => (await import("./curvature")).createCurvature(context),
    (pane) => {
      side.replaceChildren(pane.side);
      under.replaceChildren(pane.under);
      below.replaceChildren(pane.below);
      const now = store.get();
      if (now.view !== "curvature") return;
      pane.enter();
      pane.update({ now, before: now, surface: true, camera: true });
    },
    (why) => { side.replaceChildren(h("p", { class: "loading" }, `The curvature view could not be loaded: ${why}`)); },
    wake,
  );
  return {
    side,
    under,
    below,
    enter: () => {
      view.get()?.enter();
      view.open();
    },
    leave: () => { view.get()?.leave(); },
    update: (change) => { view.get()?.update(change); },
    frame: (seconds) => view.loading() || (view.get()?.frame(seconds) ?? false),
    resized: () => { view.get()?.resized(); },
    hover: (at) => { view.get()?.hover(at); },
    picture: () => view.get()?.picture() ?? NOTHING,
    csv: () => view.get()?.csv() ?? "",
    command: () => view.get()?.command() ?? "",
  };
}
