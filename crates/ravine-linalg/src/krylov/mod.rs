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
//!
//! # Preconditioners
//!
//! A preconditioner M is a symmetric positive definite approximation of the inverse of A, applied to
//! residuals: any linear operator of which its user says so. A preconditioned method works on the
//! system with the matrix `M^(1/2) A M^(1/2)`, whose condition number it feels instead of that of A; it
//! never forms the root. What serves: the inverse of the diagonal ([`Jacobi`]), an incomplete
//! factorization ([`IncompleteCholesky`]), an inverse L-BFGS matrix ([`QuasiNewton`],
//! [`SecantPairs::inverse`](crate::secant::SecantPairs::inverse)), a sketch ([`Nystrom`]).
//!
//! Source: Nocedal and Wright (2006), section 5.1, Preconditioning.
//!
//! ```
//! use ravine_linalg::krylov::{CgWork, ConjugateGradient, Jacobi};
//! use ravine_linalg::matrix::Matrix;
//!
//! // Badly scaled: condition number 1e8, but 3 after scaling by the diagonal.
//! let a: Matrix = Matrix::from_rows(&[[1e8, 5e3], [5e3, 1.0]]);
//! let m = Jacobi::new(&[1e8, 1.0])?;
//! let b = vec![1e8, 0.0];
//! let (mut x, mut work) = (b.clone(), CgWork::new(&b));
//! let info = ConjugateGradient::default().solve_preconditioned(&a, &m, &b, &mut x, &mut work)?;
//! assert_eq!(info.iterations, 2);
//! assert!((x[0] - 4.0 / 3.0).abs() < 1e-8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cg;
mod cr;
mod golub_kahan;
mod incomplete_cholesky;
mod inverses;
mod jacobi;
mod krylov_inverse;
mod lanczos;
mod lanczos_function;
mod least_squares;
mod least_squares_inverse;
mod lsmr;
mod lsqr;
mod minimal_residual;
mod minres;
mod minres_qlp;
mod not_converged;
mod nystrom;
mod product_noise;
mod quasi_newton;
mod report;
mod shifted;
mod short_lanczos;
mod slow_stop;

pub use cg::{CgEnd, CgInfo, CgStep, CgWork, ConjugateGradient};
pub use cr::{ConjugateResiduals, CrMethod, CrWork};
pub use incomplete_cholesky::{Fill, IncompleteCholesky, IncompleteFactor};
pub use inverses::Inverses;
pub use jacobi::Jacobi;
pub use krylov_inverse::{IterationInfo, KrylovInverse, KrylovSettings};
pub use lanczos::{Lanczos, Reorthogonalization};
pub use lanczos_function::LanczosFunction;
pub use least_squares::{BidiagonalMethod, LeastSquaresSolver, LeastSquaresWork};
pub use least_squares_inverse::LeastSquaresInverse;
pub use lsmr::{Lsmr, LsmrMethod, LsmrWork};
pub use lsqr::{Lsqr, LsqrMethod, LsqrWork};
pub use minimal_residual::{
    LanczosMethod, MinimalResidualMethod, MinimalResidualSolver, MinimalResidualWork,
};
pub use minres::{Minres, MinresMethod, MinresWork};
pub use minres_qlp::{MinresQlp, MinresQlpMethod, MinresQlpWork};
pub use not_converged::NotConverged;
pub use nystrom::{Nystrom, NystromApproximation, NystromError, NystromPreconditioner};
pub(crate) use product_noise::ProductNoise;
pub use quasi_newton::{PairSample, QuasiNewton, Sampling};
pub use report::{SolveEnd, SolveInfo, Start, TrueResidual};
pub use shifted::{
    ShiftInfo, ShiftedCg, ShiftedCgWork, ShiftedInfo, ShiftedMinres, ShiftedMinresWork,
};
pub use short_lanczos::{LanczosStep, ShortLanczos};
pub use slow_stop::SlowStop;
