// What methods of fixed step do in an iteration, in the letters of the sliders.

export interface Rule {
  /** The iteration; α is the step and g the gradient. */
  readonly words: string;
  /** The setting that is the momentum β, and its default. */
  readonly momentum?: readonly [setting: string, usual: number];
  /** The limit of the step at a minimum of the largest curvature λ. */
  readonly limit?: string;
}

export const RULES: Readonly<Record<string, Rule>> = {
  gd: { words: "x ← x − α g", limit: "2/λ" },
  momentum: { words: "v ← β v + g,  x ← x − α v", momentum: ["momentum", 0.9], limit: "2(1+β)/λ" },
  nesterov: { words: "x⁺ ← y − α g(y),  y ← x⁺ + βₖ (x⁺ − x)", limit: "4/(3λ), as βₖ → 1" },
  adagrad: { words: "s ← s + g²,  x ← x − α g/√s" },
  rmsprop: { words: "s ← ρ s + (1−ρ) g²,  x ← x − α g/√s" },
  adam: { words: "m, s: averages of g and g²,  x ← x − α m/√s", momentum: ["beta1", 0.9] },
  adamw: { words: "as Adam, and x ← (1 − α w) x", momentum: ["beta1", 0.9] },
  "natural-gradient": { words: "x ← x − α F⁻¹ g" },
};
