//! Extreme eigenpairs by thick-restart Lanczos.

mod process;
mod projected;
mod restart;

use process::{Process, Step};
use restart::{Ends, keep};

use super::eigenpairs::{Eigenpairs, SpectrumEnd, Which};
use crate::matrix::SymmetricEigen;
use crate::minimize::{ArgumentError, StartError};
use crate::operator::LinearOperator;
use crate::vector::Entries;

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
/// use ravine::matrix::SparseMatrix;
/// use ravine::spectrum::{SpectrumEnd, ThickRestartLanczos, Which};
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
/// # Ok::<(), ravine::minimize::StartError>(())
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
    /// The most products with the operator. Default `None`: no limit.
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
    pub fn eigenpairs<V: Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, StartError> {
        let (mut pairs, finished) = self.run(a, like)?;
        if let Some((process, vectors)) = finished {
            pairs.vectors = process.into_vectors(&vectors);
        }
        Ok(pairs)
    }

    /// The eigenvalues of `a` alone, for the same products but without the time that the vectors
    /// take at the end.
    ///
    /// # Errors
    ///
    /// As [`eigenpairs`](Self::eigenpairs).
    pub fn eigenvalues<V: Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, StartError> {
        Ok(self.run(a, like)?.0)
    }

    /// Checks the settings and gives the largest dimension of the basis.
    fn check<V: Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<usize, ArgumentError> {
        let n = like.dimension();
        ArgumentError::check(self.pairs > 0, "pairs", self.pairs, "at least 1")?;
        ArgumentError::check(
            self.tolerance >= 0.0 && self.tolerance < 1.0,
            "tolerance",
            self.tolerance,
            "at least 0 and below 1",
        )?;
        ArgumentError::check(
            a.dimension() == n && a.rows() == n,
            "operator",
            (a.rows(), a.dimension()),
            &format!("square, of the dimension of the vectors, {n}"),
        )?;
        let wanted = if self.which == Which::BothEnds { 2 * self.pairs } else { self.pairs };
        let least = (wanted + 3).min(n);
        let basis = self.basis.unwrap_or(2 * wanted + 60);
        ArgumentError::check(basis >= least, "basis", basis, &format!("at least {least}"))?;
        Ok(basis.min(n))
    }

    /// How many of the Ritz values are wanted at each end.
    fn wanted(&self, values: &[f64]) -> Ends {
        let m = values.len();
        let k = self.pairs.min(m);
        match self.which {
            Which::Largest => Ends { low: 0, high: k },
            Which::Smallest => Ends { low: k, high: 0 },
            Which::BothEnds => Ends { low: k, high: k.min(m - k) },
            Which::LargestMagnitude => {
                let mut ends = Ends { low: 0, high: 0 };
                for _ in 0..k {
                    if values[m - 1 - ends.high].abs() >= values[ends.low].abs() {
                        ends.high += 1;
                    } else {
                        ends.low += 1;
                    }
                }
                ends
            }
        }
    }

    /// Runs the process; what was found, and from what its vectors can be had.
    #[allow(clippy::type_complexity, reason = "used in one place")]
    fn run<V: Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<(Eigenpairs<V>, Option<(Process<V>, Vec<f64>)>), StartError> {
        let most = self.check(a, like)?;
        let mut found = Eigenpairs {
            values: Vec::new(),
            vectors: Vec::new(),
            residuals: Vec::new(),
            norm: 0.0,
            products: 0,
            restarts: 0,
            end: SpectrumEnd::Converged,
        };
        if most == 0 {
            return Ok((found, None));
        }
        // What is lost by each removal of components that have grown adds up.
        let allowed = (self.tolerance / 30.0).min(1e-9);
        let mut process = Process::new(like, allowed, self.seed);
        let enough = self.products.unwrap_or(usize::MAX);
        let ritz = loop {
            let step = process.step(a)?;
            found.products = process.products();
            let m = process.projected().dimension();
            let full = m == most;
            let stopped = step == Step::NotFinite || found.products >= enough;
            if !(full || stopped || self.checks(&process, most)) {
                continue;
            }
            let Some(ritz) = Ritz::new(&mut process) else {
                found.end = SpectrumEnd::NotFinite;
                return Ok((found, None));
            };
            let wanted = self.wanted(ritz.values());
            let converged = ritz.converged(self.tolerance * process.norm());
            let complete = step == Step::Whole || m >= self.wanted_of(like.dimension());
            let all = wanted.places(m).all(|i| converged[i]);
            if step == Step::Whole || (complete && all) {
                break ritz;
            }
            if stopped {
                found.end = match step {
                    Step::NotFinite => SpectrumEnd::NotFinite,
                    _ => SpectrumEnd::ProductLimit,
                };
                break ritz;
            }
            if full {
                let kept = keep(ritz.values(), &converged, wanted);
                let values: Vec<f64> = kept.places(m).map(|i| ritz.values()[i]).collect();
                process.restart(&values, &ritz.columns(kept.places(m)));
                found.restarts += 1;
            }
        };
        let places = self.wanted(ritz.values()).places(ritz.values().len());
        found.values = places.clone().map(|i| ritz.values()[i]).collect();
        found.residuals = places.clone().map(|i| ritz.bounds[i]).collect();
        found.norm = process.norm();
        let vectors = ritz.columns(places);
        Ok((found, Some((process, vectors))))
    }

    /// How many pairs are wanted of an operator of dimension n.
    fn wanted_of(&self, n: usize) -> usize {
        let k = self.pairs.min(n);
        if self.which == Which::BothEnds { (2 * k).min(n) } else { k }
    }

    /// Whether convergence is looked for at this dimension: a few times a cycle.
    fn checks<V: Entries>(&self, process: &Process<V>, most: usize) -> bool {
        let since = process.projected().dimension() - process.projected().kept();
        let cycle = most - process.projected().kept();
        since % (cycle / 4).max(5) == 0
    }
}

/// The Ritz pairs of a process.
struct Ritz {
    eigen: SymmetricEigen,
    /// Bounds of their residuals.
    bounds: Vec<f64>,
}

impl Ritz {
    /// `None` where they cannot be computed.
    fn new<V: Entries>(process: &mut Process<V>) -> Option<Self> {
        let eigen = process.projected().eigen()?;
        process.see(eigen.norm());
        let m = eigen.values().len();
        let (beta, lost) = (process.projected().residual(), process.lost());
        let bound = |i: usize| (beta * eigen.vectors()[(m - 1, i)]).abs() + lost;
        let bounds = (0..m).map(bound).collect();
        Some(Self { eigen, bounds })
    }

    fn values(&self) -> &[f64] {
        self.eigen.values()
    }

    fn converged(&self, enough: f64) -> Vec<bool> {
        self.bounds.iter().map(|&bound| bound <= enough).collect()
    }

    /// The eigenvectors of T in these places, one after another.
    fn columns(&self, places: impl Iterator<Item = usize>) -> Vec<f64> {
        places.flat_map(|i| self.eigen.vectors().column(i).iter().copied()).collect()
    }
}
