//! The spectrum of a symmetric operator, measured by products with it.
//!
//! Everything here takes a symmetric [`LinearOperator`](crate::operator::LinearOperator) and a
//! vector that shows the shape of its space, and gives beside each number how far it can be off
//! and how many products it took.

mod eigenpairs;
mod lanczos;

pub use eigenpairs::{Eigenpairs, SpectrumEnd, Which};
pub use lanczos::ThickRestartLanczos;
