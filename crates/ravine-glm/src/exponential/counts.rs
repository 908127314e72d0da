//! Families of counts.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::random::Random;

use super::draw;
use super::family::{ExponentialFamily, check_number, check_positive, no_member};
use crate::special::ln_gamma;

/// Successes among N independent trials: `eta = ln(p / (1 - p))`, `A = N ln(1 + e^eta)`, `m = N p`.
/// Of one trial, Bernoulli's distribution. The information in p is `N / (p (1 - p))`.
///
/// ```
/// use ravine_glm::exponential::{Binomial, ExponentialFamily, Parameters};
///
/// let coin = Binomial::bernoulli();
/// let eta = coin.maximum_likelihood(&[1.0, 0.0, 1.0, 1.0])?;
/// assert!((eta[0] - 3.0_f64.ln()).abs() < 1e-15);
/// let error = coin.maximum_likelihood(&[1.0, 1.0]).unwrap_err();
/// assert!(error.to_string().contains("boundary"));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binomial {
    trials: u32,
}

impl Binomial {
    /// Of that many trials.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub fn new(trials: u32) -> Result<Self, ArgumentError> {
        ArgumentError::check(trials > 0, "trials", trials, "at least 1")?;
        Ok(Self { trials })
    }

    /// One trial.
    pub fn bernoulli() -> Self {
        Self { trials: 1 }
    }

    fn count(&self) -> f64 {
        f64::from(self.trials)
    }
}

/// `1 / (1 + e^-z)` and one minus it.
fn logistic(z: f64) -> (f64, f64) {
    let t = (-z.abs()).exp();
    let (large, small) = (1.0 / (1.0 + t), t / (1.0 + t));
    if z >= 0.0 { (large, small) } else { (small, large) }
}

impl ExponentialFamily for Binomial {
    fn name(&self) -> &'static str {
        if self.trials == 1 { "bernoulli" } else { "binomial" }
    }

    fn dimension(&self) -> usize {
        1
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["probability".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        let allowed = format!("a whole number from 0 to {}", self.trials);
        check_number(x, |x| x >= 0.0 && x <= self.count() && x.fract() == 0.0, &allowed)
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t[0] = x[0];
    }

    fn log_base_measure(&self, x: &[f64]) -> f64 {
        let n = self.count();
        ln_gamma(n + 1.0) - ln_gamma(x[0] + 1.0) - ln_gamma(n - x[0] + 1.0)
    }

    fn has_constant_base(&self) -> bool {
        self.trials == 1
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0].is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        self.count() * (eta[0].max(0.0) + (-eta[0].abs()).exp().ln_1p())
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        m[0] = self.count() * logistic(eta[0]).0;
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let (p, rest) = logistic(eta[0]);
        information[(0, 0)] = self.count() * p * rest;
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let n = self.count();
        if !(m[0] > 0.0 && m[0] < n) {
            return Err(no_member(m, "cases must be neither all 0 nor all the number of trials"));
        }
        eta[0] = m[0].ln() - (n - m[0]).ln();
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let p = theta[0];
        ArgumentError::check(p > 0.0 && p < 1.0, "probability", p, "above 0 and below 1")?;
        eta[0] = p.ln() - (-p).ln_1p();
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        theta[0] = logistic(eta[0]).0;
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        jacobian[(0, 0)] = 1.0 / (theta[0] * (1.0 - theta[0]));
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        let n = self.count();
        let mode = ((n + 1.0) * logistic(eta[0]).0).floor().min(n);
        entropy(eta[0], mode, |x| (n - x) / (x + 1.0))
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        x[0] = draw::binomial(u64::from(self.trials), logistic(eta[0]).0, random) as f64;
    }

    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        if !self.allows(p) || !self.allows(q) {
            return f64::INFINITY;
        }
        let ((p1, p0), (q1, q0)) = (logistic(p[0]), logistic(q[0]));
        self.count() * (relative(p1, q1) + relative(p0, q0))
    }
}

/// `p ln(p/q) - p + q`: never negative, and without cancellation where p is near q.
fn relative(p: f64, q: f64) -> f64 {
    if p == 0.0 {
        return q;
    }
    let t = (q - p) / p;
    if t.abs() < 0.5 { p * (t - t.ln_1p()) } else { p * (p.ln() - q.ln()) + (q - p) }
}

/// Poisson's distributions: `eta = ln mu`, `A = e^eta`, `m = mu`. The information in mu is `1 / mu`.
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, Poisson};
///
/// let (p, q) = (2.0_f64.ln(), 3.0_f64.ln());
/// let divergence = 2.0 * (p - q) - 2.0 + 3.0;
/// assert!((Poisson.divergence(&[p], &[q]) - divergence).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Poisson;

impl ExponentialFamily for Poisson {
    fn name(&self) -> &'static str {
        "poisson"
    }

    fn dimension(&self) -> usize {
        1
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["mean".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, is_count, "a count: 0, 1, 2, ...")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t[0] = x[0];
    }

    fn log_base_measure(&self, x: &[f64]) -> f64 {
        -ln_gamma(x[0] + 1.0)
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0].is_finite() && eta[0].exp().is_finite() && eta[0].exp() > 0.0
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if self.allows(eta) { eta[0].exp() } else { f64::INFINITY }
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        m[0] = eta[0].exp();
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        information[(0, 0)] = eta[0].exp();
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        if !(m[0] > 0.0 && m[0].is_finite()) {
            return Err(no_member(m, "cases must not all be 0"));
        }
        eta[0] = m[0].ln();
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        check_positive("mean", theta[0])?;
        eta[0] = theta[0].ln();
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        theta[0] = eta[0].exp();
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        jacobian[(0, 0)] = 1.0 / theta[0];
    }

    /// The sum over all counts that matter, about 20 standard deviations of them.
    fn entropy(&self, eta: &[f64]) -> f64 {
        entropy(eta[0], eta[0].exp().floor(), |x| 1.0 / (x + 1.0))
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        x[0] = draw::poisson(eta[0].exp(), random) as f64;
    }

    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        if !self.allows(p) || !self.allows(q) {
            return f64::INFINITY;
        }
        let t = q[0] - p[0];
        let change = if t.abs() < 1e-2 { exp_rest(t) } else { t.exp_m1() - t };
        p[0].exp() * change
    }
}

/// `e^t - 1 - t` for small t.
fn exp_rest(t: f64) -> f64 {
    let (mut term, mut sum) = (0.5 * t * t, 0.0);
    for k in 3..12 {
        sum += term;
        term *= t / f64::from(k);
    }
    sum
}

/// Failures before the k-th success, as a family of counts of mean mu and variance
/// `mu + mu^2 / k`, k known: `eta = ln(mu / (mu + k))`, `A = -k ln(1 - e^eta)`, `m = mu`. The
/// information in mu is `k / (mu (mu + k))`.
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, NegativeBinomial, Parameters};
///
/// let family = NegativeBinomial::new(2.0)?;
/// let eta = family.natural(Parameters::Usual, &[6.0])?;
/// assert!((eta[0] - 0.75_f64.ln()).abs() < 1e-15);
/// let variance = family.fisher(Parameters::Natural, &eta)?[(0, 0)];
/// assert!((variance - 24.0).abs() < 1e-12);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeBinomial {
    size: f64,
}

impl NegativeBinomial {
    /// Of the size k, which need not be whole.
    ///
    /// # Errors
    ///
    /// If k is not positive and finite.
    pub fn new(size: f64) -> Result<Self, ArgumentError> {
        check_positive("size", size)?;
        Ok(Self { size })
    }

    fn mean(&self, eta: f64) -> f64 {
        self.size / (-eta).exp_m1()
    }
}

impl ExponentialFamily for NegativeBinomial {
    fn name(&self) -> &'static str {
        "negative binomial of known size"
    }

    fn dimension(&self) -> usize {
        1
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["mean".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, is_count, "a count: 0, 1, 2, ...")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t[0] = x[0];
    }

    fn log_base_measure(&self, x: &[f64]) -> f64 {
        ln_gamma(x[0] + self.size) - ln_gamma(x[0] + 1.0) - ln_gamma(self.size)
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0] < 0.0 && self.mean(eta[0]) > 0.0 && self.mean(eta[0]).is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        -self.size * (-eta[0].exp_m1()).ln()
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        m[0] = self.mean(eta[0]);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let mean = self.mean(eta[0]);
        information[(0, 0)] = mean * (1.0 + mean / self.size);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        if !(m[0] > 0.0 && m[0].is_finite()) {
            return Err(no_member(m, "cases must not all be 0"));
        }
        eta[0] = -(self.size / m[0]).ln_1p();
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        check_positive("mean", theta[0])?;
        eta[0] = -(self.size / theta[0]).ln_1p();
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        theta[0] = self.mean(eta[0]);
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        jacobian[(0, 0)] = self.size / (theta[0] * (theta[0] + self.size));
    }

    /// The sum over all counts that matter, some `40 (1 + mu / k)` and more.
    fn entropy(&self, eta: &[f64]) -> f64 {
        let (k, mean) = (self.size, self.mean(eta[0]));
        let mode = (mean * (1.0 - 1.0 / k)).max(0.0).floor();
        entropy(eta[0], mode, |x| (x + k) / (x + 1.0))
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let rate = self.mean(eta[0]) * draw::gamma(self.size, random) / self.size;
        x[0] = draw::poisson(rate, random) as f64;
    }
}

fn is_count(x: f64) -> bool {
    x >= 0.0 && x.fract() == 0.0
}

/// The entropy of counts with `p(x) ~ h(x) e^(eta x)`, from `ratio(x) = h(x + 1) / h(x)`: summed from the
/// mode to both sides, relative to it, so that nothing overflows or cancels.
fn entropy(eta: f64, mode: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut total, mut of_logarithms) = (1.0, 0.0);
    let mut add = |log_weight: f64| {
        let weight = log_weight.exp();
        total += weight;
        of_logarithms += weight * log_weight;
        weight
    };
    let (mut x, mut log_weight) = (mode, 0.0);
    loop {
        let step = eta + ratio(x).ln();
        log_weight += step;
        x += 1.0;
        // The rest is at most a geometric series of the present quotient.
        if log_weight == f64::NEG_INFINITY
            || add(log_weight) * (1.0 - log_weight) < 1e-17 * -step.min(0.0).exp_m1()
        {
            break;
        }
    }
    (x, log_weight) = (mode, 0.0);
    while x > 0.0 {
        x -= 1.0;
        let step = -(eta + ratio(x).ln());
        log_weight += step;
        if add(log_weight) * (1.0 - log_weight) < 1e-17 * -step.min(0.0).exp_m1() {
            break;
        }
    }
    total.ln() - of_logarithms / total
}
