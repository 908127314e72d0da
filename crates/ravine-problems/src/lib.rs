//! Standard problems of smooth minimization with starts, minima and sources.

mod kernels;
pub mod mgh;
mod problem;
pub mod quadratic;
mod random;
mod regression;
pub mod surfaces;

pub use problem::{Minimum, Problem, Window};
pub use regression::{Regression, RegressionLoss};
