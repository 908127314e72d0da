//! The spectrum and the gradient's share of it, by size.

use super::Diagnosis;

/// A range of eigenvalues with what falls into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bin {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of the eigenvalues.
    pub eigenvalues: f64,
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
    /// zero for itself; where all eigenvalues are within a factor of ten, equal in the value.
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
        let gradient: Vec<(f64, f64)> = self.gradient_measure.as_ref().map_or(Vec::new(), |m| {
            m.nodes.iter().copied().zip(m.weights.iter().copied()).collect()
        });
        let nodes = || self.density.iter().chain(&gradient).map(|(node, _)| *node);
        let largest = nodes().fold(0.0f64, |m, v| m.max(v.abs()));
        if largest == 0.0 || most == 0 {
            return Vec::new();
        }
        let least =
            nodes().map(f64::abs).filter(|v| *v > ZERO * largest).fold(f64::INFINITY, f64::min);
        let negative = nodes().any(|v| v < -ZERO * largest);
        let mut bins = edges(least, largest, if negative { most.div_ceil(2) } else { most });
        if nodes().any(|v| v.abs() <= ZERO * largest) {
            bins.push((-ZERO * largest, ZERO * largest));
        }
        if negative {
            let mirrored: Vec<_> =
                edges(least, largest, most.div_ceil(2)).into_iter().rev().collect();
            bins.extend(mirrored.into_iter().map(|(low, high)| (-high, -low)));
        }
        let mut bins: Vec<Bin> =
            bins.into_iter().map(|(low, high)| Bin { low, high, ..Bin::default() }).collect();
        for (node, weight) in &self.density {
            place(&mut bins, *node).eigenvalues += weight;
        }
        for (node, weight) in &gradient {
            place(&mut bins, *node).gradient += weight;
        }
        // Where one sign has only a part of the range, the rest is left out.
        let empty = |bin: &Bin| bin.eigenvalues == 0.0 && bin.gradient == 0.0;
        let first = bins.iter().position(|bin| !empty(bin)).unwrap_or(0);
        let last = bins.iter().rposition(|bin| !empty(bin)).unwrap_or(0);
        bins.truncate(last + 1);
        bins.drain(..first);
        bins
    }
}

/// At most `most` ranges from `largest` down to `least`.
fn edges(least: f64, largest: f64, most: usize) -> Vec<(f64, f64)> {
    let ratio = largest / least;
    let count = most.max(1);
    if ratio <= 1.0 + 1e-12 {
        return vec![(least, largest)];
    }
    let edge = |k: usize| {
        let t = k as f64 / count as f64;
        if ratio <= 10.0 { largest - t * (largest - least) } else { largest * ratio.powf(-t) }
    };
    (0..count).map(|k| (edge(k + 1), edge(k))).collect()
}

/// The range that is nearest to `value`.
fn place(bins: &mut [Bin], value: f64) -> &mut Bin {
    let distance = |bin: &Bin| (bin.low - value).max(value - bin.high).max(0.0);
    let mut nearest = 0;
    for k in 1..bins.len() {
        if distance(&bins[k]) < distance(&bins[nearest]) {
            nearest = k;
        }
    }
    &mut bins[nearest]
}
