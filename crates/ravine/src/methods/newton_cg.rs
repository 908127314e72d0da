//! Inexact Newton by conjugate gradients.

use super::composition::{Composition, Named};
use crate::curvature::ExactCurvature;
use crate::line_search::{LineSearch, MoreThuente};
use crate::settings::Described;
use crate::step::TruncatedCg;

/// Newton-CG: the Newton system `H d = -g` is solved by conjugate gradients, from Hessian products
/// alone, only as well as pays; then a line search along d, trying 1 first.
///
/// The residual asked for is `eta |g|` with the forcing terms of Eisenstat and Walker (choice 2),
/// `eta = 0.9 (|g| / |g_before|)^2`, kept from falling too early and at most
/// [`forcing`](Self::forcing): fast convergence near the minimizer, no exact solves far from it.
///
/// Where conjugate gradients meet a direction p of negative curvature after some steps, p is added
/// to what they have found so far, with the length `|r'r / p'Hp|` that it would have if its
/// curvature were positive: the step goes down the sum of both.
///
/// Sources: Nocedal and Wright (2006), algorithm 7.1; Eisenstat and Walker, Choosing the forcing
/// terms in an inexact Newton method (1996).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::NewtonCg;
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
///         g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
///         100.0 * a * a + b * b
///     },
///     |x: &[f64], h: &mut Matrix| {
///         *h = Matrix::from_rows(&[
///             [1200.0 * x[0] * x[0] - 400.0 * x[1] + 2.0, -400.0 * x[0]],
///             [-400.0 * x[0], 200.0],
///         ]);
///     },
/// );
/// let outcome = minimize(&f, vec![-1.2, 1.0], NewtonCg::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewtonCg {
    /// The largest forcing term, also the first. Default `0.5`.
    #[range("in (0, 1)")]
    pub forcing: f64,
    /// Most products a step; `None` for twice the dimension and ten more. Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for NewtonCg {
    fn default() -> Self {
        Self {
            forcing: 0.5,
            products: None,
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

impl Named for NewtonCg {
    type Curvature = ExactCurvature;
    type Step = TruncatedCg;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "newton-cg"
    }

    fn parts(&self) -> Composition<ExactCurvature, TruncatedCg, LineSearch> {
        let &Self { forcing, products, ref line_search } = self;
        Composition {
            curvature: ExactCurvature,
            step: TruncatedCg { forcing, products },
            trust: line_search.clone(),
        }
    }
}
