//! What a randomized method found out.

/// A number estimated from random probes.
///
/// ```
/// use ravine_linalg::spectrum::Estimate;
///
/// let trace = Estimate::from_samples(&[9.0, 11.0, 10.0, 10.0], 4);
/// assert_eq!(trace.value, 10.0);
/// // The standard deviation of a sample, sqrt(2/3), over the root of their number.
/// assert!((trace.standard_error - (2.0 / 3.0_f64).sqrt() / 2.0).abs() < 1e-15);
/// assert_eq!(trace.to_string(), "1.000000e1 ± 4.1e-1 (4 products)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error: about two thirds of such estimates are within one of the truth, and
    /// nearly all within three.
    pub standard_error: f64,
    /// Products with the operator that were made for it.
    pub products: usize,
}

impl Estimate {
    /// The mean of independent samples, with the standard error
    /// `sqrt(sum_i (s_i - mean)^2 / (m (m - 1)))`: infinite for one sample, NaN for none.
    pub fn from_samples(samples: &[f64], products: usize) -> Self {
        let m = samples.len() as f64;
        let value = samples.iter().sum::<f64>() / m;
        let squares: f64 = samples.iter().map(|s| (s - value).powi(2)).sum();
        let standard_error =
            if samples.len() == 1 { f64::INFINITY } else { (squares / (m * (m - 1.0))).sqrt() };
        Self { value, standard_error, products }
    }

    /// The estimate of `a` times as much.
    pub fn scaled(self, a: f64) -> Self {
        Self { value: a * self.value, standard_error: a.abs() * self.standard_error, ..self }
    }
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { value, standard_error, products } = self;
        write!(f, "{value:.6e} ± {standard_error:.1e} ({products} products)")
    }
}
