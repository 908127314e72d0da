//! AdaGrad.

use super::fixed_step::{FixedStep, check_epsilon, check_step, divided_by, once_a_step};
use crate::curvature::Belief;
use crate::minimize::{Advance, Method, OverBatches};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::{AdaptiveStep, Pointwise, Vector};
use ravine_linalg::{Interrupt, StartError};

/// AdaGrad, with diagonal scaling by all squared gradients so far: from `s = 0`, entry by entry,
///
/// ```text
/// s <- s + g^2
/// x <- x - step g / (sqrt(s) + epsilon)
/// ```
///
/// as PyTorch's `Adagrad` without learning-rate decay. The first step is `step` in every entry.
///
/// Source: Duchi, Hazan and Singer, Adaptive subgradient methods (2011).
///
/// ```
/// use ravine::methods::AdaGrad;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[100.0 * x[0], x[1]]);
///     (100.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], AdaGrad { step: 0.5, ..Default::default() }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaGrad {
    /// The step. Default `1e-2`.
    #[range("positive and finite")]
    pub step: f64,
    /// Added to the root, positive. Default `1e-10`.
    #[range("positive and finite")]
    pub epsilon: f64,
}

impl Default for AdaGrad {
    fn default() -> Self {
        Self { step: 1e-2, epsilon: 1e-10 }
    }
}

impl AdaGrad {
    fn scaling(&self) -> AdaptiveStep {
        AdaptiveStep { step: self.step, epsilon: self.epsilon, ..Default::default() }
    }
}

/// The state of [`AdaGrad`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AdaGradState<V> {
    points: FixedStep<V>,
    squares: V,
}

impl AdaGrad {
    fn plan<V: Pointwise>(&self, state: &mut AdaGradState<V>) {
        let AdaGradState { points, squares } = state;
        points.plan(|now, next| {
            squares.accumulate_squares(1.0, &now.gradient, 1.0);
            next.copy_from(&now.x);
            next.adaptive_step(&now.gradient, squares, &self.scaling());
        });
    }
}

once_a_step!(AdaGrad: Pointwise, points);

impl<O: Gradient + ?Sized> Method<O> for AdaGrad
where
    O::Point: Pointwise,
{
    type State = AdaGradState<O::Point>;

    fn name(&self) -> &'static str {
        "adagrad"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        check_step(self.step)?;
        check_epsilon(self.epsilon)?;
        Ok(AdaGradState { points: FixedStep::start(oracle, x0)?, squares: x0.zeros_like() })
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
