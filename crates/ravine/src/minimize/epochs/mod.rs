//! The loop over the cases of a sum, in batches.

mod average;
mod batches;
mod builder;
mod checkpoint;
mod resume;
mod run;

pub use builder::{MinimizeSum, minimize_sum};
pub use checkpoint::{EpochCheckpoint, Measured};
pub use run::{BatchProgress, EpochRun};
