//! A run over epochs that can go on later.

use super::average::Average;
use super::batches::Batches;
use crate::oracle::{Iterate, Spent};

/// What [`EpochRun::checkpoint`](super::EpochRun::checkpoint) gives and
/// [`EpochRun::resume`](super::EpochRun::resume) takes: the state of the method, and where in which
/// order of the cases the run is.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct EpochCheckpoint<S, V> {
    pub(super) method: String,
    pub(super) dimension: usize,
    pub(super) spent: Spent,
    pub(super) place: Place<S, V>,
}

/// A point of a run over epochs, with value and gradient on all cases.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Measured<V> {
    /// Whole epochs before it.
    pub epoch: u64,
    /// Steps before it.
    pub step: u64,
    /// The point, value and gradient.
    pub at: Iterate<V>,
}

/// Where a run is.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Place<S, V> {
    /// The method's.
    pub state: S,
    pub batches: Batches,
    pub steps: u64,
    /// Cases visited.
    pub seen: u64,
    pub next: Next,
    pub average: Option<Average<V>>,
    pub measured: Option<Measured<V>>,
}

/// What a run does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Next {
    /// Measures on all cases.
    Measure,
    /// Evaluates the current point on the next batch.
    Turn,
    /// Leaves the current point, evaluated on the batch.
    Leave,
}
