//! Methods chosen at run time over the batches of a sum.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

use super::any_sum::AnySum;
use crate::curvature::{Belief, Knows, SecantPairs};
use crate::methods::chosen::{Anything, Chose, Chosen};
use crate::minimize::{
    Advance, EpochRun, Method, Outcome, OverBatches, Progress, Seen, Status, Stepping,
};
use crate::objective::{Over, Within};
use crate::oracle::{Iterate, Oracle};
#[cfg(feature = "checkpoints")]
use ravine_linalg::ArgumentError;
use ravine_linalg::{Interrupt, StartError};

/// A method that sees of each batch what the sum supplies.
pub(super) struct OnBatches(pub Chosen<Anything>);

impl OnBatches {
    /// Reads a state that [`Chose::write`] has written.
    #[cfg(feature = "checkpoints")]
    pub fn read(&self, bytes: &mut &[u8]) -> Result<Chose<Anything>, ArgumentError> {
        self.0.read(bytes)
    }
}

impl<'b, 'a> Method<Over<'b, AnySum<'a>>> for OnBatches {
    type State = Chose<Anything>;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn start(
        &self,
        oracle: &Oracle<'_, Over<'b, AnySum<'a>>>,
        x0: &Vec<f64>,
    ) -> Result<Self::State, StartError> {
        self.0.start(&oracle.at_run_time(), x0)
    }

    fn step(
        &self,
        oracle: &Oracle<'_, Over<'b, AnySum<'a>>>,
        state: &mut Self::State,
    ) -> Result<Advance, Interrupt> {
        self.0.step(&oracle.at_run_time(), state)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        self.0.iterate(state)
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, Vec<f64>> {
        self.0.belief(state)
    }

    fn take_pairs(&self, state: &mut Self::State) -> Option<SecantPairs<Vec<f64>>> {
        self.0.take_pairs(state)
    }

    fn knows_curvature(&self) -> Knows {
        self.0.knows_curvature()
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        self.0.within()
    }

    fn monotone(&self) -> bool {
        self.0.monotone()
    }
}

impl<'b, 'a> OverBatches<Over<'b, AnySum<'a>>> for OnBatches {
    fn turn(
        &self,
        oracle: &Oracle<'_, Over<'b, AnySum<'a>>>,
        state: &mut Self::State,
    ) -> Result<(), Interrupt> {
        self.0.turn(&oracle.at_run_time(), state)
    }

    fn leave(
        &self,
        oracle: &Oracle<'_, Over<'b, AnySum<'a>>>,
        state: &mut Self::State,
    ) -> Result<Advance, Interrupt> {
        self.0.leave(&oracle.at_run_time(), state)
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        self.0.scaled(factor).map(Self)
    }
}

/// Steps go from one measurement on all cases to the next, and progress is what was measured.
impl<'r, 'a> Stepping for EpochRun<'r, AnySum<'a>, OnBatches> {
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
        self.write_with(out, |state, out| state.write(out))
    }
}
