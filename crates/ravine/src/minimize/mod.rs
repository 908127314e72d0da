//! The loop around every method: stopping rules, budgets, observers, cancellation, checkpoints.
//!
//! A method is a state machine ([`Method`]); [`Run`] drives it. Methods own
//! mathematics, the loop owns everything else. Sums over many cases have a loop of their own, over
//! batches of them ([`EpochRun`]), for methods that go from one to the next ([`OverBatches`]).

mod builder;
mod checkpoint;
mod ends;
mod epochs;
mod error;
mod left;
mod method;
mod observed;
mod over_batches;
mod rounding;
mod run;
mod status;
mod stepping;
mod supplied;

pub use crate::conditions::{
    Conditions, Epochs, FinalPoint, LastBatch, Measure, StepSchedule, Stopping,
};
pub use builder::{Minimize, minimize};
pub use checkpoint::Checkpoint;
pub use epochs::{BatchProgress, EpochCheckpoint, EpochRun, Measured, MinimizeSum, minimize_sum};
pub use error::Error;
pub use method::{Advance, Method, Setbacks};
pub use over_batches::OverBatches;
pub use run::{Outcome, Progress, Run};
pub use status::{Rule, Status};
pub use stepping::{Seen, Stepping};
pub use supplied::Supplied;
