//! A point with what is known there.

use super::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// A point with what is known there.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Iterate<V> {
    /// The point.
    pub x: V,
    /// `f(x)`.
    pub value: f64,
    /// `grad f(x)`.
    pub gradient: V,
    /// What the gradient test compares: the maximum norm of the gradient, of the projected
    /// gradient `P(x - g) - x` under bounds, of the smallest subgradient under an L1 term.
    pub gradient_norm: f64,
}

impl<V: Vector> Iterate<V> {
    /// Evaluates value and gradient at `x`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn evaluate<O>(oracle: &Oracle<'_, O>, x: V) -> Result<Self, Interrupt>
    where
        O: crate::objective::Gradient<Point = V> + ?Sized,
    {
        let mut gradient = x.zeros_like();
        let value = oracle.value_and_gradient(&x, &mut gradient)?;
        let gradient_norm = gradient.norm_max();
        Ok(Self { x, value, gradient, gradient_norm })
    }

    /// Evaluates value and gradient at `x` in place.
    ///
    /// # Errors
    ///
    /// An interrupt; value and gradient are then not those of `x`.
    pub fn update<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
    where
        O: crate::objective::Gradient<Point = V> + ?Sized,
    {
        self.value = oracle.value_and_gradient(&self.x, &mut self.gradient)?;
        self.gradient_norm = self.gradient.norm_max();
        Ok(())
    }

    /// [`update`](Self::update) at the point of the objective's bounds that is nearest to `x`, with the
    /// norm of the projected gradient.
    ///
    /// # Errors
    ///
    /// See [`update`](Self::update).
    pub fn update_within<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
    where
        O: crate::objective::Gradient<Point = V> + ?Sized,
        V: AsRef<[f64]> + AsMut<[f64]>,
    {
        if let Some(bounds) = oracle.bounds() {
            bounds.project(self.x.as_mut());
        }
        self.update(oracle)?;
        if let Some(bounds) = oracle.bounds() {
            self.gradient_norm =
                bounds.projected_gradient_norm(self.x.as_ref(), self.gradient.as_ref());
        }
        Ok(())
    }

    /// What a first-order method reports as left to gain where none of its steps decreases: `model`,
    /// its guess from the last step, but only where the gradient is small on the scale of point
    /// and value, `|g| |x| <= |f| / 1000`. Elsewhere that guess says more of the largest curvature than
    /// of what is left, and `|g| |x|` stands for it.
    pub(crate) fn left_to_gain(&self, model: f64) -> f64 {
        let scale = self.gradient_norm * self.x.norm_max();
        if scale <= 1e-3 * self.value.abs() { model } else { scale.max(model) }
    }

    /// What a method without a model of its own has left to gain where it ends: the decrease that the
    /// curvature `s'y / s's` of its last step `s` promises along the negative gradient,
    /// `g'g s's / (2 s'y)`, with the change `y` of the gradient since `before`; where the gradient is
    /// not small on the scale of point and value, `|g| |x|` if that is more. Infinite where the last
    /// step tells nothing.
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::oracle::{Iterate, Oracle};
    ///
    /// // 1000 + 8 x^2, of which 8e-4 is above the minimum.
    /// let f = ravine::objective!(1, |x| 8.0 * x[0] * x[0] + 1000.0);
    /// let oracle = Oracle::new(&f, Stopping::default());
    /// let before = Iterate::evaluate(&oracle, vec![0.5])?;
    /// let now = Iterate::evaluate(&oracle, vec![0.01])?;
    /// assert!((now.gain_left(&before) - 8e-4).abs() < 1e-15);
    /// assert_eq!(now.gain_left(&now), f64::INFINITY);
    /// # Ok::<(), ravine::Interrupt>(())
    /// ```
    pub fn gain_left(&self, before: &Self) -> f64 {
        let (mut s, mut y) = (self.x.clone(), self.gradient.clone());
        s.axpy(-1.0, &before.x);
        y.axpy(-1.0, &before.gradient);
        let sy = s.dot(&y);
        if sy <= 0.0 {
            return f64::INFINITY;
        }
        self.left_to_gain(self.gradient.dot(&self.gradient) * s.dot(&s) / (2.0 * sy))
    }

    /// A cautious first step along the negative gradient, where nothing is known of the scale: it
    /// moves the largest entry by a hundredth of the size of `x`, or, from the origin, promises a
    /// decrease of a hundredth of `|f|` to first order.
    ///
    /// Source: Hager and Zhang, Algorithm 851 (2006), rule I0.
    pub fn first_step(&self) -> f64 {
        let size = self.x.norm_max();
        let square = self.gradient.dot(&self.gradient);
        let step = if size > 0.0 {
            0.01 * size / self.gradient_norm
        } else {
            0.01 * self.value.abs() / square
        };
        if step.is_normal() && step > 0.0 { step } else { 1.0 }
    }

    /// The first trial of a line search along the negative gradient, where nothing is known of the scale:
    /// its length is the size of the largest entry of x, but it promises a decrease of no more than
    /// `2 |f|` to first order; the latter alone at the origin, the former alone where `f = 0`. For a
    /// quadratic with minimum zero the latter is an upper bound of the minimizer along the gradient.
    /// Never less than [`first_step`](Self::first_step). Multiples of x or of f change nothing.
    ///
    /// The cautious step costs such a search evaluations, and what is learnt from it is the steepest
    /// curvature.
    pub fn first_trial(&self) -> f64 {
        let square = self.gradient.dot(&self.gradient);
        let length = self.x.norm_max() / square.sqrt();
        let decrease = 2.0 * self.value.abs() / square;
        let both = length > 0.0 && decrease > 0.0;
        let trial = if both { length.min(decrease) } else { length.max(decrease) };
        let least = self.first_step();
        if trial.is_normal() { trial.max(least) } else { least }
    }
}

/// `f(x) - f(x + p)`. Where values are too coarse to tell, from the gradients at both ends: their
/// mean slope is exact for a quadratic, and nothing cancels in it. So it is where both values are the same
/// number, also zero, and the gradient is smaller at the trial. Up to `noise`
/// differences of values tell nothing.
pub(crate) fn actual_decrease<V: Vector>(
    iterate: &Iterate<V>,
    trial: &Iterate<V>,
    step: &V,
    predicted: f64,
    noise: f64,
) -> f64 {
    let difference = iterate.value - trial.value;
    let alike = difference == 0.0 && trial.gradient_norm < iterate.gradient_norm;
    if !alike && (predicted > noise || difference.abs() > noise) {
        return difference;
    }
    -0.5 * (iterate.gradient.dot(step) + trial.gradient.dot(step))
}

/// Differences of values up to this many units of rounding of them cannot be told from noise.
pub(crate) const NOISE: f64 = 1e3;
