//! Variational inference: the Gaussian nearest to a posterior, by natural gradients.
//!
//! | what I have | what I take |
//! |---|---|
//! | a generalized linear model and a Gaussian prior | [`ModelPosterior`]: exact expectations, row by row |
//! | any log density with gradient and Hessian | [`LogDensity`]: a quadrature, or numbers drawn once |
//!
//! Both are targets of [`VariationalInference`].

mod fit;
mod log_density;
mod model_posterior;
mod quadrature;

pub use fit::{Covariance, GaussianPosterior, VariationalInference, VariationalStatus};
pub use log_density::{LogDensity, Nodes};
pub use model_posterior::{ModelPosterior, Prior};
