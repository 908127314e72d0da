//! Optimizers of networks, on the loops of the library: over all cases, or batch by batch.

mod by_diagonal;
mod by_matrix;
mod common;
mod fisher;
mod hessian_free;
mod kfac;
mod kronecker_bfgs;
mod lbfgs;
mod named;
mod natural;
mod on_network;
#[cfg(feature = "typed")]
mod parsed;
mod schedule_free;
mod steps;

pub use by_diagonal::{ByDiagonal, ByDiagonalState, DiagonalMethod};
pub use by_matrix::{Auxiliary, ByMatrix, ByMatrixState, MatrixMethod, Place, Treated};
pub use hessian_free::{HessianFree, HessianFreeState};
pub use kfac::{
    Adaptive, AdaptiveGamma, FirstDamping, Kfac, KfacState, Moments, MomentsOf, Momentum, Promise,
    Structure,
};
pub use kronecker_bfgs::{KroneckerBfgs, KroneckerBfgsState};
pub use lbfgs::{PairsFrom, StochasticLbfgs, StochasticLbfgsState};
pub use named::{Optimizer, OptimizerState};
pub use natural::{FisherSolve, NaturalGradient, NaturalGradientState};
pub use on_network::OnNetwork;
pub use schedule_free::{ScheduleFree, ScheduleFreeBase, ScheduleFreeState};
pub use steps::TunedStep;
