//! Every method of Ravine's catalogue that runs without tuning.

use peers::{Counted, Entry};
use ravine::Stopping;
use ravine::methods::catalogue;

use crate::{Ended, ITERATIONS, Runner, Watch};

/// Runs them on one problem.
pub fn all(runner: &mut Runner) {
    let available = runner.entry().objective().derivatives();
    for method in catalogue() {
        if method.tuned.is_some() || !available.missing(method.needs).is_empty() {
            continue;
        }
        let solve = |entry: &Entry, counted: &Counted, _: &mut Watch| {
            let stopping =
                Stopping { iterations: Some(ITERATIONS), ..Stopping::gradient(entry.tolerance) };
            let start = entry.start.as_slice();
            match method.start(&serde_json::Value::Null, counted.objective(), start, stopping) {
                Err(error) => Ended { x: entry.start.clone(), status: error.to_string() },
                Ok(mut run) => {
                    while run.step().is_none() {}
                    let outcome = run.outcome();
                    counted.charge(outcome.evaluations);
                    Ended { x: outcome.x, status: outcome.status.name().to_owned() }
                }
            }
        };
        runner.run(method.name, &solve);
    }
}
