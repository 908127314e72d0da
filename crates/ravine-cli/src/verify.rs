//! `ravine diagnose --verify`: the methods that were forecast, raced.

use ravine::Status;
use ravine::diagnose::Diagnosis;
use ravine::methods::named;
use ravine::minimize::Outcome;
use ravine::objective::Counts;
use ravine_problems::Problem;
use ravine_race::{Effort, MethodChoice, Track};
use serde::Serialize;

use crate::args::StoppingArgs;
use crate::interrupt;
use crate::run::{conditions, watched};

/// Seconds that each method gets where the caller does not say.
const SECONDS: f64 = 1.0;

/// Runs of a method are repeated until they took so long together.
const REPEATS: f64 = 0.1;
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
    // To the accuracy of the forecasts, no further.
    let mut stopping =
        ravine::Stopping { decrease: diagnosis.stopping().decrease, ..args.stopping() };
    stopping.seconds = stopping.seconds.or(Some(SECONDS));
    stopping.iterations = args.max_iterations;
    if args.tolerance.is_none() && args.gradient_tolerance.is_none() {
        stopping.gradient_relative = diagnosis.gradient_relative;
    }
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
    let track = Track {
        start,
        conditions: conditions(problem, stopping.clone()),
        effort: Effort::Seconds,
        ..Track::new(problem)
    };
    let race = watched(&track, &methods);
    let ended = |outcome: &Outcome<Vec<f64>>| {
        outcome.status.converged() || outcome.status == Status::PrecisionLimit
    };
    // The lowest value that a run ended at; the known minimum may be another one than that of this
    // start. Values within their noise, or within what the accuracy leaves, are the same.
    let ends = race.entrants.iter().filter_map(|e| e.outcome().filter(|o| ended(o)));
    let lowest = ends.map(|outcome| outcome.value).fold(f64::INFINITY, f64::min);
    let noise = diagnosis.noise.map_or(0.0, |noise| 10.0 * noise.level);
    let fall = stopping.gradient_relative * (diagnosis.value - lowest).max(0.0);
    let same = lowest + noise.max(fall).max(1e-6 * lowest.abs());
    let mut measured = Vec::new();
    let mut timed = Vec::new();
    for entrant in &race.entrants {
        let Some(outcome) = entrant.outcome() else { continue };
        measured.push(Measured {
            method: entrant.method.entry.name.to_owned(),
            status: outcome.status.name().to_owned(),
            solved: ended(outcome) && outcome.value <= same,
            iterations: outcome.iterations,
            evaluations: outcome.evaluations,
            seconds: outcome.seconds,
            value: outcome.value,
            gradient_norm: outcome.gradient_norm,
        });
        timed.push((&entrant.method, ended(outcome), Vec::new(), outcome.seconds));
    }
    // In turns, so that what disturbs the machine disturbs all.
    for _ in 0..MOST_REPEATS {
        for (method, ended, times, total) in &mut timed {
            if *ended && (times.is_empty() || *total < REPEATS) && !interrupt::seen() {
                let Some(outcome) = plain(method, problem, start, &stopping) else { continue };
                *total += outcome.seconds;
                times.push(outcome.seconds);
            }
        }
    }
    for (m, (.., mut times, _)) in measured.iter_mut().zip(timed) {
        times.sort_by(f64::total_cmp);
        m.seconds = times.get(times.len() / 2).copied().unwrap_or(m.seconds);
    }
    measured
}

/// A run without a history.
fn plain(
    method: &MethodChoice,
    problem: &Problem,
    start: &[f64],
    stopping: &ravine::Stopping,
) -> Option<Outcome<Vec<f64>>> {
    let conditions = conditions(problem, stopping.clone());
    let objective = problem.objective.as_ref();
    let started = method.entry.start(&method.settings, objective, start, conditions);
    let mut run = started.ok()?;
    while run.step().is_none() {}
    Some(run.outcome())
}
