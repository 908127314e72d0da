//! A method run on a model of the objective, to see how long it takes.

use serde_json::Value;

use crate::Status;
use crate::methods::Entry;
use crate::minimize::{Conditions, Progress, Stopping};
use crate::objective::{Bounds, Counts, Supplies};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;
use ravine_linalg::vector::Vector;

/// A model of the objective, and where it is started.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub objective: &'a dyn Supplies,
    pub start: &'a [f64],
    pub bounds: Option<&'a Bounds>,
}

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

/// When the gradient is small enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum GradientTest {
    /// By the stopping rules, in the maximum norm.
    Rules,
    /// Where its Euclidean norm is at most this times that at the start: in other variables than the
    /// objective's the maximum norm is another.
    Euclidean(f64),
}

/// A run that takes less is repeated, for its time.
const SHORT: f64 = 5e-4;
const REPEATS: usize = 7;

/// Where rounding may decide how long a run takes, it is one of so many: the median one.
const RUNS: u64 = 5;
/// By so much their starts differ, relative to the entries.
const NUDGE: f64 = 1e-12;
/// Longer runs differ by less.
const LONG: f64 = 500.0;

/// Runs `entry` on `model` until the gradient test holds or `conditions` end it, for as many iterations as `stopping`
/// allows; then goes on as the gradient fell in the second half of them.
///
/// `None` where the method does not start, or ends without converging.
pub(super) fn rehearse(
    entry: &Entry,
    settings: &Value,
    model: Model<'_>,
    stopping: &Stopping,
    test: GradientTest,
    conditions: &Conditions<'_>,
) -> Option<Rehearsal> {
    let from =
        |start: &[f64]| run(entry, settings, Model { start, ..model }, stopping, test, conditions);
    let start = model.start;
    let mut first = from(start)?;
    match test {
        // It is the run itself, up to rounding, and tells its time.
        GradientTest::Rules if first.complete && first.outside < SHORT => {
            for _ in 1..REPEATS {
                first.outside = first.outside.min(from(start)?.outside);
            }
            Some(first)
        }
        GradientTest::Euclidean(_) if first.complete && first.iterations <= LONG => {
            let nudged = (1..RUNS).filter_map(|seed| {
                let mut near = start.to_vec();
                near.fill_normal(&mut Random::new(seed));
                near.iter_mut().zip(start).for_each(|(z, x)| *z = x * (1.0 + NUDGE * *z));
                from(&near)
            });
            let mut runs: Vec<_> = nudged.chain([first]).collect();
            runs.sort_by(|a, b| a.iterations.total_cmp(&b.iterations));
            runs.get(runs.len() / 2).copied()
        }
        _ => Some(first),
    }
}

fn run(
    entry: &Entry,
    settings: &Value,
    model: Model<'_>,
    stopping: &Stopping,
    test: GradientTest,
    conditions: &Conditions<'_>,
) -> Option<Rehearsal> {
    let mut rules = stopping.clone();
    if let GradientTest::Euclidean(_) = test {
        (rules.gradient_absolute, rules.gradient_relative) = (0.0, 0.0);
    }
    let bounds = model.bounds.cloned();
    let conditions =
        Conditions { stopping: rules, bounds, differences: None, ..conditions.clone() };
    let mut run = entry.start(settings, model.objective, model.start, conditions).ok()?;
    let norm = |now: &Progress<'_, Vec<f64>>| match test {
        GradientTest::Rules => now.gradient_norm,
        GradientTest::Euclidean(_) => now.gradient.norm(),
    };
    let first = norm(&run.progress());
    let target = match test {
        GradientTest::Rules => stopping.gradient_absolute.max(stopping.gradient_relative * first),
        GradientTest::Euclidean(tolerance) => tolerance * first,
    };
    // The lowest norm up to each iteration that is a power of two, and now.
    let mut marks = vec![(0, first)];
    let mut lowest = first;
    while lowest > target && run.step().is_none() {
        let now = run.progress();
        lowest = lowest.min(norm(&now));
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
    match outcome.status {
        _ if lowest <= target => Some(rehearsal),
        Status::Converged(_) | Status::PrecisionLimit => Some(rehearsal),
        Status::IterationLimit => {
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
