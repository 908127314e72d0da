//! The Levenberg-Marquardt method.

use super::composition::{Composition, Named};
use crate::curvature::{Acceleration, GaussNewtonCurvature, LossCurvature};
use crate::settings::Described;
use crate::step::LeastSquares;
use crate::trust::{Nielsen, ScaledRadius};

/// Levenberg-Marquardt for `f(x) = sum_i rho(r_i(x)^2)`:
/// `x <- x + p`, where p minimizes `|r + J p|^2` within `|D p| <= radius`, or, the same with a
/// multiplier, `|r + J p|^2 + damping |D p|^2`.
///
/// D holds the largest norm that each column of J has had, so that the iterates do not depend on
/// the units of the variables. The step comes from orthogonal factors of J, never from `J'J`, and
/// exists for any rank and for fewer residuals than variables. Near a solution with small
/// residuals the damping falls to zero and the method is Gauss-Newton, with quadratic convergence;
/// at large residuals the neglected `sum_i r_i grad^2 r_i` makes it linear.
///
/// What limits the step is a radius by Moré's rules ([`ScaledRadius`], the method `lm`) or a damping by
/// Nielsen's ([`Nielsen`], the method `lm-nielsen`).
///
/// Within bounds, p is the minimizer over the box around x, too ([`LeastSquares`]): every evaluated point is
/// within them, variables meet and leave their bounds as the model says, and with those at bounds
/// settled the steps are those of the free variables.
///
/// Evaluations: a trial is one value, an accepted step one value and one Jacobian more.
///
/// Sources: Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978); Nielsen,
/// Damping parameter in Marquardt's method (1999); Transtrum and Sethna, Improvements to the
/// Levenberg-Marquardt algorithm for nonlinear least-squares minimization (2012).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::{LevenbergMarquardt, NielsenLevenbergMarquardt};
/// use ravine::minimize;
/// use ravine::objective::from_residuals;
///
/// let rosenbrock = from_residuals(
///     2,
///     2,
///     |x: &[f64], r: &mut [f64]| r.copy_from_slice(&[10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]),
///     |x: &[f64], j: &mut Matrix| *j = Matrix::from_rows(&[[-20.0 * x[0], 10.0], [-1.0, 0.0]]),
/// );
/// let method = LevenbergMarquardt::default();
/// let outcome = minimize(&rosenbrock, vec![-1.2, 1.0], method).run()?;
/// assert!(outcome.status.converged() && outcome.value < 1e-20);
/// let damped = NielsenLevenbergMarquardt::default();
/// assert!(minimize(&rosenbrock, vec![-1.2, 1.0], damped).run()?.value < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevenbergMarquardtBy<T> {
    /// How far a step is trusted.
    pub trust: T,
    /// Correction of the step for the curvature of the residuals along it. Default
    /// [`Acceleration::None`].
    pub acceleration: Acceleration,
    /// The curvature of losses other than the square. Default [`LossCurvature::Second`].
    pub loss_curvature: LossCurvature,
}

/// Levenberg-Marquardt with a radius, by Moré's rules.
pub type LevenbergMarquardt = LevenbergMarquardtBy<ScaledRadius>;

/// Levenberg-Marquardt with a damping, by Nielsen's rules.
pub type NielsenLevenbergMarquardt = LevenbergMarquardtBy<Nielsen>;

macro_rules! levenberg_marquardt {
    ($($trust:ty, $plain:literal, $geodesic:literal;)*) => {$(
        impl Named for LevenbergMarquardtBy<$trust> {
            type Curvature = GaussNewtonCurvature;
            type Step = LeastSquares;
            type Trust = $trust;

            fn name(&self) -> &'static str {
                match self.acceleration {
                    Acceleration::None => $plain,
                    Acceleration::Geodesic { .. } => $geodesic,
                }
            }

            fn parts(&self) -> Composition<GaussNewtonCurvature, LeastSquares, $trust> {
                let Self { trust, acceleration, loss_curvature } = self.clone();
                let curvature = GaussNewtonCurvature { loss_curvature, acceleration };
                Composition { curvature, step: LeastSquares {}, trust }
            }
        }
    )*};
}

levenberg_marquardt! {
    ScaledRadius, "lm", "lm-geodesic";
    Nielsen, "lm-nielsen", "lm-nielsen";
}
