//! What is minimized: a function with exactly the derivatives a user has.
//!
//! Each trait adds one derivative. A method asks for the traits it needs, so a method that needs
//! more than an objective has does not compile. What is missing is supplied by
//! [`autodiff`](crate::autodiff), or by finite differences that a run takes
//! ([`Conditions::differences`](crate::Conditions::differences)). What is known only at run time is a
//! list of these traits, [`Supplies`], which evaluates nothing itself.
//!
//! Bounds, counting and cancellation belong to a run, not to its function.
//!
//! Evaluations take `&self`: an objective that caches keeps its cache in a cell.

mod bounds;
mod check;
mod counts;
mod derivatives;
pub(crate) mod finite_difference;
mod finite_sum;
mod function;
mod hessian_root;
mod loss;
mod need;
mod over;
mod recession;
mod residuals;
mod shared;
mod supplies;

pub use bounds::{Bounds, Within};
pub use check::{DerivativeCheck, Mismatch, check_derivatives};
pub use counts::Counts;
pub use derivatives::Derivatives;
pub use finite_difference::{ColumnGroups, Differences, Scheme, StepFactors};
pub use finite_sum::{
    BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients,
    FiniteSum, GaussNewtonProduct,
};
pub use function::{WithGradient, WithHessian, WithValue, from_gradient, from_hessian, from_value};
pub use hessian_root::HessianRoot;
pub use loss::{Loss, roots_of_losses};
pub use need::{
    BatchGradients, BatchHessianRoots, Cases, FisherInformation, Gradients, GradientsDrawn,
    GradientsOfCases, HessianProducts, HessianRoots, Hessians, Need, SparseHessians, SumOfSquares,
    SumOfSquaresAndHessians,
};
pub use over::Over;
pub use recession::Recession;
pub use residuals::{WithResiduals, WithSparseResiduals, from_residuals, from_sparse_residuals};
pub use shared::Shared;
pub use supplies::{ResidualsAndHessian, Supplies};

use ravine_linalg::FunctionError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;

/// What an evaluation returns.
pub type Evaluation<T = ()> = Result<T, FunctionError>;

/// A function `f: R^n -> R` that is to be minimized.
pub trait Objective {
    /// The space the function lives on.
    type Point: Vector;

    /// The number of variables n.
    fn dimension(&self) -> usize;

    /// `f(x)`. Not finite where the function is not defined.
    fn value(&self, x: &Self::Point) -> Evaluation<f64>;

    /// What was evaluated since this was asked last, for an objective that answers some questions from
    /// what it has kept, or evaluates more than was asked. A run asks after each evaluation, and counts
    /// that. `None`: every evaluation is one of what was asked for.
    fn taken(&self) -> Option<Counts> {
        None
    }
}

/// A function with its gradient.
pub trait Gradient: Objective {
    /// Writes `grad f(x)` into `gradient` (same shape as `x`) and returns `f(x)`: one fused call.
    fn value_and_gradient(&self, x: &Self::Point, gradient: &mut Self::Point) -> Evaluation<f64>;

    /// Whether a value alone costs less, and value and gradient at the point of the last value cost hardly more than
    /// the gradient: a method that may reject a trial by its value then asks for that first. By default they are
    /// one fused call, and it does not.
    fn gradient_follows_value(&self) -> bool {
        false
    }
}

/// A function whose Hessian can be applied to a direction.
pub trait HessianProduct: Gradient {
    /// `product = H(x) direction`, with H the Hessian of f.
    fn hessian_product(
        &self,
        x: &Self::Point,
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation;
}

/// A function with its dense Hessian.
pub trait Hessian: HessianProduct<Point = Vec<f64>> {
    /// Writes the n by n Hessian, both triangles.
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation;
}

/// A function with a sparse Hessian.
pub trait SparseHessian: HessianProduct<Point = Vec<f64>> {
    /// The Hessian at `x` in compressed columns, both triangles, explicit zeros allowed. The
    /// pattern must hold for every point of a run.
    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix>;

    /// Writes the values of the Hessian at `x` into a matrix with that pattern.
    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation;
}

/// A sum of squares of residuals `r: R^n -> R^m`, each passed through a loss:
/// `f(x) = sum_i rho(r_i(x)^2)`, with no factor one half, as in More, Garbow and Hillstrom (1981).
pub trait Residuals: Gradient<Point = Vec<f64>> {
    /// The number of residuals m.
    fn residual_count(&self) -> usize;

    /// Writes `r(x)`; `residuals` has length m.
    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation;

    /// Writes `r(x)` and the m by n Jacobian `J_ij = d r_i / d x_j`.
    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation;

    /// Writes the Jacobian at `x`, where `r(x)` is known, and says that it did; by default it does nothing, and both
    /// are evaluated together.
    fn jacobian_alone(&self, _x: &[f64], _jacobian: &mut Matrix) -> Evaluation<bool> {
        Ok(false)
    }

    /// The Jacobian at `x` in compressed columns, explicit zeros allowed, where it is sparse: methods then
    /// ask for [`residuals_and_sparse_jacobian`](Self::residuals_and_sparse_jacobian) and never for
    /// the dense one. The pattern must hold for every point of a run; by default there is none.
    fn sparse_jacobian_pattern(&self, _x: &[f64]) -> Evaluation<Option<SparseMatrix>> {
        Ok(None)
    }

    /// Writes `r(x)` and the values of the Jacobian into a matrix with the pattern.
    fn residuals_and_sparse_jacobian(
        &self,
        _x: &[f64],
        _residuals: &mut [f64],
        _jacobian: &mut SparseMatrix,
    ) -> Evaluation {
        Err("the Jacobian is not sparse".into())
    }

    /// The loss rho that is already part of the objective's value and gradient.
    fn loss(&self) -> Loss {
        Loss::Squares
    }
}

/// A negative log-likelihood with its Fisher information.
pub trait Fisher: Gradient<Point = Vec<f64>> {
    /// Writes the n by n Fisher information at `x`, both triangles, at the scale of the
    /// objective: where `f` is a mean over cases, the information of one case.
    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation;
}

/// A negative log-likelihood whose model can be drawn from: the Fisher information, where no formula for
/// it is at hand.
///
/// ```
/// use ravine::objective::{DrawnGradients, Evaluation, Gradient, Objective};
/// use ravine::random::Random;
///
/// /// Heads in 3 of 4 throws of a coin; x is the probability of heads.
/// struct Coin;
/// # impl Objective for Coin {
/// #     type Point = Vec<f64>;
/// #     fn dimension(&self) -> usize {
/// #         1
/// #     }
/// #     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
/// #         Ok(-0.75 * x[0].ln() - 0.25 * (1.0 - x[0]).ln())
/// #     }
/// # }
/// # impl Gradient for Coin {
/// #     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
/// #         g[0] = -0.75 / x[0] + 0.25 / (1.0 - x[0]);
/// #         self.value(x)
/// #     }
/// # }
/// // Objective and Gradient are left out here.
/// impl DrawnGradients for Coin {
///     fn drawn_gradient(&self, x: &Vec<f64>, random: &mut Random, g: &mut Vec<f64>) -> Evaluation {
///         let heads = random.uniform() < x[0];
///         g[0] = if heads { -1.0 / x[0] } else { 1.0 / (1.0 - x[0]) };
///         Ok(())
///     }
/// }
///
/// let (mut random, mut g, mut sum) = (Random::new(1), vec![0.0], 0.0);
/// for _ in 0..10_000 {
///     Coin.drawn_gradient(&vec![0.2], &mut random, &mut g)?;
///     sum += g[0] * g[0];
/// }
/// // The Fisher information is 1 / (x (1 - x)).
/// assert!((sum / 1e4 - 6.25).abs() < 0.5);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub trait DrawnGradients: Gradient {
    /// Writes the gradient, at x, of the negative log-likelihood of one case that is drawn from the
    /// model at x itself: its mean is zero, and that of its product `g g'` is the Fisher information, at
    /// the scale of the objective.
    fn drawn_gradient(
        &self,
        x: &Self::Point,
        random: &mut Random,
        gradient: &mut Self::Point,
    ) -> Evaluation;
}
