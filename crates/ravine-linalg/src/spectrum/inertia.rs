//! Inertia from products.

use super::lanczos::{Accuracy, Search};
use super::{SpectrumEnd, SpectrumError, Which, check_shape};
use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::vector::Pointwise;

/// How many eigenvalues of a symmetric operator are positive and negative, from products alone.
///
/// By Cauchy's interlacing theorem an operator has at least as many negative eigenvalues as its
/// projection on any space, so what Ritz values show is certain to rounding, and no more: "at
/// least". The Lanczos process works on both ends of the spectrum until the `pairs` outermost at
/// each have converged, or one of the other sign has, beyond which there can be no more but copies of
/// multiple eigenvalues. These are looked for in the space orthogonal to what was found; when there is
/// none left, the count is told to be all.
///
/// With a matrix at hand, [`Lblt::inertia`](crate::matrix::Lblt::inertia) and
/// [`SparseLblt::inertia`](crate::matrix::SparseLblt::inertia) are exact and cheaper.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::{Count, InertiaEstimate};
///
/// let values = [-4.0, -1.0, 2.0, 3.0, 5.0, 9.0];
/// let a = Matrix::from_fn(6, 6, |i, j| if i == j { values[i] } else { 0.0 });
/// let inertia = InertiaEstimate::default().estimate(&a, &vec![0.0; 6])?;
/// assert_eq!((inertia.negative, inertia.positive), (Count::All(2), Count::All(4)));
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InertiaEstimate {
    /// How many eigenvalues are followed at each end. Default 10.
    pub pairs: usize,
    /// The residual that is small enough, relative to the eigenvalue: below 1 the sign is sure.
    /// Default 0.1.
    pub tolerance: f64,
    /// The most products with the operator. Default 1,000.
    pub products: usize,
    /// What the random starting vector comes from. Default 0.
    pub seed: u64,
}

impl Default for InertiaEstimate {
    fn default() -> Self {
        Self { pairs: 10, tolerance: 0.1, products: 1_000, seed: 0 }
    }
}

/// How many eigenvalues have a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// There may be more.
    AtLeast(usize),
    /// These are all.
    All(usize),
}

/// What products show of the inertia.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct InertiaCounts {
    /// The positive eigenvalues.
    pub positive: Count,
    /// The negative eigenvalues.
    pub negative: Count,
    /// The dimension of the operator.
    pub dimension: usize,
    /// Products with the operator.
    pub products: usize,
    /// Why the computation ended.
    pub end: SpectrumEnd,
}

impl InertiaEstimate {
    /// The counts for `a`; `like` shows the shape of its vectors.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, an operator that is not square or of another dimension than
    /// `like`, an operator whose first product is not finite, or an interrupt of the operator.
    pub fn estimate<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<InertiaCounts, SpectrumError> {
        let dimension = check_shape(a, like)?;
        ArgumentError::check(self.pairs > 0, "pairs", self.pairs, "at least 1")?;
        let holds = self.tolerance > 0.0 && self.tolerance < 1.0;
        ArgumentError::check(holds, "tolerance", self.tolerance, "above 0 and below 1")?;
        ArgumentError::check(self.products > 0, "products", self.products, "at least 1")?;
        let basis = Search::default_basis(2 * self.pairs.min(dimension));
        // A basis that spans the whole space shows all.
        let pairs = if dimension <= basis { dimension } else { self.pairs };
        let search = Search {
            pairs,
            which: Which::BothEnds,
            accuracy: Accuracy::OfValue(self.tolerance),
            dimension,
            basis: basis.min(dimension),
            products: Some(self.products),
            seed: self.seed,
        };
        let rounding = V::EPSILON * (dimension as f64).sqrt().max(10.0);
        let reached = search.run(a, like, |_| false)?;
        let ritz = reached.ritz.as_ref().ok_or(SpectrumError::NotFinite)?;
        let values = ritz.values();
        let zero = rounding * ritz.norm();
        let whole = values.len() == dimension && reached.restarts == 0;
        // The sign of each value, 0 where it is not known.
        let sign = |i: usize| {
            let known = whole || ritz.converged(i, search.accuracy);
            if known && values[i].abs() > zero { values[i].signum() } else { 0.0 }
        };
        let number = |side: f64| values.iter().filter(|v| side * **v > zero).count();
        let turned = [
            turns((0..values.len()).map(sign), -1.0),
            turns((0..values.len()).rev().map(sign), 1.0),
        ];
        let numbers = [number(-1.0), number(1.0)];
        let (end, mut products) = (reached.end, reached.products);
        let mut counts = numbers.map(Count::AtLeast);
        if whole {
            counts = numbers.map(Count::All);
        } else if turned.contains(&true) && end != SpectrumEnd::NotFinite {
            let pairs = reached.eigenpairs();
            let vectors = reached.into_vectors();
            for (i, side) in [-1.0, 1.0].into_iter().enumerate().filter(|(i, _)| turned[*i]) {
                let places = (0..pairs.values.len()).filter(|&j| side * pairs.values[j] > zero);
                let mut locked: Vec<V> = places.clone().map(|j| vectors[j].clone()).collect();
                if locked.len() < numbers[i] {
                    continue;
                }
                // What the coupling to approximate vectors may change the others by (Haynsworth).
                let off = |j: usize| pairs.residuals[j].powi(2) / pairs.values[j].abs();
                let bound = zero + 2.0 * places.map(off).sum::<f64>();
                let beyond =
                    if side < 0.0 { [-bound, f64::INFINITY] } else { [f64::NEG_INFINITY, bound] };
                let left = self.products.saturating_sub(products);
                let search = Search { products: Some(left), ..search.clone() };
                let (more, all, made) = search.find_beyond(a, like, &mut locked, beyond)?;
                products += made;
                let number = numbers[i] + more;
                counts[i] = if all { Count::All(number) } else { Count::AtLeast(number) };
            }
        }
        let [negative, positive] = counts;
        Ok(InertiaCounts { positive, negative, dimension, products, end })
    }
}

/// Whether the known signs from an end inwards, `sign` at first, turn into the other one.
fn turns(mut signs: impl Iterator<Item = f64>, sign: f64) -> bool {
    signs.find(|s| *s != sign) == Some(-sign)
}
