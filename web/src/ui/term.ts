// A question mark that explains what it stands beside: its note closes by Escape, or by a press elsewhere.

import { h } from "./dom";

/** Pixels between the mark and its note, and of the page's rim. */
const GAP = 6;
let made = 0;

export function term(question: string, words: string): HTMLElement {
  made += 1;
  const note = h("span", { id: `term-${made}`, class: "note", popover: "auto" }, words);
  const opener = h("button", { type: "button", class: "ask", "aria-label": question, title: question, popovertarget: note.id }, "?");
  note.addEventListener("toggle", () => {
    const box = opener.getBoundingClientRect();
    const { width, height } = note.getBoundingClientRect();
    const below = box.bottom + GAP + height < window.innerHeight;
    note.style.left = `${Math.max(GAP, Math.min(box.left, window.innerWidth - width - GAP))}px`;
    note.style.top = `${below ? box.bottom + GAP : Math.max(GAP, box.top - height - GAP)}px`;
  });
  return h("span", { class: "term" }, opener, note);
}
