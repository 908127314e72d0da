// The methods of the race: what they have reached, and the step of each, which can be changed.

import { h, setAttributes, setText, svg } from "../ui/dom";
import { count, plain, short } from "../ui/format";
import { colorOf, markerPath } from "../view/looks";
import type { NetworkMethod } from "./core";
import { TRIALS, type Track } from "./race";

export interface Actions {
  /** Another step; null: found by trials. */
  readonly setStep: (look: number, step: number | null) => void;
  readonly remove: (look: number) => void;
  readonly add: (method: string) => void;
  readonly choose: (look: number) => void;
}

export interface RaceTable {
  readonly element: HTMLElement;
  readonly build: (tracks: readonly Track[], nameOf: (track: Track) => string, dark: boolean, full: boolean, byBatch: boolean) => void;
  readonly show: (steps: readonly number[], shown: number) => void;
}

interface Row {
  readonly row: HTMLTableRowElement;
  readonly note: HTMLElement;
  readonly step: HTMLInputElement;
  readonly cells: readonly HTMLElement[];
}

/** Where a step comes from, in words. */
function noteOf(track: Track): string {
  if (track.failure !== "") return track.failure;
  const { step } = track;
  if (!step) return "sought…";
  switch (step.from) {
    case "given": return "as typed";
    case "itself": return "finds its own";
    case "trials": {
      const { trials, value } = step;
      const edge = value === trials[trials.length - 1]?.[0] ? ", the longest" : value === trials[0]?.[0] ? ", the shortest" : "";
      return `best of ${trials.length}${edge}`;
    }
  }
}

export function createRaceTable(methods: readonly NetworkMethod[], actions: Actions): RaceTable {
  const body = h("tbody", {});
  const head = (words: string, number: boolean, title = ""): HTMLElement => h("th", { scope: "col", class: number ? "number" : "", title }, words);
  const table = h("table", { class: "pupils" },
    h("caption", { class: "unseen" }, "Methods that train the network"),
    h("thead", {}, h("tr", {}, head("Method", false), head("Step size", false, "empty: the best of those tried"), head("Work", true, "in gradients over all points"), head("Loss", true), head("Right", true), h("td", {}))),
    body);
  const select = h("select", { "aria-label": "Add a method" });
  select.addEventListener("change", () => {
    if (select.value !== "") actions.add(select.value);
    select.value = "";
  });
  const element = h("div", { class: "entrants" }, table, select);
  let rows: Row[] = [];
  let tracks: readonly Track[] = [];
  return {
    element,
    build: (next, nameOf, dark, full, byBatch) => {
      tracks = next;
      // What is being typed stays where it is.
      const typing = document.activeElement instanceof HTMLInputElement && element.contains(document.activeElement) ? document.activeElement.dataset.look : undefined;
      rows = tracks.map((track) => {
        const { look, racer } = track;
        const name = nameOf(track);
        const mark = svg("svg", { width: 30, height: 14, viewBox: "0 -7 30 14", class: "swatch", "aria-hidden": "true" },
          svg("line", { x1: 0, x2: 30, y1: 0, y2: 0, stroke: colorOf(look, dark), "stroke-width": 2, "stroke-dasharray": look.dashes.join(" ") }),
          svg("path", { d: markerPath(look.shape, 4.4, 15), class: look.hollow ? "hollow" : "solid", style: `--c:${colorOf(look, dark)}` }));
        const note = h("small", { class: "remark" });
        const step = h("input", { type: "text", inputmode: "decimal", "aria-label": `Step size of ${name}`, placeholder: "found", autocomplete: "off", "data-look": racer.look });
        if (racer.step !== null) step.value = plain(racer.step);
        step.addEventListener("change", () => {
          const text = step.value.trim().replace(",", ".");
          const value = Number(text);
          const usable = text === "" || (value > 0 && Number.isFinite(value));
          step.toggleAttribute("aria-invalid", !usable);
          if (usable) actions.setStep(racer.look, text === "" ? null : value);
          else setText(note, "a step is a positive number");
        });
        const cells = [0, 1, 2].map(() => h("td", { class: "number" }));
        ["work", "loss", "right"].forEach((label, i) => cells[i]?.setAttribute("data-label", label));
        const row = h("tr", { "data-method": racer.method },
          h("th", { scope: "row" }, h("button", { type: "button", class: "choose", click: () => { actions.choose(racer.look); } }, mark, h("span", {}, name))),
          h("td", { class: "step" }, step, note), ...cells,
          h("td", { class: "away" }, h("button", { type: "button", class: "remove", "aria-label": `Remove ${name}`, title: `Remove ${name}`, click: () => { actions.remove(racer.look); } }, "×")));
        return { row, note, step, cells };
      });
      body.replaceChildren(...rows.map(({ row }) => row));
      const again = rows.find(({ step }) => step.dataset.look === typing);
      if (typing !== undefined) again?.step.focus();
      const taken = new Set(tracks.map((track) => track.racer.method));
      select.replaceChildren(
        h("option", { value: "" }, full ? "No more methods fit" : "Add a method…"),
        ...methods.filter(({ name }) => !taken.has(name)).map(({ name, title, about, whole }) =>
          h("option", { value: name, disabled: whole && byBatch }, `${title}: ${whole && byBatch ? "full batches only" : about}`)));
      select.disabled = full;
    },
    show: (steps, shown) => {
      tracks.forEach((track, i) => {
        const row = rows[i];
        if (!row) return;
        const k = steps[i] ?? 0;
        row.row.classList.toggle("shown", track.racer.look === shown);
        if (!row.step.hasAttribute("aria-invalid")) setText(row.note, noteOf(track));
        row.note.classList.toggle("failure", track.failure !== "");
        const own = track.step?.from === "itself";
        setAttributes(row.step, { placeholder: own ? "its own" : track.step?.from === "trials" ? plain(track.step.value, 3) : `${TRIALS} tried` });
        row.step.disabled = own;
        const texts = track.learner ? [count(track.work[k] ?? 0), short(track.losses[k] ?? NaN), `${Math.round(100 * (track.right[k] ?? NaN))} %`] : ["–", "–", "–"];
        row.cells.forEach((cell, c) => { setText(cell, texts[c] ?? ""); });
      });
    },
  };
}
