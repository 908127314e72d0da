// The numbers at the point, and what they say.

import { figure, h, setText } from "../ui/dom";
import { pair, short } from "../ui/format";
import { type Local, shapeOf } from "./local";

export interface Readout {
  readonly element: HTMLElement;
  readonly show: (local: Local | null, names: readonly [string, string]) => string;
}

const times = (factor: number): string =>
  factor < 1.05 ? "equally in all directions" : `${short(factor, factor < 10 ? 2 : 3)} times more across than along`;

/** What a newcomer should take from the numbers. */
function sentence(local: Local): string {
  const [large, small] = local.eigenvalues;
  const factor = Math.abs(large / small);
  switch (shapeOf(local)) {
    case "bowl": return `A bowl: both curvatures are positive, and it curves ${times(factor)}. Newton's step goes to its bottom.`;
    case "saddle": return "A saddle: it curves up one way and down the other. Newton's step goes to the saddle point, up or down; methods that use negative curvature turn away from it.";
    case "dome": return "A dome: both curvatures are negative. Newton's step goes up to its top.";
    case "trough": return "A trough: one of the curvatures is zero to rounding, and Newton's step has no bound along it.";
    case "plane": return "Flat: the second derivatives vanish here, and curvature says nothing.";
  }
}

export function createReadout(): Readout {
  const words = h("p", { class: "verdict" });
  const cell = (label: string, title: string): [HTMLElement, HTMLElement] => {
    const value = figure();
    return [h("div", { title }, h("dt", {}, label), h("dd", {}, value)), value];
  };
  const [at, atValue] = cell("point", "the point");
  const [f, fValue] = cell("value f", "the value there");
  const [g, gValue] = cell("gradient ∇f", "the first derivatives");
  const [size, sizeValue] = cell("length |∇f|", "the Euclidean length of the gradient");
  const [first, firstValue] = cell("eigenvalue λ₁", "the larger curvature and its direction");
  const [second, secondValue] = cell("eigenvalue λ₂", "the smaller curvature and its direction");
  const [kappa, kappaValue] = cell("condition number", "the ratio of the eigenvalues' sizes");
  const entries = Array.from({ length: 4 }, () => h("span"));
  const hessian = h("div", { class: "hessian", title: "the second derivatives" }, h("dt", {}, "Hessian ∇²f"), h("dd", { class: "matrix" }, ...entries));
  const element = h("div", { class: "readout" }, words, h("dl", {}, at, f, g, size, hessian, first, second, kappa));
  const angle = ([x, y]: readonly [number, number]): string => {
    const degrees = (Math.atan2(y, x) * 180) / Math.PI;
    return `${Math.round(((degrees % 180) + 180) % 180)}°`;
  };
  return {
    element,
    show: (local, names) => {
      if (!local) {
        setText(words, "The function has no derivatives here.");
        for (const value of element.querySelectorAll("dd span")) setText(value, "–");
        return "No derivatives here.";
      }
      const summary = sentence(local);
      setText(words, summary);
      setText(atValue, `${names[0]} ${short(local.at[0])}, ${names[1]} ${short(local.at[1])}`);
      setText(fValue, short(local.value, 4));
      setText(gValue, pair(...local.gradient));
      setText(sizeValue, short(Math.hypot(...local.gradient)));
      const [xx, xy, yy] = local.hessian;
      [xx, xy, xy, yy].forEach((value, i) => {
        const entry = entries[i];
        if (entry) setText(entry, short(value));
      });
      setText(firstValue, `${short(local.eigenvalues[0])} at ${angle(local.eigenvectors[0])}`);
      setText(secondValue, `${short(local.eigenvalues[1])} at ${angle(local.eigenvectors[1])}`);
      setText(kappaValue, short(local.condition));
      return `At ${pair(...local.at)}: f ${short(local.value)}, eigenvalues ${short(local.eigenvalues[0])} and ${short(local.eigenvalues[1])}. ${summary}`;
    },
  };
}
