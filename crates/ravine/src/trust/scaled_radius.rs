//! How a radius in the scales of the variables follows the agreement of model and function.

use super::{Region, Tried};
use crate::curvature::{Belief, Size};
use crate::settings::Described;
use crate::step::Scaled;
use ravine_linalg::ArgumentError;

/// Moré's rules for a radius on `|D p|`, with the scales D of the variables: at first `factor |D x0|`,
/// but not less than the length of the best step along the gradient (`factor` times that length, where
/// the start is zero). MINPACK's factor is 100; over the problems of Moré, Garbow and Hillstrom 10 takes
/// as many evaluations and one more ends as converged, and 1 takes an eighth less but misses the minimum
/// of one. After a ratio of the actual to the predicted decrease of at most 1/4 it falls to
/// where the parabola through the slope and both values has its minimum, between a tenth and a half
/// of the step; after one of at least 3/4 it becomes twice the step, if that is more. (MINPACK's becomes
/// twice the step also where that is less, after a short step that no radius stopped: a long way that
/// follows is then gone in many steps.)
///
/// Source: Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978).
///
/// ```
/// use ravine::trust::{Region, ScaledRadius, Tried};
///
/// let rules = ScaledRadius::default();
/// let good = Tried { ratio: 0.9, length: 1.5, on_boundary: true, ..Tried::default() };
/// assert_eq!(rules.next(1.5, &good), 3.0);
/// // The slope was -2 and the value rose by 3: the parabola -2 t + 5 t^2 is least at 0.2.
/// let bad = Tried { ratio: -3.0, predicted: 1.0, slope: -2.0, ..good };
/// assert!((rules.next(1.5, &bad) - 0.2 * 1.5).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScaledRadius {
    /// The first radius, relative to the start. Default 10.
    #[range("positive and finite")]
    pub factor: f64,
    /// The least ratio of a step that is accepted. Default `1e-4`.
    #[range("in (0, 0.25)")]
    pub accept: f64,
}

impl Default for ScaledRadius {
    fn default() -> Self {
        Self { factor: 10.0, accept: 1e-4 }
    }
}

impl Region for ScaledRadius {
    type Reach = Scaled;

    fn validate(&self) -> Result<(), ArgumentError> {
        check(self.factor, self.accept)
    }

    fn first(&self, size: &Size) -> f64 {
        let &Size { scaled, gradient_step, .. } = size;
        let radius = self.factor * scaled;
        let first =
            if radius > 0.0 { radius.max(gradient_step) } else { self.factor * gradient_step };
        first.clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    fn next(&self, radius: f64, tried: &Tried) -> f64 {
        let &Tried { ratio, length, predicted, slope, .. } = tried;
        if ratio.is_nan() || ratio <= 0.25 {
            let actual = ratio * predicted;
            let share = if actual >= 0.0 { 0.5 } else { 0.5 * slope / (slope + actual) };
            let share = if share >= 0.1 { share } else { 0.1 };
            share * radius.min(10.0 * length)
        } else if ratio >= 0.75 {
            radius.max(2.0 * length)
        } else {
            radius
        }
    }

    fn accept(&self) -> f64 {
        self.accept
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, radius: f64) -> Belief<'s, V> {
        Belief { radius: Some(radius), ..belief }
    }
}

pub(super) fn check(factor: f64, accept: f64) -> Result<(), ArgumentError> {
    let allowed = factor > 0.0 && factor.is_finite();
    ArgumentError::check(allowed, "factor", factor, "positive and finite")?;
    ArgumentError::check(accept > 0.0 && accept < 0.25, "accept", accept, "in (0, 0.25)")
}
