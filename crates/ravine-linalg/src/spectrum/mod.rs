//! The spectrum of a symmetric operator, measured by products with it.
//!
//! Everything here takes a symmetric [`LinearOperator`] and a vector that shows the shape of its
//! space, and gives beside each number how far it can be off and how many products it took.

mod condition;
mod density;
mod diagonal;
mod eigenpairs;
mod error;
mod estimate;
mod histogram;
mod hutch_plus_plus;
mod hutchinson;
mod inertia;
mod lanczos;
mod power;
mod probing;
mod quadrature;
mod range_sketch;
mod stochastic_lanczos;
mod trace;
mod xtrace;

pub use condition::{ConditionInterval, ConditionNumber};
pub use density::{Density, DensityPoint};
pub use diagonal::{DiagonalEstimate, DiagonalEstimator, DiagonalMethod};
pub use eigenpairs::{Eigenpairs, SpectrumEnd, Which};
pub use error::SpectrumError;
pub use estimate::Estimate;
pub use histogram::{Histogram, LogarithmicHistogram};
pub use inertia::{Count, InertiaCounts, InertiaEstimate};
pub use lanczos::{Factorized, Sliced, ThickRestartLanczos};
pub use power::PowerIteration;
pub use quadrature::Quadrature;
pub use stochastic_lanczos::SpectralDensity;
pub use trace::{TraceEstimator, TraceMethod};

use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Fewer probes say too little of their own spread to be believed about a tolerance.
const LEAST_PROBES: usize = 6;

/// Checks that `a` is square and maps vectors of the shape of `like`, at least one entry long;
/// gives the dimension.
fn check_shape<V: Vector>(a: &impl LinearOperator<V>, like: &V) -> Result<usize, ArgumentError> {
    let (n, rows, entries) = (a.dimension(), a.rows(), like.dimension());
    ArgumentError::check(rows == n, "a", (rows, n), "square")?;
    ArgumentError::check(n > 0, "a", "empty", "an operator on at least one variable")?;
    let allowed = format!("{n}, the dimension of the operator");
    ArgumentError::check(entries == n, "like.dimension()", entries, &allowed)?;
    Ok(n)
}
