//! What a training gives.

use ravine::Status;
use ravine::objective::Counts;

use crate::backend::Backend;
use crate::tape::Parameters;

/// What was measured after an epoch, or, as epoch 0, at the start.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EpochReport {
    /// Whole epochs.
    pub epoch: u64,
    /// Steps.
    pub steps: u64,
    /// Seconds of training, without these measurements.
    pub seconds: f64,
    /// The loss over all cases, with its penalty.
    pub loss: f64,
    /// The share of the cases that are classified right, where there are classes.
    pub accuracy: Option<f64>,
    /// Loss and accuracy over the cases held out, without a penalty.
    pub held_out: Option<(f64, Option<f64>)>,
    /// Steps so far that were taken back: the loss was no number there, or far above what was to be expected.
    pub rejected: u64,
    /// How often so far a part of the curvature could not be made new, so that the old one was kept.
    pub failures: u64,
}

/// How training ended.
#[derive(Clone)]
pub struct Trained<B: Backend> {
    /// The parameters: the last ones, or, where cases are held out and patience ended it, those with the lowest loss
    /// on them.
    pub parameters: Parameters<B>,
    /// Why it ended: also [`Status::Diverged`] where the loss of a batch, or at the end that of all cases,
    /// is ten thousand times that of the start, or 1 if that is more.
    pub status: Status,
    /// A line an epoch.
    pub history: Vec<EpochReport>,
    /// Evaluations of the training itself.
    pub evaluations: Counts,
}
