//! Standard problems of smooth minimization with starts, minima and sources.

mod problem;
mod regression;

pub use problem::{Minimum, Problem, Window};
pub use regression::{Regression, RegressionLoss};
