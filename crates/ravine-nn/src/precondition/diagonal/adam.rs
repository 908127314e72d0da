//! Adam's direction, for what is no hidden matrix.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Precision;

use super::super::allowed::{not_negative, share};
use super::super::dense::{average, average_squares, finite};
use super::super::{Failures, Status, Step};
use super::check;

/// Settings of [`AdamDirection`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamSettings {
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.9`.
    pub beta1: f64,
    /// The share of the average square that is kept, in `[0, 1)`. Default `0.999`.
    pub beta2: f64,
    /// Added to the corrected root. Default `1e-8`.
    pub epsilon: f64,
}

impl Default for AdamSettings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl AdamSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        not_negative("epsilon", self.epsilon)
    }
}

/// Adam's direction, with epsilon after the correction of biases:
///
/// ```text
/// m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2
/// P = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
///
/// AdamW is the same with weight decay by the caller, `W <- (1 - lr decay) W` before the move.
///
/// Source: Kingma and Ba, Adam (2015); Loshchilov and Hutter, Decoupled weight decay regularization (2019).
///
/// ```
/// use ravine_nn::precondition::{AdamDirection, AdamSettings};
///
/// let mut adam = AdamDirection::new(2, AdamSettings::default());
/// let mut direction = [0.0; 2];
/// adam.step(&[3.0, -0.1], &mut direction);
/// assert!((direction[0] - 1.0_f64).abs() < 1e-6 && (direction[1] + 1.0_f64).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct AdamDirection<T: Precision> {
    settings: AdamSettings,
    momentum: Vec<T>,
    second: Vec<T>,
    /// `beta1^t` and `beta2^t`.
    powers: [f64; 2],
    failures: Failures,
}

impl<T: Precision> AdamDirection<T> {
    /// Before the first step of a parameter with so many entries.
    pub fn new(entries: usize, settings: AdamSettings) -> Self {
        let zeros = vec![T::ZERO; entries];
        let failures = Failures::default();
        Self { settings, momentum: zeros.clone(), second: zeros, powers: [1.0; 2], failures }
    }

    /// The settings.
    pub fn settings(&self) -> &AdamSettings {
        &self.settings
    }

    /// How often a gradient was refused.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// Takes in a gradient and gives the direction. A gradient that is not finite changes nothing.
    ///
    /// # Panics
    ///
    /// If a slice has another length.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        check(self.momentum.len(), &[gradient, direction]);
        if !finite(gradient) {
            return Step::none(direction, self.failures.count(Status::KeptOld));
        }
        self.failures.count(Status::Refreshed);
        let AdamSettings { beta1, beta2, epsilon } = self.settings;
        average(&mut self.momentum, beta1, 1.0 - beta1, gradient);
        average_squares(&mut self.second, beta2, 1.0 - beta2, gradient);
        self.powers = [self.powers[0] * beta1, self.powers[1] * beta2];
        let [mean, square] = self.powers.map(|power| 1.0 / (1.0 - power));
        for ((d, m), v) in direction.iter_mut().zip(&self.momentum).zip(&self.second) {
            let root = (square * v.wide()).sqrt() + epsilon;
            *d = if root > 0.0 { T::narrow(mean * m.wide() / root) } else { T::ZERO };
        }
        Step::moved(Status::Unchanged)
    }
}
