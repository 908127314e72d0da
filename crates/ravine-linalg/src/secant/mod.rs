//! Matrices that learn the curvature from steps: pairs `s` of steps and `y` of changes of the
//! gradient, with `B s = y`.

mod compact_direct;
mod compact_inverse;
mod dense_secant;
mod dense_sr1;
mod limited_memory;
mod limited_sr1;
mod pairs;
mod secant_matrix;

pub use compact_direct::{CompactDirect, DirectHessian};
pub use compact_inverse::CompactInverse;
pub use dense_secant::{DenseSecant, SecantUpdate};
pub use dense_sr1::DenseSr1;
pub use limited_memory::{Form, LimitedMemory};
pub use limited_sr1::LimitedSr1;
pub use pairs::{InverseHessian, SecantPairs};
pub use secant_matrix::SecantMatrix;
