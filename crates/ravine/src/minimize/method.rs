//! What a method is to the loop.

use crate::curvature::{Belief, Knows, SecantPairs};
use crate::objective::{Objective, Within};
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// A method as a state machine: [`start`](Method::start), then [`step`](Method::step) until a
/// stopping rule of the loop ([`Run`](crate::minimize::Run)) holds.
///
/// The type that implements it is a plain struct of settings with documented defaults, validated
/// in `start`. Everything that changes lives in the state; given the same state, `step` does the
/// same to the last bit, so that a run resumed from a serialized state continues as if it had
/// never stopped.
pub trait Method<O: Objective + ?Sized> {
    /// What changes from step to step. Serializable where the points are.
    type State;

    /// The name in the catalogue.
    fn name(&self) -> &'static str;

    /// Validates the settings against the objective and evaluates the start.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, or an interrupt.
    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError>;

    /// Makes the state that of a new start, for an objective of the same shape; where it can, in the same
    /// memory.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start); the state is then of no use until the next success.
    fn start_again(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &O::Point,
        state: &mut Self::State,
    ) -> Result<(), StartError> {
        *state = self.start(oracle, x0)?;
        Ok(())
    }

    /// Evaluates value and gradient at the current point anew, where a better gradient is to be had. What was
    /// learnt stays, where the method knows how; by default it starts again from there.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    fn renew(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), StartError> {
        let x = &self.iterate(state).x;
        *state = self.start(oracle, x)?;
        Ok(())
    }

    /// One iteration.
    ///
    /// # Errors
    ///
    /// An interrupt; the iterate is then still the last complete one.
    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt>;

    /// The current point.
    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point>;

    /// The decrease that the method's quadratic model predicts for its next step,
    /// `-(g'd + d'Bd/2) >= 0`; `None` for methods without a model of their own. Asked only where
    /// the gradient test already holds; what is computed for it is kept for the next step.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        _state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        Ok(None)
    }

    /// What [`predicted_decrease`](Self::predicted_decrease) rests on.
    fn knows_curvature(&self) -> Knows {
        Knows::Little
    }

    /// The value of what is minimized at a point: with the terms that a method adds to the function.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn value_at(
        &self,
        oracle: &Oracle<'_, O>,
        _state: &Self::State,
        x: &O::Point,
    ) -> Result<f64, Interrupt> {
        oracle.value(x)
    }

    /// What it believes of the function around its iterate: curvature that it has learnt, and how far it
    /// trusts its model. Nothing, for methods that keep neither.
    fn belief<'s>(&self, _state: &'s Self::State) -> Belief<'s, O::Point> {
        Belief::default()
    }

    /// What it has taken back so far, and kept for want of something new. Nothing, for methods that count neither.
    fn setbacks(&self, _state: &Self::State) -> Setbacks {
        Setbacks::default()
    }

    /// Gives up the secant pairs, of a method that keeps the last few: for those who want them once the
    /// run has ended, without a copy. What it has learnt is lost to it.
    fn take_pairs(&self, _state: &mut Self::State) -> Option<SecantPairs<O::Point>> {
        None
    }

    /// How its iterates stay within the bounds of the run. The loop refuses bounds to methods that do not
    /// keep them.
    fn within(&self) -> Option<Within<O::Point>> {
        None
    }

    /// Whether every iterate is at least as good as the one before. The loop keeps the best point
    /// of methods that are not.
    fn monotone(&self) -> bool {
        true
    }
}

/// What a method could not do as it wanted, from its start on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Setbacks {
    /// Steps that were taken back: the function was no number there, or far above what was to be expected.
    pub rejected: u64,
    /// Parts of the curvature that could not be made new, so that the old ones were kept.
    pub failures: u64,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    /// The iterate moved by `length` (maximum norm).
    Moved {
        /// `max_i |x_new - x_old|_i`.
        length: f64,
    },
    /// The trial was rejected: the iterate stays, the method trusts less (a smaller radius, more
    /// damping) and will do something else next time.
    Rejected,
    /// The method has nothing left to try from here. The loop decides from `predicted`, the
    /// decrease that the model still promises, whether this is the limit of the arithmetic.
    NoDecrease {
        /// Predicted decrease of the best step tried.
        predicted: f64,
    },
    /// The value falls along the last direction as far as numbers go.
    Unbounded,
}

impl Advance {
    /// What a step did that left the iterate at `to`: rejected its trial, where that is `from` still.
    ///
    /// ```
    /// use ravine::minimize::Advance;
    ///
    /// let (from, to) = (vec![1.0, 2.0], vec![1.5, 1.0]);
    /// assert_eq!(Advance::between(&from, &to), Advance::Moved { length: 1.0 });
    /// assert_eq!(Advance::between(&from, &from), Advance::Rejected);
    /// ```
    pub fn between<V: Vector>(from: &V, to: &V) -> Self {
        let mut step = to.clone();
        step.axpy(-1.0, from);
        match step.norm_max() {
            0.0 => Self::Rejected,
            length => Self::Moved { length },
        }
    }
}
