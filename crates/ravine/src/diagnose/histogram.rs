//! The spectrum and the gradient's share of it, by size.

use super::Diagnosis;
use ravine_linalg::spectrum::{Density, Quadrature};

/// A range of eigenvalues with what falls into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bin {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of the eigenvalues.
    pub eigenvalues: f64,
    /// Its standard error; 0 where all eigenvalues are known.
    pub standard_error: f64,
    /// The share of the gradient's energy, `sum (q_i'g)^2 / g'g`.
    pub gradient: f64,
}

/// Eigenvalues closer to zero than this share of the largest are zero.
const ZERO: f64 = 1e-15;

impl Diagnosis {
    /// The spectral density and the measure of the gradient over at most about `most` ranges of
    /// eigenvalues, the largest first.
    ///
    /// Ranges are equal in the logarithm of the absolute value, positive and negative ones apart, and
    /// zero for itself; where those of a sign are within a factor of ten, equal in the value.
    ///
    /// ```
    /// let f = ravine::objective!(3, |x| 50.0 * x[0] * x[0] - 2.0 * x[1] * x[1] + 0.5 * x[2] * x[2]);
    /// let bins = ravine::diagnose::diagnose(&f, &[1.0, 0.0, 0.0])?.histogram(10);
    /// let negative = bins.last().unwrap();
    /// assert!(negative.low <= -4.0 && negative.high >= -4.0);
    /// assert!((negative.eigenvalues - 1.0 / 3.0).abs() < 1e-12);
    /// assert!((bins[0].gradient - 1.0).abs() < 1e-12);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn histogram(&self, most: usize) -> Vec<Bin> {
        let measure = self.gradient_measure.as_ref().map(|m| &m.quadrature);
        self.density.as_ref().map_or(Vec::new(), |density| histogram(density, measure, most))
    }
}

/// A spectral density, and the measure of a vector beside it, over ranges as in
/// [`Diagnosis::histogram`].
///
/// ```
/// use ravine::diagnose::histogram;
/// use ravine::spectrum::Density;
///
/// let bins = histogram(&Density::exact(&[1.0, 10.0, 100.0, 1000.0]), None, 3);
/// let shares: Vec<f64> = bins.iter().map(|bin| bin.eigenvalues).collect();
/// assert_eq!(shares.iter().sum::<f64>(), 1.0);
/// assert!(bins[0].high >= 1000.0 && bins[2].low <= 1.0);
/// ```
pub fn histogram(density: &Density, measure: Option<&Quadrature>, most: usize) -> Vec<Bin> {
    let own = density.quadratures().iter().chain(measure);
    let nodes: Vec<f64> = own.flat_map(|q: &Quadrature| q.nodes.iter().copied()).collect();
    let edges = edges(&nodes, most);
    let eigenvalues = density.histogram(&edges);
    let of_measure = |m: &Quadrature| Density::of_quadrature(density.dimension(), m.clone());
    let gradient = measure.map(|m| of_measure(m).histogram(&edges).shares);
    let bin = |k: usize| Bin {
        low: edges[k],
        high: edges[k + 1],
        eigenvalues: eigenvalues.shares[k],
        standard_error: eigenvalues.standard_errors[k],
        gradient: gradient.as_ref().map_or(0.0, |shares| shares[k]),
    };
    // Between the signs there may be a gap that holds nothing.
    let holds = |bin: &Bin| bin.low.signum() == bin.high.signum() || bin.eigenvalues > 0.0;
    (0..edges.len().saturating_sub(1)).rev().map(bin).filter(holds).collect()
}

/// The ends of the ranges, ascending.
fn edges(nodes: &[f64], most: usize) -> Vec<f64> {
    let largest = nodes.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let zero = ZERO * largest;
    let of_sign = |sign: f64| {
        let sizes = nodes.iter().map(|v| sign * v).filter(|v| *v > zero);
        sizes.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (negative, positive) = (of_sign(-1.0), of_sign(1.0));
    let both = negative.1 > 0.0 && positive.1 > 0.0;
    let count = if both { most.div_ceil(2) } else { most };
    let mut edges: Vec<f64> = ranges(negative, count).into_iter().rev().map(|v| -v).collect();
    if nodes.iter().any(|v| v.abs() <= zero) {
        let around = zero.max(f64::MIN_POSITIVE);
        edges.extend([-around, around]);
    }
    edges.extend(ranges(positive, count));
    edges
}

/// The ends of `count` ranges from `low` to `high`, both of which lie inside; none where there is
/// nothing between.
fn ranges((low, high): (f64, f64), count: usize) -> Vec<f64> {
    if low > high || count == 0 {
        return Vec::new();
    }
    let (low, high) = (low * (1.0 - 1e-9), high * (1.0 + 1e-9));
    let ratio = high / low;
    let count = if ratio < 1.001 { 1 } else { count };
    let edge = |k: usize| {
        let t = k as f64 / count as f64;
        if ratio <= 10.0 { low + t * (high - low) } else { low * ratio.powf(t) }
    };
    (0..=count).map(edge).collect()
}
