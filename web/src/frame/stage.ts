// The views in their places, and the tabs that choose between them.

import type { Pane } from "../context";
import type { View } from "../state";
import { byId, h } from "../ui/dom";

export type Panes = Readonly<Record<View, Pane>>;

const TITLES: Readonly<Record<View, readonly [string, string]>> = {
  arena: ["Arena", "race methods"],
  curvature: ["Curvature", "look at a point"],
  network: ["Network", "train a small one"],
};

/** Puts the map in its place; what puts a view there, after the one before. */
export function createStage(
  map: HTMLElement,
  panes: Panes,
  chosen: (view: View) => void,
): (view: View, before: View | null) => void {
  const under = h("div", { class: "under" });
  byId("map").append(map, under);
  // Not by the address, which says what the page shows.
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    map.focus();
  });
  // A page in one file has no other scripts to fetch.
  const whole = document.getElementById("ravine-module") === null;
  const views = (Object.keys(TITLES) as View[]).filter((view) => whole || view !== "network");
  const tabs = views.map((view) => {
    const [name, title] = TITLES[view];
    const link = h("a", { href: `#${view}`, title }, name);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      chosen(view);
    });
    return { view, link };
  });
  byId("views").append(...tabs.map(({ link }) => link));
  return (view, before) => {
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
}
