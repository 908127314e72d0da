//! A number that follows how well model and function agree.

use crate::curvature::{Belief, Size};
use crate::step::Extent;
use ravine_linalg::ArgumentError;

/// What is known of a trial.
///
/// ```
/// use ravine::trust::{Radius, Region, Tried};
///
/// let rules = Radius::default();
/// let short = Tried { ratio: 0.1, length: 0.8, ..Tried::default() };
/// assert_eq!(rules.next(1.0, &short), 0.2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tried {
    /// The actual over the predicted decrease; NaN where the function was not finite.
    pub ratio: f64,
    /// The length of the step in the norm that its reach bounds.
    pub length: f64,
    /// As in [`Solution`](crate::step::Solution).
    pub on_boundary: bool,
    /// The decrease that the model predicted.
    pub predicted: f64,
    /// `g'p`.
    pub slope: f64,
    /// How many trials before this one, at the same point, were rejected.
    pub failures: u32,
}

/// Rules for a number that says how far the model is trusted, by the ratio of the actual to the
/// predicted decrease: a radius ([`Radius`](super::Radius), [`ScaledRadius`](super::ScaledRadius)), the
/// weight of a cubic term ([`Weight`](super::Weight)), a damping ([`Damping`](super::Damping),
/// [`Nielsen`](super::Nielsen)). Rules are a [`Trust`](super::Trust).
pub trait Region {
    /// What the number bounds: [`Ball`](crate::step::Ball), [`Scaled`](crate::step::Scaled),
    /// [`Cubic`](crate::step::Cubic) or [`Damped`](crate::step::Damped).
    type Reach: Extent;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError>;

    /// The number at a point of this size.
    fn first(&self, size: &Size) -> f64;

    /// The number after a trial.
    fn next(&self, trust: f64, tried: &Tried) -> f64;

    /// The least ratio of a step that is accepted.
    fn accept(&self) -> f64;

    /// What is believed of the model where the number is `trust`.
    fn belief<'s, V>(&self, belief: Belief<'s, V>, trust: f64) -> Belief<'s, V>;
}
