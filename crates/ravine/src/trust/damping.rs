//! How the damping follows the agreement of model and function.

use super::Region;
use crate::curvature::Belief;
use crate::settings::Described;
use crate::step::Damped;
use ravine_linalg::ArgumentError;

/// Rules for the damping lambda of `(B + lambda I) p = -g`, by the ratio of the actual to the predicted
/// decrease: above `shrink_above` it falls by `shrink`, below `grow_below` it grows by `grow`; a step
/// is accepted where the ratio is above `accept`.
///
/// Sources: Levenberg (1944); Marquardt (1963); Nocedal and Wright (2006), section 10.3.
///
/// ```
/// use ravine::trust::{Damping, Region};
///
/// let rules = Damping::default();
/// assert_eq!(rules.next(1.0, 0.9, 0.5, false), 0.25);
/// assert_eq!(rules.next(1.0, 0.01, 0.5, false), 4.0);
/// assert_eq!(rules.next(1.0, 0.5, 0.5, false), 1.0);
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Damping {
    /// The damping at the start. Default 1.
    #[range("at least `smallest`")]
    pub initial: f64,
    /// The smallest damping. Default `1e-200`.
    #[range("positive")]
    pub smallest: f64,
    /// The least ratio of a step that is accepted. Default `1e-4`.
    #[range("in [0, grow_below)")]
    pub accept: f64,
    /// The ratio below which the damping grows. Default `0.25`.
    #[range("between 0 and shrink_above")]
    pub grow_below: f64,
    /// The ratio above which the damping shrinks. Default `0.75`.
    #[range("below 1")]
    pub shrink_above: f64,
    /// The factor when growing. Default 4.
    #[range("above 1")]
    pub grow: f64,
    /// The factor when shrinking. Default `0.25`.
    #[range("between 0 and 1")]
    pub shrink: f64,
}

impl Default for Damping {
    fn default() -> Self {
        Self {
            initial: 1.0,
            smallest: 1e-200,
            accept: 1e-4,
            grow_below: 0.25,
            shrink_above: 0.75,
            grow: 4.0,
            shrink: 0.25,
        }
    }
}

impl Region for Damping {
    type Reach = Damped;

    fn validate(&self) -> Result<(), ArgumentError> {
        let Self { initial, smallest, accept, grow_below, shrink_above, grow, shrink } = *self;
        let check = ArgumentError::check;
        check(smallest > 0.0 && smallest.is_finite(), "smallest", smallest, "positive")?;
        let allowed = initial >= smallest && initial.is_finite();
        check(allowed, "initial", initial, "at least `smallest`")?;
        check((0.0..grow_below).contains(&accept), "accept", accept, "in [0, grow_below)")?;
        let below = grow_below > 0.0 && grow_below < shrink_above;
        check(below, "grow_below", grow_below, "between 0 and shrink_above")?;
        check(shrink_above < 1.0, "shrink_above", shrink_above, "below 1")?;
        check(grow > 1.0 && grow.is_finite(), "grow", grow, "above 1")?;
        check(shrink > 0.0 && shrink < 1.0, "shrink", shrink, "between 0 and 1")
    }

    fn first(&self, _size: f64, _dimension: usize) -> f64 {
        self.initial
    }

    fn next(&self, damping: f64, ratio: f64, _length: f64, _on_boundary: bool) -> f64 {
        if ratio.is_nan() {
            // Nothing is known of how far to shorten.
            10.0 * self.grow * damping
        } else if ratio < self.grow_below {
            self.grow * damping
        } else if ratio > self.shrink_above {
            (self.shrink * damping).max(self.smallest)
        } else {
            damping
        }
    }

    fn accept(&self) -> f64 {
        self.accept
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, damping: f64) -> Belief<'s, V> {
        Belief { damping: Some(damping), ..belief }
    }
}
