//! How the weight of a cubic term follows the agreement of model and function.

use super::multiplier::Multiplier;
use super::{Region, Tried};
use crate::curvature::{Belief, Size};
use crate::settings::Described;
use crate::step::Cubic;
use ravine_linalg::ArgumentError;

/// Rules for the weight sigma of the cubic term `sigma |p|^3 / 3`, by the ratio of the actual to
/// the predicted decrease: above `shrink_above` sigma falls to `shrink` times itself, below
/// `grow_below` it grows by `grow`. A step is accepted where the ratio is above `accept`.
///
/// Source: Cartis, Gould and Toint, Adaptive cubic regularisation methods, part I (2011),
/// algorithm 2.1; Gould, Porcelli and Toint (2012) for the factors.
///
/// ```
/// use ravine::trust::{Region, Tried, Weight};
///
/// let rules = Weight::default();
/// let tried = |ratio| Tried { ratio, ..Tried::default() };
/// assert_eq!(rules.next(1.0, &tried(-1.0)), 4.0);
/// assert_eq!(rules.next(1.0, &tried(0.99)), 0.25);
/// assert_eq!(rules.next(1.0, &tried(0.5)), 1.0);
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weight {
    /// The weight at the start. Default 1.
    #[range("at least `smallest`")]
    pub initial: f64,
    /// The smallest weight. Default `1e-200`, which a function that falls without bound
    /// reaches.
    #[range("positive")]
    pub smallest: f64,
    /// The least ratio of a step that is accepted. Default `1e-4`.
    #[range("in [0, grow_below)")]
    pub accept: f64,
    /// The ratio below which the weight grows. Default `0.1`.
    #[range("between 0 and shrink_above")]
    pub grow_below: f64,
    /// The ratio above which the weight shrinks. Default `0.9`.
    #[range("below 1")]
    pub shrink_above: f64,
    /// The factor of growth. Default 4.
    #[range("above 1")]
    pub grow: f64,
    /// The factor of shrinking. Default `0.25`.
    #[range("between 0 and 1")]
    pub shrink: f64,
}

impl Default for Weight {
    fn default() -> Self {
        Self {
            initial: 1.0,
            smallest: 1e-200,
            accept: 1e-4,
            grow_below: 0.1,
            shrink_above: 0.9,
            grow: 4.0,
            shrink: 0.25,
        }
    }
}

impl Weight {
    fn multiplier(&self) -> Multiplier {
        let Self { initial, smallest, accept, grow_below, shrink_above, grow, shrink } = *self;
        Multiplier { initial, smallest, accept, grow_below, shrink_above, grow, shrink }
    }
}

impl Region for Weight {
    type Reach = Cubic;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.multiplier().validate()
    }

    fn first(&self, _size: &Size) -> f64 {
        self.initial
    }

    fn next(&self, sigma: f64, tried: &Tried) -> f64 {
        self.multiplier().next(sigma, tried.ratio)
    }

    fn accept(&self) -> f64 {
        self.accept
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, trust: f64) -> Belief<'s, V> {
        Belief { cubic_weight: Some(trust), ..belief }
    }
}
