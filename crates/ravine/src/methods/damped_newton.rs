//! Newton's method made safe.

use super::composition::{Composition, Named};
use crate::curvature::{DenseCurvature, Factorization};
use crate::line_search::{LineSearch, MoreThuente};
use crate::settings::Described;
use crate::step::Solve;

/// Newton with a line search: `x <- x - a B(x)^-1 grad f(x)`, where B is the Hessian, made positive
/// definite where it is not, and the line search finds a, trying 1 first.
///
/// Near a minimizer B is the Hessian and a is 1: the convergence is quadratic.
///
/// Source: Nocedal and Wright (2006), section 3.4.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::curvature::Factorization;
/// use ravine::methods::DampedNewton;
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// // f = x^4 / 4 - x^2 / 2 + y^2: at the start the Hessian is indefinite.
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[x[0].powi(3) - x[0], 2.0 * x[1]]);
///         x[0].powi(4) / 4.0 - x[0] * x[0] / 2.0 + x[1] * x[1]
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 3.0 * x[0] * x[0] - 1.0;
///         h[(1, 1)] = 2.0;
///     },
/// );
/// for factorization in [Factorization::ModifiedCholesky, Factorization::Eigenvalue] {
///     let method = DampedNewton { factorization, ..DampedNewton::default() };
///     let outcome = minimize(&f, vec![0.1, 1.0], method).run()?;
///     assert!(outcome.status.converged());
///     assert!((outcome.value + 0.25).abs() < 1e-12);
/// }
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DampedNewton {
    /// How the Hessian is made positive definite. Default: modified Cholesky.
    pub factorization: Factorization,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for DampedNewton {
    fn default() -> Self {
        Self {
            factorization: Factorization::default(),
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

impl Named for DampedNewton {
    type Curvature = DenseCurvature;
    type Step = Solve;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        match self.factorization {
            Factorization::Eigenvalue => "newton-eigen",
            _ => "newton-damped",
        }
    }

    fn parts(&self) -> Composition<DenseCurvature, Solve, LineSearch> {
        Composition {
            curvature: DenseCurvature,
            step: Solve { factorization: self.factorization },
            trust: self.line_search.clone(),
        }
    }
}
