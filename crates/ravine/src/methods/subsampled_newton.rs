//! Newton-CG with Hessians over sampled cases.

use super::composition::{Composition, Named};
use crate::curvature::SubsampledCurvature;
use crate::line_search::{Backtracking, LineSearch};
use crate::settings::Described;
use crate::step::TruncatedCg;

/// Subsampled Newton for a mean over N cases: Newton-CG ([`NewtonCg`](super::NewtonCg)) whose Hessian
/// is that of a random subset of cases, drawn anew at every step, without replacement. Value and
/// gradient are those of all cases, and so is the line search: the method descends at every step
/// and ends at the minimizer whatever the samples are.
///
/// A product costs `|S| / N` of a full one. With samples of fixed size convergence is linear, at a
/// rate that the sample's error sets; a growing sample makes it superlinear. Here it doubles where a
/// step left more than half of the gradient although the solve was to leave less (more than twice the
/// forcing term), up to all cases: then it is Newton-CG.
///
/// Sources: Byrd, Chin, Neveitt and Nocedal, On the use of stochastic Hessian information (2011);
/// Roosta-Khorasani and Mahoney, Sub-sampled Newton methods (2019); Bollapragada, Byrd and Nocedal,
/// Exact and inexact subsampled Newton methods for optimization (2019).
///
/// ```
/// let entry = ravine::methods::named("newton-subsampled")?;
/// let missing = ravine::objective::Derivatives::HESSIAN.missing(entry.needs);
/// assert_eq!(missing, ["terms of a sum over cases"]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubsampledNewton {
    /// The cases of the first sample; `None` for a tenth of all, at least 100. No more than all are
    /// used. Default `None`.
    #[range("at least 1")]
    pub sample: Option<usize>,
    /// The largest forcing term, also the first. Default `0.5`.
    #[range("in (0, 1)")]
    pub forcing: f64,
    /// Most products a step; `None` for twice the dimension and ten more. Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
    /// Of the samples. Default 0.
    pub seed: u64,
    /// How the step is found. Default: backtracking.
    pub line_search: LineSearch,
}

impl Default for SubsampledNewton {
    fn default() -> Self {
        Self {
            sample: None,
            forcing: 0.5,
            products: None,
            seed: 0,
            line_search: LineSearch::Backtracking(Backtracking::default()),
        }
    }
}

impl Named for SubsampledNewton {
    type Curvature = SubsampledCurvature;
    type Step = TruncatedCg;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "newton-subsampled"
    }

    fn parts(&self) -> Composition<SubsampledCurvature, TruncatedCg, LineSearch> {
        let &Self { sample, forcing, products, seed, ref line_search } = self;
        Composition {
            curvature: SubsampledCurvature { sample, seed },
            step: TruncatedCg { forcing, products },
            trust: line_search.clone(),
        }
    }
}
