//! What a method is to the loop over epochs.

use super::{Advance, Method};
use crate::objective::Objective;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;

/// A [`Method`] that goes on where each step sees another objective: another batch of a sum.
///
/// The loop over epochs ([`EpochRun`](super::EpochRun)) lets it [`turn`](Self::turn) to a batch, then
/// [`leave`](Self::leave) the point. What it learns stays in its state: averages of gradients,
/// momentum. What it knows of one batch alone, it forgets as it turns to the next.
pub trait OverBatches<O: Objective + ?Sized>: Method<O> + Sized {
    /// Evaluates the current point on the batch of `oracle`.
    ///
    /// # Errors
    ///
    /// An interrupt; the current point is still the same.
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt>;

    /// A step from the current point, evaluated on the batch of `oracle` before. Value and gradient of
    /// the [`iterate`](Method::iterate) may then be those of the point before it: no batch is
    /// evaluated where it would not be used.
    ///
    /// # Errors
    ///
    /// An interrupt; the current point is still the same.
    fn leave(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt>;

    /// The method with `factor` times its step; `None` for methods that find the length of their steps
    /// themselves.
    fn scaled(&self, factor: f64) -> Option<Self>;
}
