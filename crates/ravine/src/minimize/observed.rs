//! Runs to their end, watched.

use std::ops::ControlFlow;

use super::status::Status;

/// Steps a run to its end. `observe` sees it at the start and after every step, and stops it with
/// `Break`; the rest is what both loops have: a step, the end by the caller, and why the run ended.
pub(super) fn observed<R>(
    run: &mut R,
    observe: Option<impl FnMut(&R) -> ControlFlow<()>>,
    step: fn(&mut R) -> Option<&Status>,
    stop: fn(&mut R),
    status: fn(&R) -> Option<&Status>,
) {
    let Some(mut observe) = observe else {
        while step(run).is_none() {}
        return;
    };
    loop {
        if observe(run).is_break() {
            stop(run);
        }
        if status(run).is_some() {
            return;
        }
        step(run);
    }
}
