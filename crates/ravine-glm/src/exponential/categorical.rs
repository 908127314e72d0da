//! One of several classes.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::random::Random;

use super::family::{ExponentialFamily, check_number, no_member};

/// One of K classes, a case being its number from 0 to K - 1: `eta_k = ln(p_k / p_K)`,
/// `A = ln(1 + sum_k e^eta_k)`, `m_k = p_k`, k below K. The information in the probabilities is
/// `diag(1 / p_k) + 11' / p_K`.
///
/// ```
/// use ravine_glm::exponential::{Categorical, ExponentialFamily, Parameters};
///
/// let family = Categorical::new(3)?;
/// let eta = family.maximum_likelihood(&[0.0, 1.0, 1.0, 2.0])?;
/// assert!((eta[1] - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(family.convert(&eta, Parameters::Usual), [0.25, 0.5]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Categorical {
    classes: usize,
}

impl Categorical {
    /// Of that many classes.
    ///
    /// # Errors
    ///
    /// If there are fewer than two.
    pub fn new(classes: usize) -> Result<Self, ArgumentError> {
        ArgumentError::check(classes >= 2, "classes", classes, "at least 2")?;
        Ok(Self { classes })
    }

    /// Writes all probabilities but the last, and returns that.
    fn probabilities(eta: &[f64], p: &mut [f64]) -> f64 {
        let most = eta.iter().copied().fold(0.0, f64::max);
        p.iter_mut().zip(eta).for_each(|(p, eta)| *p = (eta - most).exp());
        let last = (-most).exp();
        let sum = last + p.iter().sum::<f64>();
        p.iter_mut().for_each(|p| *p /= sum);
        last / sum
    }
}

/// `diag(1 / p) + 11' / last`.
fn inverse_covariance(p: &[f64], last: f64, matrix: &mut Matrix) {
    matrix.fill(1.0 / last);
    p.iter().enumerate().for_each(|(k, p)| matrix[(k, k)] += 1.0 / p);
}

impl ExponentialFamily for Categorical {
    fn name(&self) -> &'static str {
        "categorical"
    }

    fn dimension(&self) -> usize {
        self.classes - 1
    }

    fn parameter_names(&self) -> Vec<String> {
        (1..self.classes).map(|k| format!("p{k}")).collect()
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        let allowed = format!("the number of a class, from 0 to {}", self.classes - 1);
        check_number(x, |x| x >= 0.0 && x < self.classes as f64 && x.fract() == 0.0, &allowed)
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        t.iter_mut().enumerate().for_each(|(k, t)| *t = f64::from(x[0] == k as f64));
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        0.0
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta.iter().all(|eta| eta.is_finite())
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        let most = eta.iter().copied().fold(0.0, f64::max);
        let others: f64 = eta.iter().map(|eta| (eta - most).exp()).sum();
        most + (others + (-most).exp() - 1.0).ln_1p()
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        Self::probabilities(eta, m);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let k = eta.len();
        let mut p = vec![0.0; k];
        let last = Self::probabilities(eta, &mut p);
        for j in 0..k {
            for i in 0..k {
                let others = || last + (0..k).filter(|&l| l != j).map(|l| p[l]).sum::<f64>();
                information[(i, j)] = if i == j { p[j] * others() } else { -p[i] * p[j] };
            }
        }
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let last = 1.0 - m.iter().sum::<f64>();
        if !(m.iter().all(|&p| p > 0.0) && last > 0.0) {
            return Err(no_member(m, "every class, the last too, must have a share"));
        }
        eta.iter_mut().zip(m).for_each(|(eta, p)| *eta = p.ln() - last.ln());
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let sum: f64 = theta.iter().sum();
        let holds = theta.iter().all(|&p| p > 0.0) && sum < 1.0;
        ArgumentError::check(holds, "probabilities", theta, "positive, with a sum below 1")?;
        self.natural_of_mean(theta, eta)
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        Self::probabilities(eta, theta);
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        inverse_covariance(theta, 1.0 - theta.iter().sum::<f64>(), jacobian);
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        let mut p = vec![0.0; eta.len()];
        Self::probabilities(eta, &mut p);
        self.log_partition(eta) - eta.iter().zip(&p).map(|(eta, p)| eta * p).sum::<f64>()
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let mut p = vec![0.0; eta.len()];
        Self::probabilities(eta, &mut p);
        let mut rest = random.uniform();
        let class = p.iter().position(|p| {
            rest -= p;
            rest < 0.0
        });
        x[0] = class.unwrap_or(eta.len()) as f64;
    }

    fn information_of_mean(&self, eta: &[f64], information: &mut Matrix) {
        let mut p = vec![0.0; eta.len()];
        let last = Self::probabilities(eta, &mut p);
        inverse_covariance(&p, last, information);
    }

    fn information_of_usual(&self, theta: &[f64], information: &mut Matrix) {
        self.jacobian_of_usual(theta, information);
    }
}
