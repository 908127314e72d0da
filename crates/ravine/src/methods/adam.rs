//! Adam.

use super::fixed_step::{
    FixedStep, check_epsilon, check_rate, check_step, divided_by, once_a_step,
};
use crate::curvature::Belief;
use crate::minimize::{Advance, Method, OverBatches};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::{AdaptiveStep, Pointwise, Vector};
use ravine_linalg::{Interrupt, StartError};

/// Adam: averages of the gradient and of its square, both freed of the bias of their start at
/// zero: entry by entry, in iteration t = 1, 2, ...,
///
/// ```text
/// m <- beta1 m + (1 - beta1) g
/// v <- beta2 v + (1 - beta2) g^2
/// x <- x - step (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
///
/// as PyTorch's `Adam`, with epsilon outside the root and after the bias correction. The first
/// step is `step` in every entry.
///
/// Source: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 1.
///
/// ```
/// use ravine::methods::Adam;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[100.0 * x[0], x[1]]);
///     (100.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], Adam { step: 0.1, ..Default::default() }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// The step. Default `1e-3`.
    #[range("positive and finite")]
    pub step: f64,
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.9`.
    #[range("in [0, 1)")]
    pub beta1: f64,
    /// The share of the average square that is kept, in `[0, 1)`. Default `0.999`.
    #[range("in [0, 1)")]
    pub beta2: f64,
    /// Added to the root, positive. Default `1e-8`.
    #[range("positive and finite")]
    pub epsilon: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { step: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

/// The state of [`Adam`] and [`AdamW`](super::AdamW).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AdamState<V> {
    pub(super) points: FixedStep<V>,
    /// m.
    first: V,
    /// v.
    second: V,
    /// `beta1^t`.
    power1: f64,
    /// `beta2^t`.
    power2: f64,
}

impl<V: Pointwise> AdamState<V> {
    pub(super) fn iterate(&self) -> &Iterate<V> {
        self.points.iterate()
    }
}

impl Adam {
    pub(super) fn begin<O>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &O::Point,
    ) -> Result<AdamState<O::Point>, StartError>
    where
        O: Gradient + ?Sized,
    {
        check_step(self.step)?;
        check_rate("beta1", self.beta1)?;
        check_rate("beta2", self.beta2)?;
        check_epsilon(self.epsilon)?;
        Ok(AdamState {
            points: FixedStep::start(oracle, x0)?,
            first: x0.zeros_like(),
            second: x0.zeros_like(),
            power1: 1.0,
            power2: 1.0,
        })
    }

    /// The step where averages have the bias `power1 = beta1^t` and `power2 = beta2^t`.
    fn scaling(&self, power1: f64, power2: f64) -> AdaptiveStep {
        AdaptiveStep {
            shrink: 1.0,
            step: self.step,
            mean: 1.0 - power1,
            square: 1.0 - power2,
            epsilon: self.epsilon,
        }
    }

    /// What stands in the denominator of the step.
    pub(super) fn believed<'s, V: Pointwise + 's>(&self, state: &AdamState<V>) -> Belief<'s, V> {
        divided_by(&state.second, &self.scaling(state.power1, state.power2))
    }

    fn plan<V: Pointwise>(&self, state: &mut AdamState<V>) {
        self.plan_shrunk(state, 1.0);
    }

    /// One step after the point has been multiplied by `shrink`.
    pub(super) fn plan_shrunk<V: Pointwise>(&self, state: &mut AdamState<V>, shrink: f64) {
        let Self { beta1, beta2, .. } = *self;
        let AdamState { points, first, second, power1, power2 } = state;
        points.plan(|now, next| {
            *power1 *= beta1;
            *power2 *= beta2;
            first.axpby(1.0 - beta1, &now.gradient, beta1);
            second.accumulate_squares(1.0 - beta2, &now.gradient, beta2);
            next.copy_from(&now.x);
            let scaling = AdaptiveStep { shrink, ..self.scaling(*power1, *power2) };
            next.adaptive_step(first, second, &scaling);
        });
    }
}

once_a_step!(Adam: Pointwise, points);

impl<O: Gradient + ?Sized> Method<O> for Adam
where
    O::Point: Pointwise,
{
    type State = AdamState<O::Point>;

    fn name(&self) -> &'static str {
        "adam"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        self.begin(oracle, x0)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(state);
        state.points.arrive(oracle)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.iterate()
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        self.believed(state)
    }

    fn monotone(&self) -> bool {
        false
    }
}
