//! A method run on a model of the objective, to see how long it takes.

use std::sync::atomic::AtomicBool;

use serde_json::Value;

use crate::methods::Entry;
use crate::minimize::{Counts, Stopping};
use crate::objective::DynamicObjective;

/// How a rehearsal went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rehearsal {
    pub iterations: f64,
    /// Values, gradients, Hessian products and Hessians.
    pub evaluations: [f64; 4],
    /// Seconds outside the objective.
    pub outside: f64,
    /// Whether the run came to its end, or was cut off and its rate of convergence extended.
    pub complete: bool,
}

/// A run that takes less is repeated, for its time.
const SHORT: f64 = 5e-4;
const REPEATS: usize = 7;

/// Runs `entry` on `model` until the gradient test of `stopping` holds, for as many iterations as it
/// allows; then goes on as the gradient fell in the second half of them.
///
/// `None` where the method does not start, or ends without converging.
pub(super) fn rehearse(
    entry: &Entry,
    settings: &Value,
    model: &dyn DynamicObjective,
    start: &[f64],
    stopping: &Stopping,
    cancel: Option<&AtomicBool>,
) -> Option<Rehearsal> {
    let mut first = run(entry, settings, model, start, stopping, cancel)?;
    if first.complete && first.outside < SHORT {
        for _ in 1..REPEATS {
            let again = run(entry, settings, model, start, stopping, cancel)?;
            first.outside = first.outside.min(again.outside);
        }
    }
    Some(first)
}

fn run(
    entry: &Entry,
    settings: &Value,
    model: &dyn DynamicObjective,
    start: &[f64],
    stopping: &Stopping,
    cancel: Option<&AtomicBool>,
) -> Option<Rehearsal> {
    let mut run = entry.start(settings, model, start, stopping.clone(), cancel).ok()?;
    let first = run.progress().gradient_norm;
    // The lowest norm up to each iteration that is a power of two, and now.
    let mut marks = vec![(0, first)];
    let mut lowest = first;
    while run.step().is_none() {
        let now = run.progress();
        lowest = lowest.min(now.gradient_norm);
        if now.iteration.is_power_of_two() {
            marks.push((now.iteration, lowest));
        }
    }
    let outcome = run.outcome();
    let outside = (outcome.seconds - outcome.seconds_in_objective).max(0.0);
    let mut rehearsal = Rehearsal {
        iterations: outcome.iterations as f64,
        evaluations: as_numbers(&outcome.evaluations),
        outside,
        complete: true,
    };
    use crate::Status;
    match outcome.status {
        Status::Converged(_) | Status::PrecisionLimit => Some(rehearsal),
        Status::IterationLimit => {
            let target = stopping.gradient_absolute.max(stopping.gradient_relative * first);
            let made = outcome.iterations;
            let half = marks.iter().rev().find(|(k, _)| 2 * k <= made).copied();
            let (from, norm) = half.unwrap_or((0, first));
            let rate = (norm / lowest).ln() / (made - from) as f64;
            if rate <= 0.0 || lowest == 0.0 {
                return None;
            }
            let factor = 1.0 + (lowest / target).ln().max(0.0) / rate / made as f64;
            rehearsal.complete = false;
            Some(rehearsal.scaled(factor))
        }
        _ => None,
    }
}

pub(super) fn as_numbers(counts: &Counts) -> [f64; 4] {
    [counts.value, counts.gradient, counts.hessian_product, counts.hessian].map(|n| n as f64)
}

impl Rehearsal {
    /// A run that takes `factor` times as many iterations of the same kind.
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            iterations: self.iterations * factor,
            evaluations: self.evaluations.map(|n| n * factor),
            outside: self.outside * factor,
            complete: self.complete,
        }
    }
}
