//! Runs every method on a valley in other units of the value and of the variables, over forty orders of
//! magnitude, and prints the table of the guide as Markdown:
//!
//! ```text
//! cargo run --release --example scaling_tables -p ravine-race > guide/src/scalings.md
//! ```

use std::error::Error;

use ravine::matrix::Matrix;
use ravine::methods::{Entry, Family, catalogue};
use ravine::minimize::Outcome;
use ravine::objective::{
    Evaluation, Gradient, Hessian, HessianProduct, Objective, Residuals, Supplies,
};
use ravine::{Status, Stopping};
use serde_json::Value;

/// Powers of two from 2^-66 to 2^66: with them scaling is exact, and together they are forty orders of
/// magnitude.
const WIDE: [i32; 9] = [-66, -50, -33, -16, 0, 16, 33, 50, 66];

/// From 2^-10 to 2^10: beyond a condition number of the map of a million, its rounding tells more than the
/// method.
const NARROW: [i32; 9] = [-10, -8, -5, -3, 0, 3, 5, 8, 10];

/// What scalings leave a method as it is in exact arithmetic: of the value, of all variables together, of
/// each for itself, and any linear map.
const THEORY: [(&str, [bool; 4]); 31] = [
    ("gd-linesearch", [true, true, false, false]),
    ("bb", [true, true, false, false]),
    ("cg-pr", [true, true, false, false]),
    ("cg-hs", [true, true, false, false]),
    ("cg-dy", [true, true, false, false]),
    ("cg-hz", [true, true, false, false]),
    ("bfgs", [true, true, false, false]),
    ("dfp", [true, true, false, false]),
    ("sr1", [true, true, false, false]),
    ("lbfgs", [true, true, false, false]),
    ("lbfgsb", [true, true, false, false]),
    ("owlqn", [true, true, false, false]),
    ("newton", [true, true, true, true]),
    ("newton-damped", [true, true, true, true]),
    ("newton-eigen", [true, true, true, true]),
    ("newton-cg", [true, true, false, false]),
    ("newton-nystrom", [true, true, false, false]),
    ("newton-subspace", [true, true, false, false]),
    ("trust-cauchy", [true, true, false, false]),
    ("trust-dogleg", [true, true, false, false]),
    ("trust-steihaug", [true, true, false, false]),
    ("trust-gltr", [true, true, false, false]),
    ("trust-exact", [true, true, false, false]),
    ("tron", [true, true, false, false]),
    ("arc", [true, true, false, false]),
    ("arc-lanczos", [true, true, false, false]),
    ("gauss-newton", [true, true, true, true]),
    ("lm", [true, true, true, false]),
    ("lm-geodesic", [true, true, true, false]),
    ("lm-nielsen", [true, true, true, false]),
    ("lm-newton", [true, true, true, true]),
];

const INTRODUCTION: &str = "\
# Methods in other units

Whether a length is in metres or in nanometres is no property of a problem, and a method that takes other
steps for it has constants that it should not have. Here every method that has no step to tune runs on
Rosenbrock's valley, `100 (y - x^2)^2 + (1 - x)^2` from (-1.2, 1), as it is and in other units: the value
times a constant, both variables times one, x times a constant and y divided by it, and a rotated map that
stretches one direction and shrinks another. The constants are powers of two, nine from 2^-66 to 2^66,
forty orders of magnitude; for the map from 2^-10 to 2^10, which is a condition number of a million.

**In theory**, a method is invariant under a scaling where its iterates in exact arithmetic are the same
points in other units. Newton's method is under all maps, as long as the Hessian is positive definite; what
measures a length, by a radius or by a first step along the gradient, is not where variables are scaled
each for itself.

**Measured** are the iterations: one number where they are the same in all units, else the fewest and the
most, of the runs that end by their own account with `f` at most 1e-10 times that at the start. Where some
do not, the cell says how many do, and how the others ended: `above` that they converged, by a gradient
that is small in those units, at a larger value. Bold is what theory makes the same; what is bold and not
one number, or close to it, is a constant in a method or in a rule for its end that knows of units. A run
may take 30000 iterations.

Written by `cargo run --release --example scaling_tables -p ravine-race`.
";

/// The chapter's own test: it has every method that it should.
const CHECK: &str = r#"
The names in Rust:

```rust
# let chapter = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/scalings.md"));
use ravine::methods::{Family, catalogue};
use ravine::objective::Derivatives;

let supplied = Derivatives { residuals: true, ..Derivatives::HESSIAN };
for entry in catalogue() {
    let able = supplied.missing(entry.needs).is_empty();
    if able && entry.tuned.is_none() && entry.family != Family::Automatic {
        println!("{}", entry.name);
#       assert!(chapter.contains(&format!("| `{}` |", entry.name)), "{}", entry.name);
    }
}
```"#;

/// `c |r(T z)|^2` with the residuals of Rosenbrock's function.
struct Valley {
    t: [[f64; 2]; 2],
    c: f64,
}

impl Valley {
    /// T z.
    fn inside(&self, z: &[f64]) -> [f64; 2] {
        self.t.map(|row| row[0] * z[0] + row[1] * z[1])
    }

    /// The start in these units.
    fn start(&self) -> Vec<f64> {
        let [[a, b], [c, d]] = self.t;
        let determinant = a * d - b * c;
        let [x, y] = [-1.2, 1.0];
        vec![(d * x - b * y) / determinant, (a * y - c * x) / determinant]
    }

    /// Residuals and their Jacobian by z.
    fn linear(&self, z: &[f64]) -> ([f64; 2], [[f64; 2]; 2]) {
        let [x, y] = self.inside(z);
        let root = self.c.sqrt();
        let by_x = [[-20.0 * x, 10.0], [-1.0, 0.0]];
        let times =
            |row: [f64; 2], j: usize| root * (row[0] * self.t[0][j] + row[1] * self.t[1][j]);
        let jacobian = by_x.map(|row| [times(row, 0), times(row, 1)]);
        ([root * 10.0 * (y - x * x), root * (1.0 - x)], jacobian)
    }
}

impl Objective for Valley {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        2
    }

    fn value(&self, z: &Vec<f64>) -> Evaluation<f64> {
        let ([r, s], _) = self.linear(z);
        Ok(r * r + s * s)
    }
}

impl Gradient for Valley {
    fn value_and_gradient(&self, z: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
        let ([r, s], j) = self.linear(z);
        for k in 0..2 {
            g[k] = 2.0 * (r * j[0][k] + s * j[1][k]);
        }
        Ok(r * r + s * s)
    }
}

impl HessianProduct for Valley {
    fn hessian_product(&self, z: &Vec<f64>, d: &Vec<f64>, p: &mut Vec<f64>) -> Evaluation {
        let mut h = Matrix::zeros(2, 2);
        self.hessian(z, &mut h)?;
        h.multiply(d, p);
        Ok(())
    }
}

impl Hessian for Valley {
    fn hessian(&self, z: &[f64], h: &mut Matrix) -> Evaluation {
        let ([r, _], j) = self.linear(z);
        // The first residual bends along x alone: its second derivative there is -20.
        let bend = 2.0 * r * self.c.sqrt() * -20.0;
        for a in 0..2 {
            for b in 0..2 {
                let squares = 2.0 * (j[0][a] * j[0][b] + j[1][a] * j[1][b]);
                h[(a, b)] = squares + bend * self.t[0][a] * self.t[0][b];
            }
        }
        Ok(())
    }
}

impl Residuals for Valley {
    fn residual_count(&self) -> usize {
        2
    }

    fn residuals(&self, z: &[f64], residuals: &mut [f64]) -> Evaluation {
        residuals.copy_from_slice(&self.linear(z).0);
        Ok(())
    }

    fn residuals_and_jacobian(
        &self,
        z: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        let (r, j) = self.linear(z);
        residuals.copy_from_slice(&r);
        for a in 0..2 {
            for b in 0..2 {
                jacobian[(a, b)] = j[a][b];
            }
        }
        Ok(())
    }
}

impl Supplies for Valley {
    ravine::supplies!(gradient, hessian_product, hessian, residuals, residuals_and_hessian);
}

/// The valley in units of one kind.
fn scaled(kind: usize, k: i32) -> Valley {
    let (up, down) = (2f64.powi(k), 2f64.powi(-k));
    match kind {
        0 => Valley { t: [[1.0, 0.0], [0.0, 1.0]], c: up },
        1 => Valley { t: [[up, 0.0], [0.0, up]], c: 1.0 },
        2 => Valley { t: [[up, 0.0], [0.0, down]], c: 1.0 },
        // Turned by angles with cosines 0.6 and 0.8 before and after.
        _ => {
            let (p, q) = ([[0.6, -0.8], [0.8, 0.6]], [[0.8, 0.6], [-0.6, 0.8]]);
            let entry = |i: usize, j: usize| p[i][0] * up * q[0][j] + p[i][1] * down * q[1][j];
            Valley { t: [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]], c: 1.0 }
        }
    }
}

fn run(entry: &Entry, f: &Valley) -> Result<Outcome<Vec<f64>>, ravine::minimize::Error> {
    let stopping = Stopping { iterations: Some(30_000), ..Stopping::default() };
    let mut run = entry.start(&Value::Null, f, &f.start(), stopping)?;
    while run.step().is_none() {}
    Ok(run.outcome())
}

/// The cell of a method in units of one kind.
fn cell(entry: &Entry, kind: usize, same: bool) -> Result<String, Box<dyn Error>> {
    let mut counts = Vec::new();
    let mut others: Vec<String> = Vec::new();
    let all = if kind < 3 { WIDE } else { NARROW };
    for k in all {
        let f = scaled(kind, k);
        let outcome = run(entry, &f)?;
        let ended = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
        if ended && outcome.value <= 1e-10 * f.value(&f.start())? {
            counts.push(outcome.iterations);
            continue;
        }
        let how = match ended {
            true => "above".to_owned(),
            false => outcome.status.name().replace('_', " "),
        };
        if !others.contains(&how) {
            others.push(how);
        }
    }
    let (least, most) = (counts.iter().min(), counts.iter().max());
    let text = match (least, most) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => String::new(),
    };
    let text = match others.is_empty() {
        true => text,
        false if text.is_empty() => format!("none: {}", others.join(", ")),
        false => format!("{} of {}: {text}; {}", counts.len(), all.len(), others.join(", ")),
    };
    Ok(if same { format!("**{text}**") } else { text })
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{INTRODUCTION}");
    println!("| method | value scaled | all variables scaled | each variable scaled | mapped |");
    println!("|---|---|---|---|---|");
    let f = scaled(0, 0);
    for entry in catalogue() {
        let able = f.derivatives().missing(entry.needs).is_empty();
        if !able || entry.tuned.is_some() || entry.family == Family::Automatic {
            continue;
        }
        let known = THEORY.iter().find(|(name, _)| *name == entry.name);
        let (_, theory) = known.ok_or_else(|| format!("what is the theory of {}?", entry.name))?;
        let cells = (0..4).map(|kind| cell(entry, kind, theory[kind]));
        let cells: Vec<String> = cells.collect::<Result<_, _>>()?;
        println!("| `{}` | {} |", entry.name, cells.join(" | "));
    }
    println!("{CHECK}");
    Ok(())
}
