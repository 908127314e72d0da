//! Extreme eigenpairs by thick-restart Lanczos.

mod losses;
mod process;
mod projected;
mod restart;
mod ritz;
mod search;

pub(super) use ritz::{Accuracy, Ritz};
use search::Reached;
pub(super) use search::Search;

use super::{Eigenpairs, SpectrumError, Which, check_shape};
use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::vector::Pointwise;

/// Extreme eigenpairs of a symmetric operator by the Lanczos process with thick restarts.
///
/// Products with A build an orthonormal basis; the eigenpairs of A projected on its span, the Ritz
/// pairs, approach those of A, the outer ones first. When the basis is full, it is cut down to the
/// Ritz vectors at the wanted ends, as many as make the next cycle most effective, and grows again
/// from there. Converged pairs stay in the basis, so that no other can converge to them.
///
/// A pair is converged when the bound of its residual `|A v - theta v|` is at most `tolerance`
/// times the largest `|theta|` seen, and the run is when all wanted ones are. A Krylov space holds
/// one vector of each eigenspace: further copies of a multiple eigenvalue come only from rounding,
/// late, or when the space is exhausted, unless `pairs` asks for the whole spectrum.
///
/// Sources: Wu and Simon (2000), SIAM J. Matrix Anal. Appl. 22; Simon (1984), Math. Comp. 42;
/// Yamazaki, Bai, Simon, Wang and Wu (2010), ACM Trans. Math. Software 37.
///
/// ```
/// use ravine_linalg::matrix::SparseMatrix;
/// use ravine_linalg::spectrum::{SpectrumEnd, ThickRestartLanczos, Which};
///
/// // Second differences: 2 - 2 cos(k pi / (n + 1)).
/// let n = 100;
/// let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.0)).collect();
/// entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
/// let a = SparseMatrix::from_triplets(n, n, &entries);
///
/// let lanczos = ThickRestartLanczos { pairs: 2, which: Which::BothEnds, ..Default::default() };
/// let found = lanczos.eigenpairs(&a, &vec![0.0; n])?;
/// assert_eq!(found.end, SpectrumEnd::Converged);
/// let exact = |k: usize| 2.0 - 2.0 * (k as f64 * std::f64::consts::PI / (n + 1) as f64).cos();
/// for (theta, k) in found.values.iter().zip([1, 2, n - 1, n]) {
///     assert!((theta - exact(k)).abs() < 1e-10);
/// }
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThickRestartLanczos {
    /// How many eigenpairs are wanted, at each end if at both; where the operator has fewer, all.
    /// Default 1.
    pub pairs: usize,
    /// Which. Default [`Which::Largest`].
    pub which: Which,
    /// The residual that is small enough, relative to the largest `|theta|`. Default `1e-10`.
    pub tolerance: f64,
    /// The most vectors in the basis, at least three more than are wanted: more make for fewer
    /// products and cost memory and time outside the operator. Default `None`: twice as many as
    /// are wanted and sixty more.
    pub basis: Option<usize>,
    /// The most products with the operator. Default `None`: ten times its dimension, and a thousand
    /// more.
    pub products: Option<usize>,
    /// What the random starting vector comes from. Default 0.
    pub seed: u64,
}

impl Default for ThickRestartLanczos {
    fn default() -> Self {
        Self {
            pairs: 1,
            which: Which::default(),
            tolerance: 1e-10,
            basis: None,
            products: None,
            seed: 0,
        }
    }
}

impl ThickRestartLanczos {
    /// The eigenpairs of `a`; `like` shows the shape of its vectors.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, an operator that is not square or of another dimension than
    /// `like`, or an interrupt of the operator.
    pub fn eigenpairs<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        let reached = self.reach(a, like)?;
        let mut pairs = reached.eigenpairs();
        pairs.vectors = reached.into_vectors();
        Ok(pairs)
    }

    /// The eigenvalues of `a` alone: the same products, without the time that vectors take at the
    /// end.
    ///
    /// # Errors
    ///
    /// As [`eigenpairs`](Self::eigenpairs).
    pub fn eigenvalues<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        Ok(self.reach(a, like)?.eigenpairs())
    }

    /// The eigenpairs of `a` nearest to `shift`, by products with the `inverse` of
    /// `A - shift I`, whose largest eigenvalues `mu = 1 / (lambda - shift)` they are: where there is
    /// a factorization, a few dozen solves find eigenvalues inside the spectrum, or at an end where
    /// they are too dense for products with A.
    ///
    /// `which` is meant of mu: [`Largest`](Which::Largest) finds the pairs next above the shift,
    /// [`Smallest`](Which::Smallest) next below, [`BothEnds`](Which::BothEnds) on both sides,
    /// [`LargestMagnitude`](Which::LargestMagnitude) the nearest of all. A pair is converged when
    /// its residual with the inverse is at most `tolerance |mu|`; then `|A v - lambda v|` is at most
    /// `tolerance |A - shift I|`. That residual is measured, by one product with A for each pair;
    /// `products` counts those with the inverse.
    ///
    /// ```
    /// use ravine_linalg::matrix::SparseMatrix;
    /// use ravine_linalg::operator::InvertShifted;
    /// use ravine_linalg::spectrum::ThickRestartLanczos;
    ///
    /// // Second differences of a thousand points: the eigenvalues at the low end differ by 1e-5.
    /// let n = 1000;
    /// let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.0)).collect();
    /// entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
    /// let a = SparseMatrix::from_triplets(n, n, &entries);
    ///
    /// let inverse = a.shifted_inverse(0.0)?;
    /// let lanczos = ThickRestartLanczos { pairs: 3, ..Default::default() };
    /// let found = lanczos.nearest(&a, &inverse, 0.0, &vec![0.0; n])?;
    /// let exact = |k: usize| 2.0 - 2.0 * (k as f64 * std::f64::consts::PI / (n + 1) as f64).cos();
    /// for (k, lambda) in found.values.iter().enumerate() {
    ///     assert!((lambda - exact(k + 1)).abs() < 1e-12);
    /// }
    /// assert!(found.products < 40);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`eigenpairs`](Self::eigenpairs), of either operator; a shift that is not finite.
    pub fn nearest<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        inverse: &impl LinearOperator<V>,
        shift: f64,
        like: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        ArgumentError::check(shift.is_finite(), "shift", shift, "finite")?;
        check_shape(a, like)?;
        let mut search = self.search(inverse, like)?;
        search.accuracy = Accuracy::OfValue(self.tolerance);
        let reached = search.run(inverse, like, |_| false)?;
        let mut pairs = reached.eigenpairs();
        pairs.vectors = reached.into_vectors();
        pairs.norm = 0.0;
        let mut product = like.zeros_like();
        for (i, v) in pairs.vectors.iter().enumerate() {
            let lambda = shift + 1.0 / pairs.values[i];
            a.apply(v, &mut product)?;
            pairs.norm = pairs.norm.max(product.norm());
            product.axpy(-lambda, v);
            pairs.values[i] = lambda;
            pairs.residuals[i] = product.norm();
        }
        pairs.sort();
        Ok(pairs)
    }

    /// Checks the settings and the shapes.
    fn search<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Search, ArgumentError> {
        let n = check_shape(a, like)?;
        ArgumentError::check(self.pairs > 0, "pairs", self.pairs, "at least 1")?;
        let holds = self.tolerance >= 0.0 && self.tolerance < 1.0;
        ArgumentError::check(holds, "tolerance", self.tolerance, "at least 0 and below 1")?;
        let holds = self.products != Some(0);
        ArgumentError::check(holds, "products", self.products, "at least 1, or none")?;
        let wanted = match self.which {
            Which::BothEnds => self.pairs.saturating_mul(2),
            _ => self.pairs,
        };
        let least = wanted.saturating_add(3).min(n);
        let basis = self.basis.unwrap_or_else(|| Search::default_basis(wanted.min(n)));
        ArgumentError::check(basis >= least, "basis", basis, &format!("at least {least}"))?;
        Ok(Search {
            pairs: self.pairs,
            which: self.which,
            accuracy: Accuracy::OfNorm(self.tolerance),
            dimension: n,
            basis: basis.min(n),
            products: Some(
                self.products.unwrap_or_else(|| n.saturating_mul(10).saturating_add(1000)),
            ),
            seed: self.seed,
        })
    }

    fn reach<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Reached<V>, SpectrumError> {
        self.search(a, like)?.run(a, like, |_| false)
    }
}
