//! The symmetric rank-one update in a trust region.

use super::composition::{Composition, Named};
use crate::curvature::Sr1Curvature;
use crate::settings::Described;
use crate::step::MoreSorensen;
use crate::trust::Radius;

/// Trust region with the symmetric rank-one secant update
///
/// ```text
/// B <- B + (y - Bs)(y - Bs)' / (y - Bs)'s,     s = x_new - x,   y = g_new - g
/// ```
///
/// whose B may be indefinite, as the Hessian may: it learns negative curvature, which BFGS cannot.
/// The update is made after every trial, accepted or not, and skipped where its denominator is
/// lost in rounding: where `|s'(y - Bs)| < skip |s| |y - Bs|`. The step is exact for B
/// ([`MoreSorensen`]), so an iteration costs `O(n^3)` besides the gradient. On a quadratic, B is the
/// Hessian after n independent steps.
///
/// Source: Conn, Gould and Toint (1991); Khalfan, Byrd and Schnabel (1993); Nocedal and Wright
/// (2006), algorithm 6.2.
///
/// ```
/// use ravine::methods::Sr1;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
///     g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
///     100.0 * a * a + b * b
/// });
/// let outcome = minimize(&f, vec![-1.2, 1.0], Sr1::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sr1 {
    /// Where the update is skipped. Default `1e-8`.
    #[range("in [0, 1)")]
    pub skip: f64,
    /// How the step is found.
    pub step: MoreSorensen,
    /// How the radius is set.
    pub radius: Radius,
}

impl Default for Sr1 {
    fn default() -> Self {
        Self { skip: 1e-8, step: MoreSorensen::default(), radius: Radius::default() }
    }
}

impl Named for Sr1 {
    type Curvature = Sr1Curvature;
    type Step = MoreSorensen;
    type Trust = Radius;

    fn name(&self) -> &'static str {
        "sr1"
    }

    fn parts(&self) -> Composition<Sr1Curvature, MoreSorensen, Radius> {
        let Self { skip, step, radius } = self.clone();
        Composition { curvature: Sr1Curvature { skip }, step, trust: radius }
    }
}
