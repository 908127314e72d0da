//! What is believed about second derivatives, as linear operators.

mod compact_direct;
mod compact_inverse;
mod exact;
mod secant;

pub use compact_direct::{CompactDirect, DirectHessian};
pub use compact_inverse::CompactInverse;
pub use exact::HessianAt;
pub use secant::{InverseHessian, SecantPairs};
