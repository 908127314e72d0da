//! Eigenpairs inside the spectrum, by the inverse of the shifted operator.

use super::copies::Verdict;
use super::{Accuracy, INNER, Search, ThickRestartLanczos};
use crate::error::ArgumentError;
use crate::matrix::{FactorizationError, Inertia, Lblt, Matrix, SparseLblt, SparseMatrix};
use crate::operator::{LinearOperator, from_fn};
use crate::spectrum::{Eigenpairs, SpectrumEnd, SpectrumError, Which, check_shape};
use crate::vector::Pointwise;

/// Products of the short Lanczos process that shows how large the operator is.
const FOR_NORM: usize = 8;

/// How often a shift is moved from which the matrix cannot be factorized.
const MOVES: i32 = 6;

/// A symmetric matrix that can be factorized at any shift, with the signs of the eigenvalues.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::{Factorized, Sliced};
///
/// // Eigenvalues 1 and 3.
/// let a: Matrix = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
/// assert_eq!(a.factorize_at(2.0)?.inertia().negative, 1);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
pub trait Sliced: LinearOperator<Vec<f64>> {
    /// What the factorization is.
    type Factor: Factorized;

    /// A factorization of `A - shift I`.
    ///
    /// # Errors
    ///
    /// If A is not square, symmetric and finite, or there is no accurate factorization.
    fn factorize_at(&self, shift: f64) -> Result<Self::Factor, FactorizationError>;
}

/// A factorization of a symmetric matrix.
pub trait Factorized {
    /// `x = A^-1 x`.
    fn solve(&self, x: &mut [f64]);

    /// The signs of the eigenvalues.
    fn inertia(&self) -> Inertia;
}

impl Factorized for Lblt {
    fn solve(&self, x: &mut [f64]) {
        self.solve(x);
    }

    fn inertia(&self) -> Inertia {
        self.inertia()
    }
}

impl Factorized for SparseLblt {
    fn solve(&self, x: &mut [f64]) {
        self.solve(x);
    }

    fn inertia(&self) -> Inertia {
        self.inertia()
    }
}

impl Sliced for Matrix {
    type Factor = Lblt;

    fn factorize_at(&self, shift: f64) -> Result<Lblt, FactorizationError> {
        FactorizationError::check_square(self.rows(), self.columns())?;
        if !self.is_finite() {
            return Err(FactorizationError::NotFinite);
        }
        if !self.is_symmetric() {
            return Err(FactorizationError::NotSymmetric);
        }
        let mut shifted = self.clone();
        for j in 0..self.columns() {
            shifted[(j, j)] -= shift;
        }
        let factor = Lblt::new(&shifted)?;
        if factor.inertia().zero > 0 { Err(FactorizationError::Singular) } else { Ok(factor) }
    }
}

impl Sliced for SparseMatrix {
    type Factor = SparseLblt;

    fn factorize_at(&self, shift: f64) -> Result<SparseLblt, FactorizationError> {
        FactorizationError::check_square(self.rows(), self.columns())?;
        if !self.is_symmetric() {
            return Err(FactorizationError::NotSymmetric);
        }
        SparseLblt::new(self, -shift)
    }
}

impl ThickRestartLanczos {
    /// The eigenpairs of `a` nearest to `shift`, by products with the `inverse` of
    /// `A - shift I`, whose largest eigenvalues `mu = 1 / (lambda - shift)` they are: where there is
    /// a factorization, a few dozen solves find eigenvalues inside the spectrum, or at an end where
    /// they are too dense for products with A. Of a matrix, [`nearest_of`](Self::nearest_of) makes the
    /// factorization, and counts.
    ///
    /// `which` is meant of mu: [`Largest`](Which::Largest) finds the pairs next above the shift,
    /// [`Smallest`](Which::Smallest) next below, [`BothEnds`](Which::BothEnds) on both sides,
    /// [`LargestMagnitude`](Which::LargestMagnitude) the nearest of all.
    ///
    /// The search ends when the residuals with the inverse are at most `tolerance |mu|`. An eigenvalue
    /// that is very near to the shift makes all others small beside it: it is found first, and they
    /// in the space orthogonal to it. Then products with A itself, one for each pair and a few more
    /// for the norm of A, give the eigenvalues and their residuals; the run is converged when these
    /// are at most `tolerance |A|`. `products` counts those with the inverse.
    ///
    /// Source: Ericsson and Ruhe (1980), Math. Comp. 35.
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
    /// assert!(found.products < 60);
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
        let Some(norm) = self.norm_of(a, shift, like)? else {
            return Ok(Eigenpairs::none(SpectrumEnd::NotFinite));
        };
        self.nearest_counted(a, inverse, [shift; 2], norm, like, |_| Verdict::Unknown)
    }

    /// The eigenpairs of the matrix `a` nearest to `shift`, as [`nearest`](Self::nearest), by
    /// factorizations. A shift at which the matrix is singular to rounding is moved below by a little
    /// more than rounding, so that an eigenvalue at the shift counts as above it. That none has been
    /// missed is certain to rounding: the signs of the pivots at two more shifts count the eigenvalues
    /// between the shift and the farthest of those found.
    ///
    /// Source: Grimes, Lewis and Simon (1994), SIAM J. Matrix Anal. Appl. 15, section 4.3; Parlett,
    /// The Symmetric Eigenvalue Problem (1998), section 3.3.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_linalg::spectrum::{ThickRestartLanczos, Which};
    ///
    /// // The Laplacian of a square, singular at the shift: eigenvalues 0, 2, 2, 4.
    /// let a: Matrix = Matrix::from_rows(&[
    ///     [2.0, -1.0, 0.0, -1.0],
    ///     [-1.0, 2.0, -1.0, 0.0],
    ///     [0.0, -1.0, 2.0, -1.0],
    ///     [-1.0, 0.0, -1.0, 2.0],
    /// ]);
    /// let which = Which::LargestMagnitude;
    /// let lanczos = ThickRestartLanczos { pairs: 3, which, ..Default::default() };
    /// let found = lanczos.nearest_of(&a, 0.0)?;
    /// for (lambda, exact) in found.values.iter().zip([0.0, 2.0, 2.0]) {
    ///     assert!((lambda - exact).abs() < 1e-14);
    /// }
    /// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, a shift that is not finite, a matrix that is not square,
    /// symmetric and finite, or of which there is no factorization.
    pub fn nearest_of<A: Sliced>(
        &self,
        a: &A,
        shift: f64,
    ) -> Result<Eigenpairs<Vec<f64>>, SpectrumError> {
        let n = a.dimension();
        let like = vec![0.0; n];
        check_shape(a, &like)?;
        ArgumentError::check(shift.is_finite(), "shift", shift, "finite")?;
        self.search(a, &like)?;
        let Some(norm) = self.norm_of(a, shift, &like)? else {
            return Ok(Eigenpairs::none(SpectrumEnd::NotFinite));
        };
        let size = norm.max(shift.abs());
        let rounding = 8.0 * f64::EPSILON * (n as f64).sqrt() * size;
        let (factor, at) = factorize(a, shift, rounding)?;
        let inverse = from_fn(n, |x: &Vec<f64>, y: &mut Vec<f64>| {
            y.copy_from_slice(x);
            factor.solve(y);
        });
        let below = factor.inertia().negative;
        let mut lanczos = self.clone();
        lanczos.pairs = match self.which {
            Which::Largest => self.pairs.min(n - below),
            Which::Smallest => self.pairs.min(below),
            _ => self.pairs,
        };
        if lanczos.pairs == 0 {
            return Ok(Eigenpairs { norm, ..Eigenpairs::none(SpectrumEnd::Converged) });
        }
        let count = |mu: &[f64]| {
            let values: Vec<f64> = mu.iter().map(|mu| at + 1.0 / mu).collect();
            lanczos.verdict(&values, [shift, at], rounding, |shift| {
                let (factor, at) = factorize(a, shift, 0.25 * rounding).ok()?;
                ((at - shift).abs() <= 0.5 * rounding).then(|| factor.inertia().negative)
            })
        };
        lanczos.nearest_counted(a, &inverse, [shift, at], norm, &like, count)
    }

    /// The pairs nearest to the first of two shifts by the inverse at the second.
    fn nearest_counted<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        inverse: &impl LinearOperator<V>,
        [shift, at]: [f64; 2],
        norm: f64,
        like: &V,
        count: impl Fn(&[f64]) -> Verdict,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        let mut search = self.search(inverse, like)?;
        search.accuracy = Accuracy::OfValue(INNER * self.tolerance);
        let mut found = search.find_all(inverse, like, None, count)?;
        (found.norm, found.noise) = (norm, 0.0);
        found.values.iter_mut().for_each(|mu| *mu = at + 1.0 / *mu);
        let (products, end) = (found.products, found.end);
        let mut pairs = found.measured(a, self.tolerance, usize::MAX)?;
        pairs.products = products;
        let wanted = self.nearest_places(&pairs.values, [shift, at]);
        pairs.keep(&wanted);
        let enough = self.tolerance * pairs.norm;
        if end == SpectrumEnd::Converged && pairs.end != SpectrumEnd::NotFinite {
            // Those that are not wanted do not matter.
            let holds = pairs.residuals.iter().all(|r| *r <= enough);
            pairs.end = if holds { end } else { SpectrumEnd::PrecisionLimit };
        }
        Ok(pairs)
    }

    /// The places of the wanted ones in ascending values.
    fn nearest_places(&self, values: &[f64], [shift, at]: [f64; 2]) -> Vec<usize> {
        let above = values.partition_point(|v| *v <= at);
        let k = self.pairs;
        match self.which {
            Which::Largest => (above..values.len()).take(k).collect(),
            Which::Smallest => (above.saturating_sub(k)..above).collect(),
            Which::BothEnds => (above.saturating_sub(k)..(above + k).min(values.len())).collect(),
            Which::LargestMagnitude => {
                let mut places: Vec<usize> = (0..values.len()).collect();
                let distance = |i: usize| (values[i] - shift).abs();
                places.sort_by(|&i, &j| distance(i).total_cmp(&distance(j)));
                places.truncate(k);
                places.sort_unstable();
                places
            }
        }
    }

    /// Whether as many eigenvalues as were found are as near to the shift as the farthest found, up to
    /// a margin; `below` counts those below a shift.
    fn verdict(
        &self,
        values: &[f64],
        [shift, at]: [f64; 2],
        rounding: f64,
        below: impl Fn(f64) -> Option<usize>,
    ) -> Verdict {
        let order = crate::matrix::ascending(values);
        let values: Vec<f64> = order.iter().map(|&i| values[i]).collect();
        let wanted = self.nearest_places(&values, [shift, at]);
        // Inside this interval nothing may be missing. Its ends keep away from what was found.
        let mut reach: Vec<f64> = wanted.iter().map(|&i| (values[i] - shift).abs()).collect();
        reach.sort_by(f64::total_cmp);
        while let Some(farthest) = reach.pop() {
            // What they may be off by.
            let margin = rounding.max(self.tolerance * farthest);
            let radius = farthest - margin;
            if radius <= 0.0 {
                break;
            }
            let (low, high) = match self.which {
                Which::Largest => (at, shift + radius),
                Which::Smallest => (shift - radius, at),
                Which::BothEnds | Which::LargestMagnitude => (shift - radius, shift + radius),
            };
            let far = |end: f64| values.iter().all(|v| (v - end).abs() > 0.5 * margin);
            if far(low) && far(high) {
                let inside = values.iter().filter(|v| **v > low && **v < high).count();
                return match (below(low), below(high)) {
                    (Some(low), Some(high)) if high.saturating_sub(low) <= inside => {
                        Verdict::Complete
                    }
                    (Some(_), Some(_)) => Verdict::Incomplete,
                    _ => Verdict::Unknown,
                };
            }
        }
        Verdict::Unknown
    }

    /// `max |theta|` of a few steps: how large A is. `None` where a product is not finite.
    fn norm_of<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        shift: f64,
        like: &V,
    ) -> Result<Option<f64>, SpectrumError> {
        ArgumentError::check(shift.is_finite(), "shift", shift, "finite")?;
        let dimension = check_shape(a, like)?;
        let search = Search {
            pairs: 1,
            which: Which::LargestMagnitude,
            accuracy: Accuracy::OfNorm(self.tolerance),
            dimension,
            basis: dimension.min(2 * FOR_NORM),
            products: Some(FOR_NORM),
            seed: self.seed,
        };
        let reached = search.run(a, like, |_| false)?;
        let finite = reached.end != SpectrumEnd::NotFinite;
        Ok(reached.ritz.filter(|_| finite).map(|ritz| ritz.norm()))
    }
}

/// A factorization at the shift, or where it is singular there, a little below, and the shift at which
/// it is.
fn factorize<A: Sliced>(
    a: &A,
    shift: f64,
    rounding: f64,
) -> Result<(A::Factor, f64), FactorizationError> {
    let mut at = shift;
    let mut tries = 0;
    loop {
        match a.factorize_at(at) {
            Ok(factor)
                if tries == MOVES || is_far_from_singular(&factor, a.dimension(), rounding) =>
            {
                return Ok((factor, at));
            }
            Err(error) if error != FactorizationError::Singular || tries == MOVES => {
                return Err(error);
            }
            Ok(_) | Err(_) => {
                at = shift - rounding.max(f64::MIN_POSITIVE) * 4f64.powi(tries);
                tries += 1;
            }
        }
    }
}

/// Whether no eigenvalue is nearer to zero than rounding, as a solve shows.
fn is_far_from_singular(factor: &impl Factorized, n: usize, rounding: f64) -> bool {
    let mut x = vec![0.0; n];
    x.fill_normal(&mut crate::random::Random::new(0));
    let before = crate::vector::norm(&x);
    factor.solve(&mut x);
    let after = crate::vector::norm(&x);
    // A random vector holds about 1 / sqrt(n) of each eigenvector.
    after.is_finite() && 0.125 * rounding * after <= before
}
