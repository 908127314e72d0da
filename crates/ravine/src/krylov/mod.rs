//! Krylov methods: what products with an operator alone can do.

mod cg;
mod jacobi;
mod lanczos;
mod preconditioner;
mod progress;
mod report;

pub use cg::{CgEnd, CgInfo, CgStep, CgWork, ConjugateGradient};
pub use jacobi::Jacobi;
pub use lanczos::Lanczos;
pub use preconditioner::Preconditioner;
pub use progress::Progress;
pub use report::{Start, TrueResidual};
