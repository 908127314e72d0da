//! The More-Garbow-Hillstrom problems as every peer sees them: the same code evaluates them, and
//! it counts what it is asked for.

mod bridge;
mod counted;
mod entry;
mod record;

pub use counted::Counted;
pub use entry::{Entry, TOLERANCE, entries};
pub use record::Record;
