//! Runs whose method was chosen at run time.

use super::run::{Outcome, Progress, Run};
use super::status::Status;
use crate::curvature::Belief;
use crate::curvature::SecantPairs;
use crate::minimize::Method;
use crate::objective::Objective;

/// A [`Run`] on `R^n` whose method was chosen at run time.
pub trait Stepping {
    /// See [`Run::step`].
    fn step(&mut self) -> Option<&Status>;
    /// See [`Run::stop`].
    fn stop(&mut self);
    /// See [`Run::progress`].
    fn progress(&self) -> Progress<'_, Vec<f64>>;
    /// See [`Run::belief`].
    fn belief(&self) -> Belief<'_, Vec<f64>>;
    /// See [`Run::take_pairs`].
    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>>;
    /// See [`Run::outcome`].
    fn outcome(&self) -> Outcome<Vec<f64>>;
    /// What a run over the cases of a sum has seen of them; `None` for a run on all of them at once.
    fn seen(&self) -> Option<Seen> {
        None
    }
}

/// How much of a sum a run over its batches has visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// Whole epochs.
    pub epochs: u64,
    /// Cases, each as often as it was visited.
    pub cases: u64,
}

impl<O, M> Stepping for Run<'_, O, M>
where
    O: Objective<Point = Vec<f64>> + ?Sized,
    M: Method<O>,
{
    fn step(&mut self) -> Option<&Status> {
        Run::step(self)
    }

    fn stop(&mut self) {
        Run::stop(self);
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
}
