//! Some eigenvalues and eigenvectors, and how well they are known.

use crate::vector::Pointwise;

/// Which eigenpairs are wanted, k of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The k largest.
    #[default]
    Largest,
    /// The k smallest.
    Smallest,
    /// The k smallest and the k largest, in one run: products serve both.
    BothEnds,
    /// The k largest in magnitude.
    LargestMagnitude,
}

/// Why a computation on the spectrum ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpectrumEnd {
    /// What was asked for is known to the tolerance.
    Converged,
    /// The products allowed are used up: what is known by then is given.
    ProductLimit,
    /// The operator gave a product that is not finite: what was known before is given.
    NotFinite,
    /// The residuals are larger than the tolerance, and as small as the accuracy of the products
    /// allows: see [`Eigenpairs::noise`].
    PrecisionLimit,
    /// A count of the eigenvalues, by factorizations, shows more than were found.
    Incomplete,
}

impl std::fmt::Display for SpectrumEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged: all that was asked for is known to the tolerance",
            Self::ProductLimit => "product limit",
            Self::NotFinite => "a product with the operator is not finite",
            Self::PrecisionLimit => "precision limit: the residuals are those of rounding",
            Self::Incomplete => "a count of the eigenvalues shows more than were found",
        })
    }
}

/// Approximate eigenpairs `A v = theta v` of a symmetric A, ascending, the vectors of length one
/// and orthogonal, both to within the tolerance of the run.
///
/// An interval of a residual's width around theta holds an eigenvalue: `|lambda - theta| <= r`
/// with `r = |A v - theta v|`. Which of the eigenvalues it is, no residual shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigenpairs<V> {
    /// The eigenvalues theta, ascending.
    pub values: Vec<f64>,
    /// Their vectors; none where only the values were asked for.
    pub vectors: Vec<V>,
    /// The residuals `|A v - theta v|`: measured by products with A, unless the products allowed are
    /// used up; then bounds on them by the recurrence, up to the rounding of products.
    pub residuals: Vec<f64>,
    /// `max |theta|` of all that was seen of the spectrum: a lower bound of the norm of A, which
    /// the tolerance refers to.
    pub norm: f64,
    /// An estimate of the length of the error of a product `A v`, from how far products are from
    /// symmetric. It is about `eps |A|` unless they are made in an arithmetic of less precision, or by
    /// differences, or A is not symmetric.
    pub noise: f64,
    /// Products with the operator.
    pub products: usize,
    /// How often the basis was cut down to the best of what it spanned.
    pub restarts: usize,
    /// Why the computation ended.
    pub end: SpectrumEnd,
}

impl<V: Pointwise> Eigenpairs<V> {
    /// No pairs, of a computation that has not begun or ended so.
    pub(super) fn none(end: SpectrumEnd) -> Self {
        Self {
            values: Vec::new(),
            vectors: Vec::new(),
            residuals: Vec::new(),
            norm: 0.0,
            noise: 0.0,
            products: 0,
            restarts: 0,
            end,
        }
    }

    /// Sorts the pairs by their values.
    pub(super) fn sort(&mut self) {
        let order = crate::matrix::ascending(&self.values);
        self.keep(&order);
    }

    /// Keeps the pairs in these places, in this order.
    pub(super) fn keep(&mut self, order: &[usize]) {
        self.values = order.iter().map(|&i| self.values[i]).collect();
        self.residuals = order.iter().map(|&i| self.residuals[i]).collect();
        let mut vectors: Vec<_> = std::mem::take(&mut self.vectors).into_iter().map(Some).collect();
        self.vectors = order.iter().filter_map(|&i| vectors.get_mut(i)?.take()).collect();
    }
}
