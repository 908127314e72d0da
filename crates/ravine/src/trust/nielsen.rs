//! Nielsen's rules for a damping.

use super::scaled_radius::check;
use super::{Region, Tried};
use crate::curvature::{Belief, Size};
use crate::settings::Described;
use crate::step::Damped;
use ravine_linalg::ArgumentError;

/// Nielsen's rules for a damping: at first `factor`, times `max(1/3, 1 - (2 ratio - 1)^3)` at success
/// and times 2, 4, 8, ... at failures in a row. There is no jump between growing and shrinking.
///
/// Source: Nielsen, Damping parameter in Marquardt's method (1999).
///
/// ```
/// use ravine::trust::{Nielsen, Region, Tried};
///
/// let rules = Nielsen::default();
/// let tried = |ratio, failures| Tried { ratio, failures, ..Tried::default() };
/// assert_eq!(rules.next(3.0, &tried(1.0, 0)), 1.0);
/// assert_eq!(rules.next(3.0, &tried(0.5, 0)), 3.0);
/// assert_eq!(rules.next(3.0, &tried(-1.0, 0)), 6.0);
/// assert_eq!(rules.next(6.0, &tried(-1.0, 1)), 24.0);
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nielsen {
    /// The first damping. Of a step in the scales of the variables, relative to the largest diagonal
    /// entry of the curvature. Default `1e-3`.
    #[range("positive and finite")]
    pub factor: f64,
    /// The least ratio of a step that is accepted. Default `1e-4`.
    #[range("in (0, 0.25)")]
    pub accept: f64,
}

impl Default for Nielsen {
    fn default() -> Self {
        Self { factor: 1e-3, accept: 1e-4 }
    }
}

impl Region for Nielsen {
    type Reach = Damped;

    fn validate(&self) -> Result<(), ArgumentError> {
        check(self.factor, self.accept)
    }

    fn first(&self, _size: &Size) -> f64 {
        self.factor
    }

    fn next(&self, damping: f64, tried: &Tried) -> f64 {
        let next = if tried.ratio > self.accept {
            damping * (1.0 - (2.0 * tried.ratio - 1.0).powi(3)).max(1.0 / 3.0)
        } else {
            damping * 2f64.powi(1 + tried.failures.min(1000) as i32)
        };
        next.clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    fn accept(&self) -> f64 {
        self.accept
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, damping: f64) -> Belief<'s, V> {
        Belief { damping: Some(damping), ..belief }
    }
}
