//! The Barzilai-Borwein method.

use crate::line_search::longest_step;
use crate::minimize::{Advance, Method};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// How many short steps [`Formula::Adaptive`] looks back at.
const KEPT: usize = 5;

/// So many iterations without a lower value are no way across a ridge but wandering within the rounding of
/// gradients and points, which a search that lets values rise does not see: the average that bounds them
/// follows the values within ten.
const PATIENCE: u32 = 300;

/// The Barzilai-Borwein method: gradient descent with steps from the last change `s` of the point
/// and `y` of the gradient, either the long or the short one of
///
/// ```text
/// a = s's / s'y    (the identity times 1/a is the best fit to B s = y)
/// a = s'y / y'y    (the identity times a is the best fit to H y = s)
/// ```
///
/// safeguarded by a non-monotone search: `f(x - a g) <= C - decrease a g'g`, where `C` is an average
/// of the values so far whose weights fall by `memory` an iteration. Values may rise; steps
/// that a monotone search would refuse make the method fast.
///
/// Sources: Barzilai and Borwein, Two-point step size gradient methods (1988); Dai and Fletcher
/// (2005) for alternating; Frassoldati, Zanni and Zanghirati, New adaptive stepsize selections in
/// gradient methods (2008), for the adaptive choice; Zhang and Hager, A nonmonotone line search technique (2004).
///
/// ```
/// use ravine::methods::BarzilaiBorwein;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[1e4 * x[0], x[1]]);
///     (1e4 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], BarzilaiBorwein::default()).run()?;
/// assert!(outcome.status.converged() && outcome.iterations < 30);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BarzilaiBorwein {
    /// Which of the two steps is taken. Default [`Formula::Adaptive`].
    pub formula: Formula,
    /// How slowly old values are forgotten, in `[0, 1]`: 0 is a monotone search, 1 compares with
    /// the plain average of all values. Default `0.85`.
    #[range("in [0, 1]")]
    pub memory: f64,
    /// The share of the decrease predicted by the slope that must be realized. Default `1e-4`.
    #[range("between 0 and 0.5")]
    pub decrease: f64,
}

/// The step of [`BarzilaiBorwein`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Always the long step, `s's / s'y`.
    Long,
    /// Always the short step, `s'y / y'y`.
    Short,
    /// Long and short in turn.
    Alternating,
    /// The long step where the two agree to a fifth, else the smallest of the last five short ones
    /// (method ABBmin): about half the iterations of the others on ill-conditioned quadratics.
    #[default]
    Adaptive,
}

impl Default for BarzilaiBorwein {
    fn default() -> Self {
        Self { formula: Formula::Adaptive, memory: 0.85, decrease: 1e-4 }
    }
}

/// The state of [`BarzilaiBorwein`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BarzilaiBorweinState<V> {
    current: Iterate<V>,
    trial: Iterate<V>,
    /// The next step to try.
    step: f64,
    /// C, the average of the values.
    reference: f64,
    /// Q, the sum of the weights of that average.
    weight: f64,
    iterations: u64,
    /// The last short steps, the latest last.
    shorts: [f64; KEPT],
    /// The least value, and how many iterations have passed since it was found.
    lowest: f64,
    idle: u32,
}

/// There is no way on, although a step of this length promises something.
fn nowhere<V: Vector>(current: &Iterate<V>, step: f64) -> Advance {
    let promised = 0.5 * step * current.gradient.dot(&current.gradient);
    Advance::NoDecrease { predicted: current.left_to_gain(promised) }
}

impl<O: Gradient + ?Sized> Method<O> for BarzilaiBorwein {
    type State = BarzilaiBorweinState<O::Point>;

    fn name(&self) -> &'static str {
        "bb"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        let Self { memory, decrease, .. } = *self;
        ArgumentError::check((0.0..=1.0).contains(&memory), "memory", memory, "in [0, 1]")?;
        let holds = decrease > 0.0 && decrease < 0.5;
        ArgumentError::check(holds, "decrease", decrease, "between 0 and 0.5")?;
        let current = Iterate::evaluate(oracle, x0.clone())?;
        Ok(BarzilaiBorweinState {
            trial: current.clone(),
            step: current.first_step(),
            reference: current.value,
            weight: 1.0,
            iterations: 0,
            shorts: [f64::MAX; KEPT],
            lowest: current.value,
            idle: 0,
            current,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let BarzilaiBorweinState { current, trial, reference, weight, .. } = state;
        let slope = -current.gradient.dot(&current.gradient);
        // Values that agree to rounding count as equal.
        let reach = *reference + 2.0 * oracle.rounding(*reference);
        let noise = oracle.rounding(current.value);
        let mut a = state.step.min(longest_step::<O::Point>(current.gradient_norm));
        loop {
            trial.x.point_along(&current.x, -a, &current.gradient);
            trial.update(oracle)?;
            let complete = trial.gradient_norm.is_finite() || trial.value == f64::NEG_INFINITY;
            if complete && trial.value <= reach + self.decrease * a * slope {
                break;
            }
            // The minimizer of the parabola through the value, the slope and the trial's value.
            let parabola = -0.5 * a * a * slope / (trial.value - current.value - a * slope);
            a = if parabola.is_finite() { parabola.clamp(0.1 * a, 0.5 * a) } else { 0.1 * a };
            let visible = -a * slope >= 0.1 * noise;
            if !visible || a < 1e-20 * state.step {
                return Ok(nowhere(current, state.step));
            }
        }
        // The old point and gradient become the changes s and y.
        current.x.axpby(1.0, &trial.x, -1.0);
        current.gradient.axpby(1.0, &trial.gradient, -1.0);
        let (s, y) = (&current.x, &current.gradient);
        let (length, ss, sy, yy) = (s.norm_max(), s.dot(s), s.dot(y), y.dot(y));
        let (long, short) = (ss / sy, sy / yy);
        state.shorts.rotate_left(1);
        state.shorts[KEPT - 1] = if short > 0.0 { short } else { f64::MAX };
        let next = match self.formula {
            Formula::Long => long,
            Formula::Short => short,
            Formula::Alternating if state.iterations.is_multiple_of(2) => long,
            Formula::Alternating => short,
            Formula::Adaptive if short < 0.8 * long => {
                state.shorts.iter().copied().fold(f64::INFINITY, f64::min)
            }
            Formula::Adaptive => long,
        };
        // Without positive curvature there is no best step; a longer one is worth a trial.
        state.step = if sy > 0.0 && next.is_normal() { next } else { 10.0 * a };
        state.iterations += 1;
        *reference =
            (self.memory * *weight * *reference + trial.value) / (self.memory * *weight + 1.0);
        *weight = self.memory * *weight + 1.0;
        std::mem::swap(current, trial);
        state.idle += 1;
        if current.value < state.lowest {
            (state.lowest, state.idle) = (current.value, 0);
        }
        if state.idle > PATIENCE {
            state.idle = 0;
            return Ok(nowhere(current, state.step));
        }
        Ok(Advance::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.current
    }

    /// `a g'g / 2`, what the model `B = I / a` promises.
    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        let gradient = &state.current.gradient;
        Ok(Some(0.5 * state.step * gradient.dot(gradient)))
    }

    fn monotone(&self) -> bool {
        false
    }
}
