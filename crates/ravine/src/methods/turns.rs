//! Whether a method that is chosen at run time goes over the batches of a sum.

#[cfg(feature = "all-methods")]
use crate::minimize::{Advance, OverBatches};
use crate::objective::Need;
#[cfg(feature = "all-methods")]
use crate::oracle::Oracle;
#[cfg(feature = "all-methods")]
use ravine_linalg::Interrupt;

/// How a method M with states S goes over the batches of a sum; by default not at all, which entries say
/// before a run.
pub(super) trait Turns<N: Need, M, S>: 'static {
    /// Evaluates the current point on the batch of `oracle`.
    #[cfg(feature = "all-methods")]
    fn turn(_: &M, _: &Oracle<'_, N::Of<'_>>, _: &mut S) -> Result<(), Interrupt> {
        Err(stays())
    }

    /// A step from there, of `factor` times its length.
    #[cfg(feature = "all-methods")]
    fn leave(_: &M, _: &Oracle<'_, N::Of<'_>>, _: &mut S, _: f64) -> Result<Advance, Interrupt> {
        Err(stays())
    }

    /// Whether the length of its steps is a setting.
    #[cfg(feature = "all-methods")]
    fn scales(_: &M) -> bool {
        false
    }
}

#[cfg(feature = "all-methods")]
fn stays() -> Interrupt {
    Interrupt::Function("the method does not go over batches".into())
}

/// Of methods on all cases at once.
pub(super) enum AllCases {}

impl<N: Need, M, S> Turns<N, M, S> for AllCases {}

/// Of methods that go over batches.
#[cfg(feature = "all-methods")]
pub(super) enum Batches {}

#[cfg(feature = "all-methods")]
impl<N: Need, M, S> Turns<N, M, S> for Batches
where
    M: for<'b> OverBatches<N::Of<'b>, State = S>,
{
    fn turn(method: &M, oracle: &Oracle<'_, N::Of<'_>>, state: &mut S) -> Result<(), Interrupt> {
        method.turn(oracle, state)
    }

    fn leave(
        method: &M,
        oracle: &Oracle<'_, N::Of<'_>>,
        state: &mut S,
        factor: f64,
    ) -> Result<Advance, Interrupt> {
        if factor == 1.0 {
            return method.leave(oracle, state);
        }
        let scaled = OverBatches::<N::Of<'static>>::scaled(method, factor);
        scaled.as_ref().unwrap_or(method).leave(oracle, state)
    }

    fn scales(method: &M) -> bool {
        OverBatches::<N::Of<'static>>::scaled(method, 1.0).is_some()
    }
}
