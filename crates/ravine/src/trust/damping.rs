//! How the damping follows the agreement of model and function.

use super::multiplier::Multiplier;
use super::{Region, Tried};
use crate::curvature::{Belief, Size};
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
/// use ravine::trust::{Damping, Region, Tried};
///
/// let rules = Damping::default();
/// let tried = |ratio| Tried { ratio, ..Tried::default() };
/// assert_eq!(rules.next(1.0, &tried(0.9)), 0.25);
/// assert_eq!(rules.next(1.0, &tried(0.01)), 4.0);
/// assert_eq!(rules.next(1.0, &tried(0.5)), 1.0);
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

impl Damping {
    fn multiplier(&self) -> Multiplier {
        let Self { initial, smallest, accept, grow_below, shrink_above, grow, shrink } = *self;
        Multiplier { initial, smallest, accept, grow_below, shrink_above, grow, shrink }
    }
}

impl Region for Damping {
    type Reach = Damped;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.multiplier().validate()
    }

    fn first(&self, _size: &Size) -> f64 {
        self.initial
    }

    fn next(&self, damping: f64, tried: &Tried) -> f64 {
        self.multiplier().next(damping, tried.ratio)
    }

    fn accept(&self) -> f64 {
        self.accept
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, damping: f64) -> Belief<'s, V> {
        Belief { damping: Some(damping), ..belief }
    }
}
