//! BFGS with a line search.

use super::composition::{Composition, Named};
use super::default_search;
use crate::curvature::BfgsCurvature;
use crate::line_search::LineSearch;
use crate::settings::Described;
use crate::step::Solve;

/// The method of Broyden, Fletcher, Goldfarb and Shanno: `x <- x - a H grad f(x)`, with a dense
/// approximation H of the inverse Hessian ([`DenseSecant`](crate::curvature::DenseSecant)) updated
/// from the change of the gradient, in `O(n^2)` an iteration.
///
/// H starts as a multiple of the identity, `s'y / y'y` of the first pair. A pair that a search
/// without a curvature condition leaves with too little curvature is damped after Powell. Where a
/// search fails, one more is made along the negative gradient before the method gives up.
///
/// Source: Nocedal and Wright (2006), algorithm 6.1.
///
/// ```
/// use ravine::methods::Bfgs;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let rosenbrock = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
///     a * a + 100.0 * b * b
/// });
/// let outcome = minimize(&rosenbrock, vec![-1.2, 1.0], Bfgs::default()).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bfgs {
    /// How the step is found, the unit step tried first. Default [`LineSearch::MoreThuente`],
    /// which ends at the first trial with the strong Wolfe conditions, mostly the unit step, and on a
    /// function of at most 100 variables that is quadratic to rounding at the minimizer (`quadratic: 1e-9`).
    pub line_search: LineSearch,
}

impl Default for Bfgs {
    fn default() -> Self {
        Self { line_search: default_search() }
    }
}

impl Named for Bfgs {
    type Curvature = BfgsCurvature;
    type Step = Solve;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "bfgs"
    }

    fn parts(&self) -> Composition<BfgsCurvature, Solve, LineSearch> {
        Composition {
            curvature: BfgsCurvature,
            step: Solve::default(),
            trust: self.line_search.clone(),
        }
    }
}
