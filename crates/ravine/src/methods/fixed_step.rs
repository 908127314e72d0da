//! What the methods share that evaluate the objective once a step.

use crate::curvature::{Belief, Source};
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::operator::Diagonal;
use ravine_linalg::vector::{AdaptiveStep, Pointwise, Vector};
use ravine_linalg::{ArgumentError, Interrupt};

/// The current point and the next one, of a method that evaluates the objective once a step: what its state
/// is built on. Nothing is allocated after the start, and a step that was interrupted in its evaluation is
/// not planned twice.
///
/// ```
/// use ravine::Stopping;
/// use ravine::Vector;
/// use ravine::methods::FixedStep;
/// use ravine::oracle::Oracle;
///
/// let f = ravine::objective!(1, |x| x[0] * x[0]);
/// let oracle = Oracle::new(&f, Stopping::default());
/// let mut points = FixedStep::start(&oracle, &vec![1.0])?;
/// points.plan(|now, next| next.point_along(&now.x, -0.25, &now.gradient));
/// points.arrive(&oracle)?;
/// assert_eq!(points.iterate().x, [0.5]);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
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
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn start<O>(oracle: &Oracle<'_, O>, x0: &V) -> Result<Self, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let current = Iterate::evaluate(oracle, x0.clone())?;
        Ok(Self { next: current.clone(), current, planned: false, still: 0 })
    }

    /// The current point.
    pub fn iterate(&self) -> &Iterate<V> {
        &self.current
    }

    /// `plan(current, next)` writes the next point into `next`; nothing, where that was done and the
    /// evaluation there was interrupted.
    pub fn plan(&mut self, plan: impl FnOnce(&Iterate<V>, &mut V)) {
        if !self.planned {
            plan(&self.current, &mut self.next.x);
            self.planned = true;
        }
    }

    /// Whether the next point is planned: where evaluations go before the plan, they were made.
    pub fn is_planned(&self) -> bool {
        self.planned
    }

    /// [`plan`](Self::plan) that may be interrupted itself: nothing is planned then.
    ///
    /// # Errors
    ///
    /// Those of `plan`.
    pub fn try_plan(
        &mut self,
        plan: impl FnOnce(&Iterate<V>, &mut V) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        if !self.planned {
            plan(&self.current, &mut self.next.x)?;
            self.planned = true;
        }
        Ok(())
    }

    /// Evaluates the next point, which becomes the current one.
    ///
    /// # Errors
    ///
    /// An interrupt; the current point is still the same.
    pub fn arrive<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<Advance, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let length = self.length();
        self.next.update(oracle)?;
        std::mem::swap(&mut self.current, &mut self.next);
        self.planned = false;
        self.still = if length == 0.0 { self.still + 1 } else { 0 };
        Ok(Advance::Moved { length })
    }

    /// [`arrive`](Self::arrive) of a method whose steps vanish only with the gradient: it ends where
    /// rounding swallows them, and `step` says what they would gain.
    pub(super) fn arrive_until_still<O>(
        &mut self,
        oracle: &Oracle<'_, O>,
        step: f64,
    ) -> Result<Advance, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let moved = self.arrive(oracle)?;
        if self.still < STILL {
            return Ok(moved);
        }
        let gradient = &self.current.gradient;
        let model = 0.5 * step * gradient.dot(gradient);
        Ok(Advance::NoDecrease { predicted: self.current.left_to_gain(model) })
    }

    /// Goes to the next point without an evaluation: value and gradient stay those of the point
    /// before, until [`turn`](Self::turn).
    pub fn leave(&mut self) -> Advance {
        let length = self.length();
        std::mem::swap(&mut self.current.x, &mut self.next.x);
        self.planned = false;
        Advance::Moved { length }
    }

    /// Goes back from a point that was arrived at, or left for and turned at, to the one before it: where the
    /// function is not finite there. After [`leave`](Self::leave) it is to be turned at again.
    pub fn go_back(&mut self) {
        std::mem::swap(&mut self.current, &mut self.next);
        self.planned = false;
    }

    /// Evaluates the current point.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn turn<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        self.current.update(oracle)
    }

    /// The distance to the next point, in the maximum norm.
    fn length(&mut self) -> f64 {
        // The gradient's place is free until the evaluation fills it.
        self.next.gradient.point_along(&self.next.x, -1.0, &self.current.x);
        self.next.gradient.norm_max()
    }
}

/// A method with a setting `step`, a function `plan` and its [`FixedStep`] in the state, over
/// batches: a gradient of each batch, at the point where the step begins.
macro_rules! once_a_step {
    ($method:ident: $vector:ident $(, $points:ident)?) => {
        impl<O: Gradient + ?Sized> OverBatches<O> for $method
        where
            O::Point: $vector,
        {
            fn turn(
                &self,
                oracle: &Oracle<'_, O>,
                state: &mut Self::State,
            ) -> Result<(), Interrupt> {
                state$(.$points)?.turn(oracle)
            }

            fn leave(
                &self,
                _oracle: &Oracle<'_, O>,
                state: &mut Self::State,
            ) -> Result<Advance, Interrupt> {
                self.plan(state);
                Ok(state$(.$points)?.leave())
            }

            fn scaled(&self, factor: f64) -> Option<Self> {
                let mut scaled = self.clone();
                scaled.step *= factor;
                Some(scaled)
            }
        }
    };
}
pub(super) use once_a_step;

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
