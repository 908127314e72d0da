//! One run of one method, with its history.

use ravine::Stopping;
use ravine::minimize::{Counts, Error, Outcome, Stepping};
use ravine::objective::DynamicObjective;

use crate::interrupt;
use crate::method::MethodChoice;
use crate::progress::Ticker;

/// Above this many samples every other one is dropped.
const MOST_SAMPLES: usize = 4096;

/// A moment of a run.
#[derive(Clone, Debug)]
pub struct Sample {
    pub iteration: u64,
    pub evaluations: Counts,
    pub seconds: f64,
    pub value: f64,
    pub gradient_norm: f64,
    /// In two dimensions.
    pub point: Option<(f64, f64)>,
}

/// Samples of a run, evenly spread over its iterations.
#[derive(Clone, Debug, Default)]
pub struct History {
    samples: Vec<Sample>,
    spacing: u32,
    /// The latest moment, where it is not among the samples.
    last: Option<Sample>,
}

impl History {
    fn record(&mut self, run: &dyn Stepping) {
        let progress = run.progress();
        let point = match progress.x.as_slice() {
            &[x, y] => Some((x, y)),
            _ => None,
        };
        let sample = Sample {
            iteration: progress.iteration,
            evaluations: progress.evaluations,
            seconds: progress.seconds,
            value: progress.value,
            gradient_norm: progress.gradient_norm,
            point,
        };
        if !sample.iteration.is_multiple_of(1 << self.spacing) {
            self.last = Some(sample);
            return;
        }
        self.last = None;
        self.samples.push(sample);
        if self.samples.len() > MOST_SAMPLES {
            self.spacing += 1;
            let spacing = self.spacing;
            self.samples.retain(|s| s.iteration.is_multiple_of(1 << spacing));
        }
    }

    /// The samples in order, the latest moment included.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().chain(&self.last)
    }
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Ran {
    pub outcome: Outcome<Vec<f64>>,
    pub history: History,
}

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
    mut watch: impl FnMut(&dyn Stepping),
) -> Result<Ran, Error> {
    let cancel = Some(interrupt::flag());
    let mut run = method.entry.start(&method.settings, objective, start, stopping, cancel)?;
    let mut history = History::default();
    let mut iteration = None;
    loop {
        // The last step may have ended without a new iterate.
        if iteration != Some(run.progress().iteration) {
            iteration = Some(run.progress().iteration);
            history.record(run.as_ref());
            watch(run.as_ref());
        }
        ticker.show(|| {
            let now = run.progress();
            format!(
                "{}: iteration {}, value {:.6e}, gradient {:.1e}",
                method.name, now.iteration, now.value, now.gradient_norm
            )
        });
        if run.step().is_some() {
            break;
        }
    }
    if iteration != Some(run.progress().iteration) {
        history.record(run.as_ref());
        watch(run.as_ref());
    }
    ticker.clear();
    Ok(Ran { outcome: run.outcome(), history })
}
