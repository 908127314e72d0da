//! What is left to gain at a point, and how much of it values can show.

use crate::oracle::Iterate;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// Of the terms that a function is made of, the share that a decrease is lost in: `1e-21` in double
/// precision, what a relative change of the variables by about `3e-11` makes.
pub(super) fn lost_share<V: Vector>() -> f64 {
    V::EPSILON.powf(1.35)
}

/// What a run knows of it from points before.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Left {
    /// The size of the terms, where it was last measured.
    pub size: Option<f64>,
    /// The norm of the gradient where a model that is learnt had missed a decrease along it.
    pub missed_at: Option<f64>,
    /// The last value from which the function was seen not to fall forever.
    pub bounded_at: Option<f64>,
}

impl Left {
    /// Whether little has changed since the function fell along a gradient.
    pub fn is_too_soon(&self, gradient_norm: f64) -> bool {
        self.missed_at.is_some_and(|missed| gradient_norm > 0.5 * missed)
    }

    /// Whether the terms of the function may be large enough for this decrease to be none of them: an
    /// evaluation tells.
    pub fn may_be_negligible<V: Vector>(&self, at: &Iterate<V>, predicted: f64) -> bool {
        let Iterate { x, value, gradient_norm, .. } = at;
        match self.size {
            Some(size) => predicted <= 10.0 * lost_share::<V>() * size,
            // Of a quadratic with minimum 0 this is the square root of the share.
            None => predicted <= V::EPSILON.sqrt() * (value.abs() + gradient_norm * x.norm_max()),
        }
    }
}

/// The function close to a point, by values. It is compiled once for each kind of vector, whatever asks.
pub(super) struct Near<'r, V> {
    /// The value at a point that it first moves into the bounds.
    pub value: &'r dyn Fn(&mut V) -> Result<f64, Interrupt>,
    pub iterate: &'r Iterate<V>,
}

impl<V: Vector> Near<'_, V> {
    /// The value at a point, moved into the bounds, where it is finite.
    fn at(&self, x: &mut V) -> Option<f64> {
        if !x.is_finite() {
            return None;
        }
        (self.value)(x).ok().filter(|value| value.is_finite())
    }

    /// The size of the terms that the function is made of here: of `f`, `g'x` and `x'Hx / 2`, which the
    /// quadratic model takes away from the origin. They change neither with the units of the
    /// variables nor with the start. Takes one value.
    pub fn size(&self) -> f64 {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let size = value.abs() + gradient.dot(x).abs() + self.curved();
        if size.is_finite() { size } else { value.abs() }
    }

    /// `|x'Hx| / 2`, from one value.
    fn curved(&self) -> f64 {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let slope = gradient.dot(x);
        let step = V::EPSILON.powf(0.25);
        let curvature = |t: f64| {
            let mut there = x.clone();
            there.scale(1.0 + t);
            let change = self.at(&mut there)? - value;
            Some(((change - t * slope) / (t * t)).abs())
        };
        curvature(step).or_else(|| curvature(-step)).unwrap_or(0.0)
    }

    /// Whether the function falls along the negative gradient g, or that in the units of each variable,
    /// `d_i = x_i^2 g_i`, by more than twice `bound`, or what its values can show: at a step where a
    /// linear function would fall by four times as much, and by half as much at half of it. Of a
    /// quadratic that says whether a step along d gains more than twice the bound, `(g'd)^2 / (2 d'Hd)`.
    /// Takes two values, or up to five. Where the gradient is small against the curvature over the whole of
    /// x, a step that would move a variable by a tenth of x says nothing of this point.
    pub fn falls_along_gradient(&self, bound: f64) -> bool {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let bound = bound.max(8.0 * V::EPSILON * value.abs());
        let near = self.iterate.gradient_norm * x.norm_max() <= 1e-3 * self.curved();
        let falls_along = |direction: &V| {
            let step = 4.0 * bound / gradient.dot(direction);
            let far = near && step * direction.norm_max() > 0.1 * x.norm_max();
            if far || !(step.is_finite() && bound > 0.0) {
                return false;
            }
            let falls = |t: f64, least: f64| {
                let mut there = x.zeros_like();
                there.point_along(x, -t, direction);
                self.at(&mut there).is_some_and(|there| value - there >= least)
            };
            falls(step, 2.0 * bound) && falls(0.5 * step, bound)
        };
        if falls_along(gradient) {
            return true;
        }
        let mut scaled = gradient.clone();
        scaled.scale_by_squares(x);
        falls_along(&scaled)
    }

    /// Whether the function falls without bound along the negative gradient, or away from the origin: by no
    /// less the farther it goes, over twenty powers of ten from where a linear function would have
    /// changed by its value, or as far as numbers go; within the bounds. That ray is then the witness.
    pub fn falls_forever(&self) -> bool {
        let Iterate { x, value, gradient, gradient_norm } = self.iterate;
        let step = value.abs() / gradient_norm / gradient_norm;
        // Variables that are at their bounds stay there.
        let mut way = x.zeros_like();
        way.point_along(x, -step, gradient);
        if !step.is_normal() || self.at(&mut way).is_none() {
            return false;
        }
        way.axpby(-1.0 / step, x, 1.0 / step);
        self.falls_along(&way, step) || self.falls_along(x, 1.0)
    }

    fn falls_along(&self, way: &V, mut step: f64) -> bool {
        let Iterate { x, value, .. } = self.iterate;
        let (mut before, mut fall, mut asked) = (*value, 0.0, x.zeros_like());
        for _ in 0..=20 {
            let mut there = x.zeros_like();
            there.point_along(x, step, way);
            if !there.is_finite() {
                return fall > 0.0;
            }
            asked.copy_from(&there);
            let Ok(value) = (self.value)(&mut there) else { return false };
            asked.axpy(-1.0, &there);
            if asked.norm_max() > 0.0 {
                return false;
            }
            if value == f64::NEG_INFINITY {
                return true;
            }
            let falls = before - value;
            // Also where it is not a number.
            if !(falls > 0.0 && falls >= 0.5 * fall) {
                return false;
            }
            (before, fall) = (value, falls);
            step *= 10.0;
        }
        true
    }

    /// The standard deviation of the rounding and the noise of values around here: from fourth differences
    /// over steps that are long enough to change terms which cancel; the smooth part of the function is
    /// gone from them. At least a unit of rounding of the value.
    ///
    /// Source: More and Wild, Estimating computational noise (2011).
    pub fn noise(&self) -> f64 {
        let Iterate { x, value, .. } = self.iterate;
        let epsilon = V::EPSILON;
        let mut values = [0.0; 7];
        for (k, value) in values.iter_mut().enumerate() {
            let mut there = x.clone();
            there.scale(1.0 + (k as f64 - 3.0) * epsilon.sqrt());
            match self.at(&mut there) {
                Some(there) => *value = there,
                None => return epsilon * value.abs(),
            }
        }
        let fourth = |v: &[f64]| v[0] - 4.0 * v[1] + 6.0 * v[2] - 4.0 * v[3] + v[4];
        let squares: f64 = values.windows(5).map(|window| fourth(window).powi(2)).sum();
        // 4!^2 / 8! = 1 / 70 of the mean square is the variance of a value.
        (squares / 3.0 / 70.0).sqrt().max(epsilon * value.abs())
    }
}
