//! Trust-region methods.

use super::composition::{Composition, Named};
use crate::curvature::{DenseCurvature, ExactCurvature};
use crate::settings::Described;
use crate::step::{Cauchy, Dogleg, Gltr, MoreSorensen, Projected, Steihaug};
use crate::trust::Radius;

/// Minimizes the model `f + g'p + p'Bp/2` over `|p| <= radius`, moves where the function agrees
/// with it, and lets the radius follow the agreement.
///
/// The kind of `step` says what the model is made of and how it is minimized.
///
/// | `step` | needs | |
/// |---|---|---|
/// | [`Cauchy`](crate::step::Cauchy) | Hessian products | the best point along `-g` |
/// | [`Dogleg`](crate::step::Dogleg) | dense Hessians | from there towards Newton's point |
/// | [`Steihaug`](crate::step::Steihaug) | Hessian products | CG up to the radius |
/// | [`Gltr`](crate::step::Gltr) | Hessian products | the best in a Krylov space |
/// | [`MoreSorensen`](crate::step::MoreSorensen) | dense Hessians | the best, hard case included |
/// | [`Projected`](crate::step::Projected) | Hessian products | CG on the free variables, within bounds |
///
/// Where a decrease is lost in the rounding of the value, the agreement is measured on the
/// gradients instead, so that a run ends at the accuracy of the gradient, not of the value.
///
/// Source: Nocedal and Wright (2006), chapter 4; Conn, Gould and Toint, Trust-Region Methods
/// (2000).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::TrustRegion;
/// use ravine::minimize::minimize;
/// use ravine::objective::from_hessian;
/// use ravine::step::MoreSorensen;
///
/// // f = x^2 - y^2 + y^4 / 2, from its saddle: there is no gradient, but there is curvature.
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
/// let outcome = minimize(&f, vec![0.0, 0.0], TrustRegion::<MoreSorensen>::default()).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.value + 0.5).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrustRegion<S> {
    /// The kind of step, with its settings.
    pub step: S,
    /// How the radius is set.
    pub radius: Radius,
}

/// TRON: projected Newton steps within bounds, in a trust region.
pub type Tron = TrustRegion<Projected>;

macro_rules! trust_region {
    ($($step:ty, $curvature:ident, $name:literal;)*) => {$(
        impl Named for TrustRegion<$step> {
            type Curvature = $curvature;
            type Step = $step;
            type Trust = Radius;

            fn name(&self) -> &'static str {
                $name
            }

            fn parts(&self) -> Composition<$curvature, $step, Radius> {
                let Self { step, radius } = self.clone();
                Composition { curvature: $curvature, step, trust: radius }
            }
        }
    )*};
}

trust_region! {
    Cauchy, ExactCurvature, "trust-cauchy";
    Dogleg, DenseCurvature, "trust-dogleg";
    Steihaug, ExactCurvature, "trust-steihaug";
    Gltr, ExactCurvature, "trust-gltr";
    MoreSorensen, DenseCurvature, "trust-exact";
    Projected, ExactCurvature, "tron";
}
