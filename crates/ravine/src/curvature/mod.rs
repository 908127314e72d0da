//! Curvatures: what is believed about second derivatives, as linear operators.
//!
//! | curvature | made of | matrix | solves | for |
//! |---|---|---|---|---|
//! | [`ExactCurvature`] | Hessian products | | | any vectors |
//! | [`DenseCurvature`] | dense Hessians | yes | yes | |
//! | [`SparseCurvature`] | sparse Hessians | | yes | |
//! | [`DifferencedCurvature`] | differences of gradients | | | with entries |
//! | [`GaussNewtonCurvature`] | residuals and their Jacobian | yes | by QR | |
//! | [`FisherCurvature`] | Fisher information | yes | yes | |
//! | [`SampledFisherCurvature`] | gradients of cases drawn from the model | | yes | any vectors |
//! | [`EmpiricalFisherCurvature`] | gradients of all cases | | yes | any vectors |
//! | [`BfgsCurvature`], [`DfpCurvature`] | all steps taken | yes | yes | |
//! | [`Sr1Curvature`] | all steps tried | yes | yes | |
//! | [`LbfgsCurvature`] | the last m steps taken | | yes | any vectors |
//! | [`LimitedSr1Curvature`] | the last m steps tried | | yes | any vectors |
//! | [`DiagonalCurvature`] | all steps tried | yes | yes | |
//! | [`SketchedCurvature`] | a sketched square root of the Hessian | yes | yes | |
//! | [`SubsampledCurvature`] | Hessian products over sampled cases | | | any vectors |
//!
//! A [`Curvature`] gives, at an iterate, a [`Model`]: a linear operator that may have more to it, a
//! matrix or a way to solve. Every step takes any of them.

mod belief;
mod definite;
mod dense;
mod diagonal;
mod differenced;
mod empirical;
mod exact;
mod factorization;
mod fisher;
mod gauss_newton;
mod jacobian;
mod knows;
mod limited_bfgs;
mod limited_sr1;
mod loss_curvature;
mod matrix;
mod residuals;
mod sampled_fisher;
mod secant;
mod sketched;
mod sparse;
mod sparse_sign;
mod sr1;
mod subsampled;
mod verdict;

pub use belief::{Belief, Believed, Learnt, Source};
pub use definite::until_definite;
pub use dense::{DenseCurvature, DenseMemory};
pub use diagonal::DiagonalCurvature;
pub use differenced::{DifferencedCurvature, DifferencedHessian};
pub use empirical::EmpiricalFisherCurvature;
pub use exact::{ExactCurvature, HessianAt};
pub use factorization::{Descended, Factorization};
pub use fisher::{EmpiricalFisher, FisherCurvature, fisher_at};
pub use gauss_newton::{GaussNewton, GramInverse};
pub use jacobian::{Acceleration, GaussNewtonCurvature, JacobianMemory};
pub use knows::Knows;
pub use limited_bfgs::LbfgsCurvature;
pub use limited_sr1::LimitedSr1Curvature;
pub use loss_curvature::LossCurvature;
pub use ravine_linalg::secant::{
    CompactDirect, CompactInverse, DenseSecant, DenseSr1, DirectHessian, Form, InverseHessian,
    LimitedMemory, LimitedSr1, SecantMatrix, SecantPairs, SecantUpdate,
};
pub use residuals::LinearResiduals;
pub(crate) use residuals::{Factors, length as weighted_length};
pub use sampled_fisher::SampledFisherCurvature;
pub use secant::{BfgsCurvature, DfpCurvature};
pub use sketched::SketchedCurvature;
pub use sparse::SparseCurvature;
pub use sr1::Sr1Curvature;
pub use subsampled::{SampledHessian, SubsampledCurvature};
pub use verdict::Verdict;

use std::borrow::Cow;

use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// What is believed of the second derivatives: at an iterate a linear operator B, the model's, which
/// may be evaluated there, or learnt from steps.
///
/// ```
/// use ravine::curvature::{Curvature, Model, Pair};
/// use ravine::objective::Gradient;
/// use ravine::operator::LinearOperator;
/// use ravine::oracle::{Iterate, Oracle};
/// use ravine::{Interrupt, Vector};
///
/// /// `s's / s'y` of the last step times the identity (Barzilai and Borwein).
/// struct Scalar;
///
/// struct Multiple(f64, usize);
///
/// impl<V: Vector> LinearOperator<V> for Multiple {
///     fn dimension(&self) -> usize {
///         self.1
///     }
///     fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
///         y.axpby(self.0, x, 0.0);
///         Ok(())
///     }
/// }
///
/// impl<V: Vector> Model<V> for Multiple {}
///
/// impl<O: Gradient + ?Sized> Curvature<O> for Scalar {
///     type Memory = Option<f64>;
///     type At<'a> = Multiple where O: 'a;
///     const LEARNS: bool = true;
///
///     fn memory(&self, _: &Oracle<'_, O>, _: &O::Point) -> Option<f64> {
///         None
///     }
///     fn at<'a>(
///         &'a self,
///         _: &'a Oracle<'a, O>,
///         iterate: &'a Iterate<O::Point>,
///         memory: &'a mut Option<f64>,
///     ) -> Result<Multiple, Interrupt> {
///         let first = 1.0 / iterate.first_step();
///         Ok(Multiple(memory.unwrap_or(first), iterate.x.dimension()))
///     }
///     fn learn(&self, memory: &mut Option<f64>, pair: Pair<'_, O::Point>) {
///         *memory = Some(pair.s.dot(pair.y) / pair.s.dot(pair.s)).filter(|b| b.is_normal());
///     }
/// }
///
/// use ravine::methods::Composition;
/// use ravine::step::Steihaug;
/// use ravine::trust::Radius;
///
/// let f = ravine::objective!(2, |x| x[0].cosh() + 3.0 * x[1].cosh());
/// let (step, trust) = (Steihaug::default(), Radius::default());
/// let outcome = ravine::minimize(&f, vec![1.0, 0.5], Composition { curvature: Scalar, step, trust }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub trait Curvature<O: Gradient + ?Sized> {
    /// What it keeps from one iterate to the next. Serializable where the points are.
    type Memory;

    /// The model's curvature at an iterate.
    type At<'a>: Model<O::Point>
    where
        Self: 'a,
        O: 'a;

    /// Whether it learns from steps, rather than being evaluated at every iterate.
    const LEARNS: bool = false;

    /// How well it knows the second derivatives where it is evaluated.
    const KNOWS: Knows = if Self::LEARNS { Knows::Little } else { Knows::Exactly };

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError> {
        Ok(())
    }

    /// The memory at the start.
    fn memory(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Self::Memory;

    /// Makes the memory that of a new start, of an objective of the same shape; where it can, without
    /// allocating.
    fn memory_again(&self, oracle: &Oracle<'_, O>, x0: &O::Point, memory: &mut Self::Memory) {
        *memory = self.memory(oracle, x0);
    }

    /// B at `iterate`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        memory: &'a mut Self::Memory,
    ) -> Result<Self::At<'a>, Interrupt>;

    /// Evaluates value and gradient at `iterate.x`, not the gradient's norm: a curvature that is
    /// evaluated with them keeps what it will need should the method move there.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn evaluate(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<O::Point>,
        _memory: &mut Self::Memory,
    ) -> Result<(), Interrupt> {
        iterate.value = oracle.value_and_gradient(&iterate.x, &mut iterate.gradient)?;
        Ok(())
    }

    /// Learns from a step.
    fn learn(&self, _memory: &mut Self::Memory, _pair: Pair<'_, O::Point>) {}

    /// Whether nothing is known yet but the scale of a cautious first step.
    fn is_initial(&self, _memory: &Self::Memory) -> bool {
        false
    }

    /// Forgets what was learnt, where the model led nowhere; `false` where there is nothing to forget.
    fn renew(&self, _memory: &mut Self::Memory) -> bool {
        false
    }

    /// The method moved, to the point evaluated last, by the share `taken` of its step, or found no
    /// length that decreases (0).
    fn moved(&self, _memory: &mut Self::Memory, _taken: f64) {}

    /// The objective has become another, that of the next batch of a sum, and was evaluated at the
    /// current point. What was learnt stays; what belongs to the point alone is forgotten.
    fn turned(&self, memory: &mut Self::Memory) {
        self.moved(memory, 1.0);
    }

    /// Has the last word on a step that a free solve with B found, of which the model predicts the
    /// decrease `predicted`, to the relative residual `residual`; gives the decrease to be expected.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn correct(
        &self,
        _oracle: &Oracle<'_, O>,
        _iterate: &Iterate<O::Point>,
        _memory: &mut Self::Memory,
        _step: &mut O::Point,
        predicted: f64,
        _residual: f64,
    ) -> Result<f64, Interrupt> {
        Ok(predicted)
    }

    /// How large things are at `iterate`, for a trust that begins there.
    fn size(&self, _memory: &Self::Memory, iterate: &Iterate<O::Point>) -> Size {
        let norm = iterate.x.norm();
        let gradient = iterate.gradient_norm;
        Size { norm, dimension: iterate.x.dimension(), gradient, scaled: norm, gradient_step: 0.0 }
    }

    /// Evaluates at `trial.x` the value alone, where a gradient costs much more and is of no use if
    /// the trial is rejected, and gives `f(x) - f(trial)` as exactly as it can. `None`, the default:
    /// value and gradient are evaluated together.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn try_value(
        &self,
        _oracle: &Oracle<'_, O>,
        _trial: &mut Iterate<O::Point>,
        _memory: &mut Self::Memory,
    ) -> Result<Option<f64>, Interrupt> {
        Ok(None)
    }

    /// Bends a step that a trust of radius, weight or damping is about to try along what is known
    /// beyond the second order; `multiplier` is the one that the step solved.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn bend(
        &self,
        _oracle: &Oracle<'_, O>,
        _iterate: &Iterate<O::Point>,
        _memory: &mut Self::Memory,
        _step: &mut O::Point,
        _multiplier: f64,
    ) -> Result<(), Interrupt> {
        Ok(())
    }

    /// What it believes, for those who look on: of a curvature that is evaluated, the one that the
    /// last step was made with, where a matrix was.
    fn belief<'s>(&self, _memory: &'s Self::Memory) -> Belief<'s, O::Point> {
        Belief::default()
    }

    /// Gives up the secant pairs, of a curvature that keeps the last few.
    fn take_pairs(&self, _memory: &mut Self::Memory) -> Option<SecantPairs<O::Point>> {
        None
    }
}

/// How large things are at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// `|x|`, Euclidean.
    pub norm: f64,
    /// The number of variables.
    pub dimension: usize,
    /// `max_i |d f / d x_i|`.
    pub gradient: f64,
    /// `|D x|`, in the scales D of the variables where the curvature knows them.
    pub scaled: f64,
    /// `|D p|` of the step p along the gradient in these scales that minimizes the model; 0 where that
    /// is not known.
    pub gradient_step: f64,
}

/// The curvature B of a model `g'p + p'Bp/2`: a linear operator, symmetric, of which some have a matrix
/// or a way of their own to solve.
///
/// A plain operator becomes one by `impl Model<V> for MyOperator {}`; a symmetric `&Matrix` is one.
pub trait Model<V: Vector>: LinearOperator<V> {
    /// The matrix of B, both triangles, where it is kept. Steps that factorize make it of a
    /// product a column where it is not.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        Ok(None)
    }

    /// Writes `d = -(B + shift I)^-1 g`, made a direction of descent where B is not definite: for a
    /// matrix as `how` says. `None` where B is known by its products alone. A factorization asks `watch`
    /// on its way.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn descend(
        &mut self,
        _how: Factorization,
        _shift: f64,
        _x: &V,
        _g: &V,
        _d: &mut V,
        _watch: Watch<'_>,
    ) -> Result<Option<Descended<V>>, Interrupt> {
        Ok(None)
    }

    /// The linear model of the residuals that B is of, in orthogonal factors; `None` where their numbers
    /// overflow. The factorization asks `watch` on its way.
    ///
    /// # Errors
    ///
    /// An interrupt; where B is of no residuals, one that says so.
    fn residuals(&mut self, _watch: Watch<'_>) -> Result<Option<&LinearResiduals>, Interrupt> {
        Err(no_residuals())
    }

    /// The scales D of the variables that this model is in, without its factors.
    ///
    /// # Errors
    ///
    /// As for [`residuals`](Self::residuals).
    fn scales(&mut self) -> Result<&[f64], Interrupt> {
        Err(no_residuals())
    }
}

fn no_residuals() -> Interrupt {
    let message = "the step `least-squares` needs a curvature of residuals: `gauss-newton`";
    Interrupt::Function(message.into())
}

/// A step and the change of the gradient along it, for a curvature to learn from.
#[derive(Debug)]
pub struct Pair<'a, V> {
    /// `s = x_new - x`; its content may be exchanged for another.
    pub s: &'a mut V,
    /// `y = g_new - g`; its content may be exchanged for another.
    pub y: &'a mut V,
    /// Where the step began.
    pub before: &'a Iterate<V>,
    /// Where it ended.
    pub after: &'a Iterate<V>,
    /// Of a step along the model's direction d by a line search.
    pub searched: Option<Searched>,
}

/// A step `s = a d` that a line search found along `d = -B^-1 g`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Searched {
    /// a.
    pub length: f64,
    /// `g'd`.
    pub slope: f64,
    /// `g_new'd`.
    pub new_slope: f64,
}

/// A pair whose slope rose by less than this share of the first slope is damped: no search with a
/// curvature condition ends there, but backtracking may.
const LEAST_RISE: f64 = 1e-3;

impl Searched {
    /// `s'B s / s'y`: how many times more the model bends along the step than the function does; 1
    /// for a pair that is damped.
    pub fn excess(&self) -> f64 {
        if self.is_damped() {
            return 1.0;
        }
        -self.length * self.slope / (self.new_slope - self.slope)
    }

    /// Whether the slope rose too little.
    fn is_damped(&self) -> bool {
        self.new_slope - self.slope < -LEAST_RISE * self.slope
    }
}

impl<V: Vector> Pair<'_, V> {
    /// Powell's damping towards `B s = -a g`, for updates that stay definite: `s'y` becomes a fifth of
    /// `s'B s`. `B s` is known where a line search went along the model's own direction; elsewhere
    /// the pair is left as it is.
    ///
    /// Source: Nocedal and Wright (2006), procedure 18.2.
    pub fn damp(&mut self) {
        let Some(searched) = self.searched else { return };
        if searched.is_damped() {
            let Searched { length: a, slope, new_slope } = searched;
            let (sbs, sy) = (-a * a * slope, a * (new_slope - slope));
            let theta = 0.8 * sbs / (sbs - sy);
            self.y.axpby(-(1.0 - theta) * a, &self.before.gradient, theta);
        }
    }
}
