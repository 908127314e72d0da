//! How differences are taken: schemes, steps, stencils.

mod groups;
mod jacobian;
pub(crate) mod newton;
pub(crate) mod second;
pub(crate) mod stencil;
pub(crate) mod steps;

pub use groups::ColumnGroups;
pub use jacobian::StepFactors;

use super::Bounds;
use crate::settings::Described;
use ravine_linalg::ArgumentError;

/// Which differences are taken.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Forward, and central where the gradient is hardly larger than the error of forward ones: far from
    /// a minimizer half the evaluations of central ones.
    #[default]
    Automatic,
    /// `(F(x + h) - F(x)) / h`: one evaluation a derivative, an error of order h.
    Forward,
    /// `(F(x + h) - F(x - h)) / (2 h)`: two evaluations a derivative, an error of order h^2. Next
    /// to a bound, the formula of the same order to one side, with three.
    Central,
}

/// How differences are taken.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Differences {
    /// Forward differences, central ones, or (the default) the former until the latter are needed.
    pub scheme: Scheme,
    /// The size that a variable at 0 is taken to have, until the function tells; by default 1.
    #[range("positive and finite")]
    pub typical: f64,
}

impl Default for Differences {
    fn default() -> Self {
        Self { scheme: Scheme::Automatic, typical: 1.0 }
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

    /// The size of a variable, for its steps. Of one that is next to the smallest number a part that is a step
    /// would be none.
    pub(crate) fn size(&self, x: f64) -> f64 {
        if x.abs() < 1e-270 { self.typical } else { x.abs() }
    }

    /// How far d may be followed from x before a variable moves by more than its size; `None` where d is
    /// zero.
    pub(crate) fn length(&self, x: &[f64], d: &[f64]) -> Option<f64> {
        let moving = x.iter().zip(d).filter(|&(_, &d)| d != 0.0);
        let shortest = moving.map(|(&x, d)| self.size(x) / d.abs()).fold(f64::INFINITY, f64::min);
        shortest.is_finite().then_some(shortest)
    }

    /// The step `e^p` for first differences of values or gradients that are exact to e, over the size of the
    /// variable.
    pub(crate) fn first_step(&self, epsilon: f64) -> f64 {
        match self.scheme {
            Scheme::Forward => epsilon.sqrt(),
            Scheme::Central | Scheme::Automatic => epsilon.cbrt(),
        }
    }

    /// The step `e^(1/4)` for second differences of values, over the size of the variable.
    pub(crate) fn second_step(&self) -> f64 {
        f64::EPSILON.sqrt().sqrt()
    }
}
