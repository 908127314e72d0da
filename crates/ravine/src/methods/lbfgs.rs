//! L-BFGS with a line search.

use super::composition::{Composition, Named};
use super::default_search;
use crate::curvature::{Form, LbfgsCurvature};
use crate::line_search::LineSearch;
use crate::settings::Described;
use crate::step::Solve;

/// Limited-memory BFGS: `x <- x - a H grad f(x)`, with H the BFGS matrix of the last m secant
/// pairs ([`SecantPairs`](crate::curvature::SecantPairs)), never formed; `O(m n)` time and memory.
///
/// H updates the multiple `s'y / y'y` of the identity, with the newest pair. Only inner products
/// of points are needed, in any precision. After m iterations nothing is allocated any more.
/// Where a search fails, one more is made along the negative gradient, all pairs forgotten, before
/// the method gives up.
///
/// Source: Nocedal and Wright (2006), algorithm 7.5; D. C. Liu and J. Nocedal (1989), On the
/// limited memory BFGS method for large scale optimization, Mathematical Programming 45.
///
/// ```
/// use ravine::methods::Lbfgs;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(1000, |x: &[f64], g: &mut [f64]| {
///     let mut sum = 0.0;
///     for (i, (x, g)) in x.iter().zip(g).enumerate() {
///         let weight = 1.0 + i as f64;
///         // cosh x - 1, without the rounding of that difference.
///         sum += 2.0 * weight * (0.5 * x).sinh().powi(2);
///         *g = weight * x.sinh();
///     }
///     sum
/// });
/// let outcome = minimize(&f, vec![1.0; 1000], Lbfgs::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lbfgs {
    /// The number m of secant pairs kept. Default 10.
    #[range("at least 1")]
    pub memory: usize,
    /// How the step is found, the unit step tried first. Default [`LineSearch::MoreThuente`],
    /// which ends at the first trial with the strong Wolfe conditions, mostly the unit step, and on a
    /// function of at most 100 variables that is quadratic to rounding at the minimizer (`quadratic: 1e-9`).
    pub line_search: LineSearch,
    /// How H is applied. Default [`Form::TwoLoop`].
    pub form: Form,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self { memory: 10, line_search: default_search(), form: Form::default() }
    }
}

impl Named for Lbfgs {
    type Curvature = LbfgsCurvature;
    type Step = Solve;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "lbfgs"
    }

    fn parts(&self) -> Composition<LbfgsCurvature, Solve, LineSearch> {
        let &Self { memory, form, ref line_search } = self;
        Composition {
            curvature: LbfgsCurvature { memory, form },
            step: Solve::default(),
            trust: line_search.clone(),
        }
    }
}
