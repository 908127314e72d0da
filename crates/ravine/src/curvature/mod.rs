//! What is believed about second derivatives, as linear operators.

mod belief;
mod differenced;
mod exact;
mod fisher;
mod gauss_newton;
mod loss_curvature;
mod subsampled;
mod verdict;

pub use belief::{Belief, Believed, Learnt, Source};
pub use differenced::DifferencedHessian;
pub use exact::HessianAt;
pub use fisher::{EmpiricalFisher, fisher_at};
pub use gauss_newton::{GaussNewton, GramInverse};
pub use loss_curvature::LossCurvature;
pub use ravine_linalg::secant::{
    CompactDirect, CompactInverse, DenseSecant, DenseSr1, DirectHessian, Form, InverseHessian,
    LimitedMemory, LimitedSr1, SecantMatrix, SecantPairs, SecantUpdate,
};
pub use subsampled::SubsetHessianAt;
pub use verdict::Verdict;
