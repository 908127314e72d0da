//! What a composed method carries from step to step.

use super::Trust;
use crate::curvature::{Curvature, Pair, Searched};
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use crate::step::{Local, Solution, Step, evaluate_within};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// The state of a [`Composition`](crate::methods::Composition): the iterate, what curvature and step
/// remember, and the step from here once it is known.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct State<V, C, S> {
    pub(crate) iterate: Iterate<V>,
    pub(crate) curvature: C,
    pub(crate) solver: S,
    /// The number of the trust: radius, weight, damping.
    pub(crate) trust: f64,
    pub(crate) step: V,
    /// Set where `step` belongs to the current point, curvature and trust.
    pub(crate) solution: Option<Solution>,
    /// Whether what was learnt was given up at the current point.
    pub(super) renewed: bool,
    /// How many trials were rejected at the current point.
    pub(super) failures: u32,
    /// Whether the step is one along negative curvature.
    pub(super) escaping: bool,
    pub(super) gains: Option<Gains>,
    /// Room for the next point and for the change of the gradient; the content does not matter.
    #[serde(skip)]
    pub(super) room: Option<(Iterate<V>, V)>,
}

impl<V: Vector, C, S> State<V, C, S> {
    /// Evaluates the start.
    pub(crate) fn start<O, K, P, T>(
        curvature: &K,
        step: &P,
        trust: &T,
        oracle: &Oracle<'_, O>,
        x0: &V,
    ) -> Result<Self, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
        P: Step<V, T::Reach, Memory = S>,
        T: Trust,
    {
        let gradient = x0.zeros_like();
        let mut memory = curvature.memory(oracle, x0);
        let mut iterate = Iterate { x: x0.clone(), value: 0.0, gradient, gradient_norm: 0.0 };
        evaluate_within(step, oracle, &mut iterate, |iterate| {
            curvature.evaluate(oracle, iterate, &mut memory)
        })?;
        curvature.moved(&mut memory, 1.0);
        let trust = trust.first(&curvature.size(&memory, &iterate));
        Ok(Self {
            step: iterate.x.zeros_like(),
            iterate,
            curvature: memory,
            solver: step.memory(x0),
            trust,
            solution: None,
            renewed: false,
            failures: 0,
            escaping: false,
            gains: None,
            room: None,
        })
    }

    /// Becomes the state of a new start, in the same memory.
    pub(crate) fn start_again<O, K, P, T>(
        &mut self,
        curvature: &K,
        step: &P,
        trust: &T,
        oracle: &Oracle<'_, O>,
        x0: &V,
    ) -> Result<(), Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
        P: Step<V, T::Reach, Memory = S>,
        T: Trust,
    {
        self.iterate.x.copy_from(x0);
        curvature.memory_again(oracle, x0, &mut self.curvature);
        evaluate_within(step, oracle, &mut self.iterate, |iterate| {
            curvature.evaluate(oracle, iterate, &mut self.curvature)
        })?;
        curvature.moved(&mut self.curvature, 1.0);
        step.memory_again(x0, &mut self.solver);
        self.trust = trust.first(&curvature.size(&self.curvature, &self.iterate));
        self.solution = None;
        self.renewed = false;
        self.failures = 0;
        self.escaping = false;
        self.gains = None;
        Ok(())
    }

    /// Evaluates the current point for another objective, of which no step is known yet.
    pub(crate) fn turn<O, K, P, R>(
        &mut self,
        curvature: &K,
        step: &P,
        oracle: &Oracle<'_, O>,
    ) -> Result<(), Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
        P: Step<V, R, Memory = S>,
    {
        evaluate_within(step, oracle, &mut self.iterate, |iterate| {
            curvature.evaluate(oracle, iterate, &mut self.curvature)
        })?;
        curvature.turned(&mut self.curvature);
        step.forget(&mut self.solver);
        self.solution = None;
        self.renewed = false;
        self.failures = 0;
        self.gains = None;
        Ok(())
    }

    /// The step of reach `reach`, found once; `None` where the curvature is not finite.
    #[inline]
    pub(super) fn solve<O, K, P, R>(
        &mut self,
        curvature: &K,
        step: &P,
        reach: R,
        oracle: &Oracle<'_, O>,
    ) -> Result<Option<&Solution>, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
        P: Step<V, R, Memory = S>,
    {
        if self.solution.is_none() {
            let Self { iterate, curvature: memory, solver, step: p, .. } = self;
            let ask = || oracle.check();
            let local = Local {
                x: &iterate.x,
                gradient: &iterate.gradient,
                bounds: oracle.bounds(),
                watch: Watch::new(&ask),
            };
            let mut b = curvature.at(oracle, iterate, memory)?;
            self.solution = step.minimize(&mut b, &local, reach, solver, p)?;
            self.escaping = false;
        }
        Ok(self.solution.as_ref())
    }

    /// Has the curvature learn from the step to the trial point in `room`, which the step gave; both
    /// may be exchanged for others.
    pub(super) fn learn<O, K>(&mut self, curvature: &K, searched: Option<Searched>)
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
    {
        let Some((trial, change)) = &mut self.room else { return };
        change.point_along(&trial.gradient, -1.0, &self.iterate.gradient);
        let pair =
            Pair { s: &mut self.step, y: change, before: &self.iterate, after: trial, searched };
        curvature.learn(&mut self.curvature, pair);
    }

    /// Moves to the trial point in `room`, by the share `taken` of the step.
    pub(super) fn accept<O, K, P, R>(&mut self, curvature: &K, step: &P, taken: f64)
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
        P: Step<V, R, Memory = S>,
    {
        if let Some((trial, _)) = &mut self.room {
            std::mem::swap(&mut self.iterate, trial);
        }
        self.solution = None;
        self.renewed = false;
        self.failures = 0;
        curvature.moved(&mut self.curvature, taken);
        step.forget(&mut self.solver);
    }

    /// Gives up what was learnt; `false` where there is nothing.
    pub(super) fn renew<O, K, P, R>(&mut self, curvature: &K, step: &P) -> bool
    where
        O: Gradient<Point = V> + ?Sized,
        K: Curvature<O, Memory = C>,
        P: Step<V, R, Memory = S>,
    {
        self.solution = None;
        let renewed = curvature.renew(&mut self.curvature);
        if renewed {
            step.forget(&mut self.solver);
        }
        renewed
    }
}

/// Evaluates value, gradient and the gradient's norm at `iterate.x`.
pub(super) fn evaluate<O: Gradient + ?Sized, C: Curvature<O>>(
    curvature: &C,
    oracle: &Oracle<'_, O>,
    iterate: &mut Iterate<O::Point>,
    memory: &mut C::Memory,
) -> Result<(), Interrupt> {
    curvature.evaluate(oracle, iterate, memory)?;
    iterate.gradient_norm = iterate.gradient.norm_max();
    Ok(())
}

/// Steps over which the fall of the value is summed: single steps of a limited memory are uneven.
const WINDOW: usize = 5;

/// What the last steps gained, where the curvature is learnt from them.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Gains {
    /// By how much the value fell, in the steps before too, going round; 0 before the first.
    decreases: [f64; 2 * WINDOW],
    /// Where the last of them is; the ones before follow.
    newest: usize,
    /// What the last step left of the gradient's norm, as a share.
    left: f64,
    /// How many steps since the value last changed by more than its rounding.
    still: u32,
}

/// A step confirms the model where it leaves at most this share of the gradient.
const CONFIRMED: f64 = 0.2;

/// What a falling value leaves, as its fall foretells, counts so many times: no model confirms it.
const MARGIN: f64 = 1e4;

/// After so many steps that change the value by its rounding only, the model is believed.
const STILL: u32 = 5;

impl Gains {
    /// Takes in a step from `before` to `after`.
    pub fn record<V: Vector>(gains: &mut Option<Self>, before: &Iterate<V>, after: &Iterate<V>) {
        let none = Self { decreases: [0.0; 2 * WINDOW], newest: 0, left: 0.0, still: 0 };
        let gains = gains.get_or_insert(none);
        let decrease = before.value - after.value;
        let moved = decrease.abs() > 4.0 * V::EPSILON * after.value.abs();
        gains.still = if moved { 0 } else { gains.still + 1 };
        gains.left = after.gradient_norm / before.gradient_norm;
        gains.newest = gains.newest.checked_sub(1).unwrap_or(2 * WINDOW - 1);
        gains.decreases[gains.newest] = decrease;
    }

    /// The decreases from the `first` on, counted from the newest.
    fn decreases(&self, first: usize, count: usize) -> impl Iterator<Item = f64> {
        (first..first + count).map(|k| self.decreases[(self.newest + k) % (2 * WINDOW)])
    }

    /// What is left to gain at a point of this value, of which the learnt model promises `promised`,
    /// if the last step confirmed the model: it left at most a fifth of the gradient. What the last
    /// two steps gained counts as promised, too. A learnt matrix knows nothing of a direction that
    /// no step has taken: at the floor of a curved valley it promises nothing, and the step made
    /// all the same changes neither value nor gradient. Without such a step, a value that falls to
    /// zero tells how much there is left of it.
    pub fn promised(&self, promised: f64, value: f64) -> f64 {
        if self.still >= STILL {
            promised
        } else if self.left <= CONFIRMED {
            self.decreases(0, 2).fold(promised, f64::max)
        } else {
            promised.max(MARGIN * self.left_of(value))
        }
    }

    /// What is left to gain of a value that falls to zero, infinite where it does not: in each of the
    /// last two windows it fell by half or more, to less than it has just lost. The falls go on as a
    /// geometric series at worst, `d r / (1 - r)` with the ratio r of the last two, or all the way.
    fn left_of(&self, value: f64) -> f64 {
        let new: f64 = self.decreases(0, WINDOW).sum();
        let old: f64 = self.decreases(WINDOW, WINDOW).sum();
        if value.abs() > new || new > 0.5 * old {
            return f64::INFINITY;
        }
        value.abs().max(new * new / (old - new))
    }
}
