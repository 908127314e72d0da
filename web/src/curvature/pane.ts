// The door to the curvature view: its scripts are fetched when it is opened for the first time.

import type { Context, Pane } from "../context";
import { h } from "../ui/dom";

const NOTHING = { title: "", content: "", legend: [], caption: "" };

export function createCurvaturePane(context: Context, wake: () => void): Pane {
  const { store } = context;
  const [side, under, below] = [h("div"), h("div"), h("div")];
  let pane: Pane | null = null;
  let loading = false;
  const open = async (): Promise<void> => {
    loading = true;
    try {
      const { createCurvature } = await import("./curvature");
      pane = createCurvature(context);
      side.replaceChildren(pane.side);
      under.replaceChildren(pane.under);
      below.replaceChildren(pane.below);
      const now = store.get();
      if (now.view === "curvature") {
        pane.enter();
        pane.update({ now, before: now, surface: true, camera: true });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      side.replaceChildren(h("p", { class: "loading" }, `The curvature view could not be loaded: ${why}`));
    }
    loading = false;
    wake();
  };
  return {
    side,
    under,
    below,
    enter: () => {
      if (pane) pane.enter();
      else if (!loading) void open();
    },
    leave: () => { pane?.leave(); },
    update: (change) => { pane?.update(change); },
    frame: (seconds) => loading || (pane?.frame(seconds) ?? false),
    resized: () => { pane?.resized(); },
    hover: (at) => { pane?.hover(at); },
    picture: () => pane?.picture() ?? NOTHING,
    csv: () => pane?.csv() ?? "",
    command: () => pane?.command() ?? "",
  };
}
