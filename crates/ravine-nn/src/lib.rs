//! Networks, their exact curvature, and the optimizers that use it.
//!
//! A [`Network`] is a function of named parameters, made of [operations](ops) that know their value, tangent,
//! adjoint, and how the adjoint turns. With a [`Loss`] and [`Cases`] it is a [`MeanLoss`]: a sum over cases, which
//! every method, curvature and spectrum of the library takes.
//!
//! ```
//! use ravine::methods::Lbfgs;
//! use ravine::minimize;
//! use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Unary, mlp};
//!
//! let network = mlp(Input::Features(vec![1]), &[8], 1, Unary::Tanh)?;
//! let cpu = Cpu::<f64>::new();
//! let inputs: Vec<f64> = (0..50).map(|i| f64::from(i) / 8.0).collect();
//! let targets: Vec<f64> = inputs.iter().map(|x| x.sin()).collect();
//! let squares = Loss::SquaredError { variance: 1.0 };
//! let cases = Cases::new(&cpu, &network, &squares, &inputs, &targets)?;
//! let start = network.start(&cpu, None, 1);
//! let loss = MeanLoss::new(cpu, network, squares, cases)?.penalized(1e-6)?;
//! assert!(minimize(&loss, start, Lbfgs::default()).run()?.value < 0.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | where |
//! |---|---|
//! | a network, layer by layer or ready made | [`Builder`], [`layers`], [`mlp`], [`autoencoder`], [`convolutional`], [`transformer`] |
//! | the loss over cases, its gradients and products | [`MeanLoss`] |
//! | what covers which parameter, and statistics of layers | [`Network::coverage`], [`MeanLoss::block_statistics`] |
//! | the Fisher information of a layer beside its Kronecker product | [`MeanLoss::fisher_block`] |
//! | optimizers by name | [`Optimizer`] |
//! | K-FAC, EKFAC, K-BFGS; Muon, Shampoo, SOAP and relatives | [`Kfac`], [`KroneckerBfgs`], [`ByMatrix`] |
//! | Hessian-free, the natural gradient, L-BFGS over batches | [`HessianFree`], [`NaturalGradient`], [`StochasticLbfgs`] |
//! | AdaHessian, Sophia; averages in place of schedules | [`ByDiagonal`], [`ScheduleFree`] |
//! | their arithmetic on plain matrices | [`precondition`] |
//! | images and tables as networks take them, models in a few words | [`Learning`], [`Model`] |
//! | points in the plane to be told apart; what a network predicts there | [`Planar`], [`Network::probabilities`] |
//! | epochs with measurements; the same step by step | [`train()`]; [`TrainingRun`] |
//! | files from which trainings go on, and other tools read the weights | [`TrainingRun::save`], [`Saved`] |
//! | the loss as a function of one vector; curvature block by block; noise of batches | [`Flat`]; [`BlockSpectra`]; [`MeanLoss::gradient_noise`] |
//! | the classic demonstration of K-FAC | [`article`] |
//! | where tensors live | [`Backend`], [`Cpu`] |

pub mod article;
mod backend;
mod cases;
mod classes;
mod curvature;
#[cfg(feature = "training")]
mod digits;
mod error;
mod flat;
mod initialize;
pub mod layers;
#[cfg(feature = "training")]
mod learning;
mod loss;
mod mean_loss;
mod model;
mod network;
pub mod ops;
mod optimizers;
mod planar;
pub mod precondition;
#[cfg(feature = "training")]
mod preparation;
mod ready;
mod shape;
mod tape;
#[cfg(feature = "training")]
mod train;

pub use backend::{Axis, Backend, Cpu, Elementary, Onto, Product, Unary, Windows};
pub use cases::Cases;
pub use curvature::{
    BlockSpectra, BlockSpectrum, BlockStatistics, Cover, Covered, FisherBlock, GradientNoise,
    OutputGradients, Sharing,
};
#[cfg(feature = "training")]
pub use digits::digits;
pub use error::NetworkError;
pub use flat::{CurvatureMatrix, Flat};
pub use initialize::Initialization;
#[cfg(feature = "training")]
pub use learning::Learning;
pub use loss::{Head, Loss, Through};
pub use mean_loss::MeanLoss;
pub use model::{Architecture, Model};
pub use network::{Builder, Input, Network, Parameter, Tensor};
pub use optimizers::{
    Adaptive, AdaptiveGamma, Auxiliary, ByDiagonal, ByDiagonalState, ByMatrix, ByMatrixState,
    DiagonalMethod, FirstDamping, FisherSolve, HessianFree, HessianFreeState, Kfac, KfacState,
    KroneckerBfgs, KroneckerBfgsState, MatrixMethod, Moments, MomentsOf, Momentum, NaturalGradient,
    NaturalGradientState, OnNetwork, Optimizer, OptimizerState, PairsFrom, Place, Promise,
    ScheduleFree, ScheduleFreeBase, ScheduleFreeState, StochasticLbfgs, StochasticLbfgsState,
    Structure, Treated, TunedStep,
};
pub use planar::{Planar, PlanarPoints};
#[cfg(feature = "training")]
pub use preparation::{Preparation, Scaling, Task};
pub use ready::{Transformer, autoencoder, convolutional, mlp, transformer};
pub use shape::Shape;
pub use tape::Parameters;
#[cfg(feature = "training")]
pub use train::{
    About, DataSource, EpochReport, Saved, Trained, Training, TrainingCheckpoints, TrainingRun,
    train,
};
