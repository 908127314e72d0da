// How a method is drawn: its colour, dashes and marker, the same everywhere.

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

/**
 * Colours on a light and on a dark ground, one a family of methods. Each stands out from its ground by 3 to 1,
 * and any two of a ground are 0.08 apart in Oklab, for eyes of all kinds of colour vision.
 */
const TONES = {
  plain: ["#f94438", "#da4d3d"],
  momentum: ["#785500", "#f2cb05"],
  adaptive: ["#880a53", "#d756c7"],
  conjugate: ["#079bb8", "#30c7e6"],
  secant: ["#1641b9", "#4892fe"],
  newton: ["#301f22", "#e1e6fa"],
  trust: ["#0e9115", "#7bfd9c"],
  cubic: ["#284501", "#86b424"],
  natural: ["#9c8b79", "#c8a89c"],
} as const;
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** Within a family dashes and markers tell methods apart. */
const METHODS: Readonly<Record<string, readonly [keyof typeof TONES, dashes: number, MarkerShape, hollow?: "hollow"]>> = {
  gd: ["plain", 0, "circle"],
  "gd-linesearch": ["plain", 1, "circle", "hollow"],
  bb: ["plain", 2, "target", "hollow"],
  momentum: ["momentum", 0, "up"],
  nesterov: ["momentum", 1, "up", "hollow"],
  adam: ["adaptive", 0, "diamond"],
  adamw: ["adaptive", 1, "diamond", "hollow"],
  rmsprop: ["adaptive", 2, "plus"],
  adagrad: ["adaptive", 3, "cross"],
  "cg-pr": ["conjugate", 0, "down"],
  "cg-hs": ["conjugate", 1, "down", "hollow"],
  "cg-dy": ["conjugate", 2, "plus"],
  "cg-hz": ["conjugate", 3, "cross"],
  bfgs: ["secant", 0, "square"],
  lbfgs: ["secant", 1, "square", "hollow"],
  dfp: ["secant", 2, "grid", "hollow"],
  sr1: ["secant", 3, "diamond"],
  newton: ["newton", 0, "star"],
  "newton-damped": ["newton", 1, "star", "hollow"],
  "newton-eigen": ["newton", 2, "plus"],
  "newton-cg": ["newton", 3, "cross"],
  "trust-exact": ["trust", 0, "circle"],
  "trust-dogleg": ["trust", 1, "circle", "hollow"],
  "trust-cauchy": ["trust", 2, "target", "hollow"],
  "trust-steihaug": ["trust", 3, "up"],
  "trust-gltr": ["trust", 3, "down", "hollow"],
  arc: ["cubic", 0, "diamond"],
  "arc-lanczos": ["cubic", 1, "diamond", "hollow"],
  "natural-gradient": ["natural", 0, "square"],
  "natural-gradient-linesearch": ["natural", 1, "square", "hollow"],
  "natural-gradient-kl": ["natural", 2, "grid", "hollow"],
  /** Newton's step with the damping that one chooses. */
  damped: ["newton", 2, "target", "hollow"],
};

/** How a method is drawn wherever it is; `twin` is how many of it race before this one. */
export function lookOf(method: string, twin = 0): Look {
  const [tone, dashes, shape, hollow] = METHODS[method] ?? ["newton", 3, "grid", "hollow"];
  const [light, dark] = TONES[tone];
  return {
    light, dark, shape,
    dashes: DASHES[(dashes + twin) % DASHES.length] ?? [],
    hollow: (hollow === "hollow") !== (twin % 2 === 1),
  };
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
