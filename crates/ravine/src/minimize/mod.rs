//! The loop around every method: stopping rules, budgets, observers, cancellation, checkpoints.
//!
//! A method is a state machine ([`Method`]); [`Run`] drives it. Methods own
//! mathematics, the loop owns everything else.

mod builder;
mod error;
mod method;
mod rounding;
mod run;
mod status;
mod stepping;
mod supplied;

pub use crate::conditions::{Conditions, Stopping};
pub use builder::{Minimize, minimize};
pub use error::Error;
pub use method::{Method, Step};
pub use run::{Checkpoint, Outcome, Progress, Run};
pub use status::{Rule, Status};
pub use stepping::Stepping;
pub use supplied::Supplied;
