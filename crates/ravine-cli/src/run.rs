//! One run of one method, with a line on the terminal.

use ravine::Stopping;
use ravine::minimize::{Error, Progress};
use ravine::objective::DynamicObjective;
use ravine_problems::race::{self, MethodChoice, Ran};

use crate::interrupt;
use crate::progress::Ticker;

/// Runs `method` to its end; `watch` sees every iterate.
///
/// # Errors
///
/// What keeps the method from starting.
pub fn run(
    method: &MethodChoice,
    objective: &dyn DynamicObjective,
    start: &[f64],
    stopping: Stopping,
    ticker: &mut Ticker,
    mut watch: impl FnMut(&Progress<'_, Vec<f64>>),
) -> Result<Ran, Error> {
    let cancel = Some(interrupt::flag());
    let ran = race::run(method, objective, start, stopping, cancel, |now| {
        watch(now);
        show(ticker, method, now);
    });
    ticker.clear();
    ran
}

/// Says where a run is.
pub fn show(ticker: &mut Ticker, method: &MethodChoice, now: &Progress<'_, Vec<f64>>) {
    ticker.show(|| {
        format!(
            "{}: iteration {}, value {:.6e}, gradient {:.1e}",
            method.name, now.iteration, now.value, now.gradient_norm
        )
    });
}
