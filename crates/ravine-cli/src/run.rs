//! Runs of methods, with a line on the terminal while they last.

use ravine::minimize::{Error, Progress, Stepping};
use ravine::{Conditions, Stopping};
use ravine_problems::Problem;
use ravine_race::{MethodChoice, Race, Ran, Track, Tuned};
use ravine_text::short;

use crate::interrupt;
use crate::progress::Ticker;

/// The conditions of a run on the problem, which Ctrl-C ends.
pub fn conditions(problem: &Problem, stopping: Stopping) -> Conditions<'static> {
    problem.conditions(stopping).cancel(interrupt::flag())
}

/// Runs `method` on the problem to its end; `watch` sees every iterate.
///
/// # Errors
///
/// What keeps the method from starting.
pub fn run(
    method: &MethodChoice,
    problem: &Problem,
    start: &[f64],
    conditions: Conditions<'static>,
    ticker: &mut Ticker,
    watch: impl FnMut(&Progress<'_, Vec<f64>>),
) -> Result<Ran, Error> {
    let objective = problem.objective.as_ref();
    let run = method.entry.start(&method.settings, objective, start, conditions)?;
    follow(run, method, ticker, watch, |_| Ok(()))
}

/// Steps a run of `method` to its end; `watch` sees every iterate, and `between` the run itself.
///
/// # Errors
///
/// That of `between`.
pub fn follow<E>(
    run: Box<dyn Stepping + '_>,
    method: &MethodChoice,
    ticker: &mut Ticker,
    mut watch: impl FnMut(&Progress<'_, Vec<f64>>),
    between: impl FnMut(&dyn Stepping) -> Result<(), E>,
) -> Result<Ran, E> {
    let look = |now: &Progress<'_, Vec<f64>>| {
        watch(now);
        show(ticker, method, now);
    };
    let ran = ravine_race::follow(run, look, between);
    ticker.clear();
    ran
}

/// The method for the batches of a sum, with the search for its step, and why it is that.
///
/// # Errors
///
/// What keeps the method from starting.
pub fn over_batches(
    problem: &Problem,
    start: &[f64],
    conditions: &Conditions<'static>,
    ticker: &mut Ticker,
) -> Result<(MethodChoice, Option<Tuned>, String), Error> {
    let objective = problem.objective.as_ref();
    ravine_race::over_batches(objective, start, conditions, |step, now| {
        ticker.show(|| format!("trying step = {}, iteration {}", short(step), now.iteration));
    })
}

/// Says where a run is.
fn show(ticker: &mut Ticker, method: &MethodChoice, now: &Progress<'_, Vec<f64>>) {
    ticker.show(|| {
        format!(
            "{}: iteration {}, value {:.6e}, gradient {:.1e}",
            method.name, now.iteration, now.value, now.gradient_norm
        )
    });
}

/// Runs the methods, with a line on the terminal while it lasts.
pub fn watched(track: &Track<'_>, methods: &[MethodChoice]) -> Race {
    let mut ticker = Ticker::new();
    track.race(methods, |glimpse| match glimpse.trying {
        Some((setting, value)) => ticker.show(|| {
            format!(
                "{}: trying {setting} = {}, iteration {}",
                glimpse.method.name,
                short(value),
                glimpse.progress.iteration
            )
        }),
        None => show(&mut ticker, glimpse.method, glimpse.progress),
    })
}
