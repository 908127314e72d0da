//! Averages in place of schedules.

use crate::precondition::allowed::{positive, share};
use ravine::minimize::{Advance, Method, OverBatches};
use ravine::objective::Gradient;
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::vector::{AdaptiveStep, Pointwise, Vector};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Schedule-Free learning: gradients at y, between the point z that they move and the average x of the z, which is
/// what the method gives. From `x = z = x0`, in step k = 0, 1, ...,
///
/// ```text
/// y = (1 - beta) z + beta x
/// z <- z - step_k d(grad f(y) + decay y)
/// w_k = (largest step so far)^2 (k + 1)^power,   c = w_k / (w_0 + ... + w_k)
/// x <- (1 - c) x + c z
/// ```
///
/// where d is the gradient itself, or over the root of its average square as in Adam without its momentum, and the
/// step rises linearly over the [`warmup`](Self::warmup). No schedule is needed, and no end known beforehand: leave
/// that of the run constant.
///
/// Values and gradients that are shown over batches are those at y. A run over all cases at once evaluates the
/// average, too, so that its stopping rules speak of the point it gives: two gradients a step.
///
/// Source: Defazio et al., The road less scheduled (2024).
///
/// ```
/// use ravine::minimize;
/// use ravine::Stopping;
/// use ravine_nn::{ScheduleFree, ScheduleFreeBase};
///
/// let f = ravine::objective!(2, |x| (x[0] - 1.0).powi(2) + 5.0 * x[1] * x[1]);
/// let method = ScheduleFree { base: ScheduleFreeBase::Gradient, step: 0.1, ..ScheduleFree::default() };
/// let stopping = Stopping { iterations: Some(300), ..Stopping::default() };
/// let outcome = minimize(&f, vec![3.0, 1.0], method).stopping(stopping).run()?;
/// assert!(outcome.value < 1e-3);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleFree {
    /// What moves z. Default Adam's scaling with `beta2 = 0.999`.
    pub base: ScheduleFreeBase,
    /// The step. Default `2.5e-3`.
    pub step: f64,
    /// The share of the average in y, in `[0, 1)`. Default `0.9`.
    pub beta: f64,
    /// The decay of y, added to the gradient after it was scaled. Default 0.
    pub decay: f64,
    /// Steps in which the step rises from nothing. Default 0.
    pub warmup: u64,
    /// The power of k in the weights, not negative. Default 0.
    pub power: f64,
}

/// What moves z in [`ScheduleFree`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleFreeBase {
    /// The gradient.
    Gradient,
    /// The gradient over the root of its average square, `v <- beta2 v + (1 - beta2) g^2`, which is
    /// divided by `1 - beta2^k`, and epsilon.
    Adam {
        /// The share of the average square that is kept, in `[0, 1)`.
        beta2: f64,
        /// Added to the root, positive.
        epsilon: f64,
    },
}

impl Default for ScheduleFree {
    fn default() -> Self {
        Self {
            base: ScheduleFreeBase::Adam { beta2: 0.999, epsilon: 1e-8 },
            step: 2.5e-3,
            beta: 0.9,
            decay: 0.0,
            warmup: 0,
            power: 0.0,
        }
    }
}

/// The state of [`ScheduleFree`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ScheduleFreeState<V> {
    /// x; value and gradient over batches are those at y.
    shown: Iterate<V>,
    /// y.
    at: Iterate<V>,
    z: V,
    second: V,
    /// `beta2^k`.
    bias: f64,
    steps: u64,
    largest: f64,
    weights: f64,
    /// Whether x is new, and was not evaluated, in a run over all cases.
    moved: Option<f64>,
}

impl<V> ScheduleFreeState<V> {
    /// y, where gradients are taken.
    pub fn gradient_point(&self) -> &V {
        &self.at.x
    }
}

impl ScheduleFree {
    fn check(&self) -> Result<(), ArgumentError> {
        positive("step", self.step)?;
        share("beta", self.beta)?;
        for (name, value) in [("decay", self.decay), ("power", self.power)] {
            let valid = value >= 0.0 && value.is_finite();
            ArgumentError::check(valid, name, value, "finite and not negative")?;
        }
        match self.base {
            ScheduleFreeBase::Gradient => Ok(()),
            ScheduleFreeBase::Adam { beta2, epsilon } => {
                share("beta2", beta2)?;
                positive("epsilon", epsilon)
            }
        }
    }

    /// A step with the gradient at y; the distance that x moves.
    fn go<V: Pointwise>(&self, state: &mut ScheduleFreeState<V>) -> f64 {
        let ScheduleFreeState { shown, at, z, second, bias, steps, largest, weights, .. } = state;
        let k = *steps as f64 + 1.0;
        let rise = if *steps < self.warmup { k / self.warmup as f64 } else { 1.0 };
        let step = self.step * rise;
        match self.base {
            ScheduleFreeBase::Gradient => z.axpy(-step, &at.gradient),
            ScheduleFreeBase::Adam { beta2, epsilon } => {
                second.accumulate_squares(1.0 - beta2, &at.gradient, beta2);
                *bias *= beta2;
                let square = 1.0 - *bias;
                let scaling = AdaptiveStep { step, square, epsilon, ..AdaptiveStep::default() };
                z.adaptive_step(&at.gradient, second, &scaling);
            }
        }
        z.axpy(-step * self.decay, &at.x);
        *largest = largest.max(step);
        let weight = *largest * *largest * k.powf(self.power);
        *weights += weight;
        let c = weight / *weights;
        // The old x is where y will be.
        at.x.copy_from(&shown.x);
        shown.x.axpby(c, z, 1.0 - c);
        at.x.axpy(-1.0, &shown.x);
        let length = at.x.norm_max();
        at.x.copy_from(&shown.x);
        at.x.axpby(1.0 - self.beta, z, self.beta);
        *steps += 1;
        length
    }
}

impl<O: Gradient + ?Sized> Method<O> for ScheduleFree
where
    O::Point: Pointwise,
{
    type State = ScheduleFreeState<O::Point>;

    fn name(&self) -> &'static str {
        match self.base {
            ScheduleFreeBase::Gradient => "schedule-free-sgd",
            ScheduleFreeBase::Adam { .. } => "schedule-free",
        }
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        self.check()?;
        let shown = Iterate::evaluate(oracle, x0.clone())?;
        Ok(ScheduleFreeState {
            at: shown.clone(),
            shown,
            z: x0.clone(),
            second: x0.zeros_like(),
            bias: 1.0,
            steps: 0,
            largest: 0.0,
            weights: 0.0,
            moved: None,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let length = match state.moved {
            Some(length) => length,
            None => {
                // At the start y is x.
                if state.steps > 0 {
                    state.at.update(oracle)?;
                }
                let length = self.go(state);
                state.moved = Some(length);
                length
            }
        };
        state.shown.update(oracle)?;
        state.moved = None;
        Ok(Advance::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.shown
    }

    fn monotone(&self) -> bool {
        false
    }
}

impl<O: Gradient + ?Sized> OverBatches<O> for ScheduleFree
where
    O::Point: Pointwise,
{
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
        let ScheduleFreeState { at, shown, .. } = state;
        at.update(oracle)?;
        shown.gradient.copy_from(&at.gradient);
        (shown.value, shown.gradient_norm) = (at.value, at.gradient_norm);
        Ok(())
    }

    fn leave(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Advance, Interrupt> {
        Ok(Advance::Moved { length: self.go(state) })
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        Some(Self { step: self.step * factor, ..self.clone() })
    }
}
