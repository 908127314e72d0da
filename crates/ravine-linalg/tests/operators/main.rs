//! The algebra of operators.

mod curvature;
mod operator_algebra;
mod operator_iterations;
#[path = "../random/mod.rs"]
mod random;
