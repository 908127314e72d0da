//! Runs of methods chosen at run time.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

use crate::curvature::{Belief, SecantPairs};
use crate::methods::chosen::{Anything, Chosen};
use crate::minimize::{Outcome, Progress, Run, Status, Stepping};
use crate::objective::Supplies;

impl<'a> Stepping for Run<'a, dyn Supplies + 'a, Chosen<Anything>> {
    fn step(&mut self) -> Option<&Status> {
        Run::step(self)
    }

    fn stop(&mut self) {
        Run::stop(self);
    }

    fn status(&self) -> Option<&Status> {
        Run::status(self)
    }

    fn progress(&self) -> Progress<'_, Vec<f64>> {
        Run::progress(self)
    }

    fn belief(&self) -> Belief<'_, Vec<f64>> {
        Run::belief(self)
    }

    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>> {
        Run::take_pairs(self)
    }

    fn outcome(&self) -> Outcome<Vec<f64>> {
        Run::outcome(self)
    }

    #[cfg(feature = "checkpoints")]
    fn write_checkpoint(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_with(out, |state, out| state.write(out))
    }
}
