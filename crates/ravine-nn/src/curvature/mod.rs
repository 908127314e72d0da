//! The curvature of a network in parts: Kronecker factors, diagonals, single cases.

mod chain;
mod columns;
mod coverage;
mod rows;
mod statistics;

pub(crate) use columns::{joined, part};
pub use coverage::{Cover, Covered};
pub(crate) use rows::{Rows, rows_of};
pub use statistics::{BlockStatistics, OutputGradients, Sharing};
