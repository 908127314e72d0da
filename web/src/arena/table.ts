// The live table: legend, status and numbers of every method, and the door to its internals.

import { figure, h, setAttributes, setText, svg } from "../ui/dom";
import { count, short } from "../ui/format";
import { type Look, colorOf, markerPath } from "../view/looks";
import { shortName } from "./names";
import { type Track, positionOf } from "./race";
import { RULES } from "./rules";
import { type Lowest, standing } from "./standing";

interface Row {
  readonly row: HTMLTableRowElement;
  readonly detail: HTMLTableRowElement;
  /** The sliders under it, where it has any. */
  readonly under: HTMLTableRowElement | null;
  readonly status: HTMLElement;
  readonly note: HTMLElement;
  readonly cells: readonly HTMLElement[];
}

export interface Table {
  readonly element: HTMLElement;
  /** Rows for these tracks; `content` fills the opened row, `under` what stands under each. */
  readonly build: (
    tracks: readonly Track[], dark: boolean, opened: number | null, content: HTMLElement | null,
    under: readonly (HTMLElement | null)[],
  ) => void;
  /** Marks the row of who is pointed at elsewhere. */
  readonly light: (id: number | null) => void;
  /** Numbers at an iterate of each track. */
  readonly show: (tracks: readonly Track[], iterates: readonly number[], lowest: Lowest) => void;
}

const HEADINGS: readonly (readonly [string, string, string])[] = [
  ["method", "Method", ""],
  ["status", "Status", ""],
  ["number", "Iterations", "iterations"],
  ["number", "Evaluations", "evaluations of the value, the gradient, Hessian products and Hessians together, each counted as one; by work they count as much as they cost"],
  ["number", "f", "the value"],
  ["number", "max |∇f|", "the largest entry of the gradient"],
];

/** A sample of the line with its marker. */
export function swatch(look: Look, dark: boolean): SVGSVGElement {
  const color = colorOf(look, dark);
  return svg(
    "svg",
    { class: "swatch", width: 34, height: 14, viewBox: "-17 -7 34 14", "aria-hidden": "true", style: `--c:${color}` },
    svg("path", { d: "M-16 0H16", fill: "none", stroke: color, "stroke-width": 2.2, "stroke-dasharray": look.dashes.join(" ") }),
    svg("path", { d: markerPath(look.shape, 4.6), class: look.hollow ? "hollow" : "solid" }),
  );
}

export function createTable(opened: (id: number | null) => void, pointed: (id: number | null) => void): Table {
  const body = h("tbody", { role: "rowgroup" });
  const heading = h(
    "tr",
    { role: "row" },
    ...HEADINGS.map(([kind, words, title]) => h("th", { scope: "col", role: "columnheader", class: kind, title }, words)),
  );
  const element = h(
    "table",
    { class: "standings", role: "table" },
    h("caption", { class: "unseen" }, "How each method stands at the time shown"),
    h("thead", { role: "rowgroup" }, heading),
    body,
  );
  let rows: Row[] = [];

  const makeRow = (track: Track, dark: boolean, open: boolean, content: HTMLElement | null, more: HTMLElement | null): Row => {
    const name = shortName(track.entrant.method);
    const note = h("span", { class: "settings-note" });
    const toggle = h(
      "button",
      {
        type: "button",
        class: "method-name",
        "aria-expanded": String(open),
        click: () => { opened(open ? null : track.entrant.id); },
      },
      swatch(track.look, dark),
      h("span", {}, name),
      note,
    );
    const status = h("span", { class: "chip" });
    const cells = HEADINGS.slice(2).map(figure);
    const row = h(
      "tr",
      { role: "row", class: open ? "open" : "", "data-method": track.entrant.method },
      h("th", { scope: "row", role: "rowheader", class: "method" }, toggle),
      h("td", { class: "status", role: "cell" }, status),
      ...cells.map((cell, c) => {
        const [kind = "", words = ""] = HEADINGS[c + 2] ?? [];
        return h("td", { class: kind, role: "cell", "data-label": words }, cell);
      }),
    );
    const detail = h("tr", { class: "detail", role: "row", hidden: !open });
    if (open && content) detail.append(h("td", { colspan: HEADINGS.length, role: "cell" }, content));
    const under = more ? h("tr", { class: "detail sliders", role: "row" }, h("td", { colspan: HEADINGS.length, role: "cell" }, more)) : null;
    row.classList.toggle("with-sliders", under !== null);
    for (const element of under ? [row, under] : [row]) {
      element.dataset.id = String(track.entrant.id);
      for (const event of ["pointerenter", "focusin"]) element.addEventListener(event, () => { pointed(track.entrant.id); });
      for (const event of ["pointerleave", "focusout"]) element.addEventListener(event, () => { pointed(null); });
    }
    return { row, detail, under, status, note, cells };
  };

  return {
    element,
    build: (tracks, dark, open, content, under) => {
      rows = tracks.map((track, i) => makeRow(track, dark, track.entrant.id === open, content, under[i] ?? null));
      body.replaceChildren(...rows.flatMap(({ row, detail, under: more }) =>
        [row, ...(more ? [more] : []), ...(detail.hidden ? [] : [detail])]));
    },
    light: (id) => {
      for (const row of body.children) {
        if (row instanceof HTMLElement) row.classList.toggle("lit", id !== null && row.dataset.id === String(id));
      }
    },
    show: (tracks, iterates, lowest) => {
      tracks.forEach((track, i) => {
        const row = rows[i];
        if (!row) return;
        const k = Math.floor(iterates[i] ?? 0);
        const now = standing(track, iterates[i] ?? 0, lowest);
        setText(row.status, now.word);
        setText(row.note, settingsNote(track, row.under !== null));
        setAttributes(row.status, { class: `chip ${now.kind}`, title: now.sentence });
        const known = track.count > 0;
        const texts = known
          ? [
              count(k),
              count(positionOf(track, k, "evaluations")),
              short(track.values[k] ?? NaN),
              short(track.norms[k] ?? NaN, 2),
            ]
          : ["–", "–", "–", "–"];
        row.cells.forEach((cell, c) => { setText(cell, texts[c] ?? ""); });
      });
    },
  };
}

/** The settings that are not at their defaults, in short, but for those that sliders show. */
function settingsNote({ settings, entrant }: Track, slid: boolean): string {
  return Object.entries(settings)
    .filter(([name]) => !slid || (name !== "step" && name !== RULES[entrant.method]?.momentum?.[0]))
    .map(([name, value]) => `${name} ${typeof value === "number" ? short(value) : value}`)
    .join(", ");
}
