//! A number that follows how well model and function agree.

use crate::curvature::Belief;
use crate::step::Extent;
use ravine_linalg::ArgumentError;

/// Rules for a number that says how far the model is trusted, by the ratio of the actual to the
/// predicted decrease: a radius ([`Radius`](super::Radius)), the weight of a cubic term
/// ([`Weight`](super::Weight)), a damping ([`Damping`](super::Damping)). Rules are a
/// [`Trust`](super::Trust).
pub trait Region {
    /// What the number bounds: [`Ball`](crate::step::Ball), [`Cubic`](crate::step::Cubic) or
    /// [`Damped`](crate::step::Damped).
    type Reach: Extent;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError>;

    /// The number at a start of norm `size` in so many dimensions.
    fn first(&self, size: f64, dimension: usize) -> f64;

    /// The number after a step of length `length` (Euclidean) with the given ratio, which is NaN
    /// where the function was not finite; `on_boundary` as in [`Solution`](crate::step::Solution).
    fn next(&self, trust: f64, ratio: f64, length: f64, on_boundary: bool) -> f64;

    /// The least ratio of a step that is accepted.
    fn accept(&self) -> f64;

    /// What is believed of the model where the number is `trust`.
    fn belief<'s, V>(&self, belief: Belief<'s, V>, trust: f64) -> Belief<'s, V>;
}
