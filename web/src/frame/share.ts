// The menu that hands out links, commands, pictures and numbers.

import type { Pane } from "../context";
import { download } from "../export/data";
import { type Moving, pngOf } from "../export/picture";
import { baseName } from "../presets";
import type { Store } from "../state";
import { h, show } from "../ui/dom";
import { messageOf } from "../ui/format";

/** Words longer than this are shown cut. */
const SHOWN = 120;

/** A frame with map and player of an address. */
export function embedCode(address: string, title: string): string {
  const bare = address.includes("&bare=1") ? address : `${address}&bare=1`;
  const attribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<iframe src="${attribute(bare)}" title="${attribute(`Ravine: ${title}`)}" width="720" height="640" style="border:0" loading="lazy"></iframe>`;
}

/** The menu of a page that shows `pane`, of which `picture` is the drawing; `film` films what it plays. */
export function createShare(
  store: Store,
  pane: () => Pane,
  picture: () => string,
  film: (moving: Moving, progress: (part: number) => void) => Promise<Blob>,
  title: () => string,
  tell: (words: string) => void,
): HTMLElement {
  const copy = async (words: string, what: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(words);
      tell(`${what} copied: ${words.length > SHOWN ? `${words.slice(0, SHOWN - 2)}…` : words}`);
    } catch {
      tell(words);
    }
  };
  const save = (extension: string, content: BlobPart, type: string, of = ""): void => {
    const { view, surface: spec } = store.get();
    const name = view === "network" ? "train" : baseName(spec).replace(/[^\w-]+/g, "_").slice(0, 40);
    download(`ravine-${name}${view === "arena" ? "" : `-${view}`}${of}.${extension}`, new Blob([content], { type }));
  };
  const item = (words: string, act: () => void | Promise<void>): HTMLButtonElement =>
    h("button", { type: "button", click: () => { menu.open = false; void act(); } }, words);
  const command = item("Copy as command", () => copy(pane().command(), "Command"));
  const curves = item("Curves, SVG", () => { save("svg", pane().chart?.() ?? "", "image/svg+xml", "-curves"); });
  let filming = false;
  const moving = item("Film, WebM", async () => {
    const of = pane().moving?.();
    if (!of || filming) return;
    filming = true;
    try {
      const blob = await film(of, (part) => { tell(`The film is being made: ${Math.round(100 * part)} %`); });
      save("webm", blob, blob.type);
      tell("The film was handed to the browser.");
    } catch (error) {
      tell(`The film could not be made: ${messageOf(error)}`);
    }
    filming = false;
  });
  const offer = (): void => {
    show(command, store.get().view !== "network");
    show(curves, pane().chart !== undefined);
    show(moving, pane().moving !== undefined && "VideoEncoder" in window);
  };
  // A click comes before the menu is open; "toggle" comes after it was drawn.
  const menu: HTMLDetailsElement = h("details", { class: "menu" }, h("summary", { click: offer }, "Share"));
  menu.append(
    h("div", {},
      item("Copy link", () => copy(location.href, "Link")),
      item("Copy embed code", () => copy(embedCode(location.href, title()), "Code")),
      command,
      item("Picture, PNG", async () => { save("png", await pngOf(picture()), "image/png"); }),
      item("Picture, SVG", () => { save("svg", picture(), "image/svg+xml"); }),
      curves,
      moving,
      item("Numbers, CSV", () => { save("csv", pane().csv(), "text/csv"); })),
  );
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.open = false;
  });
  return menu;
}
