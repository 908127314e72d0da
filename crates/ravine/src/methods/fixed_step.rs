//! What the methods share that evaluate the objective once a step.

use crate::curvature::{Belief, Source};
use crate::minimize::Step;
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::operator::Diagonal;
use ravine_linalg::vector::{AdaptiveStep, Pointwise, Vector};
use ravine_linalg::{ArgumentError, Interrupt};

/// The current point and the next one. Nothing is allocated after the start, and a step that was
/// interrupted in its evaluation is not planned twice.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FixedStep<V> {
    current: Iterate<V>,
    next: Iterate<V>,
    planned: bool,
    /// Steps in a row that left every variable as it was.
    #[serde(default)]
    still: u32,
}

/// After so many steps that rounding swallows, averages of gradients have settled and no later step
/// will be longer.
const STILL: u32 = 100;

impl<V: Vector> FixedStep<V> {
    /// Evaluates the start.
    pub(super) fn start<O>(oracle: &Oracle<'_, O>, x0: &V) -> Result<Self, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let current = Iterate::evaluate(oracle, x0.clone())?;
        Ok(Self { next: current.clone(), current, planned: false, still: 0 })
    }

    /// The current point.
    pub(super) fn iterate(&self) -> &Iterate<V> {
        &self.current
    }

    /// `plan(current, next)` writes the next point into `next`, then it is evaluated.
    pub(super) fn advance<O>(
        &mut self,
        oracle: &Oracle<'_, O>,
        plan: impl FnOnce(&Iterate<V>, &mut V),
    ) -> Result<Step, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        if !self.planned {
            plan(&self.current, &mut self.next.x);
            self.planned = true;
        }
        // The gradient's place is free until the evaluation fills it.
        self.next.gradient.point_along(&self.next.x, -1.0, &self.current.x);
        let length = self.next.gradient.norm_max();
        self.next.update(oracle)?;
        std::mem::swap(&mut self.current, &mut self.next);
        self.planned = false;
        self.still = if length == 0.0 { self.still + 1 } else { 0 };
        Ok(Step::Moved { length })
    }

    /// [`advance`](Self::advance) of a method whose steps vanish only with the gradient: it ends where
    /// rounding swallows them, and `step` says what they would gain.
    pub(super) fn advance_until_still<O>(
        &mut self,
        oracle: &Oracle<'_, O>,
        step: f64,
        plan: impl FnOnce(&Iterate<V>, &mut V),
    ) -> Result<Step, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let moved = self.advance(oracle, plan)?;
        if self.still < STILL {
            return Ok(moved);
        }
        let gradient = &self.current.gradient;
        let model = 0.5 * step * gradient.dot(gradient);
        Ok(Step::NoDecrease { predicted: self.current.left_to_gain(model) })
    }
}

/// The belief of a method that divides the gradient, entry by entry, by the root of a mean or sum of
/// squared gradients; none before the first of them.
pub(super) fn divided_by<'s, V: Pointwise + 's>(
    squares: &V,
    scaling: &AdaptiveStep,
) -> Belief<'s, V> {
    if squares.norm_max() == 0.0 {
        return Belief::default();
    }
    let mut diagonal = squares.zeros_like();
    diagonal.adaptive_curvature(squares, scaling);
    Belief::default().curvature(Source::SquaredGradients, Diagonal::new(diagonal))
}

/// The step must be positive.
pub(super) fn check_step(step: f64) -> Result<(), ArgumentError> {
    ArgumentError::check(step > 0.0 && step.is_finite(), "step", step, "positive and finite")
}

/// A decay rate of an average must be in `[0, 1)`.
pub(super) fn check_rate(name: &str, rate: f64) -> Result<(), ArgumentError> {
    ArgumentError::check((0.0..1.0).contains(&rate), name, rate, "in [0, 1)")
}

/// What is added to a denominator must be positive: 0 / 0 is no step.
pub(super) fn check_epsilon(epsilon: f64) -> Result<(), ArgumentError> {
    let holds = epsilon > 0.0 && epsilon.is_finite();
    ArgumentError::check(holds, "epsilon", epsilon, "positive and finite")
}
