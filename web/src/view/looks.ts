// How a method is drawn: the palette of the command, in the same order.

export type MarkerShape =
  | "circle" | "up" | "square" | "diamond" | "star" | "down" | "plus" | "cross" | "target" | "grid";

export interface Look {
  readonly light: string;
  readonly dark: string;
  readonly dashes: readonly number[];
  readonly shape: MarkerShape;
  readonly hollow: boolean;
}

/** What the style sheet calls by these names, for what it does not reach: canvases and files. */
export interface Inks {
  readonly ink: string;
  readonly paper: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
}

export function inks(dark: boolean): Inks {
  return dark
    ? { ink: "#e9eef1", paper: "#101417", quiet: "#a0acb4", line: "#2a333a", accent: "#62b5ec" }
    : { ink: "#1b2126", paper: "#fbfaf7", quiet: "#5a646c", line: "#e3dfd6", accent: "#0067a3" };
}

/** Okabe and Ito's colours, and what stands for them on a dark ground. */
const COLORS: readonly (readonly [string, string])[] = [
  ["#0072b2", "#4da6e0"],
  ["#d55e00", "#f0803c"],
  ["#009e73", "#2cc79a"],
  ["#cc79a7", "#e39cc4"],
  ["#56b4e9", "#8fd0f7"],
  ["#e69f00", "#f5c04a"],
  ["#5a5a5a", "#b4b4b4"],
  ["#784614", "#c58f57"],
];
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const SHAPES: readonly (readonly [MarkerShape, boolean])[] = [
  ["circle", false], ["up", false], ["square", false], ["diamond", false],
  ["circle", true], ["up", true], ["square", true], ["diamond", true],
  ["star", false], ["down", false], ["plus", false], ["star", true],
  ["down", true], ["cross", false], ["target", true], ["grid", true],
];

/** The k-th look; the first 32 differ. */
export function look(k: number): Look {
  const [light, dark] = COLORS[k % COLORS.length] ?? ["#000", "#fff"];
  const dashes = DASHES[Math.floor(k / COLORS.length) % DASHES.length] ?? [];
  const [shape, hollow] = SHAPES[k % SHAPES.length] ?? ["circle", false];
  return { light, dark, dashes, shape, hollow };
}

/** The colour of a look in a theme. */
export function colorOf(which: Look, dark: boolean): string {
  return dark ? which.dark : which.light;
}

/** The outline of a marker of radius r around a point, as an SVG path: moved without a layer of its own. */
export function markerPath(shape: MarkerShape, r: number, cx = 0, cy = 0): string {
  const polygon = (points: readonly (readonly [number, number])[]): string =>
    `M${points.map(([x, y]) => `${(cx + x).toFixed(1)} ${(cy + y).toFixed(1)}`).join("L")}Z`;
  const circle = (s: number): string => {
    const half = `a${s.toFixed(1)} ${s.toFixed(1)} 0 1 1 `;
    return `M${(cx - s).toFixed(1)} ${cy.toFixed(1)}${half}${(2 * s).toFixed(1)} 0${half}${(-2 * s).toFixed(1)} 0Z`;
  };
  const star = Array.from({ length: 10 }, (_, k) => {
    const radius = k % 2 === 0 ? r * 1.2 : r * 0.5;
    const angle = (k * Math.PI) / 5 - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
  const t = r / 2.6;
  switch (shape) {
    case "circle": return circle(r);
    case "up": return polygon([[0, -1.2 * r], [1.1 * r, 0.8 * r], [-1.1 * r, 0.8 * r]]);
    case "down": return polygon([[0, 1.2 * r], [1.1 * r, -0.8 * r], [-1.1 * r, -0.8 * r]]);
    case "square": return polygon([[-r, -r], [r, -r], [r, r], [-r, r]].map(([x, y]) => [0.9 * (x ?? 0), 0.9 * (y ?? 0)] as const));
    case "diamond": return polygon([[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]]);
    case "star": return polygon(star);
    case "plus": return polygon([[-t, -r], [t, -r], [t, -t], [r, -t], [r, t], [t, t], [t, r], [-t, r], [-t, t], [-r, t], [-r, -t], [-t, -t]]);
    case "cross": return polygon([[0, -t], [r - t, -r], [r, t - r], [t, 0], [r, r - t], [r - t, r], [0, t], [t - r, r], [-r, r - t], [-t, 0], [-r, t - r], [t - r, -r]]);
    case "target": return circle(r) + circle(r / 3);
    case "grid": return polygon([[-r, -r], [r, -r], [r, r], [-r, r]]) + polygon([[0, -r], [0, r]]) + polygon([[-r, 0], [r, 0]]);
  }
}
