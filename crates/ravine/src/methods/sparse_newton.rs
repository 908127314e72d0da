//! Newton's method for sparse Hessians.

use super::composition::{Composition, Named};
use crate::curvature::{Factorization, SparseCurvature};
use crate::line_search::{LineSearch, MoreThuente};
use crate::settings::Described;
use crate::step::Solve;

/// Newton with a sparse Hessian and a line search: `(H + tau I) d = -g` by sparse Cholesky, with the
/// least tau of a growing sequence for which `H + tau I` is positive definite, zero where H is.
///
/// The pattern is analyzed once a run; then each iteration costs a numeric factorization. On grids
/// and chains of any length that is little more than the evaluation of the Hessian.
///
/// Source: Nocedal and Wright (2006), algorithm 3.3.
///
/// ```
/// use ravine::methods::SparseNewton;
/// use ravine::{minimize, objective};
///
/// // sum of x_i^4 / 4 - x_i, and springs between neighbours
/// let f = objective!(500, |x| {
///     let springs = x.windows(2).map(|w| 5.0 * (w[1] - w[0]).powi(2)).sum::<R>();
///     springs + x.iter().map(|&x| x.powi(4) / 4.0 - x).sum::<R>()
/// });
/// let outcome = minimize(&f, vec![3.0; 500], SparseNewton::default()).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[250] - 1.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SparseNewton {
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for SparseNewton {
    fn default() -> Self {
        Self { line_search: LineSearch::MoreThuente(MoreThuente::default()) }
    }
}

impl Named for SparseNewton {
    type Curvature = SparseCurvature;
    type Step = Solve;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "newton-sparse"
    }

    fn parts(&self) -> Composition<SparseCurvature, Solve, LineSearch> {
        Composition {
            curvature: SparseCurvature,
            step: Solve { factorization: Factorization::Shift },
            trust: self.line_search.clone(),
        }
    }
}
