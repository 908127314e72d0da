//! How the radius follows the agreement of model and function.

use super::{Region, Tried};
use crate::curvature::{Belief, Size};
use crate::settings::Described;
use crate::step::Ball;
use ravine_linalg::ArgumentError;

/// Rules for the radius and for accepting a step, by the ratio of the actual to the predicted
/// decrease: below `shrink_below` the radius falls to about `shrink` times the step, namely to the minimizer of
/// the parabola through the slope and both values, but no less than 0.4 and no more than 2 times as much; above
/// `grow_above`, for a step that met the radius, it grows by `grow`; a step is accepted where the ratio is above
/// `accept`.
///
/// Sources: Nocedal and Wright (2006), algorithm 4.1; Conn, Gould and Toint (2000), chapter 17; Dennis and
/// Schnabel (1983), section 6.4, for the parabola.
///
/// ```
/// use ravine::trust::{Radius, Region, Tried};
///
/// let rules = Radius::default();
/// let tried = |ratio, length| Tried { ratio, length, on_boundary: length == 1.0, ..Tried::default() };
/// assert_eq!(rules.next(1.0, &tried(0.1, 0.8)), 0.2);
/// assert_eq!(rules.next(1.0, &tried(0.9, 1.0)), 3.0);
/// assert_eq!(rules.next(1.0, &tried(0.5, 1.0)), 1.0);
/// // A value as much higher as it should have been lower, along a slope of twice that: the parabola turns at a third.
/// let higher = Tried { predicted: 1.0, slope: -2.0, ..tried(-1.0, 0.9) };
/// assert!((rules.next(1.0, &higher) - 0.3).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Radius {
    /// The radius at the start, in the Euclidean norm; `None` for `max(sqrt n, |x0|)`
    /// in n dimensions. Default `None`.
    #[range("positive, at most `largest`")]
    pub initial: Option<f64>,
    /// The largest radius. Default `1e100`, which a function that falls without bound reaches.
    #[range("positive")]
    pub largest: f64,
    /// The least ratio of a step that is accepted. Default `1e-4`.
    #[range("in [0, shrink_below)")]
    pub accept: f64,
    /// The ratio below which the radius shrinks. Default `0.25`.
    #[range("between 0 and grow_above")]
    pub shrink_below: f64,
    /// The ratio above which the radius grows. Default `0.75`.
    #[range("below 1")]
    pub grow_above: f64,
    /// About the factor on the length of the step when shrinking. Default `0.25`.
    #[range("between 0 and 1")]
    pub shrink: f64,
    /// The factor on the radius when growing. Default 3.
    #[range("above 1")]
    pub grow: f64,
}

impl Default for Radius {
    fn default() -> Self {
        Self {
            initial: None,
            largest: 1e100,
            accept: 1e-4,
            shrink_below: 0.25,
            grow_above: 0.75,
            shrink: 0.25,
            grow: 3.0,
        }
    }
}

impl Region for Radius {
    type Reach = Ball;

    #[inline(never)]
    fn validate(&self) -> Result<(), ArgumentError> {
        let Self { initial, largest, accept, shrink_below, grow_above, shrink, grow } = *self;
        let check = ArgumentError::check;
        check(largest > 0.0 && largest.is_finite(), "largest", largest, "positive")?;
        let first = initial.unwrap_or(largest);
        check(first > 0.0 && first <= largest, "initial", first, "positive, at most `largest`")?;
        check((0.0..shrink_below).contains(&accept), "accept", accept, "in [0, shrink_below)")?;
        let below = shrink_below > 0.0 && shrink_below < grow_above;
        check(below, "shrink_below", shrink_below, "between 0 and grow_above")?;
        check(grow_above < 1.0, "grow_above", grow_above, "below 1")?;
        check(shrink > 0.0 && shrink < 1.0, "shrink", shrink, "between 0 and 1")?;
        check(grow > 1.0 && grow.is_finite(), "grow", grow, "above 1")
    }

    fn first(&self, size: &Size) -> f64 {
        // In one dimension 1, and the same length an entry in any other: on a finer grid, a radius
        // that stays the same would hold the steps to ever smaller changes of the function that is
        // sought, and only to its roughest ones.
        let one_an_entry = (size.dimension as f64).sqrt();
        self.initial.unwrap_or(size.norm.max(one_an_entry)).min(self.largest)
    }

    // Once, not once for each composition.
    #[inline(never)]
    fn next(&self, radius: f64, tried: &Tried) -> f64 {
        let &Tried { ratio, length, on_boundary, predicted, slope, .. } = tried;
        if ratio.is_nan() || ratio < self.shrink_below {
            // The minimizer of the parabola with the slope and both values, as a share of the step.
            let parabola = 0.5 * slope / (slope + ratio * predicted);
            let share = if parabola.is_finite() { parabola } else { self.shrink };
            share.clamp(0.4 * self.shrink, 2.0 * self.shrink) * length.min(radius)
        } else if ratio > self.grow_above && on_boundary {
            (self.grow * radius).min(self.largest)
        } else {
            radius
        }
    }

    fn accept(&self) -> f64 {
        self.accept
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, trust: f64) -> Belief<'s, V> {
        Belief { radius: Some(trust), ..belief }
    }
}
