//! The methods: each a short composition of a curvature, a step and a degree of trust.
//!
//! | method | curvature | step | trust |
//! |---|---|---|---|
//! | [`GradientDescent`], [`Momentum`], [`Nesterov`] | multiple of the identity | negative gradient | fixed |
//! | [`SteepestDescent`], [`BarzilaiBorwein`] | multiple of the identity | negative gradient | line search |
//! | [`AdaGrad`], [`RmsProp`], [`Adam`], [`AdamW`] | diagonal, from squared gradients | divide | fixed |
//! | [`NonlinearCg`] | none but the last direction | conjugate direction | line search |
//! | [`Lbfgsb`] | last m secant pairs, compact form | Cauchy point, then free variables | line search within bounds |
//! | [`OwlQn`] | last m secant pairs | two-loop, within an orthant | line search |
//! | [`NaturalGradient`] | Fisher information | solve | fixed, line search, KL radius |
//! | [`Newton`] | exact Hessian | solve | none |
//! | [`DampedNewton`] | exact Hessian, made definite | modified Cholesky, eigenvalues | line search |
//! | [`SparseNewton`] | exact sparse Hessian, shifted | sparse Cholesky | line search |
//! | [`NewtonCg`] | Hessian products | truncated CG | line search |
//! | [`NystromNewtonCg`] | Hessian products | truncated CG, Nystrom preconditioner | line search |
//! | [`SubspaceNewton`] | Hessian in a random subspace | solve | line search |
//! | [`NewtonSketch`] | sketched square root of the Hessian | solve | line search |
//! | [`SubsampledNewton`] | Hessian products over random cases | truncated CG | line search |
//! | [`Sr1`] | dense secant update | exact | radius |
//! | [`CubicRegularization`] | exact Hessian, or its products | secular equation | cubic weight |
//! | [`TrustRegion`] | exact Hessian, or its products | Cauchy, dogleg, Steihaug, GLTR, exact | radius |
//! | [`Bfgs`], [`Dfp`] | dense secant update | multiply | line search |
//! | [`Lbfgs`] | last m secant pairs | two-loop or compact form | line search |
//! | [`GaussNewton`] | `J'J` of residuals | least squares by QR | line search, then radius |
//! | [`LevenbergMarquardt`] | `J'J` of residuals | damped least squares by QR | radius, or damping |
//! | [`HybridLeastSquares`] | `J'J` of residuals, at last the exact Hessian | least squares by QR, exact | radius |

mod adagrad;
mod adam;
mod adamw;
#[cfg(feature = "all-methods")]
mod amount;
mod barzilai_borwein;
mod bfgs;
#[cfg(feature = "by-name")]
mod catalogue;
#[cfg(feature = "by-name")]
mod chosen;
#[cfg(feature = "by-name")]
mod closed_form;
mod composition;
#[cfg(feature = "by-name")]
mod conduct;
mod cubic;
mod damped_newton;
mod dfp;
mod family;
mod fixed_step;
mod gauss_newton;
mod gradient_descent;
mod hybrid_least_squares;
mod lbfgs;
mod lbfgsb;
mod levenberg_marquardt;
mod momentum;
mod natural_gradient;
mod nesterov;
mod newton;
mod newton_cg;
mod newton_sketch;
mod nonlinear_cg;
mod nystrom_newton_cg;
mod owlqn;
#[cfg(feature = "all-methods")]
mod parts;
#[cfg(feature = "all-methods")]
mod read_settings;
mod rmsprop;
mod sparse_newton;
mod sr1;
mod steepest_descent;
mod subsampled_newton;
mod subspace_newton;
mod trust_region;
#[cfg(feature = "by-name")]
mod turns;

pub use crate::curvature::{Acceleration, LossCurvature};
pub use adagrad::{AdaGrad, AdaGradState};
pub use adam::{Adam, AdamState};
pub use adamw::AdamW;
#[cfg(feature = "all-methods")]
pub use amount::{Amount, Sizes};
pub use barzilai_borwein::{BarzilaiBorwein, BarzilaiBorweinState, Formula};
pub use bfgs::Bfgs;
#[cfg(feature = "all-methods")]
pub(crate) use catalogue::SPARSE_DENSITY;
#[cfg(feature = "all-methods")]
pub use catalogue::{AUTOMATIC, add, for_batches};
#[cfg(feature = "by-name")]
pub use catalogue::{
    Choice, Contender, Entry, Evidence, Facts, automatic, catalogue, choose,
    minimize_automatically, named,
};
#[cfg(feature = "by-name")]
pub(crate) use closed_form::ClosedForm;
pub use composition::{Composition, Named};
#[cfg(feature = "by-name")]
pub(crate) use conduct::Tried;
#[cfg(feature = "by-name")]
pub use conduct::{Indefinite, Pace};
pub use cubic::CubicRegularization;
pub use damped_newton::DampedNewton;
pub use dfp::Dfp;
pub use family::Family;
pub use fixed_step::FixedStep;
pub use gauss_newton::GaussNewton;
pub use gradient_descent::GradientDescent;
pub use hybrid_least_squares::{HybridLeastSquares, HybridState};
pub use lbfgs::Lbfgs;
pub use lbfgsb::{Lbfgsb, LbfgsbState};
pub use levenberg_marquardt::{
    LevenbergMarquardt, LevenbergMarquardtBy, NielsenLevenbergMarquardt,
};
pub use momentum::{Momentum, MomentumState};
pub use natural_gradient::{NaturalGradient, NaturalTrust};
pub use nesterov::{Nesterov, NesterovState, Restart, Schedule};
pub use newton::Newton;
pub use newton_cg::NewtonCg;
pub use newton_sketch::NewtonSketch;
pub use nonlinear_cg::{Beta, NonlinearCg, NonlinearCgState};
pub use nystrom_newton_cg::NystromNewtonCg;
pub use owlqn::{OwlQn, OwlQnState};
#[cfg(feature = "all-methods")]
pub use parts::{AsMatrix, Part, PartKind, ReachKind, parts};
pub use rmsprop::{RmsProp, RmsPropState};
pub use sparse_newton::SparseNewton;
pub use sr1::Sr1;
pub use steepest_descent::{SteepestDescent, SteepestDescentState};
pub use subsampled_newton::SubsampledNewton;
pub use subspace_newton::SubspaceNewton;
pub use trust_region::{Tron, TrustRegion};

use crate::line_search::{LineSearch, MoreThuente};

/// The search with the fewest gradients on the unconstrained CUTEst problems, for methods whose curvature
/// is learnt: the first trial with the strong Wolfe conditions, nearly always the unit step; but where the
/// function of at most 100 variables is quadratic to rounding, the minimizer. There exact searches end in as
/// many steps as there are variables, with two evaluations each; of more variables, or with a looser test, on
/// all that is nearly quadratic, the second evaluation buys nothing (`bench/cutest`).
fn default_search() -> LineSearch {
    LineSearch::MoreThuente(MoreThuente { quadratic: 1e-9, ..Default::default() })
}
