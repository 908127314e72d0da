//! What is done to a vector entry by entry, as named kernels.

use super::Vector;
use crate::random::Random;

/// A [`Vector`] with entry-wise arithmetic: diagonal scalings, the steps of adaptive methods, random
/// probes. Each operation has a name, so that storage on a device can have a kernel for it.
///
/// ```
/// use ravine_linalg::vector::Pointwise;
///
/// let mut x = vec![3.0, -2.0, 0.5];
/// x.soft_threshold(1.0);
/// assert_eq!(x, [2.0, -1.0, 0.0]);
/// x.add_scalar(1.0);
/// x.divide(&vec![2.0, 4.0, 8.0]);
/// assert_eq!(x, [1.5, 0.0, 0.125]);
/// ```
pub trait Pointwise: Vector {
    /// `self_i = x_i self_i`.
    fn multiply(&mut self, x: &Self);
    /// `self_i = self_i / x_i`.
    fn divide(&mut self, x: &Self);
    /// `self_i = self_i + a x_i y_i`.
    ///
    /// ```
    /// use ravine_linalg::vector::Pointwise;
    ///
    /// let mut y = vec![1.0, 1.0];
    /// y.add_product(2.0, &vec![1.0, 2.0], &vec![3.0, 4.0]);
    /// assert_eq!(y, [7.0, 17.0]);
    /// ```
    fn add_product(&mut self, a: f64, x: &Self, y: &Self);
    /// `self_i = b self_i + a x_i^2`: a sum (1, 1) or running average (`1 - decay`, `decay`) of
    /// squares.
    ///
    /// ```
    /// use ravine_linalg::vector::Pointwise;
    ///
    /// let mut s = vec![4.0, 0.0];
    /// s.accumulate_squares(0.25, &vec![2.0, 4.0], 0.75);
    /// assert_eq!(s, [4.0, 4.0]);
    /// ```
    fn accumulate_squares(&mut self, a: f64, x: &Self, b: f64);
    /// `self_i = self_i^2`.
    fn square(&mut self);
    /// `self_i = sqrt(self_i)`; NaN for a negative entry.
    fn square_root(&mut self);
    /// `self_i = 1 / self_i`.
    fn reciprocal(&mut self);
    /// `self_i = |self_i|`.
    fn abs(&mut self);
    /// `self_i` becomes 1, -1 or, where it is zero, 0; NaN stays.
    fn sign(&mut self);
    /// `self_i = self_i + a`.
    fn add_scalar(&mut self, a: f64);
    /// The nearest number to each entry within `[low, high]`; NaN stays.
    ///
    /// # Panics
    ///
    /// If `low > high`, or one is NaN.
    ///
    /// ```
    /// use ravine_linalg::vector::Pointwise;
    ///
    /// let mut x = vec![3.0, -2.0, 0.5];
    /// x.clip(-1.0, 1.0);
    /// assert_eq!(x, [1.0, -1.0, 0.5]);
    /// ```
    fn clip(&mut self, low: f64, high: f64);
    /// `self_i = min(self_i, x_i)`; NaN if one is.
    fn min_with(&mut self, x: &Self);
    /// `self_i = max(self_i, x_i)`; NaN if one is.
    fn max_with(&mut self, x: &Self);
    /// `self_i = sign(self_i) max(|self_i| - threshold, 0)`: the proximal map of `threshold |x|_1`.
    fn soft_threshold(&mut self, threshold: f64);
    /// `sum_i self_i`.
    fn sum(&self) -> f64;
    /// `min_i self_i`: infinite of no entries, NaN if an entry is.
    fn smallest(&self) -> f64;
    /// `self_i = shrink self_i - step (m_i / mean) / (sqrt(s_i / square) + epsilon)`: a step of the
    /// methods that divide by a root mean square, in one pass where the storage allows.
    ///
    /// ```
    /// use ravine_linalg::vector::{AdaptiveStep, Pointwise};
    ///
    /// let step = AdaptiveStep { step: 0.5, epsilon: 1.0, ..AdaptiveStep::default() };
    /// let (m, s) = (vec![3.0, -2.0], vec![4.0, 9.0]);
    /// let mut x = vec![1.0, 1.0];
    /// x.adaptive_step(&m, &s, &step);
    /// assert_eq!(x, [0.5, 1.25]);
    /// let mut curvature = vec![0.0; 2];
    /// curvature.adaptive_curvature(&s, &step);
    /// assert_eq!(curvature, [6.0, 8.0]);
    /// ```
    fn adaptive_step(&mut self, m: &Self, s: &Self, parameters: &AdaptiveStep);
    /// `self_i = (sqrt(s_i / square) + epsilon) / step`: the second derivatives for which
    /// [`adaptive_step`](Self::adaptive_step) is Newton's step.
    fn adaptive_curvature(&mut self, s: &Self, parameters: &AdaptiveStep);
    /// Independent entries uniform in [0, 1), in the order of [`Random::uniform`].
    fn fill_uniform(&mut self, random: &mut Random);
    /// Independent standard normal entries, in the order of [`Random::normal`].
    fn fill_normal(&mut self, random: &mut Random);
    /// Independent signs, 1 or -1 with equal chance (Rademacher), in the order of [`Random::sign`].
    fn fill_signs(&mut self, random: &mut Random);
}

/// The scalars of [`Pointwise::adaptive_step`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveStep {
    /// What the point is multiplied by first. Default 1.
    pub shrink: f64,
    /// The step. Default 1.
    pub step: f64,
    /// What the mean is divided by, against its bias. Default 1.
    pub mean: f64,
    /// What the mean square is divided by, against its bias. Default 1.
    pub square: f64,
    /// Added to the root. Default 0.
    pub epsilon: f64,
}

impl Default for AdaptiveStep {
    fn default() -> Self {
        Self { shrink: 1.0, step: 1.0, mean: 1.0, square: 1.0, epsilon: 0.0 }
    }
}
