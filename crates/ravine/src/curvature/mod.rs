//! What is believed about second derivatives, as linear operators.

mod compact_direct;
mod compact_inverse;
mod dense_secant;
mod exact;
mod limited_memory;
mod secant;
mod secant_matrix;

pub use compact_direct::{CompactDirect, DirectHessian};
pub use compact_inverse::CompactInverse;
pub use dense_secant::{DenseSecant, SecantUpdate};
pub use exact::HessianAt;
pub use limited_memory::{Form, LimitedMemory};
pub use secant::{InverseHessian, SecantPairs};
pub use secant_matrix::SecantMatrix;
