// The live table: legend, status and numbers of every method, and the door to its internals.

import type { Axis } from "../state";
import { figure, h, setAttributes, setText, svg } from "../ui/dom";
import { count, many, pair, short } from "../ui/format";
import { type Look, colorOf, markerPath } from "../view/looks";
import { shortName } from "./names";
import { type Track, positionOf, standing } from "./race";

interface Row {
  readonly row: HTMLTableRowElement;
  readonly detail: HTMLTableRowElement;
  readonly status: HTMLElement;
  readonly note: HTMLElement;
  readonly cells: readonly HTMLElement[];
}

export interface Table {
  readonly element: HTMLElement;
  /** Rows for these tracks; `content` fills the opened row. */
  readonly build: (tracks: readonly Track[], dark: boolean, opened: number | null, content: HTMLElement | null) => void;
  /** Numbers at an iterate of each track. */
  readonly show: (tracks: readonly Track[], iterates: readonly number[]) => void;
}

const HEADINGS: readonly (readonly [string, string, string])[] = [
  ["method", "Method", ""],
  ["status", "Status", ""],
  ["number", "Iterations", "iterations"],
  ["number", "Evaluations", "evaluations of the value, the gradient, Hessian products and Hessians together"],
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

export function createTable(opened: (look: number | null) => void): Table {
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

  const makeRow = (track: Track, dark: boolean, open: boolean, content: HTMLElement | null): Row => {
    const name = shortName(track.entrant.method);
    const note = h("span", { class: "settings-note" });
    const toggle = h(
      "button",
      {
        type: "button",
        class: "method-name",
        "aria-expanded": String(open),
        click: () => { opened(open ? null : track.entrant.look); },
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
    return { row, detail, status, note, cells };
  };

  return {
    element,
    build: (tracks, dark, open, content) => {
      rows = tracks.map((track) => makeRow(track, dark, track.entrant.look === open, content));
      body.replaceChildren(...rows.flatMap(({ row, detail }) => (detail.hidden ? [row] : [row, detail])));
    },
    show: (tracks, iterates) => {
      tracks.forEach((track, i) => {
        const row = rows[i];
        if (!row) return;
        const k = Math.floor(iterates[i] ?? 0);
        const now = standing(track, iterates[i] ?? 0);
        setText(row.status, now.word);
        setText(row.note, settingsNote(track));
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

/** The settings that are not at their defaults, in short. */
function settingsNote(track: Track): string {
  return Object.entries(track.entrant.settings)
    .map(([name, value]) => `${name} ${typeof value === "number" ? short(value) : value}`)
    .join(", ");
}

const COUNTED: Readonly<Record<Axis, string>> = { iterations: "iterations", evaluations: "evaluations", work: "work" };

/** Who won on an axis, in a sentence, for eyes and screen readers. */
export function verdict(tracks: readonly Track[], lowest: number, axis: Axis): string {
  if (tracks.length === 0) return "Nothing races yet: choose methods.";
  const refused = tracks.every((track) => track.failure !== "") ? tracks[0]?.failure : undefined;
  if (refused !== undefined) return `No method can start here: ${refused.replace(/^start: /, "")}.`;
  const ended = tracks.filter((track) => track.count > 0 && track.ended);
  const last = (track: Track): number => track.values[track.count - 1] ?? NaN;
  const tolerance = Math.max(1e-6 * Math.abs(lowest), 1e-8);
  const spent = (track: Track, by: Axis): number => positionOf(track, track.count - 1, by);
  const good = ended
    .filter((t) => standing(t, t.count - 1).kind === "good")
    .sort((a, b) => spent(a, axis) - spent(b, axis));
  const best = good.filter((t) => last(t) <= lowest + tolerance);
  const winner = best[0] ?? good[0];
  const parts: string[] = [];
  if (winner) {
    const k = winner.count - 1;
    const where = pair(winner.points[2 * k] ?? NaN, winner.points[2 * k + 1] ?? NaN);
    parts.push(
      `${shortName(winner.entrant.method)} is first by ${COUNTED[axis]}: ${many(k, "iteration")} and ${many(spent(winner, "evaluations"), "evaluation")}, the work of ${many(spent(winner, "work"), "gradient")}, to f = ${short(last(winner))} at ${where}.`,
    );
  } else if (ended.length > 0) {
    parts.push("No method converged.");
  }
  const list = (word: string, saying: string): void => {
    const names = ended.filter((t) => standing(t, t.count - 1).word === word).map((t) => shortName(t.entrant.method));
    if (names.length > 0) parts.push(`${joined(names)} ${saying}.`);
  };
  const higher = good.filter((t) => !best.includes(t)).map((t) => shortName(t.entrant.method));
  if (best.length > 0 && higher.length > 0) parts.push(`${joined(higher)} converged to a higher minimum.`);
  list("at a saddle", "stopped at a saddle");
  list("diverged", "diverged");
  list("unbounded", "fell without bound");
  list("stalled", "stalled");
  list("out of steps", "ran out of steps");
  return parts.join(" ");
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;
}
