//! The Gauss-Newton method.

use super::composition::{Composition, Named};
use crate::curvature::{Acceleration, GaussNewtonCurvature, LossCurvature};
use crate::line_search::LineSearch;
use crate::settings::Described;
use crate::step::LeastSquares;
use crate::trust::{Rescued, ScaledRadius};

/// Gauss-Newton for `f(x) = sum_i rho(r_i(x)^2)`: `x <- x + a p`, where p minimizes `|r + J p|`
/// and `a` satisfies Armijo's condition, first trying 1. For as many residuals as variables this
/// is Newton's method for the equations `r(x) = 0`, and does not depend on how the variables are
/// combined linearly.
///
/// p comes from orthogonal factors of J with its columns scaled to one; where J lacks rank, p is
/// the shortest (in that scale) of all minimizers. Linear least squares take one step, and near a
/// solution with small residuals convergence is quadratic. Where J is nearly singular or the
/// residuals are large, p is hardly a direction of descent: once the search has to cut it below
/// [`least_step`](Self::least_step), [`LevenbergMarquardt`](super::LevenbergMarquardt) goes on from there.
///
/// Evaluations: a trial is one value, an accepted step one value and one Jacobian more.
///
/// Source: Nocedal and Wright (2006), section 10.3.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::GaussNewton;
/// use ravine::minimize;
/// use ravine::objective::from_residuals;
///
/// // The line a + b t through four points.
/// let (t, y) = ([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 4.0]);
/// let line = from_residuals(
///     2,
///     4,
///     move |x: &[f64], r: &mut [f64]| (0..4).for_each(|i| r[i] = x[0] + x[1] * t[i] - y[i]),
///     move |_: &[f64], j: &mut Matrix| *j = Matrix::from_fn(4, 2, |i, k| t[i].powi(k as i32)),
/// );
/// let outcome = minimize(&line, vec![50.0, -7.0], GaussNewton::default()).run()?;
/// assert_eq!(outcome.iterations, 1);
/// assert!((outcome.x[0] - 0.9).abs() < 1e-12 && (outcome.x[1] - 0.9).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussNewton {
    /// The search along p. Default: backtracking, as the first trial is usually right.
    pub line_search: LineSearch,
    /// The shortest step, relative to p, that leaves Gauss-Newton in charge; 0 keeps it in charge
    /// to the end. Default 0.01.
    #[range("in [0, 1)")]
    pub least_step: f64,
    /// The curvature of losses other than the square. Default [`LossCurvature::Second`].
    pub loss_curvature: LossCurvature,
}

impl Default for GaussNewton {
    fn default() -> Self {
        Self {
            line_search: LineSearch::default(),
            least_step: 0.01,
            loss_curvature: LossCurvature::default(),
        }
    }
}

impl Named for GaussNewton {
    type Curvature = GaussNewtonCurvature;
    type Step = LeastSquares;
    type Trust = Rescued;

    fn name(&self) -> &'static str {
        "gauss-newton"
    }

    fn parts(&self) -> Composition<GaussNewtonCurvature, LeastSquares, Rescued> {
        let Self { line_search, least_step, loss_curvature } = self.clone();
        Composition {
            curvature: GaussNewtonCurvature { loss_curvature, acceleration: Acceleration::None },
            step: LeastSquares {},
            trust: Rescued { line_search, least_step, radius: ScaledRadius::default() },
        }
    }
}
