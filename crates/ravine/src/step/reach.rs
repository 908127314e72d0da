//! How far a step may go.

use super::secular::Target;

/// As far as the model says: the trust is in what follows, a line search or a fixed length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Free;

/// Within a radius: `min g'p + p'Bp/2` over `|p| <= radius`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball(pub f64);

/// Within a radius in the scales of the variables: `min g'p + p'Bp/2` over `|D p| <= radius`, with the
/// diagonal matrix D that the curvature knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled(pub f64);

/// With a cubic term of weight sigma: `min g'p + p'Bp/2 + sigma |p|^3 / 3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cubic(pub f64);

/// With a damping lambda: `(B + lambda I) p = -g`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damped(pub f64);

/// A reach that is one number, which a trust adapts to how well model and function agree.
///
/// ```
/// use ravine::step::{Ball, Extent};
///
/// assert_eq!(Ball::of(2.0), Ball(2.0));
/// ```
pub trait Extent: Copy {
    /// The reach of this number.
    fn of(number: f64) -> Self;
}

impl Extent for Ball {
    fn of(number: f64) -> Self {
        Self(number)
    }
}

impl Extent for Scaled {
    fn of(number: f64) -> Self {
        Self(number)
    }
}

impl Extent for Cubic {
    fn of(number: f64) -> Self {
        Self(number)
    }
}

impl Extent for Damped {
    fn of(number: f64) -> Self {
        Self(number)
    }
}

impl From<Ball> for Target {
    fn from(Ball(radius): Ball) -> Self {
        Self::Radius(radius)
    }
}

impl From<Cubic> for Target {
    fn from(Cubic(sigma): Cubic) -> Self {
        Self::Cubic(sigma)
    }
}
