//! The loop around every method: stopping rules, budgets, observers, cancellation, checkpoints.
//!
//! A method is a state machine ([`Method`]); [`Run`] drives it. Methods own
//! mathematics, the loop owns everything else.

mod error;
mod method;
mod run;
mod status;
mod stepping;
mod stopping;

pub use error::Error;
pub use method::{Method, Step};
pub use run::{Checkpoint, Minimize, Outcome, Progress, Run, minimize};
pub use status::{Rule, Status};
pub use stepping::Stepping;
pub use stopping::Stopping;
