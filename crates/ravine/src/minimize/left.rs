//! What is left to gain at a point, and how much of it values can show.

use crate::oracle::Iterate;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// Of the terms that a function is made of, the share that a decrease is lost in: `1e-21` in double
/// precision, what a relative change of the variables by about `3e-11` makes.
pub(super) fn lost_share<V: Vector>() -> f64 {
    V::EPSILON.powf(1.35)
}

/// Values that differ by more than this share of themselves are told apart by any function worth
/// minimizing.
const COARSE: f64 = 1e-5;

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
/// What ends the run ends the question: nothing is concluded from a value that was not had.
pub(super) struct Near<'r, V> {
    /// The value at a point that it first moves into the bounds.
    pub value: &'r dyn Fn(&mut V) -> Result<f64, Interrupt>,
    pub iterate: &'r Iterate<V>,
}

impl<V: Vector> Near<'_, V> {
    /// The value at a point, moved into the bounds, where it is finite.
    fn at(&self, x: &mut V) -> Result<Option<f64>, Interrupt> {
        if !x.is_finite() {
            return Ok(None);
        }
        Ok(Some((self.value)(x)?).filter(|value| value.is_finite()))
    }

    /// The size of the terms that the function is made of here: of `f`, `g'x` and `x'Hx / 2`, which the
    /// quadratic model takes away from the origin. They change neither with the units of the
    /// variables nor with the start. Takes one value.
    pub fn size(&self) -> Result<f64, Interrupt> {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let size = value.abs() + gradient.dot(x).abs() + self.curved()?;
        Ok(if size.is_finite() { size } else { value.abs() })
    }

    /// `|x'Hx| / 2`, from one value; zero where it is lost in rounding.
    fn curved(&self) -> Result<f64, Interrupt> {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let slope = gradient.dot(x);
        let step = V::EPSILON.powf(0.25);
        let curvature = |t: f64| -> Result<Option<f64>, Interrupt> {
            let mut there = x.clone();
            there.scale(1.0 + t);
            let curved = |there: f64| {
                let bent = (there - value - t * slope).abs();
                let rounding = 4.0 * V::EPSILON * (value.abs() + slope.abs());
                if bent > rounding { bent / (t * t) } else { 0.0 }
            };
            Ok(self.at(&mut there)?.map(curved))
        };
        Ok(match curvature(step)? {
            Some(curved) => curved,
            None => curvature(-step)?.unwrap_or(0.0),
        })
    }

    /// Whether the function falls along the negative gradient g, or that in the units of each variable,
    /// `d_i = x_i^2 g_i`, by more than twice `bound`, or what its values can show: at a step where a
    /// linear function would fall by four times as much, and by half as much at half of it. Of a
    /// quadratic that says whether a step along d gains more than twice the bound, `(g'd)^2 / (2 d'Hd)`.
    /// Takes two values, or a few more where they are coarser than their type. Where the gradient is small
    /// against the curvature over the whole of x, a step that would move a variable by a tenth of x says
    /// nothing of this point.
    pub fn falls_along_gradient(&self, bound: f64) -> Result<bool, Interrupt> {
        let Iterate { x, gradient, gradient_norm, .. } = self.iterate;
        let size = x.norm_max();
        if *gradient_norm == 0.0 {
            return Ok(false);
        }
        let mut direction = gradient.clone();
        direction.scale(1.0 / gradient_norm);
        if self.falls_by(bound, &direction)? {
            return Ok(true);
        }
        let mut units = x.clone();
        units.scale(1.0 / size);
        direction.scale_by_squares(&units);
        let largest = direction.norm_max();
        if !(largest.is_normal() && size.is_normal()) {
            return Ok(false);
        }
        direction.scale(1.0 / largest);
        self.falls_by(bound, &direction)
    }

    /// The same against one direction, of length 1 in the maximum norm.
    fn falls_by(&self, bound: f64, direction: &V) -> Result<bool, Interrupt> {
        let Iterate { x, value, gradient, gradient_norm } = self.iterate;
        let mut bound = bound.max(8.0 * V::EPSILON * value.abs());
        let mut step = 4.0 * bound / gradient.dot(direction);
        if !(step.is_finite() && step > 0.0 && bound > 0.0) {
            return Ok(false);
        }
        let size = x.norm_max();
        if step > 0.1 * size && gradient_norm * size < 1e-3 * self.curved()? {
            return Ok(false);
        }
        let fall = |t: f64| -> Result<f64, Interrupt> {
            let mut there = x.zeros_like();
            there.point_along(x, -t, direction);
            Ok(self.at(&mut there)?.map_or(f64::NEG_INFINITY, |there| value - there))
        };
        let mut moved = x.zeros_like();
        moved.point_along(x, -step, direction);
        moved.axpy(-1.0, x);
        if moved.norm_max() == 0.0 {
            return Ok(false);
        }
        loop {
            let whole = fall(step)?;
            if whole <= -bound {
                return Ok(false);
            }
            if whole >= 2.0 * bound && fall(0.5 * step)? >= bound {
                return Ok(true);
            }
            // Values that are coarser than their type show nothing on so short a way.
            if bound >= COARSE * value.abs() {
                return Ok(false);
            }
            (step, bound) = (16.0 * step, 16.0 * bound);
        }
    }

    /// Whether the function falls without bound along the negative gradient, or away from the origin: by no
    /// less the farther it goes, over twenty powers of ten from where a linear function would have
    /// changed by its value, or as far as numbers go; within the bounds. Gives the direction of that ray.
    pub fn falls_forever(&self) -> Result<Option<V>, Interrupt> {
        let Iterate { x, value, gradient, gradient_norm } = self.iterate;
        let step = value.abs() / gradient_norm / gradient_norm;
        // Variables that are at their bounds stay there.
        let mut way = x.zeros_like();
        way.point_along(x, -step, gradient);
        if !step.is_normal() || self.at(&mut way)?.is_none() {
            return Ok(None);
        }
        way.axpby(-1.0 / step, x, 1.0 / step);
        if self.falls_along(&way, step)? {
            return Ok(Some(way));
        }
        Ok(self.falls_along(x, 1.0)?.then(|| x.clone()))
    }

    fn falls_along(&self, way: &V, mut step: f64) -> Result<bool, Interrupt> {
        let Iterate { x, value, .. } = self.iterate;
        let (mut before, mut fall, mut asked) = (*value, 0.0, x.zeros_like());
        for _ in 0..=20 {
            let mut there = x.zeros_like();
            there.point_along(x, step, way);
            if !there.is_finite() {
                return Ok(fall > 0.0);
            }
            asked.copy_from(&there);
            let value = (self.value)(&mut there)?;
            asked.axpy(-1.0, &there);
            if asked.norm_max() > 0.0 {
                return Ok(false);
            }
            if value == f64::NEG_INFINITY {
                return Ok(true);
            }
            let falls = before - value;
            // Also where it is not a number.
            if !(falls > 0.0 && falls >= 0.5 * fall) {
                return Ok(false);
            }
            (before, fall) = (value, falls);
            step *= 10.0;
        }
        Ok(true)
    }

    /// The standard deviation of the rounding and the noise of values around here: from fourth differences
    /// over steps that are long enough to change terms which cancel; the smooth part of the function is
    /// gone from them. At least a unit of rounding of the value.
    ///
    /// Source: More and Wild, Estimating computational noise (2011).
    pub fn noise(&self) -> Result<f64, Interrupt> {
        let Iterate { x, value, .. } = self.iterate;
        let epsilon = V::EPSILON;
        let mut values = [0.0; 7];
        for (k, value) in values.iter_mut().enumerate() {
            let mut there = x.clone();
            there.scale(1.0 + (k as f64 - 3.0) * epsilon.sqrt());
            match self.at(&mut there)? {
                Some(there) => *value = there,
                None => return Ok(epsilon * value.abs()),
            }
        }
        let fourth = |v: &[f64]| v[0] - 4.0 * v[1] + 6.0 * v[2] - 4.0 * v[3] + v[4];
        let squares: f64 = values.windows(5).map(|window| fourth(window).powi(2)).sum();
        // 4!^2 / 8! = 1 / 70 of the mean square is the variance of a value.
        Ok((squares / 3.0 / 70.0).sqrt().max(epsilon * value.abs()))
    }
}
