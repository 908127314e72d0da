//! What several runs may spend together.

use ravine::Stopping;
use ravine::minimize::Outcome;

/// What is left of it; `None` for no limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    pub evaluations: Option<u64>,
    pub seconds: Option<f64>,
}

impl Budget {
    /// Gives one of so many runs its share.
    pub fn share(&self, runs: u64, stopping: &mut Stopping) {
        if let Some(evaluations) = self.evaluations {
            stopping.evaluations = Some((evaluations / runs).max(1));
        }
        if let Some(seconds) = self.seconds {
            stopping.seconds = Some(seconds / runs as f64);
        }
    }

    /// Leaves what a run has spent.
    pub fn take(&mut self, outcome: &Outcome<Vec<f64>>) {
        let spent = outcome.evaluations.value;
        self.evaluations = self.evaluations.map(|left| left.saturating_sub(spent));
        self.seconds = self.seconds.map(|left| (left - outcome.seconds).max(0.0));
    }
}
