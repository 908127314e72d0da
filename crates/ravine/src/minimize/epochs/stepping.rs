//! Runs over epochs whose method was chosen at run time.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

use super::run::EpochRun;
use crate::curvature::{Belief, SecantPairs};
use crate::minimize::{Outcome, OverBatches, Progress, Seen, Status, Stepping};
use crate::objective::{BatchGradient, Over};

/// Steps go from one measurement on all cases to the next, and progress is what was measured.
impl<'a, S, M> Stepping for EpochRun<'a, S, M>
where
    S: BatchGradient<Point = Vec<f64>> + ?Sized,
    M: OverBatches<Over<'a, S>>,
    M::State: serde::Serialize,
{
    fn step(&mut self) -> Option<&Status> {
        let measured = |run: &Self| run.progress().measured.map(|measured| measured.step);
        let before = measured(self);
        while EpochRun::step(self).is_none() && measured(self) == before {}
        self.status()
    }

    fn stop(&mut self) {
        EpochRun::stop(self);
    }

    fn status(&self) -> Option<&Status> {
        EpochRun::status(self)
    }

    fn progress(&self) -> Progress<'_, Vec<f64>> {
        let now = EpochRun::progress(self);
        let iterate = self.measured_or_last();
        Progress {
            iteration: now.step,
            x: &iterate.x,
            value: iterate.value,
            gradient: &iterate.gradient,
            gradient_norm: iterate.gradient_norm,
            evaluations: now.evaluations,
            asked: now.evaluations,
            seconds: now.seconds,
        }
    }

    fn belief(&self) -> Belief<'_, Vec<f64>> {
        EpochRun::belief(self)
    }

    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>> {
        None
    }

    fn outcome(&self) -> Outcome<Vec<f64>> {
        EpochRun::outcome(self)
    }

    fn seen(&self) -> Option<Seen> {
        let now = EpochRun::progress(self);
        Some(Seen { epochs: now.epoch, cases: now.cases })
    }

    #[cfg(feature = "checkpoints")]
    fn write_checkpoint(&self, out: &mut dyn Write) -> io::Result<()> {
        EpochRun::write_checkpoint(self, out)
    }
}
