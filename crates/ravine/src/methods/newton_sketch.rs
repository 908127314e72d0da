//! The Newton sketch.

use super::composition::{Composition, Named};
use crate::curvature::{Factorization, SketchedCurvature};
use crate::line_search::{Backtracking, LineSearch};
use crate::settings::Described;
use crate::step::Solve;

/// The Newton sketch: where the Hessian has a square root, `H = A'A + R` with A of N rows and a
/// diagonal R, Newton's step with the m rows of `S A` in place of those of A,
///
/// `d = -(A'S'S A + R)^-1 g`,
///
/// S a new random sketch at every step, with few signs a column. Where N is much larger than n,
/// the Gram matrix of m rows instead of N is what is saved. One exact Hessian product tells how much of
/// the curvature along d the sketch has seen, and d is scaled to the exact minimizer of the
/// quadratic along it; then a line search.
///
/// The number of rows follows from what sketches turn out to see, and so from the effective
/// dimension of A'A against R: it begins with n, and doubles
///
/// - where the curvature along d is more than twice what the sketch says,
/// - where, after a full step, the Newton decrement has fallen less than fourfold.
///
/// With N rows or more nothing is saved, and the exact Hessian is used. Steps do not depend on linear
/// changes of the variables, if R does not stand in the way (`R = 0`).
///
/// Memory: m by n and n by n matrices, and a block of rows of A.
///
/// Sources: Pilanci and Wainwright, Newton sketch: a near linear-time optimization algorithm with
/// linear-quadratic convergence (2017); Lacotte, Wang and Pilanci, Adaptive Newton sketch (2021),
/// for the doubling.
///
/// ```
/// let entry = ravine::methods::named("newton-sketch")?;
/// // A sum of squares alone has no root of its Hessian.
/// let missing = ravine::objective::Derivatives::HESSIAN.missing(entry.needs);
/// assert_eq!(missing, ["square root of the Hessian"]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewtonSketch {
    /// The rows m of the first sketch; `None` for n. Default `None`.
    #[range("at least 1")]
    pub rows: Option<usize>,
    /// How many signs a column of S has; 1 is the count sketch. Default 8.
    #[range("at least 1")]
    pub signs: usize,
    /// Of the sketches. Default 0.
    pub seed: u64,
    /// How the step is found. Default: backtracking.
    pub line_search: LineSearch,
}

impl Default for NewtonSketch {
    fn default() -> Self {
        Self {
            rows: None,
            signs: 8,
            seed: 0,
            line_search: LineSearch::Backtracking(Backtracking::default()),
        }
    }
}

impl Named for NewtonSketch {
    type Curvature = SketchedCurvature;
    type Step = Solve;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "newton-sketch"
    }

    fn parts(&self) -> Composition<SketchedCurvature, Solve, LineSearch> {
        let &Self { rows, signs, seed, ref line_search } = self;
        Composition {
            curvature: SketchedCurvature { rows, signs, seed },
            step: Solve { factorization: Factorization::Shift },
            trust: line_search.clone(),
        }
    }
}
