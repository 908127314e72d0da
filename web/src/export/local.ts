// The local model and the steps from its point as CSV.

import type { FirstStep } from "../core";
import type { Local } from "../curvature/local";
import { cell } from "./data";

const HEADER =
  "x,y,value,gradient_x,gradient_y,hessian_xx,hessian_xy,hessian_yy,eigenvalue_1,eigenvalue_2,condition_number," +
  "radius,damping,method,step_x,step_y,promised,actual,ratio,why";

/** A row for each method's step, with the numbers of the point before it. */
export function localCsv(local: Local | null, radius: number, damping: number, steps: readonly FirstStep[]): string {
  const rows = [HEADER];
  if (local) {
    const { at, value, gradient, hessian, eigenvalues, condition } = local;
    const point = [...at, value, ...gradient, ...hessian, ...eigenvalues, condition, radius, damping].join(",");
    for (const { method, dx, dy, predicted, actual, ratio, why } of steps) {
      rows.push([point, method, dx, dy, predicted, actual, ratio, cell(why ?? "")].join(","));
    }
  }
  return `${rows.join("\n")}\n`;
}
