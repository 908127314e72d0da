//! AdaHessian: the Hessian's diagonal by probing.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Precision;

use super::super::allowed::{at_least_one, not_negative, positive, share};
use super::super::dense::{average, average_squares, finite};
use super::super::scratch::Scratch;
use super::super::{Failures, Status, Step};
use super::check;

/// Settings of [`AdaHessian`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaHessianSettings {
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.9`.
    pub beta1: f64,
    /// The share of the average square of the curvature that is kept, in `[0, 1)`. Default `0.999`.
    pub beta2: f64,
    /// Added to the denominator. Default `1e-4`.
    pub epsilon: f64,
    /// The power of the curvature in the denominator. Default `1`.
    pub power: f64,
    /// Over which entries the curvature is averaged. Default [`Spatial::ByShape`].
    pub spatial: Spatial,
    /// Whether magnitudes are averaged, as published, or the estimates with their signs. Default
    /// [`SpatialOf::Magnitudes`].
    pub of: SpatialOf,
}

impl Default for AdaHessianSettings {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-4,
            power: 1.0,
            spatial: Spatial::ByShape,
            of: SpatialOf::Magnitudes,
        }
    }
}

impl AdaHessianSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        not_negative("epsilon", self.epsilon)?;
        positive("power", self.power)?;
        match self.spatial {
            Spatial::Blocks(size) => at_least_one("spatial.blocks", size as u64),
            Spatial::ByShape | Spatial::None => Ok(()),
        }
    }
}

/// Over which entries of a parameter the curvature is averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spatial {
    /// Scalars and vectors: none. Matrices and 3-tensors: along the last dimension. Tensors of four and
    /// more: over all dimensions after the second, the positions of a kernel.
    #[default]
    ByShape,
    /// None.
    None,
    /// Neighbours in the order of storage, so many together; the last group may be smaller.
    Blocks(usize),
}

/// What is averaged over space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpatialOf {
    /// `mean |v (H v)|`.
    #[default]
    Magnitudes,
    /// `|mean v (H v)|`, which estimates the mean of the diagonal.
    Estimates,
}

impl Spatial {
    /// How many neighbours in storage are averaged for a parameter of these dimensions.
    pub fn group(self, dimensions: &[usize]) -> usize {
        let group = match (self, dimensions) {
            (Self::Blocks(size), _) => size,
            (Self::None, _) | (Self::ByShape, [] | [_]) => 1,
            (Self::ByShape, [_, last] | [_, _, last]) => *last,
            (Self::ByShape, [_, _, kernel @ ..]) => kernel.iter().product(),
        };
        group.max(1)
    }
}

/// AdaHessian: Adam with an estimate of the Hessian's diagonal for a gradient in the second moment.
/// With a vector z of signs and `d = z (H z)`,
///
/// ```text
/// D = spatial average of |d|
/// m <- beta1 m + (1 - beta1) g,  s <- beta2 s + (1 - beta2) D^2
/// P = (m / (1 - beta1^t)) / ((s / (1 - beta2^t))^(power / 2) + epsilon)
/// ```
///
/// `E[d_i^2] = sum_j H_ij^2`: without averaging over space the denominator tends to the norm of a row of
/// the Hessian, not to its diagonal.
///
/// Source: Yao et al., AdaHessian: an adaptive second order optimizer for machine learning (2021).
///
/// ```
/// use ravine_nn::precondition::{AdaHessian, AdaHessianSettings};
///
/// // A diagonal Hessian (4, 2) at a gradient (4, 2).
/// let mut adahessian = AdaHessian::new(&[2], AdaHessianSettings::default());
/// let mut direction = [0.0_f64; 2];
/// adahessian.step(&[4.0, 2.0], &[4.0, 2.0], &mut direction);
/// assert!(direction.iter().all(|d| (d - 1.0).abs() < 1e-4));
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct AdaHessian<T: Precision> {
    settings: AdaHessianSettings,
    group: usize,
    momentum: Vec<T>,
    second: Vec<T>,
    powers: [f64; 2],
    failures: Failures,
    #[serde(skip)]
    averaged: Scratch<Vec<T>>,
}

impl<T: Precision> AdaHessian<T> {
    /// Before the first step of a parameter of these dimensions.
    pub fn new(dimensions: &[usize], settings: AdaHessianSettings) -> Self {
        let zeros = vec![T::ZERO; dimensions.iter().product()];
        Self {
            group: settings.spatial.group(dimensions),
            momentum: zeros.clone(),
            second: zeros,
            powers: [1.0; 2],
            failures: Failures::default(),
            averaged: Scratch::default(),
            settings,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &AdaHessianSettings {
        &self.settings
    }

    /// How often a gradient or an estimate was refused.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// Takes in a gradient and `estimate = z (H z)`, and gives the direction. What is not finite changes
    /// nothing.
    ///
    /// # Panics
    ///
    /// If a slice has another length.
    pub fn step(&mut self, gradient: &[T], estimate: &[T], direction: &mut [T]) -> Step {
        check(self.momentum.len(), &[gradient, estimate, direction]);
        if !finite(gradient) || !finite(estimate) {
            return Step::none(direction, self.failures.count(Status::KeptOld));
        }
        self.failures.count(Status::Refreshed);
        let AdaHessianSettings { beta1, beta2, epsilon, power, of, .. } = self.settings;
        let averaged = &mut *self.averaged;
        averaged.clear();
        for group in estimate.chunks(self.group) {
            let sum: f64 = match of {
                SpatialOf::Magnitudes => group.iter().map(|d| d.wide().abs()).sum(),
                SpatialOf::Estimates => group.iter().map(|d| d.wide()).sum::<f64>().abs(),
            };
            let mean = T::narrow(sum / group.len() as f64);
            averaged.extend(group.iter().map(|_| mean));
        }
        average(&mut self.momentum, beta1, 1.0 - beta1, gradient);
        average_squares(&mut self.second, beta2, 1.0 - beta2, averaged);
        self.powers = [self.powers[0] * beta1, self.powers[1] * beta2];
        let [mean, square] = self.powers.map(|power| 1.0 / (1.0 - power));
        for ((d, m), s) in direction.iter_mut().zip(&self.momentum).zip(&self.second) {
            let by = (square * s.wide()).powf(power / 2.0) + epsilon;
            *d = if by > 0.0 { T::narrow(mean * m.wide() / by) } else { T::ZERO };
        }
        Step::moved(Status::Unchanged)
    }
}
