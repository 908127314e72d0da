//! The conditions of Wolfe, exact and approximate, and what searches for them share.

use super::{Found, Phi, Start};
use ravine_linalg::{ArgumentError, Interrupt};

/// A step with what is known there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// The step.
    pub a: f64,
    /// `phi(a)`; infinite where `phi` or its slope is not a number.
    pub value: f64,
    /// `phi'(a)`.
    pub slope: f64,
}

impl Point {
    pub fn origin(start: &Start) -> Self {
        Self { a: 0.0, value: start.value, slope: start.slope }
    }

    pub fn at(phi: &mut dyn Phi, a: f64) -> Result<Self, Interrupt> {
        let (value, slope) = phi.value_and_slope(a)?;
        let usable = value == f64::NEG_INFINITY || (value.is_finite() && slope.is_finite());
        Ok(Self { a, value: if usable { value } else { f64::INFINITY }, slope })
    }

    /// [`at`](Self::at), with a slope that may be left out, and is then NaN, where the value is above the
    /// `ceiling`.
    pub fn below(phi: &mut dyn Phi, a: f64, ceiling: f64) -> Result<Self, Interrupt> {
        if !cfg!(feature = "differences") {
            return Self::at(phi, a);
        }
        match phi.value_first(a)? {
            Some(value) if value.is_nan() || value > ceiling => {
                let value = if value.is_nan() { f64::INFINITY } else { value };
                Ok(Self { a, value, slope: f64::NAN })
            }
            _ => Self::at(phi, a),
        }
    }

    pub fn is_finite(&self) -> bool {
        self.value.is_finite()
    }

    /// The same point of `phi(a) + tilt a`.
    pub fn tilted(self, tilt: f64) -> Self {
        Self { a: self.a, value: self.value + tilt * self.a, slope: self.slope + tilt }
    }
}

/// The minimizer of the quadratic with the slopes of both points.
pub(super) fn secant(p: Point, q: Point) -> f64 {
    p.a - p.slope * (q.a - p.a) / (q.slope - p.slope)
}

/// When a step is accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wolfe {
    pub decrease: f64,
    pub slope: f64,
    /// Relative to `|phi(0)|`.
    pub rounding: f64,
    /// The precision of values.
    pub epsilon: f64,
    /// Slopes up to this may be zero.
    pub slope_error: f64,
}

impl Wolfe {
    /// `rounding` as it is set for double precision.
    pub fn new(decrease: f64, slope: f64, rounding: f64, epsilon: f64) -> Self {
        let rounding = in_units_of(epsilon, rounding);
        Self { decrease, slope, rounding, epsilon, slope_error: 0.0 }
    }

    pub fn validate(&self) -> Result<(), ArgumentError> {
        let (c1, c2, eps) = (self.decrease, self.slope, self.rounding);
        ArgumentError::check(c1 > 0.0 && c1 < 0.5, "decrease", c1, "between 0 and 0.5")?;
        ArgumentError::check(c2 > 0.0 && c2 < 1.0, "slope", c2, "between 0 and 1")?;
        ArgumentError::check((0.0..1.0).contains(&eps), "rounding", eps, "in [0, 1)")
    }

    /// `phi(a) <= phi(0) + decrease a phi'(0)`.
    pub fn sufficient(&self, start: &Start, p: &Point) -> bool {
        p.value <= start.value + self.decrease * p.a * start.slope
    }

    /// The highest value that rounding may give to a point no higher than the start.
    pub fn ceiling(&self, start: &Start) -> f64 {
        start.value + self.rounding * start.value.abs()
    }

    /// What sufficient decrease says of the slopes if phi is quadratic (Hager and Zhang 2005,
    /// equation 4.2).
    fn turns(&self, start: &Start, p: &Point) -> bool {
        p.slope <= (2.0 * self.decrease - 1.0) * start.slope
    }

    /// Sufficient decrease or, where the values differ by no more than rounding, what the slopes
    /// say.
    fn decreases(&self, start: &Start, p: &Point) -> bool {
        let level = (p.value - start.value).abs() <= self.rounding * start.value.abs();
        (p.value < start.value && self.sufficient(start, p)) || (level && self.turns(start, p))
    }

    /// Decrease and `phi'(a) >= slope phi'(0)`.
    pub fn weak(&self, start: &Start, p: &Point) -> bool {
        self.decreases(start, p) && p.slope >= self.slope * start.slope
    }

    /// The conditions on the slopes alone, at a value not above the ceiling.
    pub fn approximate(&self, start: &Start, p: &Point) -> bool {
        p.value <= self.ceiling(start)
            && self.turns(start, p)
            && p.slope >= self.slope * start.slope
    }

    /// Decrease and `|phi'(a)| <= slope |phi'(0)|`.
    pub fn strong(&self, start: &Start, p: &Point) -> bool {
        self.decreases(start, p) && self.flat(start, p)
    }

    /// `|phi'(a)| <= slope |phi'(0)|`, as far as the error of slopes tells.
    pub fn flat(&self, start: &Start, p: &Point) -> bool {
        p.slope.abs() <= self.slope * start.slope.abs() + self.slope_error
    }

    /// Whether a step of this length changes the value by less than a unit of its rounding.
    pub fn invisible(&self, start: &Start, a: f64) -> bool {
        a * start.slope.abs() <= 0.1 * self.epsilon * start.value.abs()
    }

    /// Ends a search that found no acceptable step: with the best point if it decreases; `last` is
    /// where phi was evaluated last.
    pub fn settle(
        &self,
        phi: &mut dyn Phi,
        start: &Start,
        best: Point,
        last: f64,
    ) -> Result<Found, Interrupt> {
        if best.value >= start.value {
            return Ok(Found::NoDecrease);
        }
        if best.a != last && !Point::at(phi, best.a)?.is_finite() {
            return Ok(Found::NoDecrease);
        }
        Ok(Found::Step(best.a))
    }
}

/// A tolerance for rounding that is set for double precision, as many units of another precision.
pub(super) fn in_units_of(epsilon: f64, tolerance: f64) -> f64 {
    tolerance * (epsilon / f64::EPSILON)
}
