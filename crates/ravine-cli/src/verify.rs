//! `ravine diagnose --verify`: the methods that were forecast, raced.

use ravine::Status;
use ravine::diagnose::Diagnosis;
use ravine::methods::named;
use ravine::minimize::{Counts, Outcome};
use ravine::objective::DynamicObjective;
use ravine_problems::Problem;
use serde::Serialize;

use crate::args::{StoppingArgs, XAxis};
use crate::interrupt;
use crate::method::MethodChoice;
use crate::race::race;

/// Seconds that each method gets where the caller does not say.
const SECONDS: f64 = 1.0;

/// Runs of a method are repeated until they took so long together.
const REPEATS: f64 = 0.02;
const MOST_REPEATS: usize = 101;

/// What a method needed.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub method: String,
    pub status: String,
    /// Ended at the lowest value that any method reached.
    pub solved: bool,
    pub iterations: u64,
    pub evaluations: Counts,
    /// The median of repeated runs.
    pub seconds: f64,
    pub value: f64,
    pub gradient_norm: f64,
}

impl Measured {
    /// The fastest of those that solved the problem.
    pub fn fastest(measured: &[Self]) -> Option<&Self> {
        measured.iter().filter(|m| m.solved).min_by(|a, b| a.seconds.total_cmp(&b.seconds))
    }
}

/// Races the methods of the forecast with the settings it assumes.
pub fn verify(
    problem: &Problem,
    start: &[f64],
    diagnosis: &Diagnosis,
    args: &StoppingArgs,
) -> Vec<Measured> {
    let mut stopping = args.stopping();
    stopping.seconds = stopping.seconds.or(Some(SECONDS));
    stopping.iterations = args.max_iterations;
    let methods: Vec<_> = diagnosis
        .forecast
        .iter()
        .filter_map(|forecast| {
            let entry = named(&forecast.method).ok()?;
            let mut method = MethodChoice::of(entry);
            if forecast.settings.is_object() {
                method.settings = forecast.settings.clone();
            }
            Some(method)
        })
        .collect();
    let race = race(problem, start, &methods, &stopping, XAxis::Seconds);
    let objective = problem.objective.as_ref();
    let mut measured = Vec::new();
    for entrant in &race.entrants {
        let Some(outcome) = entrant.outcome() else { continue };
        let ended = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
        let again = || plain(&entrant.method, objective, start, &stopping);
        let seconds = if ended { median(outcome.seconds, again) } else { outcome.seconds };
        measured.push(Measured {
            method: entrant.method.entry.name.to_owned(),
            status: outcome.status.name().to_owned(),
            solved: ended && !entrant.elsewhere,
            iterations: outcome.iterations,
            evaluations: outcome.evaluations,
            seconds,
            value: outcome.value,
            gradient_norm: outcome.gradient_norm,
        });
    }
    measured
}

/// A run without a history.
fn plain(
    method: &MethodChoice,
    objective: &dyn DynamicObjective,
    start: &[f64],
    stopping: &ravine::Stopping,
) -> Option<Outcome<Vec<f64>>> {
    let cancel = Some(interrupt::flag());
    let started = method.entry.start(&method.settings, objective, start, stopping.clone(), cancel);
    let mut run = started.ok()?;
    while run.step().is_none() {}
    Some(run.outcome())
}

/// The median of the seconds of repeated runs; those of the first, with its history, where that took
/// long.
fn median(first: f64, again: impl Fn() -> Option<Outcome<Vec<f64>>>) -> f64 {
    let mut times = Vec::new();
    let mut total = first;
    while times.is_empty() || (total < REPEATS && times.len() < MOST_REPEATS) {
        let Some(outcome) = again() else { break };
        if interrupt::seen() {
            break;
        }
        total += outcome.seconds;
        times.push(outcome.seconds);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(first)
}
