//! Families of shares: beta and Dirichlet.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::random::Random;

use super::draw;
use super::family::{ExponentialFamily, check_number, check_positive, no_member};
use crate::special::{digamma, inverse_digamma, ln_gamma, trigamma};

/// Most Newton steps from mean to natural parameters.
const STEPS: usize = 200;

/// `sum_k ln Gamma(a_k) - ln Gamma(sum_k a_k)`.
fn log_beta(a: &[f64]) -> f64 {
    a.iter().map(|&a| ln_gamma(a)).sum::<f64>() - ln_gamma(a.iter().sum())
}

/// `digamma(a_k) - digamma(sum a)`.
fn mean_logarithms(a: &[f64], m: &mut [f64]) {
    let of_sum = digamma(a.iter().sum());
    m.iter_mut().zip(a).for_each(|(m, &a)| *m = digamma(a) - of_sum);
}

/// `diag(trigamma(a)) - trigamma(sum a) 11'`.
fn covariance(a: &[f64], matrix: &mut Matrix) {
    matrix.fill(-trigamma(a.iter().sum()));
    a.iter().enumerate().for_each(|(k, &a)| matrix[(k, k)] += trigamma(a));
}

/// `ln B(a) - sum_k (a_k - 1) m_k`.
fn entropy(a: &[f64]) -> f64 {
    let mut m = vec![0.0; a.len()];
    mean_logarithms(a, &mut m);
    log_beta(a) - a.iter().zip(&m).map(|(a, m)| (a - 1.0) * m).sum::<f64>()
}

/// Shares drawn by gamma variables.
fn draw_shares(a: &[f64], random: &mut Random, x: &mut [f64]) {
    x.iter_mut().zip(a).for_each(|(x, &a)| *x = draw::gamma(a, random));
    let sum: f64 = x.iter().sum();
    x.iter_mut().for_each(|x| *x = (*x / sum).max(f64::MIN_POSITIVE));
}

/// The a with these mean logarithms: Newton's method, whose matrix, a diagonal and one of rank one, is
/// inverted by the formula of Sherman and Morrison; a step is halved while any a is not positive or the
/// convex function `A(a) - m'a` rises.
///
/// Source: Minka, Estimating a Dirichlet distribution (2000).
fn parameters_of(m: &[f64], a: &mut [f64]) -> Result<(), ArgumentError> {
    let rest = 1.0 - m.iter().map(|m| m.exp()).sum::<f64>();
    if !(rest > 0.0 && m.iter().all(|m| m.is_finite())) {
        let needed =
            "the sum of e^m must be below 1: cases must not all be alike, nor on the boundary";
        return Err(no_member(m, needed));
    }
    // Of large parameters, 1 - sum e^m is about (K - 1) / (2 sum a). Then a few steps to a fixed point.
    let mut sum = 0.5 * (m.len() - 1) as f64 / rest;
    for _ in 0..3 {
        let of_sum = digamma(sum);
        a.iter_mut().zip(m).for_each(|(a, m)| *a = inverse_digamma(of_sum + m));
        sum = a.iter().sum();
    }
    let mut g = vec![0.0; m.len()];
    let mut trial = a.to_vec();
    let value = |a: &[f64]| log_beta(a) - a.iter().zip(m).map(|(a, m)| a * m).sum::<f64>();
    for _ in 0..STEPS {
        mean_logarithms(a, &mut g);
        g.iter_mut().zip(m).for_each(|(g, m)| *g -= m);
        let curvatures: Vec<f64> = a.iter().map(|&a| trigamma(a)).collect();
        let of_sum = trigamma(a.iter().sum());
        let share = 1.0 - of_sum * curvatures.iter().map(|c| 1.0 / c).sum::<f64>();
        let along: f64 = g.iter().zip(&curvatures).map(|(g, c)| g / c).sum();
        let correction = of_sum * along / share;
        let step: Vec<f64> =
            g.iter().zip(&curvatures).map(|(g, c)| -(g + correction) / c).collect();
        let relative = step.iter().zip(&*a).fold(0.0_f64, |most, (s, a)| most.max((s / a).abs()));
        let (before, mut t) = (value(a), 1.0);
        loop {
            trial.iter_mut().zip(&*a).zip(&step).for_each(|((x, a), s)| *x = a + t * s);
            // Near the end values are rounding, and the full step is right.
            let inside = trial.iter().all(|&a| a > 0.0);
            if inside && (relative < 1e-4 || value(&trial) <= before) || t < 1e-12 {
                break;
            }
            t *= 0.5;
        }
        if !(relative.is_finite() && t >= 1e-12) {
            break;
        }
        a.copy_from_slice(&trial);
        if relative < 1e-15 {
            break;
        }
    }
    Ok(())
}

/// Beta distributions: `eta = (a - 1, b - 1)`, `T = (ln x, ln(1 - x))`, `A = ln B(a, b)`,
/// `m = (digamma(a) - digamma(a + b), digamma(b) - digamma(a + b))`.
///
/// ```
/// use ravine_glm::exponential::{Beta, ExponentialFamily, Parameters};
///
/// // Of the uniform distribution, both logarithms have mean -1.
/// let eta = Beta.natural(Parameters::Mean, &[-1.0, -1.0])?;
/// assert!(eta[0].abs() < 1e-14 && eta[1].abs() < 1e-14);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beta;

impl ExponentialFamily for Beta {
    fn name(&self) -> &'static str {
        "beta"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["a".to_owned(), "b".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |x| x > 0.0 && x < 1.0, "above 0 and below 1")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        (t[0], t[1]) = (x[0].ln(), (-x[0]).ln_1p());
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        0.0
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta.iter().all(|&eta| eta > -1.0 && eta.is_finite())
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if self.allows(eta) { log_beta(&[eta[0] + 1.0, eta[1] + 1.0]) } else { f64::INFINITY }
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        mean_logarithms(&[eta[0] + 1.0, eta[1] + 1.0], m);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        covariance(&[eta[0] + 1.0, eta[1] + 1.0], information);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        parameters_of(m, eta)?;
        eta.iter_mut().for_each(|a| *a -= 1.0);
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        check_positive("a", theta[0])?;
        check_positive("b", theta[1])?;
        (eta[0], eta[1]) = (theta[0] - 1.0, theta[1] - 1.0);
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        (theta[0], theta[1]) = (eta[0] + 1.0, eta[1] + 1.0);
    }

    fn jacobian_of_usual(&self, _theta: &[f64], jacobian: &mut Matrix) {
        jacobian.entries_mut().copy_from_slice(&[1.0, 0.0, 0.0, 1.0]);
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        entropy(&[eta[0] + 1.0, eta[1] + 1.0])
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let mut shares = [0.0; 2];
        draw_shares(&[eta[0] + 1.0, eta[1] + 1.0], random, &mut shares);
        x[0] = shares[0].min(1.0 - 0.5 * f64::EPSILON);
    }
}

/// Dirichlet distributions of K shares that sum to one: `eta = a`, `T = ln x`,
/// `A = sum ln Gamma(a_k) - ln Gamma(sum a)`, `m_k = digamma(a_k) - digamma(sum a)`,
/// `h = 1 / prod x_k`.
///
/// ```
/// use ravine_glm::exponential::{Dirichlet, ExponentialFamily, Parameters};
///
/// let family = Dirichlet::new(3)?;
/// let m = family.convert(&[1.5, 2.5, 3.0], Parameters::Mean);
/// let again = family.natural(Parameters::Mean, &m)?;
/// assert!((again[0] - 1.5).abs() < 1e-13);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dirichlet {
    components: usize,
}

impl Dirichlet {
    /// Of that many shares.
    ///
    /// # Errors
    ///
    /// If there are fewer than two.
    pub fn new(components: usize) -> Result<Self, ArgumentError> {
        ArgumentError::check(components >= 2, "components", components, "at least 2")?;
        Ok(Self { components })
    }
}

impl ExponentialFamily for Dirichlet {
    fn name(&self) -> &'static str {
        "dirichlet"
    }

    fn dimension(&self) -> usize {
        self.components
    }

    fn case_dimension(&self) -> usize {
        self.components
    }

    fn parameter_names(&self) -> Vec<String> {
        (1..=self.components).map(|k| format!("a{k}")).collect()
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        let sum: f64 = x.iter().sum();
        let holds = x.iter().all(|&x| x > 0.0) && (sum - 1.0).abs() < 1e-8;
        ArgumentError::check(holds, "x", x, "positive shares whose sum is 1")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t.iter_mut().zip(x).for_each(|(t, x)| *t = x.ln());
    }

    fn log_base_measure(&self, x: &[f64]) -> f64 {
        -x.iter().map(|x| x.ln()).sum::<f64>()
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta.iter().all(|&a| a > 0.0 && a.is_finite())
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if self.allows(eta) { log_beta(eta) } else { f64::INFINITY }
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        mean_logarithms(eta, m);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        covariance(eta, information);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        parameters_of(m, eta)
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        for (k, &a) in theta.iter().enumerate() {
            check_positive(&format!("a{}", k + 1), a)?;
        }
        eta.copy_from_slice(theta);
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        theta.copy_from_slice(eta);
    }

    fn jacobian_of_usual(&self, _theta: &[f64], jacobian: &mut Matrix) {
        jacobian.fill(0.0);
        (0..self.components).for_each(|k| jacobian[(k, k)] = 1.0);
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        entropy(eta)
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        draw_shares(eta, random, x);
    }
}
