// Numbers as people read them.

const MINUS = "\u2212";

/** Three significant digits (or as many as given), with an exponent where the number is extreme. */
export function short(x: number, digits = 3): string {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : `${MINUS}∞`;
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text =
    size >= 1e5 || size < 1e-3
      ? Number(x.toPrecision(digits)).toExponential().replace("e+", "e")
      : String(Number(x.toPrecision(digits)));
  return text.replaceAll("-", MINUS);
}

/** A count with thin spaces between thousands. */
export function count(n: number): string {
  return Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A count with its noun. */
export function many(n: number, noun: string): string {
  return `${count(n)} ${noun}${Math.round(n) === 1 ? "" : "s"}`;
}

/** `(x, y)`. */
export function pair(x: number, y: number, digits = 3): string {
  return `(${short(x, digits)}, ${short(y, digits)})`;
}

/** A power of ten with a raised exponent. */
export function power(exponent: number): string {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const digits = [...String(Math.abs(exponent))].map((d) => raised[Number(d)] ?? "").join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** A number as short as it can be typed, to that many digits; for links and inputs. */
export function plain(x: number, digits = 6): string {
  return String(Number(x.toPrecision(digits)));
}

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
