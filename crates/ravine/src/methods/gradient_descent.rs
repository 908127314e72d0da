//! Gradient descent with a fixed step.

use super::{Iterate, Method, Step};
use crate::minimize::{ArgumentError, Interrupt, Oracle, StartError};
use crate::objective::Gradient;
use crate::vector::Vector;

/// `x <- x - step grad f(x)`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientDescent {
    /// The step. Default `1e-3`.
    pub step: f64,
}

impl Default for GradientDescent {
    fn default() -> Self {
        Self { step: 1e-3 }
    }
}

impl<O: Gradient + ?Sized> Method<O> for GradientDescent {
    type State = Iterate<O::Point>;

    fn name(&self) -> &'static str {
        "gd"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        let step = self.step;
        ArgumentError::check(step > 0.0 && step.is_finite(), "step", step, "positive")?;
        Ok(Iterate::evaluate(oracle, x0.clone())?)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        let length = self.step * state.gradient_norm;
        let mut x = state.x.clone();
        x.axpy(-self.step, &state.gradient);
        *state = Iterate::evaluate(oracle, x)?;
        Ok(Step::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state
    }

    fn monotone(&self) -> bool {
        false
    }
}
