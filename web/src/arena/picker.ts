// Which methods race: a dialog with all of them by family, with the reason where one cannot.

import type { MethodInfo } from "../core";
import { type Entrant, freeNumber } from "../state";
import { h } from "../ui/dom";
import { FAMILIES, shortName } from "./names";

export interface Picker {
  readonly element: HTMLDialogElement;
  readonly open: (entrants: readonly Entrant[], refusal: (method: string) => string) => void;
}

/** For telling whether two names are the same. */
const plainly = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, "");

export function createPicker(
  methods: readonly MethodInfo[],
  changed: (entrants: Entrant[]) => void,
  current: () => readonly Entrant[],
): Picker {
  const body = h("div", { class: "families" });
  const element = h(
    "dialog",
    { class: "picker", "aria-labelledby": "picker-title" },
    h("form", { method: "dialog" },
      h("header", {},
        h("h2", { id: "picker-title" }, "Methods in the race"),
        h("button", { class: "done", value: "done" }, "Done")),
      body),
  );
  element.addEventListener("click", (event) => {
    if (event.target === element) element.close();
  });

  const toggle = (method: string, chosen: boolean): void => {
    const entrants = [...current()];
    if (chosen) changed([...entrants, { method, settings: {}, id: freeNumber(entrants.map((entrant) => entrant.id)) }]);
    else changed(entrants.filter((entrant) => entrant.method !== method));
  };

  return {
    element,
    open: (entrants, refusal) => {
      const families = [...new Set(methods.map((info) => info.family))];
      body.replaceChildren(
        ...families.map((family) =>
          h("fieldset", {},
            h("legend", {}, FAMILIES[family] ?? family),
            ...methods.filter((info) => info.family === family).map((info) => {
              const reason = refusal(info.name);
              const box = h("input", {
                type: "checkbox",
                value: info.name,
                checked: entrants.some((entrant) => entrant.method === info.name),
                disabled: reason !== "",
              });
              box.addEventListener("change", () => { toggle(info.name, box.checked); });
              const name = shortName(info.name);
              const more = reason || (plainly(info.title) === plainly(name) ? "" : info.title);
              return h("label", { class: reason === "" ? "" : "refused" }, box, h("span", {}, name, h("small", {}, more)));
            }))),
      );
      element.showModal();
    },
  };
}
