//! The curvature of a network in parts: Kronecker factors, diagonals, single cases.

mod blocks;
mod coverage;
mod noise;
mod statistics;

pub use blocks::{BlockSpectra, BlockSpectrum};
pub use coverage::{Cover, Covered};
pub use noise::GradientNoise;
pub use statistics::{BlockStatistics, OutputGradients, Sharing};
