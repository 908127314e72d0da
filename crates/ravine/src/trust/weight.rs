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
    /// The weight at the start; `None` for `max_i |g_i| / (100 R^2)` with the gradient g there and R the norm
    /// of x0, or `sqrt n` where that is 0: a multiple of f or of all variables changes no step. 1 where
    /// the gradient is zero. Default `None`.
    #[range("at least `smallest`")]
    pub initial: Option<f64>,
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

/// The first weight in units of `|g| / R^2`, which would hold a step down a plane within R: curvature is to do
/// that where it can. On the problems of Moré, Garbow and Hillstrom, 0.001 to 1 take as many evaluations
/// within a tenth, and 0.01 solves all.
const FIRST: f64 = 0.01;

impl Default for Weight {
    fn default() -> Self {
        Self {
            initial: None,
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
        let initial = initial.unwrap_or(smallest);
        Multiplier { initial, smallest, accept, grow_below, shrink_above, grow, shrink }
    }
}

impl Region for Weight {
    type Reach = Cubic;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.multiplier().validate()
    }

    fn first(&self, size: &Size) -> f64 {
        self.initial.unwrap_or_else(|| {
            let length = if size.norm > 0.0 { size.norm } else { (size.dimension as f64).sqrt() };
            let weight = FIRST * (size.gradient / length) / length;
            if weight > 0.0 && weight.is_finite() { weight.max(self.smallest) } else { 1.0 }
        })
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
