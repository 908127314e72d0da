//! Newton in random subspaces.

use super::composition::{Composition, Named};
use crate::curvature::ExactCurvature;
use crate::line_search::{LineSearch, MoreThuente};
use crate::settings::Described;
use crate::step::Subspace;

/// Randomized subspace Newton: every step is Newton's in a new random subspace of s dimensions,
///
/// `d = -S (S'H S)^-1 S'g`,
///
/// with orthonormal S spanned by normal vectors, then a line search along d. It needs s Hessian
/// products and an s by s factorization a step, and never more of the Hessian. Where all of the
/// space is drawn (`s = n`), it is Newton's method. Convergence is linear: where the Hessian changes
/// little, a step takes on average at least the share
///
/// `rho = lambda_min(E H^{1/2} S (S'H S)^-1 S' H^{1/2})`
///
/// of the distance to the minimum. A random subspace sees little of the smallest eigenvalues beside
/// large ones (with two variables and `s = 1`, `rho = 1 / (1 + sqrt(kappa))`), so that s is best
/// close to n or larger than the number of large eigenvalues.
///
/// Where `S'HS` is not positive definite, its eigenvalues are taken by their absolute values, those
/// close to zero by the least that are not. Where a subspace holds no decrease, others are tried,
/// ten in a row at most.
///
/// Source: Gower, Kovalev, Lieder and Richtarik, RSN: randomized subspace Newton (2019).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::SubspaceNewton;
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// // sum_i (i+1)^4 x_i^2 / 2 - x_i: condition number 1e4.
/// let f = from_hessian(
///     10,
///     |x: &[f64], g: &mut [f64]| {
///         (0..10).for_each(|i| g[i] = ((i + 1) as f64).powi(4) * x[i] - 1.0);
///         (0..10).map(|i| 0.5 * x[i] * (g[i] - 1.0)).sum()
///     },
///     |_: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         (0..10).for_each(|i| h[(i, i)] = ((i + 1) as f64).powi(4));
///     },
/// );
/// let method = SubspaceNewton { subspace: Some(5), ..SubspaceNewton::default() };
/// let outcome = minimize(&f, vec![0.0; 10], method).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[0] - 1.0).abs() < 1e-4);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubspaceNewton {
    /// The dimension s of the subspaces; `None` for 50, and no more than n are used. Default `None`.
    #[range("at least 1")]
    pub subspace: Option<usize>,
    /// Of the random vectors. Default 0.
    pub seed: u64,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for SubspaceNewton {
    fn default() -> Self {
        Self {
            subspace: None,
            seed: 0,
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

impl Named for SubspaceNewton {
    type Curvature = ExactCurvature;
    type Step = Subspace;
    type Trust = LineSearch;

    fn name(&self) -> &'static str {
        "newton-subspace"
    }

    fn parts(&self) -> Composition<ExactCurvature, Subspace, LineSearch> {
        let &Self { subspace, seed, ref line_search } = self;
        Composition {
            curvature: ExactCurvature,
            step: Subspace { subspace, seed },
            trust: line_search.clone(),
        }
    }
}
