//! RMSProp.

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

/// RMSProp, with diagonal scaling by a running average of squared gradients: from `s = 0`, entry
/// by entry,
///
/// ```text
/// s <- decay s + (1 - decay) g^2
/// x <- x - step g / (sqrt(s) + epsilon)
/// ```
///
/// as PyTorch's `RMSprop` (not centered, no momentum, no bias correction, so that the first step
/// is `step / sqrt(1 - decay)` in every entry). With a fixed step it ends in a cycle around the
/// minimizer whose size is of the order of `step`.
///
/// Source: Tieleman and Hinton, Neural networks for machine learning, lecture 6.5 (2012).
///
/// ```
/// use ravine::methods::RmsProp;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[100.0 * x[0], x[1]]);
///     (100.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], RmsProp { step: 1e-3, ..Default::default() }).run()?;
/// assert!(outcome.x[0].abs() < 1e-3 && outcome.x[1].abs() < 1e-3);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// The step. Default `1e-2`.
    #[range("positive and finite")]
    pub step: f64,
    /// The share of the average that is kept, in `[0, 1)`. Default `0.99`.
    #[range("in [0, 1)")]
    pub decay: f64,
    /// Added to the root, positive. Default `1e-8`.
    #[range("positive and finite")]
    pub epsilon: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self { step: 1e-2, decay: 0.99, epsilon: 1e-8 }
    }
}

impl RmsProp {
    fn scaling(&self) -> AdaptiveStep {
        AdaptiveStep { step: self.step, epsilon: self.epsilon, ..Default::default() }
    }
}

/// The state of [`RmsProp`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RmsPropState<V> {
    points: FixedStep<V>,
    squares: V,
}

impl RmsProp {
    fn plan<V: Pointwise>(&self, state: &mut RmsPropState<V>) {
        let RmsPropState { points, squares } = state;
        points.plan(|now, next| {
            squares.accumulate_squares(1.0 - self.decay, &now.gradient, self.decay);
            next.copy_from(&now.x);
            next.adaptive_step(&now.gradient, squares, &self.scaling());
        });
    }
}

once_a_step!(RmsProp: Pointwise, points);

impl<O: Gradient + ?Sized> Method<O> for RmsProp
where
    O::Point: Pointwise,
{
    type State = RmsPropState<O::Point>;

    fn name(&self) -> &'static str {
        "rmsprop"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        check_step(self.step)?;
        check_rate("decay", self.decay)?;
        check_epsilon(self.epsilon)?;
        Ok(RmsPropState { points: FixedStep::start(oracle, x0)?, squares: x0.zeros_like() })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(state);
        state.points.arrive(oracle)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.points.iterate()
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        divided_by(&state.squares, &self.scaling())
    }

    fn monotone(&self) -> bool {
        false
    }
}
