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

function polygon(points: readonly (readonly [number, number])[]): string {
  return `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`;
}

function star(r: number): string {
  return polygon(
    Array.from({ length: 10 }, (_, k) => {
      const radius = k % 2 === 0 ? r * 1.2 : r * 0.5;
      const angle = (k * Math.PI) / 5 - Math.PI / 2;
      return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
    }),
  );
}

/** The outline of a marker of radius r around the origin, as an SVG path. */
export function markerPath(shape: MarkerShape, r: number): string {
  const circle = (s: number): string => `M${-s} 0A${s} ${s} 0 1 1 ${s} 0A${s} ${s} 0 1 1 ${-s} 0Z`;
  const t = r / 2.6;
  switch (shape) {
    case "circle": return circle(r);
    case "up": return polygon([[0, -1.2 * r], [1.1 * r, 0.8 * r], [-1.1 * r, 0.8 * r]]);
    case "down": return polygon([[0, 1.2 * r], [1.1 * r, -0.8 * r], [-1.1 * r, -0.8 * r]]);
    case "square": return polygon([[-r, -r], [r, -r], [r, r], [-r, r]].map(([x, y]) => [0.9 * (x ?? 0), 0.9 * (y ?? 0)] as const));
    case "diamond": return polygon([[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]]);
    case "star": return star(r);
    case "plus": return polygon([[-t, -r], [t, -r], [t, -t], [r, -t], [r, t], [t, t], [t, r], [-t, r], [-t, t], [-r, t], [-r, -t], [-t, -t]]);
    case "cross": return polygon([[0, -t], [r - t, -r], [r, t - r], [t, 0], [r, r - t], [r - t, r], [0, t], [t - r, r], [-r, r - t], [-t, 0], [-r, t - r], [t - r, -r]]);
    case "target": return circle(r) + circle(r / 3);
    case "grid": return `${polygon([[-r, -r], [r, -r], [r, r], [-r, r]])}M0 ${-r}V${r}M${-r} 0H${r}`;
  }
}
