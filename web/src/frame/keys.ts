// Keys that play the race.

import type { Player } from "../arena/player";
import type { Store } from "../state";

/** `other` takes the keys of the network view, and says whether it knows them. */
export function listenToKeys(store: Store, player: Player, other: (key: string) => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || store.get().view === "curvature") return;
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
    const pressing = event.target instanceof Element && event.target.closest("button, a, summary");
    if (typing) return;
    if (store.get().view === "network") {
      if ((event.key === " " && pressing) || !other(event.key)) return;
    } else if (event.key === " " && !pressing) player.toggle();
    else if (event.key === ".") player.step(1);
    else if (event.key === ",") player.step(-1);
    else return;
    event.preventDefault();
  });
}
