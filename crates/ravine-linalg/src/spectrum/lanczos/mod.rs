//! Extreme eigenpairs by thick-restart Lanczos.

mod beside;
mod beyond;
mod copies;
mod losses;
mod nearest;
mod process;
mod projected;
mod rayleigh_ritz;
mod restart;
mod ritz;
mod search;

use copies::Verdict;
pub use nearest::{Factorized, Sliced};
use rayleigh_ritz::rayleigh_ritz;
pub(super) use ritz::{Accuracy, Ritz};
pub(super) use search::Search;

use super::{Eigenpairs, SpectrumEnd, SpectrumError, Which, check_shape};
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
/// A Krylov space holds one vector of each eigenspace. So when all wanted pairs have converged, the
/// search begins anew in the space orthogonal to them, and ends when nothing there is beyond the
/// wanted ones: every eigenvalue comes as often as it is there. This takes products too, where all
/// eigenvalues are single up to as many as the first search; the outermost eigenvalue alone needs none,
/// and [`ritz_values`](Self::ritz_values) goes without.
///
/// At the end one product for each pair measures its residual `|A v - theta v|`. The run is converged
/// when all are at most `tolerance` times the largest `|theta|` seen. Products that are less accurate
/// than that are noticed, and the run ends where they allow no more.
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
        self.eigenpairs_near(a, like, None)
    }

    /// The eigenpairs of `a` by a search that begins at `start`: fewer products, where this is rich in the wanted
    /// eigenvectors. It may be the sum of those of an operator that resembles `a` and costs less, such as the same
    /// sum over some of its cases, or of `a` before it changed a little. A tenth of random numbers is added, and
    /// what is said of copies rests on other random vectors. Of the outermost eigenvalue alone nothing else is
    /// searched.
    ///
    /// ```
    /// use ravine_linalg::operator::Diagonal;
    /// use ravine_linalg::spectrum::ThickRestartLanczos;
    ///
    /// let a = Diagonal::new((0..500).map(f64::from).collect::<Vec<f64>>());
    /// let like = Diagonal::new((0..500).map(|k| f64::from(k / 10)).collect::<Vec<f64>>());
    /// let rough = ThickRestartLanczos { tolerance: 1e-2, ..Default::default() };
    /// let start = &rough.eigenpairs(&like, &vec![0.0; 500])?.vectors[0];
    /// let found = ThickRestartLanczos::default().eigenpairs_from(&a, start)?;
    /// assert!((found.values[0] - 499.0).abs() < 1e-10);
    /// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`eigenpairs`](Self::eigenpairs), and a start that is zero or not finite.
    pub fn eigenpairs_from<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        start: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        let norm = start.norm();
        let holds = norm > 0.0 && norm.is_finite();
        let allowed = "finite and not zero";
        ArgumentError::check(holds, "start", format!("of length {norm}"), allowed)?;
        self.eigenpairs_near(a, start, Some(start))
    }

    fn eigenpairs_near<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        start: Option<&V>,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        let mut search = self.search(a, like)?;
        let most = search.products.unwrap_or(usize::MAX);
        // What is left is for the residuals.
        search.products = Some(most.saturating_sub(search.count()).max(most.div_ceil(2)));
        if let Accuracy::OfNorm(tolerance) = &mut search.accuracy {
            *tolerance *= INNER;
        }
        // Of the outermost eigenvalue at an end alone, no copy would be another value.
        let one = self.pairs == 1 && self.which != Which::LargestMagnitude;
        let verdict = if one { Verdict::Complete } else { Verdict::Unknown };
        let mut found = search.find_all(a, like, start, |_| verdict)?;
        found.keep_wanted(&search);
        let left = most - found.products;
        found.measured(a, self.tolerance, left)
    }

    /// The eigenvalues of `a` alone, by the same products.
    ///
    /// # Errors
    ///
    /// As [`eigenpairs`](Self::eigenpairs).
    pub fn eigenvalues<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        Ok(Eigenpairs { vectors: Vec::new(), ..self.eigenpairs(a, like)? })
    }

    /// Ritz values at the ends alone, in fewer products than [`eigenvalues`](Self::eigenvalues): of a
    /// multiple eigenvalue they show one copy for sure, others perhaps. `residuals` are bounds by the
    /// recurrence, up to the rounding of products. For the outermost eigenvalue at either end there is
    /// no difference.
    ///
    /// ```
    /// use ravine_linalg::operator::Diagonal;
    /// use ravine_linalg::spectrum::{ThickRestartLanczos, Which};
    ///
    /// let a = Diagonal::new((0..500).map(f64::from).collect::<Vec<f64>>());
    /// let lanczos = ThickRestartLanczos { which: Which::BothEnds, ..Default::default() };
    /// let ends = lanczos.ritz_values(&a, &vec![0.0; 500])?;
    /// assert!(ends.values[0].abs() < 1e-9 && (ends.values[1] - 499.0).abs() < 1e-9);
    /// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`eigenpairs`](Self::eigenpairs).
    pub fn ritz_values<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        Ok(self.search(a, like)?.run(a, like, |_| false)?.eigenpairs())
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
}

/// The tolerance of the search relative to that of the whole: pairs from several searches, each with a
/// residual, are turned among each other.
const INNER: f64 = 0.2;

impl<V: Pointwise> Eigenpairs<V> {
    /// Forgets pairs that a search is not for.
    fn keep_wanted(&mut self, search: &Search) {
        let order = crate::matrix::ascending(&self.values);
        let values: Vec<f64> = order.iter().map(|&i| self.values[i]).collect();
        let kept = search.wanted(&values).places(values.len()).map(|i| order[i]);
        self.keep(&kept.collect::<Vec<_>>());
    }

    /// The pairs with the residuals that products with `a` show, if `left` products are enough.
    fn measured(
        mut self,
        a: &impl LinearOperator<V>,
        tolerance: f64,
        left: usize,
    ) -> Result<Self, SpectrumError> {
        if self.end != SpectrumEnd::NotFinite && self.vectors.len() <= left {
            let n = self.vectors.first().map_or(0, V::dimension);
            match rayleigh_ritz(a, &mut self.vectors)? {
                None => self.end = SpectrumEnd::NotFinite,
                Some(measured) => {
                    self.products += self.vectors.len();
                    self.norm = measured.values.iter().fold(self.norm, |m, v| m.max(v.abs()));
                    // In one direction of n.
                    self.noise = self.noise.max(measured.noise) * (n as f64).sqrt();
                    let enough = tolerance * self.norm;
                    let holds = measured.residuals.iter().all(|r| *r <= enough);
                    (self.values, self.residuals) = (measured.values, measured.residuals);
                    if self.end == SpectrumEnd::Converged && !holds {
                        self.end = SpectrumEnd::PrecisionLimit;
                    }
                }
            }
        }
        self.sort();
        Ok(self)
    }
}
