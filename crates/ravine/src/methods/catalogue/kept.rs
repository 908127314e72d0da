//! A run together with the sum that it borrows.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

use self_cell::self_cell;

use super::any_sum::AnySum;
use crate::curvature::{Belief, SecantPairs};
use crate::minimize::{Error, Outcome, Progress, Seen, Status, Stepping};

type Borrowing<'r> = Box<dyn Stepping + 'r>;

self_cell!(
    struct Together<'a> {
        owner: AnySum<'a>,
        #[not_covariant]
        dependent: Borrowing,
    }
);

/// A run with its sum.
pub(super) struct Kept<'a>(Together<'a>);

impl<'a> Kept<'a> {
    /// The run that `begin` starts.
    pub fn start(
        sum: AnySum<'a>,
        begin: impl for<'r> FnOnce(&'r AnySum<'a>) -> Result<Borrowing<'r>, Error>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        Ok(Box::new(Self(Together::try_new(sum, begin)?)))
    }
}

impl Stepping for Kept<'_> {
    fn step(&mut self) -> Option<&Status> {
        self.0.with_dependent_mut(|_, run| run.step())
    }

    fn stop(&mut self) {
        self.0.with_dependent_mut(|_, run| run.stop());
    }

    fn status(&self) -> Option<&Status> {
        self.0.with_dependent(|_, run| run.status())
    }

    fn progress(&self) -> Progress<'_, Vec<f64>> {
        self.0.with_dependent(|_, run| run.progress())
    }

    fn belief(&self) -> Belief<'_, Vec<f64>> {
        self.0.with_dependent(|_, run| run.belief())
    }

    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>> {
        self.0.with_dependent_mut(|_, run| run.take_pairs())
    }

    fn outcome(&self) -> Outcome<Vec<f64>> {
        self.0.with_dependent(|_, run| run.outcome())
    }

    fn seen(&self) -> Option<Seen> {
        self.0.with_dependent(|_, run| run.seen())
    }

    #[cfg(feature = "checkpoints")]
    fn write_checkpoint(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.with_dependent(|_, run| run.write_checkpoint(out))
    }
}
