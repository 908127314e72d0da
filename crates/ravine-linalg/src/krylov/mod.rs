//! Krylov methods: what products with an operator alone can do.
//!
//! | A is | method | what falls at every step |
//! |---|---|---|
//! | symmetric positive definite | [`ConjugateGradient`] | the error in the norm of A |
//! | the same | [`ConjugateResiduals`] | residual, error, quadratic |
//! | symmetric | [`Minres`] | the residual |
//! | symmetric, perhaps singular | [`MinresQlp`] | the residual; the shortest solution |
//! | any, least squares | [`Lsqr`], [`Lsmr`] | the residual, the error; of LSMR `A'r` too |
//! | `A + sigma I` for many sigma | [`ShiftedCg`], [`ShiftedMinres`] | as the methods for one |
//!
//! [`Lanczos`] keeps its basis and has T for eigenvalues, [`ShortLanczos`] only three vectors.
//! Preconditioners ([`Preconditioner`]) are operators: [`Jacobi`], [`IncompleteCholesky`],
//! [`QuasiNewton`], [`Nystrom`].

mod cg;
mod cr;
mod golub_kahan;
mod incomplete_cholesky;
mod inverses;
mod jacobi;
mod krylov_inverse;
mod lanczos;
mod lanczos_function;
mod least_squares_inverse;
mod lsmr;
mod lsqr;
mod minres;
mod minres_qlp;
mod not_converged;
mod nystrom;
mod preconditioner;
mod progress;
mod quasi_newton;
mod report;
mod shifted;
mod short_lanczos;

pub use cg::{CgEnd, CgInfo, CgStep, CgWork, ConjugateGradient};
pub use cr::{ConjugateResiduals, CrWork};
pub use incomplete_cholesky::{Fill, IncompleteCholesky, IncompleteFactor};
pub use inverses::Inverses;
pub use jacobi::Jacobi;
pub use krylov_inverse::{IterationInfo, KrylovInverse, KrylovSettings};
pub use lanczos::{Lanczos, Reorthogonalization};
pub use lanczos_function::LanczosFunction;
pub use least_squares_inverse::LeastSquaresInverse;
pub use lsmr::{Lsmr, LsmrWork};
pub use lsqr::{Lsqr, LsqrWork};
pub use minres::{Minres, MinresWork};
pub use minres_qlp::{MinresQlp, MinresQlpWork};
pub use not_converged::NotConverged;
pub use nystrom::{Nystrom, NystromApproximation, NystromError, NystromPreconditioner};
pub use preconditioner::Preconditioner;
pub use progress::Progress;
pub use quasi_newton::{PairSample, QuasiNewton, Sampling};
pub use report::{SolveEnd, SolveInfo, Start, TrueResidual};
pub use shifted::{
    ShiftInfo, ShiftedCg, ShiftedCgWork, ShiftedInfo, ShiftedMinres, ShiftedMinresWork,
};
pub use short_lanczos::{LanczosStep, ShortLanczos};
