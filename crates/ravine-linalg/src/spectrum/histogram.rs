//! Histograms of eigenvalues.

use super::Estimate;

/// Shares of the eigenvalues in bins.
///
/// ```
/// use ravine_linalg::spectrum::Density;
///
/// let histogram = Density::exact(&[1.0, 2.0, 2.5, 4.0]).histogram(&[0.0, 2.0, 4.0]);
/// assert_eq!(histogram.shares, [0.5, 0.5]);
/// assert_eq!(histogram.density(), [0.25, 0.25]);
/// assert_eq!(histogram.total_variation(&[0.25, 0.75]), 0.25);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Histogram {
    /// The edges of the bins, ascending: bin i holds what is above `edges[i]` and at most
    /// `edges[i + 1]`.
    pub edges: Vec<f64>,
    /// The share of all eigenvalues in each bin.
    pub shares: Vec<f64>,
    /// The standard errors of the shares.
    pub standard_errors: Vec<f64>,
}

impl Histogram {
    /// The shares over the widths of the bins.
    pub fn density(&self) -> Vec<f64> {
        let widths = self.edges.windows(2).map(|e| e[1] - e[0]);
        self.shares.iter().zip(widths).map(|(share, width)| share / width).collect()
    }

    /// `sum_i |p_i - q_i| / 2`: how far these shares are from others for the same bins.
    pub fn total_variation(&self, shares: &[f64]) -> f64 {
        0.5 * self.shares.iter().zip(shares).map(|(p, q)| (p - q).abs()).sum::<f64>()
    }
}

/// Shares of the eigenvalues in bins of `log10 |lambda|`, for either sign, and at zero.
///
/// ```
/// use ravine_linalg::spectrum::Density;
///
/// let spectrum = [-0.02, 0.0, 0.03, 0.5, 0.7, 20.0, 30.0, 1000.0];
/// let histogram = Density::exact(&spectrum).logarithmic(1, 1e-6)?;
/// assert_eq!(histogram.zero.value, 1.0 / 8.0);
/// // Decades from 1e-3, a millionth of the largest, to 1e3.
/// assert_eq!(histogram.positive.edges, [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
/// assert_eq!(histogram.positive.shares, [0.0, 0.125, 0.25, 0.0, 0.25, 0.125]);
/// assert_eq!(histogram.negative.shares, [0.0, 0.125, 0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LogarithmicHistogram {
    /// The negative eigenvalues.
    pub negative: Histogram,
    /// The share of the eigenvalues that are zero: below the first edge in size.
    pub zero: Estimate,
    /// The positive eigenvalues, in the same bins.
    pub positive: Histogram,
}

impl LogarithmicHistogram {
    /// All shares: negative from the largest in size, zero, positive.
    pub fn shares(&self) -> Vec<f64> {
        let negative = self.negative.shares.iter().rev();
        let zero = std::iter::once(&self.zero.value);
        negative.chain(zero).chain(&self.positive.shares).copied().collect()
    }
}
