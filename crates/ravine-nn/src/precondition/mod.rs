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
//! | SOAP; KL-Shampoo, KL-SOAP | [`Soap`], [`SoapBlocks`]; [`KlShampoo`] |
//! | PSGD | [`Psgd`] |
//! | K-FAC's blocks, block-tridiagonal | [`KroneckerFactors`], [`BlockTridiagonal`] |
//! | EKFAC, K-BFGS | [`Ekfac`], [`KBfgs`] |
//! | Adam, Sophia, AdaHessian | [`AdamDirection`], [`Sophia`], [`AdaHessian`] |
//!
//! Settings tell by `check` whether they are allowed; states take them as they are.
//!
//! What is not finite is refused: the state stays as it was, the [`Status`] tells, and [`Failures`] count.

pub(crate) mod allowed;
mod average;
mod basis;
mod cut;
mod dense;
mod diagonal;
mod ekfac;
#[cfg(test)]
mod examples;
mod graft;
mod householder;
mod kbfgs;
mod kl_shampoo;
mod kronecker;
mod muon;
mod polar;
mod psgd;
mod root;
pub(crate) mod scratch;
mod shampoo;
mod shape;
mod soap;
mod soap_blocks;
mod status;
mod tridiagonal;

pub use average::{Average, Averaging};
pub use basis::Eigenbasis;
pub use diagonal::{
    AdaHessian, AdaHessianSettings, AdamDirection, AdamSettings, Sophia, SophiaSettings, Spatial,
    SpatialOf,
};
pub use ekfac::{Ekfac, EkfacSettings};
pub use graft::Graft;
pub use kbfgs::{KBfgs, KBfgsSettings, double_damped};
pub use kl_shampoo::{KlDenominator, KlEigenvalues, KlSettings, KlShampoo, KlStart, kl_factors};
pub use kronecker::{KroneckerDamping, KroneckerFactors, KroneckerSettings};
pub use muon::{AspectScale, Balance, Layout, Muon, MuonSettings};
pub use polar::{Polar, PolarIteration};
pub use psgd::{NormBound, Psgd, PsgdGeometry, PsgdSettings, PsgdSource};
pub use root::{DampedInverse, Epsilon, InverseRoot};
pub use shampoo::{LongSides, Shampoo, ShampooSettings, ShampooSides};
pub use shape::Shape;
pub use soap::{Soap, SoapOrder, SoapSettings};
pub use soap_blocks::SoapBlocks;
pub use status::{Failures, Status, Step};
pub use tridiagonal::{BlockTridiagonal, LayerFactors};
