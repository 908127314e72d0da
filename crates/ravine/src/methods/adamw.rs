//! AdamW.

use super::adam::{Adam, AdamState};
use super::fixed_step::once_a_step;
use crate::curvature::Belief;
use crate::minimize::{Advance, Method, OverBatches};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Pointwise;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// AdamW: [`Adam`] with decoupled weight decay, `x <- (1 - step decay) x` before each step, as
/// PyTorch's `AdamW`.
///
/// The decay is no part of the objective: value and gradient are those of f alone, and the
/// iterates settle where the step balances the decay, not where the gradient vanishes, unless
/// that is at zero or `decay` is 0 (which is Adam).
///
/// Source: Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithm 2.
///
/// ```
/// use ravine::methods::AdamW;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
///     g[0] = x[0];
///     x[0] * x[0] / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0], AdamW { step: 0.1, ..Default::default() }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// The step. Default `1e-3`.
    #[range("positive and finite")]
    pub step: f64,
    /// See [`Adam::beta1`]. Default `0.9`.
    #[range("in [0, 1)")]
    pub beta1: f64,
    /// See [`Adam::beta2`]. Default `0.999`.
    #[range("in [0, 1)")]
    pub beta2: f64,
    /// See [`Adam::epsilon`]. Default `1e-8`.
    #[range("positive and finite")]
    pub epsilon: f64,
    /// The decay, zero or positive, with `step decay < 1`. Default `1e-2`.
    #[range("zero or positive, and less than 1 / step")]
    pub decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        let Adam { step, beta1, beta2, epsilon } = Adam::default();
        Self { step, beta1, beta2, epsilon, decay: 1e-2 }
    }
}

impl AdamW {
    fn adam(&self) -> Adam {
        let Self { step, beta1, beta2, epsilon, .. } = *self;
        Adam { step, beta1, beta2, epsilon }
    }

    fn plan<V: Pointwise>(&self, state: &mut AdamState<V>) {
        self.adam().plan_shrunk(state, 1.0 - self.step * self.decay);
    }
}

once_a_step!(AdamW: Pointwise, points);

impl<O: Gradient + ?Sized> Method<O> for AdamW
where
    O::Point: Pointwise,
{
    type State = AdamState<O::Point>;

    fn name(&self) -> &'static str {
        "adamw"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        let holds = self.decay >= 0.0 && self.step * self.decay < 1.0;
        let allowed = "zero or positive, and less than 1 / step";
        ArgumentError::check(holds, "decay", self.decay, allowed)?;
        self.adam().begin(oracle, x0)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(state);
        state.points.arrive(oracle)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.iterate()
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        self.adam().believed(state)
    }

    fn monotone(&self) -> bool {
        false
    }
}
