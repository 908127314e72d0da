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
//! | [`GaussNewton`] | `J'J` of residuals | least squares by QR | line search |
//! | [`LevenbergMarquardt`] | `J'J` of residuals | damped least squares by QR | radius, or damping |
//! | [`HybridLeastSquares`] | `J'J` of residuals, at last the exact Hessian | least squares by QR, exact | radius |

mod adagrad;
mod adam;
mod adamw;
mod automatic;
mod barzilai_borwein;
mod belief;
mod bfgs;
mod catalogue;
mod chosen;
mod cubic;
mod damped_newton;
mod descent;
mod dfp;
mod fixed_step;
mod gauss_newton;
mod gradient_descent;
mod hybrid_least_squares;
mod inexact;
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
mod quasi_newton;
mod residual_model;
mod rmsprop;
mod sparse_newton;
mod sr1;
mod steepest_descent;
mod subsampled_newton;
mod subspace_newton;
mod trust_region;
mod tune;

pub use crate::curvature::LossCurvature;
pub use adagrad::{AdaGrad, AdaGradState};
pub use adam::{Adam, AdamState};
pub use adamw::AdamW;
pub(crate) use automatic::SPARSE_DENSITY;
pub use automatic::{
    Choice, Contender, Evidence, Facts, automatic, choose, minimize_automatically,
};
pub use barzilai_borwein::{BarzilaiBorwein, BarzilaiBorweinState, Formula};
pub use belief::{Belief, Believed, Form, Source};
pub use bfgs::Bfgs;
pub use catalogue::{Entry, Family, catalogue, named};
pub use cubic::{CubicRegularization, ExactCubic, KrylovCubic};
pub use damped_newton::{DampedNewton, DampedNewtonState, Factorization};
pub use descent::Descent;
pub(crate) use descent::actual_decrease;
pub use dfp::Dfp;
pub use fixed_step::FixedStep;
pub use gauss_newton::{GaussNewton, GaussNewtonState};
pub use gradient_descent::GradientDescent;
pub use hybrid_least_squares::{HybridLeastSquares, HybridState};
pub(crate) use inexact::add_negative_curvature;
pub use lbfgs::Lbfgs;
pub use lbfgsb::{Lbfgsb, LbfgsbState};
pub use levenberg_marquardt::{Acceleration, LevenbergMarquardt, LevenbergMarquardtState, Trust};
pub use momentum::{Momentum, MomentumState};
pub use natural_gradient::{NaturalGradient, NaturalGradientState, NaturalTrust};
pub use nesterov::{Nesterov, NesterovState, Restart, Schedule};
pub use newton::{Newton, NewtonState};
pub use newton_cg::{NewtonCg, NewtonCgState};
pub use newton_sketch::{NewtonSketch, NewtonSketchState};
pub use nonlinear_cg::{Beta, NonlinearCg, NonlinearCgState};
pub use nystrom_newton_cg::{NystromNewtonCg, NystromNewtonCgState};
pub use owlqn::{OwlQn, OwlQnState};
pub use quasi_newton::QuasiNewtonState;
pub use rmsprop::{RmsProp, RmsPropState};
pub use sparse_newton::{SparseNewton, SparseNewtonState};
pub use sr1::Sr1;
pub use steepest_descent::{SteepestDescent, SteepestDescentState};
pub use subsampled_newton::{SubsampledNewton, SubsampledNewtonState};
pub use subspace_newton::{SubspaceNewton, SubspaceNewtonState};
pub use trust_region::TrustRegion;
pub use tune::{Grid, Trial, Tuned, tune};

use crate::curvature::SecantPairs;
use crate::minimize::{Interrupt, Oracle, StartError};
use crate::objective::Objective;
use crate::vector::Vector;

/// A method as a state machine: [`start`](Method::start), then [`step`](Method::step) until a
/// stopping rule of the loop ([`Run`](crate::minimize::Run)) holds.
///
/// The type that implements it is a plain struct of settings with documented defaults, validated
/// in `start`. Everything that changes lives in the state; given the same state, `step` does the
/// same to the last bit, so that a run resumed from a serialized state continues as if it had
/// never stopped.
pub trait Method<O: Objective + ?Sized> {
    /// What changes from step to step. Serializable where the points are.
    type State;

    /// The name in the catalogue.
    fn name(&self) -> &'static str;

    /// Validates the settings against the objective and evaluates the start.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, or an interrupt.
    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError>;

    /// One iteration.
    ///
    /// # Errors
    ///
    /// An interrupt; the iterate is then still the last complete one.
    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt>;

    /// The current point.
    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point>;

    /// The decrease that the method's quadratic model predicts for its next step,
    /// `-(g'd + d'Bd/2) >= 0`; `None` for methods without a model of their own. Asked only where
    /// the gradient test already holds; what is computed for it is kept for the next step.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        _state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        Ok(None)
    }

    /// What it believes of the function around its iterate: curvature that it has learnt, and how far it
    /// trusts its model. Nothing, for methods that keep neither.
    fn belief<'s>(&self, _state: &'s Self::State) -> Belief<'s, O::Point> {
        Belief::default()
    }

    /// Gives up the secant pairs, of a method that keeps the last few: for those who want them once the
    /// run has ended, without a copy. What it has learnt is lost to it.
    fn take_pairs(&self, _state: &mut Self::State) -> Option<SecantPairs<O::Point>> {
        None
    }

    /// Whether the iterates stay within the objective's bounds. The loop refuses an objective with
    /// bounds to methods that do not keep them.
    fn keeps_bounds(&self) -> bool {
        false
    }

    /// Whether every iterate is at least as good as the one before. The loop keeps the best point
    /// of methods that are not.
    fn monotone(&self) -> bool {
        true
    }
}

/// A point with what is known there.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Iterate<V> {
    /// The point.
    pub x: V,
    /// `f(x)`.
    pub value: f64,
    /// `grad f(x)`.
    pub gradient: V,
    /// What the gradient test compares: the maximum norm of the gradient, of the projected
    /// gradient `P(x - g) - x` under bounds, of the smallest subgradient under an L1 term.
    pub gradient_norm: f64,
}

impl<V: Vector> Iterate<V> {
    /// Evaluates value and gradient at `x`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn evaluate<O>(oracle: &Oracle<'_, O>, x: V) -> Result<Self, Interrupt>
    where
        O: crate::objective::Gradient<Point = V> + ?Sized,
    {
        let mut gradient = x.zeros_like();
        let value = oracle.value_and_gradient(&x, &mut gradient)?;
        let gradient_norm = gradient.norm_max();
        Ok(Self { x, value, gradient, gradient_norm })
    }

    /// Evaluates value and gradient at `x` in place.
    ///
    /// # Errors
    ///
    /// An interrupt; value and gradient are then not those of `x`.
    pub fn update<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
    where
        O: crate::objective::Gradient<Point = V> + ?Sized,
    {
        self.value = oracle.value_and_gradient(&self.x, &mut self.gradient)?;
        self.gradient_norm = self.gradient.norm_max();
        Ok(())
    }

    /// [`update`](Self::update) at the point of the objective's bounds that is nearest to `x`, with the
    /// norm of the projected gradient.
    ///
    /// # Errors
    ///
    /// See [`update`](Self::update).
    pub fn update_within<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
    where
        O: crate::objective::Gradient<Point = V> + ?Sized,
        V: AsRef<[f64]> + AsMut<[f64]>,
    {
        if let Some(bounds) = oracle.bounds() {
            bounds.project(self.x.as_mut());
        }
        self.update(oracle)?;
        if let Some(bounds) = oracle.bounds() {
            self.gradient_norm =
                bounds.projected_gradient_norm(self.x.as_ref(), self.gradient.as_ref());
        }
        Ok(())
    }

    /// What a first-order method reports as left to gain where none of its steps decreases: `model`,
    /// its guess from the last step, but only where the gradient is small on the scale of point
    /// and value, `|g| |x| <= |f| / 1000`. Elsewhere that guess says more of the largest curvature than
    /// of what is left, and `|g| |x|` stands for it.
    pub(crate) fn left_to_gain(&self, model: f64) -> f64 {
        let scale = self.gradient_norm * self.x.norm_max();
        if scale <= 1e-3 * self.value.abs() { model } else { scale.max(model) }
    }

    /// A cautious first step along the negative gradient, where nothing is known of the scale: it
    /// moves the largest entry by a hundredth of the size of `x`, or, from the origin, promises a
    /// decrease of a hundredth of `|f|` to first order.
    ///
    /// Source: Hager and Zhang, Algorithm 851 (2006), rule I0.
    pub fn first_step(&self) -> f64 {
        let size = self.x.norm_max();
        let square = self.gradient.dot(&self.gradient);
        let step = if size > 0.0 {
            0.01 * size / self.gradient_norm
        } else {
            0.01 * self.value.abs() / square
        };
        if step.is_normal() && step > 0.0 { step } else { 1.0 }
    }
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The iterate moved by `length` (maximum norm).
    Moved {
        /// `max_i |x_new - x_old|_i`.
        length: f64,
    },
    /// The trial was rejected: the iterate stays, the method trusts less (a smaller radius, more
    /// damping) and will do something else next time.
    Rejected,
    /// The method has nothing left to try from here. The loop decides from `predicted`, the
    /// decrease that the model still promises, whether this is the limit of the arithmetic.
    NoDecrease {
        /// Predicted decrease of the best step tried.
        predicted: f64,
    },
    /// The value falls along the last direction as far as numbers go.
    Unbounded,
}
