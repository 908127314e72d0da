//! DFP with a line search.

use super::composition::{Composition, Named};
use crate::curvature::DfpCurvature;
use crate::line_search::{LineSearch, MoreThuente};
use crate::settings::Described;
use crate::step::Solve;

/// The method of Davidon, Fletcher and Powell: as [`Bfgs`](super::Bfgs), with the update that is
/// its dual ([`SecantUpdate::Dfp`](crate::curvature::SecantUpdate::Dfp)), the first quasi-Newton update that there was. It recovers
/// from bad curvature more slowly, and needs the better line search that it has by default.
///
/// Source: Nocedal and Wright (2006), section 6.1.
///
/// ```
/// use ravine::methods::Dfp;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let rosenbrock = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
///     a * a + 100.0 * b * b
/// });
/// let outcome = minimize(&rosenbrock, vec![-1.2, 1.0], Dfp::default()).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dfp {
    /// How the step is found, the unit step tried first. Default [`LineSearch::MoreThuente`]
    /// with slope 0.1.
    pub line_search: LineSearch,
}

impl Default for Dfp {
    fn default() -> Self {
        Self {
            line_search: LineSearch::MoreThuente(MoreThuente { slope: 0.1, ..Default::default() }),
        }
    }
}

impl Named for Dfp {
    type Curvature = DfpCurvature;
    type Step = Solve;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "dfp"
    }

    fn parts(&self) -> Composition<DfpCurvature, Solve, LineSearch> {
        Composition {
            curvature: DfpCurvature,
            step: Solve::default(),
            trust: self.line_search.clone(),
        }
    }
}
