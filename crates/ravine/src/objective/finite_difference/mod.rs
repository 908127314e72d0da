//! How differences are taken: schemes, steps, stencils.

mod jacobian;
pub(crate) mod stencil;

use super::Bounds;
use crate::settings::Described;
use ravine_linalg::ArgumentError;

/// Which differences are taken.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// `(F(x + h) - F(x)) / h`: one evaluation a derivative, an error of order h.
    Forward,
    /// `(F(x + h) - F(x - h)) / (2 h)`: two evaluations a derivative, an error of order h^2. Next
    /// to a bound, the formula of the same order to one side, with three.
    #[default]
    Central,
}

/// How differences are taken.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Differences {
    /// Forward or central (the default) differences.
    pub scheme: Scheme,
    /// The size that a variable near 0 is taken to have; by default 1.
    #[range("positive and finite")]
    pub typical: f64,
}

impl Default for Differences {
    fn default() -> Self {
        Self { scheme: Scheme::Central, typical: 1.0 }
    }
}

impl Differences {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// If the typical size is not positive and finite.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let typical = self.typical;
        let holds = typical > 0.0 && typical.is_finite();
        ArgumentError::check(holds, "typical", typical, "positive and finite")
    }

    /// The step `e^p size` for first differences of values or gradients that are exact to e.
    pub(crate) fn first_step(&self, epsilon: f64, size: f64) -> f64 {
        let root = match self.scheme {
            Scheme::Forward => epsilon.sqrt(),
            Scheme::Central => epsilon.cbrt(),
        };
        root * size.max(self.typical)
    }

    /// The step `e^(1/4) size` for second differences of values.
    pub(crate) fn second_step(&self, size: f64) -> f64 {
        f64::EPSILON.sqrt().sqrt() * size.max(self.typical)
    }
}
