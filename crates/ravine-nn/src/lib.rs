//! Networks, their exact curvature, and the optimizers that use it.

mod backend;
mod cases;
mod curvature;
mod digits;
mod error;
mod initialize;
pub mod layers;
mod loss;
mod mean_loss;
mod network;
pub mod ops;
mod optimizers;
pub mod precondition;
mod ready;
mod shape;
mod tape;
mod train;

pub use backend::{Axis, Backend, Cpu, Elementary, Onto, Product, Unary, Windows};
pub use cases::Cases;
pub use curvature::{BlockStatistics, Cover, Covered, OutputGradients, Sharing};
pub use digits::digits;
pub use error::NetworkError;
pub use initialize::Initialization;
pub use loss::{Head, Loss, Through};
pub use mean_loss::MeanLoss;
pub use network::{Builder, Input, Network, Parameter, Tensor};
pub use optimizers::{
    Adaptive, Auxiliary, ByMatrix, ByMatrixState, Kfac, KfacState, MatrixMethod, Momentum,
    OnNetwork, Optimizer, OptimizerState, Place, Treated,
};
pub use ready::{Transformer, autoencoder, convolutional, mlp, transformer};
pub use shape::Shape;
pub use tape::Parameters;
pub use train::{EpochReport, Trained, Training, train};
