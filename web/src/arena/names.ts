// Names short enough for a table; the catalogue's titles say the rest.

const SHORT: Readonly<Record<string, string>> = {
  gd: "Gradient descent",
  "gd-linesearch": "Steepest descent",
  bb: "Barzilai–Borwein",
  momentum: "Momentum",
  nesterov: "Nesterov",
  adagrad: "AdaGrad",
  rmsprop: "RMSProp",
  adam: "Adam",
  adamw: "AdamW",
  "cg-pr": "CG, Polak–Ribière",
  "cg-hs": "CG, Hestenes–Stiefel",
  "cg-dy": "CG, Dai–Yuan",
  "cg-hz": "CG, Hager–Zhang",
  "natural-gradient": "Natural gradient",
  "natural-gradient-linesearch": "Natural gradient, LS",
  "natural-gradient-kl": "Natural gradient, KL",
  newton: "Newton",
  "newton-damped": "Damped Newton",
  "newton-eigen": "Newton, |λ|",
  "newton-cg": "Newton–CG",
  sr1: "SR1",
  arc: "Cubic model, ARC",
  "arc-lanczos": "Cubic model, Lanczos",
  "trust-cauchy": "Trust region, Cauchy",
  "trust-dogleg": "Trust region, dogleg",
  "trust-steihaug": "Trust region, Steihaug",
  "trust-gltr": "Trust region, GLTR",
  "trust-exact": "Trust region, exact",
  bfgs: "BFGS",
  dfp: "DFP",
  lbfgs: "L-BFGS",
};

/** A method's name in the table. */
export function shortName(method: string): string {
  return SHORT[method] ?? method;
}

/** The families as headings, in order. */
export const FAMILIES: Readonly<Record<string, string>> = {
  first_order: "First order: gradients only",
  conjugate_gradient: "Conjugate gradients",
  newton: "Newton: exact curvature",
  trust_region: "Trust regions and cubic models",
  quasi_newton: "Quasi-Newton: curvature from steps",
  natural_gradient: "Natural gradient: curvature of a probabilistic model",
};
