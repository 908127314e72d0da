//! Adaptive regularization by cubics.

use super::composition::{Composition, Named};
use crate::curvature::{DenseCurvature, ExactCurvature};
use crate::settings::Described;
use crate::step::{Gltr, MoreSorensen};
use crate::trust::Weight;

/// Adaptive regularization by cubics (ARC): minimizes `f + g'p + p'Hp/2 + sigma |p|^3 / 3`, moves
/// where the function agrees, and lets the weight sigma follow the agreement. Where sigma is at
/// least half the Lipschitz constant of the Hessian the cubic bounds the function from above.
///
/// The minimizer satisfies `(H + lambda I) p = -g` with `lambda = sigma |p|` and `H + lambda I`
/// positive semidefinite, so it is found as a trust-region step is, with the length that belongs
/// to a multiplier in place of the radius: [`MoreSorensen`] by Cholesky factors, [`Gltr`] in a
/// Krylov space by products alone.
///
/// To a gradient below epsilon it takes `O(epsilon^-1.5)` steps at worst, where steepest descent
/// and plain trust regions take `O(epsilon^-2)`.
///
/// Source: Cartis, Gould and Toint, Adaptive cubic regularisation methods for unconstrained
/// optimization, parts I and II (2011).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::CubicRegularization;
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
/// use ravine::step::MoreSorensen;
///
/// // f = x^2 - y^2 + y^4 / 2, from its saddle.
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[2.0 * x[0], -2.0 * x[1] + 2.0 * x[1].powi(3)]);
///         x[0] * x[0] - x[1] * x[1] + 0.5 * x[1].powi(4)
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 2.0;
///         h[(1, 1)] = -2.0 + 6.0 * x[1] * x[1];
///     },
/// );
/// let method = CubicRegularization::<MoreSorensen>::default();
/// let outcome = minimize(&f, vec![0.0, 0.0], method).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.value + 0.5).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CubicRegularization<S> {
    /// How the cubic is minimized.
    pub step: S,
    /// How the weight is set.
    pub weight: Weight,
}

impl Named for CubicRegularization<MoreSorensen> {
    type Curvature = DenseCurvature;
    type Step = MoreSorensen;
    type Trust = Weight;

    fn name(&self) -> &'static str {
        "arc"
    }

    fn parts(&self) -> Composition<DenseCurvature, MoreSorensen, Weight> {
        let Self { step, weight } = self.clone();
        Composition { curvature: DenseCurvature, step, trust: weight }
    }
}

impl Named for CubicRegularization<Gltr> {
    type Curvature = ExactCurvature;
    type Step = Gltr;
    type Trust = Weight;

    fn name(&self) -> &'static str {
        "arc-lanczos"
    }

    fn parts(&self) -> Composition<ExactCurvature, Gltr, Weight> {
        let Self { step, weight } = self.clone();
        Composition { curvature: ExactCurvature, step, trust: weight }
    }
}
