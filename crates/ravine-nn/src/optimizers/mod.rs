//! Optimizers of networks, on the loops of the library: over all cases, or batch by batch.

mod by_matrix;
mod kfac;
mod named;
mod on_network;

pub use by_matrix::{Auxiliary, ByMatrix, ByMatrixState, MatrixMethod, Place, Treated};
pub use kfac::{Adaptive, Kfac, KfacState, Momentum};
pub use named::{Optimizer, OptimizerState};
pub use on_network::OnNetwork;
