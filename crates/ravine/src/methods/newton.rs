//! Newton's method.

use super::composition::{Composition, Named};
use crate::curvature::{DenseCurvature, Factorization};
use crate::settings::Described;
use crate::step::Solve;
use crate::trust::FixedLength;

/// Pure Newton: `x <- x - H(x)^-1 grad f(x)`, with the exact Hessian and nothing else.
///
/// Quadratically convergent near a minimizer with a positive definite Hessian. Far from one it may
/// run away, and it is attracted by saddles and maximizers as much as by minimizers: it looks for
/// a zero of the gradient. [`DampedNewton`](super::DampedNewton) is the safe variant.
///
/// Source: Nocedal and Wright (2006), section 3.3.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::Newton;
/// use ravine::minimize::minimize;
/// use ravine::objective::from_hessian;
///
/// // f = x^4 + y^2
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[4.0 * x[0].powi(3), 2.0 * x[1]]);
///         x[0].powi(4) + x[1] * x[1]
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 12.0 * x[0] * x[0];
///         h[(1, 1)] = 2.0;
///     },
/// );
/// let outcome = minimize(&f, vec![1.0, 1.0], Newton::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Newton {}

impl Named for Newton {
    type Curvature = DenseCurvature;
    type Step = Solve;
    type Trust = FixedLength;

    fn name(&self) -> &'static str {
        "newton"
    }

    fn parts(&self) -> Composition<DenseCurvature, Solve, FixedLength> {
        Composition {
            curvature: DenseCurvature,
            step: Solve { factorization: Factorization::Plain },
            trust: FixedLength::default(),
        }
    }
}
