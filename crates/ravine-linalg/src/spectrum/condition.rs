//! The condition number.

use super::lanczos::{Accuracy, Ritz, Search};
use super::{SpectrumEnd, SpectrumError, Which, check_shape};
use crate::error::ArgumentError;
use crate::operator::{LinearOperator, Power, Structure};
use crate::vector::{Pointwise, Vector};

/// The condition number `max |lambda| / min |lambda|` of a symmetric operator, as an interval.
///
/// The Lanczos process runs until both ends of the spectrum are known to `tolerance`, or the
/// products are used up. The lower bound is certain at any time: a Ritz value theta with the residual
/// r has an eigenvalue within r, and of an operator that is known to be
/// [`Semidefinite`](Structure::Semidefinite) all Ritz values lie between the smallest and the
/// largest. The upper bound takes the outermost Ritz values to belong to the outermost eigenvalues,
/// which a random start makes all but certain once they have converged; while the smallest has not,
/// it is infinite.
///
/// Where eigenvalues of both signs show up, the smallest magnitude lies inside the spectrum, and
/// the process is run on `A^2`: a product counts twice then, and condition numbers above about 1e7
/// end with an infinite upper bound, as `A^2` has their square.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), sections 2.6.2 and 10.1.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::ConditionNumber;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 12.0]]);
/// let condition = ConditionNumber::default().estimate(&a, &vec![0.0; 3])?;
/// assert!(condition.lower <= 12.0 && 12.0 <= condition.upper);
/// assert!(condition.upper < 1.02 * condition.lower);
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConditionNumber {
    /// The residual of the smallest and of the largest eigenvalue that is small enough, relative
    /// to each. Default 0.005, for an interval of about two percent.
    pub tolerance: f64,
    /// The most vectors in the basis, at least five. Default `None`: 200, of long vectors as many
    /// as have 2^25 entries, but at least 64.
    pub basis: Option<usize>,
    /// The most products with the operator. Default 10,000.
    pub products: usize,
    /// What the random starting vector comes from. Default 0.
    pub seed: u64,
}

impl Default for ConditionNumber {
    fn default() -> Self {
        Self { tolerance: 0.005, basis: None, products: 10_000, seed: 0 }
    }
}

/// What is known of a condition number.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ConditionInterval {
    /// It is at least this.
    pub lower: f64,
    /// It is at most this; infinite where that is not known, or the operator singular to rounding.
    pub upper: f64,
    /// The largest magnitude of an eigenvalue, from below.
    pub largest: f64,
    /// The smallest magnitude of an eigenvalue: of a definite operator from above, of an
    /// indefinite one as well; zero if the operator is singular to rounding.
    pub smallest: f64,
    /// Products with the operator.
    pub products: usize,
    /// Why the computation ended.
    pub end: SpectrumEnd,
}

/// The magnitude of an eigenvalue and how far it may be off.
#[derive(Clone, Copy)]
struct Known {
    value: f64,
    /// An eigenvalue is within this.
    near: f64,
    /// The outermost eigenvalue is within this, if the tolerance tells it from others.
    outermost: f64,
    converged: bool,
}

impl ConditionNumber {
    /// The interval for `a`; `like` shows the shape of its vectors.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, an operator that is not square or of another dimension than
    /// `like`, an operator whose first product is not finite, or an interrupt of the operator.
    pub fn estimate<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<ConditionInterval, SpectrumError> {
        let search = self.search(a, like, Which::BothEnds)?;
        let rounding = rounding::<V>(search.dimension);
        let both_signs = |ritz: &Ritz| {
            let (low, high) = (ritz.values()[0], ritz.values()[ritz.values().len() - 1]);
            low < -rounding * ritz.norm() && high > rounding * ritz.norm()
        };
        let definite = a.structure() >= Structure::Semidefinite;
        let reached = search.run(a, like, |ritz| !definite && both_signs(ritz))?;
        let ritz = reached.ritz.as_ref().ok_or(SpectrumError::NotFinite)?;
        if !definite && both_signs(ritz) && reached.end != SpectrumEnd::NotFinite {
            return self.indefinite(a, like, reached.products);
        }
        let [low, high] = self.ends(ritz, rounding);
        // Of a negative definite operator, the largest magnitude is at the low end.
        let (mut small, large) = if high.value >= low.value { (low, high) } else { (high, low) };
        if definite {
            small.near = rounding * ritz.norm();
        }
        Ok(interval(small, large, reached.products, reached.end))
    }

    /// The interval for `a` by the largest magnitudes of `a` and of its `inverse`: where there is
    /// a factorization, however large the condition number is, in a few dozen products with each.
    ///
    /// ```
    /// use ravine_linalg::matrix::SparseMatrix;
    /// use ravine_linalg::operator::Invert;
    /// use ravine_linalg::spectrum::ConditionNumber;
    ///
    /// let n = 1000;
    /// let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.0)).collect();
    /// entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
    /// let a = SparseMatrix::from_triplets(n, n, &entries);
    /// let condition = ConditionNumber::default().with_inverse(&a, &a.inverse()?, &vec![0.0; n])?;
    /// // (2 + 2 cos(pi / 1001)) / (2 - 2 cos(pi / 1001))
    /// assert!(condition.lower <= 406_095.0 && 406_096.0 <= condition.upper);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`estimate`](Self::estimate), of either operator.
    pub fn with_inverse<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        inverse: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<ConditionInterval, SpectrumError> {
        let search = self.search(a, like, Which::LargestMagnitude)?;
        let first = search.run(a, like, |_| false)?;
        let search = self.search(inverse, like, Which::LargestMagnitude)?;
        let second = search.run(inverse, like, |_| false)?;
        let largest = |ritz: Option<&Ritz>| {
            let [low, high] = self.ends(ritz?, rounding::<V>(search.dimension));
            Some(if high.value >= low.value { high } else { low })
        };
        let large = largest(first.ritz.as_ref()).ok_or(SpectrumError::NotFinite)?;
        let inverse = largest(second.ritz.as_ref()).ok_or(SpectrumError::NotFinite)?;
        // |A^-1| within [m, m + e] is the smallest magnitude within [1 / (m + e), 1 / m].
        let value = 1.0 / inverse.value;
        let small = Known {
            value,
            near: 0.0,
            outermost: value - 1.0 / (inverse.value + inverse.outermost),
            converged: inverse.converged,
        };
        let end = if first.end == SpectrumEnd::Converged { second.end } else { first.end };
        Ok(interval(small, large, first.products + second.products, end))
    }

    /// By `A^2`, after some products with A.
    fn indefinite<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        products: usize,
    ) -> Result<ConditionInterval, SpectrumError> {
        let square = Power::new(a, 2)?;
        let mut search = self.search(&square, like, Which::BothEnds)?;
        search.products = Some((self.products.saturating_sub(products) / 2).max(1));
        let reached = search.run(&square, like, |_| false)?;
        let ritz = reached.ritz.as_ref().ok_or(SpectrumError::NotFinite)?;
        let rounding = rounding::<V>(search.dimension);
        let [mut small, large] = self.ends(ritz, rounding);
        small.near = rounding * ritz.norm();
        let squares = interval(small, large, products + 2 * reached.products, reached.end);
        Ok(ConditionInterval {
            lower: squares.lower.sqrt(),
            upper: squares.upper.sqrt(),
            largest: squares.largest.sqrt(),
            smallest: squares.smallest.sqrt(),
            ..squares
        })
    }

    /// The outermost eigenvalues.
    fn ends(&self, ritz: &Ritz, rounding: f64) -> [Known; 2] {
        [0, ritz.values().len() - 1].map(|i| {
            let value = ritz.values()[i].abs();
            let error = ritz.bound(i) + rounding * ritz.norm();
            let converged = error <= self.tolerance.max(0.1) * value;
            // Of two eigenvalues that the tolerance does not tell apart, a Ritz value may be
            // next to the inner one.
            let outermost = error + self.tolerance * value;
            Known { value, near: error, outermost, converged }
        })
    }

    fn search<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        which: Which,
    ) -> Result<Search, ArgumentError> {
        let dimension = check_shape(a, like)?;
        let holds = self.tolerance > 0.0 && self.tolerance < 1.0;
        ArgumentError::check(holds, "tolerance", self.tolerance, "above 0 and below 1")?;
        ArgumentError::check(self.products > 0, "products", self.products, "at least 1")?;
        let usual = (1 << 25) / dimension;
        let basis = self.basis.unwrap_or(usual.clamp(Search::default_basis(2), 200));
        let least = dimension.min(5);
        ArgumentError::check(basis >= least, "basis", basis, &format!("at least {least}"))?;
        Ok(Search {
            pairs: 1,
            which,
            accuracy: Accuracy::OfValue(self.tolerance),
            dimension,
            basis: basis.min(dimension),
            products: Some(self.products),
            seed: self.seed,
        })
    }
}

/// What the rounding of products may change eigenvalues by, relative to the norm.
fn rounding<V: Vector>(dimension: usize) -> f64 {
    V::EPSILON * (dimension as f64).sqrt().max(10.0)
}

/// From the smallest and the largest magnitude.
fn interval(small: Known, large: Known, products: usize, end: SpectrumEnd) -> ConditionInterval {
    let most = small.value + small.near;
    let lower = if most > 0.0 { (large.value / most).max(1.0) } else { f64::INFINITY };
    let upper = if small.converged && large.converged && small.outermost < small.value {
        (large.value + large.outermost) / (small.value - small.outermost)
    } else {
        f64::INFINITY
    };
    // Zero to rounding.
    let smallest =
        if end == SpectrumEnd::Converged && !small.converged { 0.0 } else { small.value };
    ConditionInterval {
        lower,
        upper: upper.max(lower),
        largest: large.value,
        smallest,
        products,
        end,
    }
}
