//! Entry by entry: Adam for what is no hidden matrix, Sophia, AdaHessian.

use ravine_linalg::matrix::Precision;

use super::dense::{average, average_squares, finite};
use super::scratch::Scratch;
use super::{Failures, Status, Step};

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
/// assert!((direction[0] - 1.0).abs() < 1e-6 && (direction[1] + 1.0_f64).abs() < 1e-6);
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

fn check<T>(entries: usize, slices: &[&[T]]) {
    for slice in slices {
        assert_eq!(slice.len(), entries, "a parameter of {entries} entries");
    }
}

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

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::random::Random;

    #[test]
    fn adam_is_its_formula() {
        let mut adam = AdamDirection::new(6, AdamSettings::default());
        let mut direction = vec![0.0; 6];
        adam.step(&G1, &mut direction);
        adam.step(&G2, &mut direction);
        let right = G1.iter().zip(&G2).map(|(a, b)| {
            let m = (0.09 * a + 0.1 * b) / 0.19;
            let v = (0.000999 * a * a + 0.001 * b * b) / (1.0 - 0.999f64.powi(2));
            m / (v.sqrt() + 1e-8)
        });
        close(&direction, &right.collect::<Vec<_>>(), 1e-12);
    }

    /// Mistake 26: the unclipped step is `m / (rho diag)`, and a batch that is repeated, with half the
    /// squared sampled gradient and twice the number of losses, gives the same.
    #[test]
    fn sophia_needs_the_number_of_losses() {
        let (diagonal, gradient) = ([4.0, 1.0, 0.25], [0.1, -0.01, 1.0]);
        let settings = SophiaSettings { beta1: 0.0, beta2: 0.0, rho: 0.5 };
        let mut directions = Vec::new();
        for losses in [50, 100] {
            let mut sophia = Sophia::new(3, settings.clone());
            let sampled = diagonal.map(|d: f64| (d / losses as f64).sqrt());
            sophia.observe_curvature(&sampled);
            let mut direction = vec![0.0; 3];
            let (step, free) = sophia.step(&gradient, losses, &mut direction);
            assert!(step.moves && (free - 2.0 / 3.0).abs() < 1e-15);
            directions.push(direction);
        }
        close(&directions[0], &[0.1 / 2.0, -0.01 / 0.5, 1.0], 1e-12);
        close(&directions[0], &directions[1], 1e-12);
        // Forgotten, everything is clipped; so it is before the first estimate.
        let mut sophia = Sophia::new(3, settings);
        let mut direction = vec![0.0; 3];
        assert_eq!(sophia.step(&gradient, 100, &mut direction).1, 0.0);
        assert_eq!(direction, [1.0, -1.0, 1.0]);
    }

    /// Mistake 27: which entries are averaged, for every kind of shape.
    #[test]
    fn spatial_averages_follow_shapes() {
        let groups: [(&[usize], usize); 6] = [
            (&[], 1),
            (&[7], 1),
            (&[3, 4], 4),
            (&[2, 3, 4], 4),
            (&[2, 3, 2, 5], 10),
            (&[2, 3, 2, 2, 3], 12),
        ];
        for (dimensions, group) in groups {
            assert_eq!(Spatial::ByShape.group(dimensions), group);
            assert_eq!(Spatial::None.group(dimensions), 1);
            assert_eq!(Spatial::Blocks(32).group(dimensions), 32);
        }
        let estimate = [1.0, -3.0, 2.0, 4.0];
        let cases = [
            (Spatial::ByShape, SpatialOf::Magnitudes, [2.0, 2.0, 3.0, 3.0]),
            (Spatial::ByShape, SpatialOf::Estimates, [1.0, 1.0, 3.0, 3.0]),
            (Spatial::None, SpatialOf::Magnitudes, [1.0, 3.0, 2.0, 4.0]),
            (Spatial::Blocks(3), SpatialOf::Magnitudes, [2.0, 2.0, 2.0, 4.0]),
        ];
        for (spatial, of, denominator) in cases {
            let settings = AdaHessianSettings { spatial, of, epsilon: 0.0, ..Default::default() };
            let mut adahessian = AdaHessian::new(&[2, 2], settings);
            let mut direction = [0.0; 4];
            adahessian.step(&[1.0; 4], &estimate, &mut direction);
            close(&direction, &denominator.map(|d: f64| 1.0 / d), 1e-12);
        }
    }

    /// `E[(v Hv)_i^2] = sum_j H_ij^2`: the denominator tends to the norms of rows.
    #[test]
    fn the_denominator_is_the_norm_of_a_row() {
        let mut random = Random::new(37);
        let h = semidefinite(&mut random, &[3.0, 1.0, 0.3]);
        let settings = AdaHessianSettings { beta2: 0.9998, epsilon: 0.0, ..Default::default() };
        let mut adahessian = AdaHessian::new(&[3], settings);
        let mut direction = vec![0.0; 3];
        for _ in 0..20_000 {
            let v: Vec<f64> = (0..3).map(|_| random.sign()).collect();
            let mut estimate = vec![0.0; 3];
            h.multiply(&v, &mut estimate);
            estimate.iter_mut().zip(&v).for_each(|(e, v)| *e *= v);
            adahessian.step(&[1.0; 3], &estimate, &mut direction);
        }
        for (i, d) in direction.iter().enumerate() {
            let row = h.column(i).iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!((1.0 / d / row - 1.0).abs() < 0.05, "{d} {row}");
        }
    }

    #[test]
    fn refused_gradients_zero_ones_and_saved_states() {
        let g: Vec<f32> = narrowed(&G1);
        let (broken, mut direction, mut other) = ([f32::NAN; 6], vec![0.0; 6], vec![0.0; 6]);
        let mut adam = AdamDirection::<f32>::new(6, AdamSettings::default());
        let mut sophia = Sophia::<f32>::new(6, SophiaSettings::default());
        let mut adahessian = AdaHessian::<f32>::new(&[3, 2], AdaHessianSettings::default());
        assert!(adam.step(&[0.0; 6], &mut direction).moves && direction == [0.0; 6]);
        assert!(sophia.step(&[0.0; 6], 1, &mut direction).0.moves && direction == [0.0; 6]);
        assert!(
            adahessian.step(&[0.0; 6], &[0.0; 6], &mut direction).moves && direction == [0.0; 6]
        );
        adam.step(&g, &mut direction);
        sophia.observe_curvature(&g);
        adahessian.step(&g, &g, &mut direction);
        assert!(!adam.step(&broken, &mut direction).moves);
        assert!(!sophia.step(&broken, 1, &mut direction).0.moves);
        assert_eq!(sophia.observe_curvature(&broken), Status::KeptOld);
        assert!(!adahessian.step(&g, &broken, &mut direction).moves);
        let totals = [adam.failures(), sophia.failures(), adahessian.failures()].map(|f| f.total);
        assert_eq!(totals, [1, 2, 1]);
        let (mut adam2, mut sophia2) = (restored(&adam), restored(&sophia));
        let mut adahessian2 = restored(&adahessian);
        adam.step(&g, &mut direction);
        adam2.step(&g, &mut other);
        assert_eq!((&adam, &direction), (&adam2, &other));
        sophia.step(&g, 3, &mut direction);
        sophia2.step(&g, 3, &mut other);
        assert_eq!((&sophia, &direction), (&sophia2, &other));
        adahessian.step(&g, &g, &mut direction);
        adahessian2.step(&g, &g, &mut other);
        assert_eq!((&adahessian, &direction), (&adahessian2, &other));
    }
}
