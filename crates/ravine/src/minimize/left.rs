//! What is left to gain at a point, and how much of it values can show.

use crate::line_search::longest_step;
use crate::objective::{Bounds, Within};
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
    pub value: &'r dyn Fn(&V) -> Result<f64, Interrupt>,
    /// The bounds of the run.
    pub bounds: Option<(&'r Bounds, Within<V>)>,
    pub iterate: &'r Iterate<V>,
}

/// Lengths that are tried, each at least twice the one before, to find one of a given gain.
const LENGTHS: usize = 128;

impl<V: Vector> Near<'_, V> {
    /// The value at `x + a d`, moved into the bounds, where it is finite.
    fn along(&self, a: f64, d: &V) -> Result<Option<f64>, Interrupt> {
        let there = self.point(a, d);
        if !there.is_finite() {
            return Ok(None);
        }
        Ok(Some((self.value)(&there)?).filter(|value| value.is_finite()))
    }

    /// `x + a d`, moved into the bounds.
    fn point(&self, a: f64, d: &V) -> V {
        let mut there = self.iterate.x.zeros_like();
        there.point_along(&self.iterate.x, a, d);
        self.keep_bounds(&mut there);
        there
    }

    /// Moves a point into the bounds.
    pub fn keep_bounds(&self, x: &mut V) {
        if let Some((bounds, within)) = &self.bounds {
            (within.project)(bounds, x);
        }
    }

    /// `a d`, as far as `x + a d` is within the bounds: each entry by itself, to zero where its variable is
    /// at the bound that it leads to.
    fn shortened(&self, a: f64, d: &V) -> V {
        let mut shortened = d.clone();
        shortened.scale(a);
        if let Some((bounds, within)) = &self.bounds {
            (within.shorten)(bounds, &self.iterate.x, &mut shortened);
        }
        shortened
    }

    /// A displacement along `-d` within the bounds over which a linear function falls by `fall`, to a
    /// half; `None` where the bounds leave no such way. The fall is a concave function of the length.
    fn downhill(&self, fall: f64, d: &V) -> Option<V> {
        let gradient = &self.iterate.gradient;
        let mut length = fall / gradient.dot(d);
        for _ in 0..LENGTHS {
            if !(length.is_finite() && length > 0.0) {
                return None;
            }
            let way = self.shortened(-length, d);
            let found = -gradient.dot(&way);
            if self.bounds.is_none() || found >= 0.75 * fall {
                return Some(way);
            }
            length *= (fall / found).max(2.0);
        }
        None
    }

    /// The size of the terms that the function is made of here: of `f`, `g'x` and `x'Hx / 2`, which the
    /// quadratic model takes away from the origin. They change neither with the units of the
    /// variables nor with the start. Takes one value.
    pub fn size(&self) -> Result<f64, Interrupt> {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let size = value.abs() + gradient.dot(x).abs() + self.curved()?;
        Ok(if size.is_finite() { size } else { value.abs() })
    }

    /// `|x'Hx| / 2`, from one value; zero where it is lost in rounding. Of the entries of x along which the
    /// bounds leave a way.
    fn curved(&self) -> Result<f64, Interrupt> {
        let Iterate { x, value, gradient, .. } = self.iterate;
        let step = V::EPSILON.powf(0.25);
        let curvature = |t: f64| -> Result<Option<f64>, Interrupt> {
            let way = self.shortened(t, x);
            if way.norm_max() == 0.0 {
                return Ok(None);
            }
            let fall = gradient.dot(&way);
            let curved = |there: f64| {
                let bent = (there - value - fall).abs();
                let rounding = 4.0 * V::EPSILON * (value.abs() + (fall / t).abs());
                if bent > rounding { bent / (t * t) } else { 0.0 }
            };
            Ok(self.along(1.0, &way)?.map(curved))
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
    /// Variables at the bounds that these steps lead to stay there, and count neither in the fall nor in the
    /// length.
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
        let size = x.norm_max();
        let mut bound = bound.max(8.0 * V::EPSILON * value.abs());
        if bound == 0.0 {
            // Beside a value that is zero any other shows.
            let length = V::EPSILON.sqrt() * if size > 0.0 { size } else { 1.0 };
            bound = 0.25 * length * gradient.dot(direction).abs();
        }
        let Some(mut way) = self.downhill(4.0 * bound, direction) else { return Ok(false) };
        if way.norm_max() > 0.1 * size && gradient_norm * size < 1e-3 * self.curved()? {
            return Ok(false);
        }
        let mut moved = self.point(1.0, &way);
        moved.axpy(-1.0, x);
        if moved.norm_max() == 0.0 {
            return Ok(false);
        }
        loop {
            let fall = |t: f64| -> Result<f64, Interrupt> {
                Ok(self.along(t, &way)?.map_or(f64::NEG_INFINITY, |there| value - there))
            };
            let whole = fall(1.0)?;
            if whole <= -bound {
                return Ok(false);
            }
            if whole >= 2.0 * bound && fall(0.5)? >= bound {
                return Ok(true);
            }
            // Values that are coarser than their type show nothing on so short a way.
            if bound >= COARSE * value.abs() {
                return Ok(false);
            }
            bound *= 16.0;
            match self.downhill(4.0 * bound, direction) {
                Some(longer) => way = longer,
                None => return Ok(false),
            }
        }
    }

    /// Whether the function falls without bound along the negative gradient, or away from the origin: by no
    /// less the farther it goes, over twenty powers of ten from where a linear function would have
    /// changed by its value, or as far as numbers go; within the bounds. Gives the direction of that ray.
    pub fn falls_forever(&self) -> Result<Option<V>, Interrupt> {
        let Iterate { x, value, gradient, gradient_norm } = self.iterate;
        let step = value.abs() / gradient_norm / gradient_norm;
        if !step.is_normal() {
            return Ok(None);
        }
        // Variables that are at their bounds stay there.
        let mut way = self.shortened(-step, gradient);
        way.scale(1.0 / step);
        if self.falls_along(&way, step)? {
            return Ok(Some(way));
        }
        Ok(self.falls_along(x, 1.0)?.then(|| x.clone()))
    }

    fn falls_along(&self, way: &V, mut step: f64) -> Result<bool, Interrupt> {
        let Iterate { x, value, .. } = self.iterate;
        let (mut before, mut fall, mut there) = (*value, 0.0, x.zeros_like());
        there.point_along(x, longest_step::<V>(way.norm_max()), way);
        let mut kept = there.clone();
        self.keep_bounds(&mut kept);
        there.axpy(-1.0, &kept);
        if there.norm_max() > 0.0 {
            return Ok(false);
        }
        for _ in 0..=20 {
            there.point_along(x, step, way);
            if !there.is_finite() {
                return Ok(fall > 0.0);
            }
            let value = (self.value)(&there)?;
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
    /// over steps that are long enough to change terms which cancel, and values; the smooth part of the function
    /// is gone from them. At least a unit of rounding of the value. Variables at a bound stay there: values at
    /// both sides of x say nothing where they cannot be had.
    ///
    /// Source: More and Wild, Estimating computational noise (2011).
    pub fn noise(&self) -> Result<f64, Interrupt> {
        let Iterate { x, value, .. } = self.iterate;
        let epsilon = V::EPSILON;
        let least = epsilon * value.abs();
        let mut values = [0.0; 7];
        for length in [1.0, 1e2, 1e4, 1e6].map(|longer| 3.0 * longer * epsilon.sqrt()) {
            let way = self.shortened(-1.0, &self.shortened(length.min(0.1), x));
            if way.norm_max() == 0.0 {
                return Ok(least);
            }
            for (k, value) in values.iter_mut().enumerate() {
                match self.along(k as f64 / 3.0 - 1.0, &way)? {
                    Some(there) => *value = there,
                    None => return Ok(least),
                }
            }
            // Of values that are mostly the same the steps between them are what is to be known.
            if values.windows(2).filter(|pair| pair[0] == pair[1]).count() < 3 {
                break;
            }
        }
        let fourth = |v: &[f64]| v[0] - 4.0 * v[1] + 6.0 * v[2] - 4.0 * v[3] + v[4];
        let norm = values.windows(5).map(fourth).fold(0.0, f64::hypot);
        // 4!^2 / 8! = 1 / 70 of the mean square is the variance of a value.
        Ok((norm / (3.0f64 * 70.0).sqrt()).max(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function with its gradient at a point within bounds.
    fn near<R>(
        f: impl Fn(&[f64]) -> f64,
        gradient: &[f64],
        x: &[f64],
        bounds: &Bounds,
        ask: impl FnOnce(&Near<'_, Vec<f64>>) -> R,
    ) -> R {
        let value = |x: &Vec<f64>| {
            let sides = bounds.lower().iter().zip(bounds.upper());
            assert!(x.iter().zip(sides).all(|(x, (l, u))| l <= x && x <= u), "{x:?}");
            Ok(f(x))
        };
        let iterate = Iterate {
            x: x.to_vec(),
            value: f(x),
            gradient: gradient.to_vec(),
            gradient_norm: bounds.projected_gradient_norm(x, gradient),
        };
        ask(&Near { value: &value, bounds: Some((bounds, Within::ENTRIES)), iterate: &iterate })
    }

    /// `10^6 a + 10^-3 (b - 3)^2 / 2`, a at its lower bound 2.
    fn held(x: &[f64]) -> f64 {
        1e6 * (x[0] - 2.0) + 0.5e-3 * (x[1] - 3.0).powi(2)
    }

    fn half_open() -> Bounds {
        Bounds::new(vec![2.0, -10.0], vec![f64::INFINITY, 10.0]).unwrap()
    }

    #[test]
    fn what_is_left_is_asked_along_the_variables_that_can_move() {
        // 0.5e-3 times the square of the distance is left.
        let falls = |distance: f64, bound: f64| {
            let (x, g) = ([2.0, 3.0 - distance], [1e6, -1e-3 * distance]);
            near(held, &g, &x, &half_open(), |near| near.falls_along_gradient(bound).unwrap())
        };
        for distance in [1.0, 1e-3, 1e-5] {
            let left = 0.5e-3 * distance * distance;
            assert!(falls(distance, 0.4 * left), "{distance}");
            assert!(!falls(distance, 0.6 * left), "{distance}");
        }
    }

    #[test]
    fn a_little_room_gains_little() {
        // A millionth of a unit is left to the bound: 1, of a slope of 10^6.
        let (x, g) = ([2.0 + 1e-6, 3.0], [1e6, 0.0]);
        let falls = |bound: f64| {
            near(held, &g, &x, &half_open(), |near| near.falls_along_gradient(bound).unwrap())
        };
        assert!(falls(0.2) && !falls(0.4));
    }

    #[test]
    fn a_bound_is_no_noise_and_no_curvature() {
        let (x, g) = ([2.0, 1.0], [1e6, -2e-3]);
        let (noise, size) =
            near(held, &g, &x, &half_open(), |near| (near.noise().unwrap(), near.size().unwrap()));
        assert!(noise < 1e-17, "{noise}");
        // |f| + |g'x| + |b'' b^2| / 2.
        let terms = 2e-3 + (2e6 - 2e-3) + 0.5e-3;
        assert!((size / terms - 1.0).abs() < 1e-6, "{size} {terms}");
        // A corner: nothing can be moved.
        let point = Bounds::new(vec![2.0, 1.0], vec![2.0, 1.0]).unwrap();
        near(held, &g, &x, &point, |near| {
            assert!(!near.falls_along_gradient(1e-9).unwrap());
            assert_eq!(near.noise().unwrap(), f64::EPSILON * held(&x));
            assert!(near.falls_forever().unwrap().is_none());
        });
    }
}
