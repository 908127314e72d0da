//! Preconditioners of matrices: the arithmetic of networks' optimizers, which knows nothing of layers.
//!
//! A parameter is a matrix whose entries lie in a slice, row after row; a [`Shape`] says how many rows and
//! columns. Each method is a settings struct, and a state of one parameter that takes gradients and gives
//! directions, to be subtracted times a learning rate. States are generic over the precision of their
//! entries; roots, inverses and eigenbases are always taken in double precision. A state that is saved
//! and restored goes on with the same bits.
//!
//! | what | type |
//! |---|---|
//! | averages over steps, by name | [`Average`] |
//! | inverse roots, damped inverses, eigenbases | [`InverseRoot`], [`DampedInverse`], [`Eigenbasis`] |
//! | orthogonal polar factors; Muon, NorMuon | [`Polar`], [`Muon`] |
//! | Shampoo, grafting | [`Shampoo`], [`Graft`] |
//! | SOAP | [`Soap`] |
//! | K-FAC's blocks | [`KroneckerFactors`] |
//!
//! What is not finite is refused: the state stays as it was, the [`Status`] tells, and [`Failures`] count.

mod average;
mod basis;
mod dense;
#[cfg(test)]
mod examples;
mod graft;
mod householder;
mod kronecker;
mod muon;
mod polar;
mod root;
mod scratch;
mod shampoo;
mod shape;
mod soap;
mod status;

pub use average::{Average, Averaging};
pub use basis::Eigenbasis;
pub use graft::Graft;
pub use kronecker::{KroneckerDamping, KroneckerFactors, KroneckerSettings};
pub use muon::{AspectScale, Balance, Layout, Muon, MuonSettings};
pub use polar::{Polar, PolarIteration};
pub use root::{DampedInverse, Epsilon, InverseRoot};
pub use shampoo::{LongSides, Shampoo, ShampooSettings, ShampooSides};
pub use shape::Shape;
pub use soap::{Soap, SoapOrder, SoapSettings};
pub use status::{Failures, Status, Step};
