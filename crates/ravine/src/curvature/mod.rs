//! What is believed about second derivatives, as linear operators.

mod compact_direct;
mod compact_inverse;
mod dense_secant;
mod dense_sr1;
mod differenced;
mod exact;
mod fisher;
mod gauss_newton;
mod limited_memory;
mod limited_sr1;
mod loss_curvature;
mod secant;
mod secant_matrix;
mod subsampled;

pub use compact_direct::{CompactDirect, DirectHessian};
pub use compact_inverse::CompactInverse;
pub use dense_secant::{DenseSecant, SecantUpdate};
pub use dense_sr1::DenseSr1;
pub use differenced::DifferencedHessian;
pub use exact::HessianAt;
pub use fisher::{EmpiricalFisher, fisher_at};
pub use gauss_newton::{GaussNewton, GramInverse};
pub use limited_memory::{Form, LimitedMemory};
pub use limited_sr1::LimitedSr1;
pub use loss_curvature::LossCurvature;
pub use secant::{InverseHessian, SecantPairs};
pub use secant_matrix::SecantMatrix;
pub use subsampled::SubsetHessianAt;
