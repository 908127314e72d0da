//! Families of positive numbers.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::random::Random;

use super::draw;
use super::family::{ExponentialFamily, check_number, check_positive, congruence, no_member};
use crate::special::{
    digamma, ln_gamma, log_minus_digamma, scaled_exponential_integral, trigamma, trigamma_rest,
};

/// `ln(2 pi) / 2`.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// Exponential distributions: `eta = -rate`, `A = -ln(-eta)`, `m = 1 / rate`. The information in the
/// rate is `1 / rate^2`.
///
/// ```
/// use ravine_glm::exponential::{Exponential, ExponentialFamily};
///
/// assert_eq!(Exponential.maximum_likelihood(&[1.0, 3.0])?, [-0.5]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exponential;

impl ExponentialFamily for Exponential {
    fn name(&self) -> &'static str {
        "exponential"
    }

    fn dimension(&self) -> usize {
        1
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["rate".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |x| x >= 0.0, "zero or positive, and finite")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t[0] = x[0];
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        0.0
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0] < 0.0 && eta[0].is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if self.allows(eta) { -(-eta[0]).ln() } else { f64::INFINITY }
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        m[0] = -1.0 / eta[0];
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        information[(0, 0)] = 1.0 / (eta[0] * eta[0]);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        if !(m[0] > 0.0 && m[0].is_finite()) {
            return Err(no_member(m, "cases must not all be 0"));
        }
        eta[0] = -1.0 / m[0];
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        check_positive("rate", theta[0])?;
        eta[0] = -theta[0];
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        theta[0] = -eta[0];
    }

    fn jacobian_of_usual(&self, _theta: &[f64], jacobian: &mut Matrix) {
        jacobian[(0, 0)] = -1.0;
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        1.0 - (-eta[0]).ln()
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        x[0] = (-random.uniform()).ln_1p() / eta[0];
    }

    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        if !self.allows(p) || !self.allows(q) {
            return f64::INFINITY;
        }
        let t = (q[0] - p[0]) / p[0];
        t - t.ln_1p()
    }
}

/// Gamma distributions of shape a and rate r: `eta = (a - 1, -r)`, `T = (ln x, x)`,
/// `A = ln Gamma(a) - a ln r`, `m = (digamma(a) - ln r, a / r)`.
///
/// From mean parameters, with `s = ln m_2 - m_1 > 0`, the shape is the root of
/// `ln a - digamma(a) = s`, by Newton's method for `1 / a` from
/// `(3 - s + sqrt((s - 3)^2 + 24 s)) / 12 s`.
///
/// Source: Minka, Estimating a gamma distribution (2002). See [`ExponentialFamily`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gamma;

impl Gamma {
    /// The shape a with `ln a - digamma(a) = s`.
    fn shape(s: f64) -> f64 {
        let mut a = (3.0 - s + ((s - 3.0) * (s - 3.0) + 24.0 * s).sqrt()) / (12.0 * s);
        if s > 10.0 {
            // The numerator above has cancelled; of small shapes, digamma(a) is about -1 / a.
            a = 1.0 / (s + s.ln());
        }
        for _ in 0..30 {
            let step = (log_minus_digamma(a) - s) / (a * a * -trigamma_rest(a));
            let next = 1.0 / (1.0 / a + step).max(0.1 / a);
            let change = (next - a).abs();
            a = next;
            if change <= 4.0 * f64::EPSILON * a {
                break;
            }
        }
        a
    }
}

impl ExponentialFamily for Gamma {
    fn name(&self) -> &'static str {
        "gamma"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["shape".to_owned(), "rate".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |x| x > 0.0, "positive and finite")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        (t[0], t[1]) = (x[0].ln(), x[0]);
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        0.0
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0] > -1.0 && eta[0].is_finite() && eta[1] < 0.0 && eta[1].is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        ln_gamma(eta[0] + 1.0) - (eta[0] + 1.0) * (-eta[1]).ln()
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        let (a, r) = (eta[0] + 1.0, -eta[1]);
        (m[0], m[1]) = (digamma(a) - r.ln(), a / r);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let (a, r) = (eta[0] + 1.0, -eta[1]);
        let entries = [trigamma(a), 1.0 / r, 1.0 / r, a / (r * r)];
        information.entries_mut().copy_from_slice(&entries);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let s = m[1].ln() - m[0];
        if !(m[1] > 0.0 && s > 0.0 && s.is_finite()) {
            return Err(no_member(
                m,
                "ln E x - E ln x must be positive: cases must not all be alike",
            ));
        }
        let a = Self::shape(s);
        (eta[0], eta[1]) = (a - 1.0, -a / m[1]);
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        check_positive("shape", theta[0])?;
        check_positive("rate", theta[1])?;
        (eta[0], eta[1]) = (theta[0] - 1.0, -theta[1]);
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        (theta[0], theta[1]) = (eta[0] + 1.0, -eta[1]);
    }

    fn jacobian_of_usual(&self, _theta: &[f64], jacobian: &mut Matrix) {
        jacobian.entries_mut().copy_from_slice(&[1.0, 0.0, 0.0, -1.0]);
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        let (a, r) = (eta[0] + 1.0, -eta[1]);
        a - r.ln() + ln_gamma(a) - eta[0] * digamma(a)
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        x[0] = draw::gamma(eta[0] + 1.0, random) / -eta[1];
    }

    /// By the determinant `(a trigamma(a) - 1) / r^2`, which cancels for large shapes unless its
    /// series is summed.
    fn information_of_mean(&self, eta: &[f64], information: &mut Matrix) {
        let (a, r) = (eta[0] + 1.0, -eta[1]);
        let determinant = a * trigamma_rest(a);
        let mixed = -r / determinant;
        let entries = [a / determinant, mixed, mixed, trigamma(a) * r * r / determinant];
        information.entries_mut().copy_from_slice(&entries);
    }

    /// With `ln E x - E ln x` as the mean of `t - ln(1 + t)`, `t = x / E x - 1`: exact for nearly equal
    /// cases, too.
    fn maximum_likelihood(&self, data: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        let m = self.mean_statistics(data)?;
        let rest = |x: &f64| {
            let t = (x - m[1]) / m[1];
            // Of numbers far below the mean, 1 + t has no digits left.
            if t < -0.5 { t - (x / m[1]).ln() } else { t - t.ln_1p() }
        };
        let s = data.iter().map(rest).sum::<f64>() / data.len() as f64;
        if s <= 0.0 {
            return Err(no_member(
                &m,
                "ln E x - E ln x must be positive: cases must not all be alike",
            ));
        }
        let a = Self::shape(s);
        Ok(vec![a - 1.0, -a / m[1]])
    }
}

/// Inverse Gaussian distributions of mean mu and shape lambda:
/// `eta = (-lambda / 2 mu^2, -lambda / 2)`, `T = (x, 1 / x)`,
/// `A = -2 sqrt(eta_1 eta_2) - ln(-2 eta_2) / 2`, `m = (mu, 1 / mu + 1 / lambda)`. The information in
/// `(mu, lambda)` is `diag(lambda / mu^3, 1 / 2 lambda^2)`.
///
/// Sources: Tweedie, Statistical properties of inverse Gaussian distributions (1957); Michael, Schucany
/// and Haas, Generating random variates using transformations with multiple roots (1976).
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, InverseGaussian, Parameters};
///
/// let eta = InverseGaussian.maximum_likelihood(&[1.0, 2.0, 3.0])?;
/// let usual = InverseGaussian.convert(&eta, Parameters::Usual);
/// // 1 / lambda is the mean of 1 / x less one by the mean: 11/18 - 1/2.
/// assert!((usual[0] - 2.0).abs() < 1e-14 && (usual[1] - 9.0).abs() < 1e-13);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InverseGaussian;

impl InverseGaussian {
    /// Mean and shape.
    fn usual(eta: &[f64]) -> (f64, f64) {
        ((eta[1] / eta[0]).sqrt(), -2.0 * eta[1])
    }
}

impl ExponentialFamily for InverseGaussian {
    fn name(&self) -> &'static str {
        "inverse gaussian"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["mean".to_owned(), "shape".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |x| x > 0.0, "positive and finite")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        (t[0], t[1]) = (x[0], 1.0 / x[0]);
    }

    fn log_base_measure(&self, x: &[f64]) -> f64 {
        -HALF_LN_TAU - 1.5 * x[0].ln()
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta.iter().all(|&eta| eta < 0.0 && eta.is_finite())
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        -2.0 * (-eta[0]).sqrt() * (-eta[1]).sqrt() - 0.5 * (-2.0 * eta[1]).ln()
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        let (mean, shape) = Self::usual(eta);
        (m[0], m[1]) = (mean, 1.0 / mean + 1.0 / shape);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let (mean, shape) = Self::usual(eta);
        let mixed = -mean / shape;
        let inverse = 1.0 / (mean * shape) + 2.0 / (shape * shape);
        let entries = [mean * mean * mean / shape, mixed, mixed, inverse];
        information.entries_mut().copy_from_slice(&entries);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let inverse_shape = m[1] - 1.0 / m[0];
        if !(m[0] > 0.0 && m[0].is_finite() && inverse_shape > 0.0 && inverse_shape.is_finite()) {
            return Err(no_member(m, "E(1/x) must be above 1 / E x: cases must not all be alike"));
        }
        self.natural_of_usual(&[m[0], 1.0 / inverse_shape], eta)
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        check_positive("mean", theta[0])?;
        check_positive("shape", theta[1])?;
        (eta[0], eta[1]) = (-0.5 * theta[1] / (theta[0] * theta[0]), -0.5 * theta[1]);
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        (theta[0], theta[1]) = Self::usual(eta);
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        let (mean, shape) = (theta[0], theta[1]);
        jacobian[(0, 0)] = shape / mean.powi(3);
        jacobian[(0, 1)] = -0.5 / (mean * mean);
        jacobian[(1, 0)] = 0.0;
        jacobian[(1, 1)] = -0.5;
    }

    /// `(ln(2 pi e mu^3 / lambda) - 3 e^z E1(z)) / 2` with `z = 2 lambda / mu`.
    fn entropy(&self, eta: &[f64]) -> f64 {
        let (mean, shape) = Self::usual(eta);
        let rest = scaled_exponential_integral(2.0 * shape / mean);
        HALF_LN_TAU + 0.5 - 0.5 * shape.ln() + 1.5 * (mean.ln() - rest)
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let (mean, shape) = Self::usual(eta);
        let w = 0.5 * mean * random.normal().powi(2) / shape;
        // The smaller of two roots by their product, which is one: nothing cancels.
        let larger = 1.0 + w + (w * (w + 2.0)).sqrt();
        x[0] =
            if random.uniform() * (1.0 + larger) < larger { mean / larger } else { mean * larger };
    }

    fn information_of_usual(&self, theta: &[f64], information: &mut Matrix) {
        let (mean, shape) = (theta[0], theta[1]);
        let entries = [shape / mean.powi(3), 0.0, 0.0, 0.5 / (shape * shape)];
        information.entries_mut().copy_from_slice(&entries);
    }

    /// By the usual parameters, `lambda = 1 / (m_2 - 1 / m_1)`.
    fn information_of_mean(&self, eta: &[f64], information: &mut Matrix) {
        let (mean, shape) = Self::usual(eta);
        let of_shape = -shape * shape;
        let jacobian = Matrix::from_rows(&[[1.0, 0.0], [of_shape / (mean * mean), of_shape]]);
        let mut usual = Matrix::zeros(2, 2);
        self.information_of_usual(&[mean, shape], &mut usual);
        congruence(&jacobian, &usual, information);
    }
}
