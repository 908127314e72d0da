//! Gaussians of one number.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::random::Random;

use super::family::{ExponentialFamily, check_number, check_positive, no_member};

/// `ln(2 pi) / 2`.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// Normal distributions of a known variance v: `eta = mu / v`, `A = v eta^2 / 2`, `m = mu`.
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, KnownVarianceGaussian, Parameters};
///
/// let family = KnownVarianceGaussian::new(4.0)?;
/// assert_eq!(family.maximum_likelihood(&[1.0, 3.0])?, [0.5]);
/// assert_eq!(family.fisher(Parameters::Usual, &[2.0])?[(0, 0)], 0.25);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownVarianceGaussian {
    variance: f64,
}

impl KnownVarianceGaussian {
    /// Of that variance.
    ///
    /// # Errors
    ///
    /// If the variance is not positive and finite.
    pub fn new(variance: f64) -> Result<Self, ArgumentError> {
        check_positive("variance", variance)?;
        Ok(Self { variance })
    }
}

impl ExponentialFamily for KnownVarianceGaussian {
    fn name(&self) -> &'static str {
        "gaussian of known variance"
    }

    fn dimension(&self) -> usize {
        1
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["mean".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |_| true, "finite")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t[0] = x[0];
    }

    fn log_base_measure(&self, x: &[f64]) -> f64 {
        -0.5 * x[0] * x[0] / self.variance - HALF_LN_TAU - 0.5 * self.variance.ln()
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0].is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if self.allows(eta) { 0.5 * self.variance * eta[0] * eta[0] } else { f64::INFINITY }
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        m[0] = self.variance * eta[0];
    }

    fn information(&self, _eta: &[f64], information: &mut Matrix) {
        information[(0, 0)] = self.variance;
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        ArgumentError::check(m[0].is_finite(), "mean", m[0], "finite")?;
        eta[0] = m[0] / self.variance;
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        self.natural_of_mean(theta, eta)
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        self.mean_of_natural(eta, theta);
    }

    fn jacobian_of_usual(&self, _theta: &[f64], jacobian: &mut Matrix) {
        jacobian[(0, 0)] = 1.0 / self.variance;
    }

    fn entropy(&self, _eta: &[f64]) -> f64 {
        0.5 + HALF_LN_TAU + 0.5 * self.variance.ln()
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        x[0] = self.variance * eta[0] + self.variance.sqrt() * random.normal();
    }

    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        0.5 * self.variance * (p[0] - q[0]).powi(2)
    }
}

/// Normal distributions: `eta = (mu / v, -1 / 2v)`,
/// `A = -eta_1^2 / (4 eta_2) - ln(-2 eta_2) / 2`, `m = (mu, mu^2 + v)`. The information in `(mu, v)`
/// is `diag(1 / v, 1 / 2v^2)`.
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, Gaussian, Parameters};
///
/// let eta = Gaussian.maximum_likelihood(&[1.0, 3.0, 5.0])?;
/// let usual = Gaussian.convert(&eta, Parameters::Usual);
/// assert!((usual[0] - 3.0).abs() < 1e-15 && (usual[1] - 8.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaussian;

impl ExponentialFamily for Gaussian {
    fn name(&self) -> &'static str {
        "gaussian"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["mean".to_owned(), "variance".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |_| true, "finite")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        (t[0], t[1]) = (x[0], x[0] * x[0]);
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        -HALF_LN_TAU
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0].is_finite() && eta[1] < 0.0 && eta[1].is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        -0.25 * eta[0] * eta[0] / eta[1] - 0.5 * (-2.0 * eta[1]).ln()
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        let (mean, variance) = usual(eta);
        (m[0], m[1]) = (mean, mean * mean + variance);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let (mean, v) = usual(eta);
        let mixed = 2.0 * mean * v;
        let entries = [v, mixed, mixed, 2.0 * v * v + 4.0 * mean * mean * v];
        information.entries_mut().copy_from_slice(&entries);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let variance = m[1] - m[0] * m[0];
        if !(variance > 0.0 && variance.is_finite()) {
            return Err(no_member(m, "the variance, m2 - m1^2, must be positive"));
        }
        natural(m[0], variance, eta);
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        ArgumentError::check(theta[0].is_finite(), "mean", theta[0], "finite")?;
        check_positive("variance", theta[1])?;
        natural(theta[0], theta[1], eta);
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        (theta[0], theta[1]) = usual(eta);
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        let (mean, v) = (theta[0], theta[1]);
        jacobian[(0, 0)] = 1.0 / v;
        jacobian[(0, 1)] = -mean / (v * v);
        jacobian[(1, 0)] = 0.0;
        jacobian[(1, 1)] = 0.5 / (v * v);
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        0.5 + HALF_LN_TAU - 0.5 * (-2.0 * eta[1]).ln()
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let (mean, variance) = usual(eta);
        x[0] = mean + variance.sqrt() * random.normal();
    }

    fn information_of_usual(&self, theta: &[f64], information: &mut Matrix) {
        let v = theta[1];
        information.entries_mut().copy_from_slice(&[1.0 / v, 0.0, 0.0, 0.5 / (v * v)]);
    }

    /// By the usual parameters `(m_1, m_2 - m_1^2)`: nothing cancels where the mean is large.
    fn information_of_mean(&self, eta: &[f64], information: &mut Matrix) {
        let (mean, v) = usual(eta);
        let of_variance = 0.5 / (v * v);
        let mixed = -2.0 * mean * of_variance;
        let entries = [1.0 / v + 4.0 * mean * mean * of_variance, mixed, mixed, of_variance];
        information.entries_mut().copy_from_slice(&entries);
    }

    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        if !self.allows(p) || !self.allows(q) {
            return f64::INFINITY;
        }
        let ((mean_p, v_p), (mean_q, v_q)) = (usual(p), usual(q));
        let t = (v_p - v_q) / v_q;
        0.5 * (t - t.ln_1p()) + 0.5 * (mean_p - mean_q).powi(2) / v_q
    }

    /// In two passes, mean and then variance: exact where the mean is large, too.
    fn maximum_likelihood(&self, data: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        let m = self.mean_statistics(data)?;
        let count = data.len() as f64;
        let variance = data.iter().map(|x| (x - m[0]).powi(2)).sum::<f64>() / count;
        if variance <= 0.0 {
            return Err(no_member(&m, "the variance, m2 - m1^2, must be positive"));
        }
        let mut eta = vec![0.0; 2];
        natural(m[0], variance, &mut eta);
        Ok(eta)
    }
}

fn natural(mean: f64, variance: f64, eta: &mut [f64]) {
    (eta[0], eta[1]) = (mean / variance, -0.5 / variance);
}

/// Mean and variance.
fn usual(eta: &[f64]) -> (f64, f64) {
    (-0.5 * eta[0] / eta[1], -0.5 / eta[1])
}
