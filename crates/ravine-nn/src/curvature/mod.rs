//! The curvature of a network in parts: Kronecker factors, diagonals, single cases.

mod coverage;
mod statistics;

pub use coverage::{Cover, Covered};
pub use statistics::{BlockStatistics, OutputGradients, Sharing};
