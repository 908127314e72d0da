//! Steps: how the model `g'p + p'Bp/2` of a curvature is minimized.
//!
//! | step | reach | what it asks of the curvature | cost |
//! |---|---|---|---|
//! | [`Solve`] | free, damped | its own way to solve, or its matrix | a factorization |
//! | [`TruncatedCg`] | free, damped | products | products until the residual is small enough |
//! | [`NystromCg`] | free | products | fewer of them, and some for the preconditioner |
//! | [`Subspace`] | free | products | one for each dimension of the subspace |
//! | [`Cauchy`] | radius | products | one product |
//! | [`Dogleg`] | radius | its matrix | a factorization |
//! | [`Steihaug`] | radius | products | products until the residual is small enough |
//! | [`Gltr`] | radius, cubic | products | the same, and a basis of the Krylov space |
//! | [`MoreSorensen`] | radius, cubic | its matrix | a few factorizations |
//! | [`LeastSquares`] | scaled radius, damped, within bounds | the linear model of residuals | a QR factorization |
//! | [`Projected`] | radius, within bounds | products | products on the free variables |
//!
//! Each is a plain struct of settings that can be used by itself, and as a [`Step`] in any
//! [`Composition`](crate::methods::Composition) whose trust has the same reach: [`Free`], [`Ball`],
//! [`Scaled`], [`Cubic`], [`Damped`]. A step takes any [`Model`] of a curvature.

mod bounded;
mod cauchy;
mod cg;
mod dogleg;
mod forcing;
mod gltr;
mod least_squares;
mod matrix;
mod more_sorensen;
mod nystrom_cg;
mod projected;
mod reach;
mod secular;
mod solve;
mod steihaug;
mod subspace;
mod tridiagonal;

pub use cauchy::Cauchy;
pub use cg::{CgMemory, TruncatedCg};
pub use dogleg::{Dogleg, DoglegMemory, DoglegPath};
#[cfg(feature = "all-methods")]
pub(crate) use forcing::add_negative_curvature;
pub use gltr::{Gltr, GltrMemory};
pub use least_squares::{LeastSquares, LeastSquaresMemory};
pub use matrix::MatrixMemory;
pub use more_sorensen::MoreSorensen;
pub use nystrom_cg::{NystromCg, NystromCgMemory};
pub use projected::{Projected, ProjectedMemory};
pub use reach::{Ball, Cubic, Damped, Extent, Free, Scaled};
pub use solve::{Solve, SolveMemory};
pub use steihaug::{Steihaug, SteihaugMemory, SteihaugWork};
pub use subspace::{Subspace, SubspaceMemory};

use crate::curvature::Model;
use crate::objective::{Bounds, Gradient, Within};
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// Where a model is minimized from.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a, V> {
    /// The point x.
    pub x: &'a V,
    /// `grad f(x)`.
    pub gradient: &'a V,
    /// The bounds of the run.
    pub bounds: Option<&'a Bounds>,
    /// Who may end long work on the step: a factorization asks on its way.
    pub watch: Watch<'a>,
}

/// What is known of a step p.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Solution {
    /// The decrease `-(g'p + p'Bp/2)` that the model predicts; not negative.
    pub predicted: f64,
    /// The multiplier lambda of `(B + lambda I) p = -g`, where the kind of step knows one; else 0.
    pub multiplier: f64,
    /// Whether the step was stopped by the radius.
    pub on_boundary: bool,
    /// Factorizations or products that the step cost.
    pub work: usize,
    /// The relative residual of `B p = -g` that was asked for; 0 of an exact step.
    pub residual: f64,
    /// `g'p` and `max_i |p_i|`, where they came with the step.
    pub measures: Option<(f64, f64)>,
    /// `|D p|`, of a step in the scales D of the variables.
    pub scaled_length: Option<f64>,
}

/// How the model `g'p + p'Bp/2` is turned into a step, of a reach R: [`Free`], [`Ball`],
/// [`Scaled`], [`Cubic`] or [`Damped`].
///
/// ```
/// use ravine::curvature::Model;
/// use ravine::step::{Ball, Local, Solution, Step};
/// use ravine::{ArgumentError, Interrupt, Vector};
///
/// /// Along the negative gradient to where the model is least, or to the boundary.
/// struct Downhill;
///
/// impl<V: Vector> Step<V, Ball> for Downhill {
///     type Memory = ();
///     fn memory(&self, _: &V) {}
///     fn minimize<B: Model<V> + ?Sized>(
///         &self,
///         b: &mut B,
///         local: &Local<'_, V>,
///         Ball(radius): Ball,
///         _: &mut (),
///         step: &mut V,
///     ) -> Result<Option<Solution>, Interrupt> {
///         let (g, norm) = (local.gradient, local.gradient.norm());
///         let mut product = step.zeros_like();
///         b.apply(g, &mut product)?;
///         let (curved, furthest) = (g.dot(&product), radius / norm);
///         let t = if curved > 0.0 { (norm * norm / curved).min(furthest) } else { furthest };
///         step.axpby(-t, g, 0.0);
///         let predicted = t * norm * norm - 0.5 * t * t * curved;
///         let on_boundary = t == furthest;
///         Ok(Some(Solution { predicted, on_boundary, work: 1, ..Solution::default() }))
///     }
/// }
///
/// use ravine::curvature::ExactCurvature;
/// use ravine::methods::Composition;
/// use ravine::trust::Radius;
///
/// let f = ravine::objective!(2, |x| x[0].cosh() + 3.0 * x[1].cosh());
/// let method = Composition { curvature: ExactCurvature, step: Downhill, trust: Radius::default() };
/// let outcome = ravine::minimize(&f, vec![1.0, 0.5], method).run()?;
/// assert!((outcome.value - 4.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub trait Step<V: Vector, R> {
    /// What it keeps from one step to the next. Serializable where the points are.
    type Memory;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError> {
        Ok(())
    }

    /// The memory at the start; `like` has the shape of the points.
    fn memory(&self, like: &V) -> Self::Memory;

    /// Makes the memory that of a new start; where it can, without allocating.
    fn memory_again(&self, like: &V, memory: &mut Self::Memory) {
        *memory = self.memory(like);
    }

    /// Writes the step; `None` where the curvature is not finite.
    ///
    /// # Errors
    ///
    /// An interrupt. Asked again, the step must come out the same.
    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        reach: R,
        memory: &mut Self::Memory,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt>;

    /// Forgets what held only for the last model: the point has moved, or the curvature learnt.
    fn forget(&self, _memory: &mut Self::Memory) {}

    /// A direction of negative curvature that the last step knew of, as long as is to be tried first,
    /// with the decrease that it promises: the way on where the gradient test holds at a saddle. It is
    /// handed out once.
    fn escape(&self, _memory: &mut Self::Memory) -> Option<(V, f64)> {
        None
    }

    /// Whether another step may be found at the same point with the same curvature, where no length of
    /// this one decreases.
    fn another(&self, _memory: &mut Self::Memory) -> bool {
        false
    }

    /// Which share of the model's decrease a step is expected to find.
    fn share(&self, _dimension: usize) -> f64 {
        1.0
    }

    /// How the steps stay within the bounds of the run, where they do.
    fn within(&self) -> Option<Within<V>> {
        None
    }
}

/// The positive tau with `|p + tau d| = radius`, from `p'p`, `p'd` and `d'd`.
pub(crate) fn boundary_step(radius: f64, pp: f64, pd: f64, dd: f64) -> f64 {
    let missing = (radius * radius - pp).max(0.0);
    let root = (pd * pd + dd * missing).sqrt();
    // Of the two equal forms, the one without cancellation.
    if pd > 0.0 { missing / (pd + root) } else { (root - pd) / dd }
}

/// What the drivers ask of a step under the bounds of the run, before and after an evaluation by
/// `evaluate`.
pub(crate) fn evaluate_within<O, S, R>(
    step: &S,
    oracle: &Oracle<'_, O>,
    iterate: &mut Iterate<O::Point>,
    evaluate: impl FnOnce(&mut Iterate<O::Point>) -> Result<(), Interrupt>,
) -> Result<(), Interrupt>
where
    O: Gradient + ?Sized,
    S: Step<O::Point, R>,
{
    settle_within(step, oracle, &mut iterate.x);
    evaluate(iterate)?;
    iterate.gradient_norm = gradient_norm_within(step, oracle, iterate);
    Ok(())
}

/// Moves a trial point to what rounding left of it within the bounds of the run.
pub(crate) fn settle_within<O, S, R>(step: &S, oracle: &Oracle<'_, O>, x: &mut O::Point)
where
    O: Gradient + ?Sized,
    S: Step<O::Point, R>,
{
    if let Some((bounds, within)) = oracle.bounds().zip(step.within()) {
        (within.project)(bounds, x);
    }
}

/// The norm that the gradient test compares.
pub(crate) fn gradient_norm_within<O, S, R>(
    step: &S,
    oracle: &Oracle<'_, O>,
    iterate: &Iterate<O::Point>,
) -> f64
where
    O: Gradient + ?Sized,
    S: Step<O::Point, R>,
{
    match oracle.bounds().zip(step.within()) {
        Some((bounds, within)) => (within.gradient_norm)(bounds, &iterate.x, &iterate.gradient),
        None => iterate.gradient.norm_max(),
    }
}
