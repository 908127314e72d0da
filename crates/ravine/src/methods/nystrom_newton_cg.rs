//! Inexact Newton by conjugate gradients with a Nystrom preconditioner.

use super::composition::{Composition, Named};
use crate::curvature::ExactCurvature;
use crate::line_search::{LineSearch, MoreThuente};
use crate::settings::Described;
use crate::step::NystromCg;

/// Newton-CG ([`NewtonCg`](super::NewtonCg)) whose conjugate gradients are preconditioned by a
/// randomized Nystrom approximation of the Hessian: l products with random vectors show the l
/// largest eigenvalues well enough to bring them to the level of the rest. Where eigenvalues decay
/// fast, as those of regressions on correlated columns, this takes most of the condition number
/// away.
///
/// An approximation costs l products, and is made by a rule that spends no more than about half of
/// all products on approximations:
///
/// - Conjugate gradients begin without, or with that of an earlier point.
/// - Once they have made as many products for this step as a new one costs, they pause; an
///   approximation is made here, and they go on from where they are.
/// - Where one was made at this very point and still the products come to as many again, its rank
///   is doubled, up to [`largest_rank`](Self::largest_rank); products made before are used again.
/// - Where a new one did not at least double the digits won by a product, the next comes after twice
///   as many products as this.
///
/// So an easy problem, with few products a step, never pays for a preconditioner. A Hessian with negative Rayleigh quotients has
/// no Nystrom approximation; conjugate gradients then go on without, until they meet a direction of
/// negative curvature, which is used as in [`NewtonCg`](super::NewtonCg).
///
/// Memory: `3 l` vectors.
///
/// Sources: Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2023); Frangella, Rathore,
/// Zhao and Udell, SketchySGD and PROMISE (2023), for its use in optimization.
///
/// ```
/// use ravine::methods::NystromNewtonCg;
/// use ravine::{minimize, objective::from_hessian};
/// use ravine::matrix::Matrix;
///
/// // sum_i (cosh(x_i) - x_i) / i^3: condition number 1e6.
/// let weight = |i: usize| ((i + 1) as f64).powi(-3);
/// let f = from_hessian(
///     100,
///     move |x: &[f64], g: &mut [f64]| {
///         (0..100).for_each(|i| g[i] = weight(i) * (x[i].sinh() - 1.0));
///         (0..100).map(|i| weight(i) * (x[i].cosh() - x[i])).sum()
///     },
///     move |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         (0..100).for_each(|i| h[(i, i)] = weight(i) * x[i].cosh());
///     },
/// );
/// let outcome = minimize(&f, vec![0.0; 100], NystromNewtonCg::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NystromNewtonCg {
    /// The largest forcing term, also the first. Default `0.5`.
    #[range("in (0, 1)")]
    pub forcing: f64,
    /// The rank of the first approximation, no more than half of the dimension. Default 20.
    #[range("at least 1")]
    pub rank: usize,
    /// The largest rank; `None` for half of the dimension, at most 500. Default `None`.
    #[range("at least `rank`")]
    pub largest_rank: Option<usize>,
    /// Most products of conjugate gradients a step; `None` for twice the dimension and ten more.
    /// Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
    /// Of the random vectors. Default 0.
    pub seed: u64,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for NystromNewtonCg {
    fn default() -> Self {
        Self {
            forcing: 0.5,
            rank: 20,
            largest_rank: None,
            products: None,
            seed: 0,
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

impl Named for NystromNewtonCg {
    type Curvature = ExactCurvature;
    type Step = NystromCg;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "newton-nystrom"
    }

    fn parts(&self) -> Composition<ExactCurvature, NystromCg, LineSearch> {
        let &Self { forcing, rank, largest_rank, products, seed, ref line_search } = self;
        Composition {
            curvature: ExactCurvature,
            step: NystromCg { forcing, rank, largest_rank, products, seed },
            trust: line_search.clone(),
        }
    }
}
