//! What the methods share that evaluate the objective once a step.

use crate::curvature::{Belief, Source};
use crate::minimize::Step;
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::operator::Diagonal;
use ravine_linalg::vector::{Entries, Vector};
use ravine_linalg::{ArgumentError, Interrupt};

/// The current point and the next one. Nothing is allocated after the start, and a step that was
/// interrupted in its evaluation is not planned twice.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FixedStep<V> {
    current: Iterate<V>,
    next: Iterate<V>,
    planned: bool,
}

impl<V: Vector> FixedStep<V> {
    /// Evaluates the start.
    pub(super) fn start<O>(oracle: &Oracle<'_, O>, x0: &V) -> Result<Self, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let current = Iterate::evaluate(oracle, x0.clone())?;
        Ok(Self { next: current.clone(), current, planned: false })
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
        Ok(Step::Moved { length })
    }
}

/// The belief of a method that divides the gradient, entry by entry, by `curvature` of a mean or sum
/// of squared gradients; none before the first of them.
pub(super) fn divided_by<'s, V: Entries + 's>(
    squares: &V,
    curvature: impl Fn(f64) -> f64,
) -> Belief<'s, V> {
    if squares.norm_max() == 0.0 {
        return Belief::default();
    }
    let mut diagonal = squares.clone();
    diagonal.zip_apply(squares, |_, s| curvature(s));
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
