//! Runs whose method was chosen at run time.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

use super::run::{Outcome, Progress};
use super::status::Status;
use crate::curvature::{Belief, SecantPairs};

/// A [`Run`](super::Run) on `R^n` whose method was chosen at run time, or an
/// [`EpochRun`](super::EpochRun): what [`Entry::start`](crate::methods::Entry::start) gives.
pub trait Stepping {
    /// See [`Run::step`](super::Run::step).
    fn step(&mut self) -> Option<&Status>;
    /// See [`Run::stop`](super::Run::stop).
    fn stop(&mut self);
    /// See [`Run::status`](super::Run::status).
    fn status(&self) -> Option<&Status>;
    /// See [`Run::progress`](super::Run::progress).
    fn progress(&self) -> Progress<'_, Vec<f64>>;
    /// See [`Run::belief`](super::Run::belief).
    fn belief(&self) -> Belief<'_, Vec<f64>>;
    /// See [`Run::take_pairs`](super::Run::take_pairs).
    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>>;
    /// See [`Run::outcome`](super::Run::outcome).
    fn outcome(&self) -> Outcome<Vec<f64>>;
    /// What a run over the cases of a sum has seen of them; `None` for a run on all of them at once.
    fn seen(&self) -> Option<Seen> {
        None
    }
    /// Writes the state from which [`Entry::resume`](crate::methods::Entry::resume) continues to the same
    /// bits; without a copy of it, however large it is. Files of it, with what they are of, are made by
    /// [`checkpoint`](crate::checkpoint).
    ///
    /// # Errors
    ///
    /// Of the writer.
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::named;
    ///
    /// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
    /// let (lbfgs, none) = (named("lbfgs")?, serde_json::Value::Null);
    /// let mut run = lbfgs.start(&none, &f, &[-1.2, 1.0], Stopping::default())?;
    /// run.step();
    /// let mut bytes = Vec::new();
    /// run.write_checkpoint(&mut bytes)?;
    /// let mut resumed = lbfgs.resume(&none, &f, &bytes, Stopping::default())?;
    /// for run in [&mut run, &mut resumed] {
    ///     while run.step().is_none() {}
    /// }
    /// assert_eq!(run.outcome().x, resumed.outcome().x);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "checkpoints")]
    fn write_checkpoint(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// How much of a sum a run over its batches has visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// Whole epochs.
    pub epochs: u64,
    /// Cases, each as often as it was visited.
    pub cases: u64,
}
