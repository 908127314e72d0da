//! Sophia: a clipped diagonal.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Precision;

use super::super::allowed::{positive, share};
use super::super::dense::{average, average_squares, finite};
use super::super::{Failures, Status, Step};
use super::check;

/// Settings of [`Sophia`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SophiaSettings {
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.965`.
    pub beta1: f64,
    /// The share of the curvature that is kept, in `[0, 1)`. Default `0.99`.
    pub beta2: f64,
    /// What the curvature is multiplied by. Default `0.04`; such that from a tenth to a half of the
    /// entries are not clipped.
    pub rho: f64,
}

impl Default for SophiaSettings {
    fn default() -> Self {
        Self { beta1: 0.965, beta2: 0.99, rho: 0.04 }
    }
}

impl SophiaSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        positive("rho", self.rho)
    }
}

/// Sophia-G: the average gradient over a diagonal of the curvature, clipped at 1 entry by entry:
///
/// ```text
/// m <- beta1 m + (1 - beta1) g
/// P = sign(m) min(|m| / (rho n h + 1e-15), 1)
/// every ten steps or so: h <- beta2 h + (1 - beta2) e^2
/// ```
///
/// e is the gradient of the MEAN loss with labels sampled from the model, n the number of losses in that
/// mean (tokens, not sequences): `n h` estimates the diagonal of the Gauss-Newton matrix. Without n all
/// entries are clipped, which is sign descent. Before the first estimate it is sign descent anyway.
///
/// Source: Liu, Li, Hall, Liang and Ma, Sophia: a scalable stochastic second-order optimizer for language
/// model pre-training (2023).
///
/// ```
/// use ravine_nn::precondition::{Sophia, SophiaSettings};
///
/// let mut sophia = Sophia::new(2, SophiaSettings { rho: 1.0, ..Default::default() });
/// sophia.observe_curvature(&[1.0, 0.1]);
/// let mut direction = [0.0_f64; 2];
/// assert_eq!(sophia.step(&[0.1, -1.0], 100, &mut direction).1, 0.5);
/// assert_eq!(direction[1], -1.0);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Sophia<T: Precision> {
    settings: SophiaSettings,
    momentum: Vec<T>,
    curvature: Vec<T>,
    failures: Failures,
}

impl<T: Precision> Sophia<T> {
    /// Before the first step of a parameter with so many entries.
    pub fn new(entries: usize, settings: SophiaSettings) -> Self {
        let zeros = vec![T::ZERO; entries];
        Self { settings, momentum: zeros.clone(), curvature: zeros, failures: Failures::default() }
    }

    /// The settings.
    pub fn settings(&self) -> &SophiaSettings {
        &self.settings
    }

    /// h.
    pub fn curvature(&self) -> &[T] {
        &self.curvature
    }

    /// How often a gradient was refused.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// Takes in the gradient of the mean loss with labels sampled from the model.
    ///
    /// # Panics
    ///
    /// If the slice has another length.
    pub fn observe_curvature(&mut self, sampled: &[T]) -> Status {
        check(self.momentum.len(), &[sampled]);
        if !finite(sampled) {
            return self.failures.count(Status::KeptOld);
        }
        let beta2 = self.settings.beta2;
        average_squares(&mut self.curvature, beta2, 1.0 - beta2, sampled);
        self.failures.count(Status::Refreshed)
    }

    /// Takes in a gradient and gives the direction, and the share of entries that were not clipped.
    /// `losses` is how many the mean loss of the curvature has. A gradient that is not finite changes
    /// nothing.
    ///
    /// # Panics
    ///
    /// If a slice has another length.
    pub fn step(&mut self, gradient: &[T], losses: usize, direction: &mut [T]) -> (Step, f64) {
        check(self.momentum.len(), &[gradient, direction]);
        if !finite(gradient) {
            return (Step::none(direction, self.failures.count(Status::KeptOld)), 0.0);
        }
        self.failures.count(Status::Refreshed);
        let SophiaSettings { beta1, rho, .. } = self.settings;
        average(&mut self.momentum, beta1, 1.0 - beta1, gradient);
        let mut free = 0_usize;
        for ((d, m), h) in direction.iter_mut().zip(&self.momentum).zip(&self.curvature) {
            let ratio = m.wide() / (rho * losses as f64 * h.wide() + 1e-15);
            free += usize::from(ratio.abs() < 1.0);
            *d = if m.wide() == 0.0 { T::ZERO } else { T::narrow(ratio.clamp(-1.0, 1.0)) };
        }
        (Step::moved(Status::Unchanged), free as f64 / direction.len().max(1) as f64)
    }
}
