//! The curvature of a network in parts: Kronecker factors, diagonals, single cases.

mod blocks;
mod chain;
mod columns;
mod coverage;
mod fisher_block;
mod noise;
mod rows;
mod statistics;

pub use blocks::{BlockSpectra, BlockSpectrum};
pub(crate) use columns::{join, joined, part};
pub use coverage::{Cover, Covered};
pub use fisher_block::FisherBlock;
pub use noise::GradientNoise;
pub(crate) use rows::{Rows, rows_of};
pub use statistics::{BlockStatistics, OutputGradients, Sharing};
