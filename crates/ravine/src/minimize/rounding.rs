//! What rounding does to the values that a run sees.

use crate::objective::Objective;
use crate::oracle::{NOISE, Oracle};
use ravine_linalg::vector::Vector;

/// By how many units in the last place the variables are changed to see what rounding does.
const PLACES: [f64; 3] = [-4.0, 2.0, 6.0];

/// Up to which a predicted decrease cannot be told from rounding: of the value itself, or, where
/// large terms cancel in it, of the variables: what changes of a few units in their last places
/// do to the value. Within bounds, where such changes may lead outside, the rounding of terms of
/// the size of the first value stands for the latter.
pub(super) fn of_value<O: Objective + ?Sized>(
    oracle: &Oracle<'_, O>,
    x: &O::Point,
    value: f64,
    first_value: f64,
) -> f64 {
    let epsilon = O::Point::EPSILON;
    let of_value = NOISE * epsilon * value.abs();
    if oracle.bounds().is_some() {
        return of_value.max(epsilon * (first_value - value).abs());
    }
    // The method's value may have a term of its own, so the objective is asked again.
    let mut at = scaled(oracle, x);
    let Some(here) = at(1.0) else { return of_value };
    let around = PLACES.iter().filter_map(|places| at(1.0 + places * epsilon));
    around.map(|value| 10.0 * (value - here).abs()).fold(of_value, f64::max)
}

/// The standard deviation of the rounding of values around x, from fourth differences over steps that
/// are long enough to change terms which cancel; the smooth part of the function is gone from them.
/// `None` within bounds, and where a value is not finite.
///
/// Source: More and Wild, Estimating computational noise (2011).
pub(super) fn scatter<O: Objective + ?Sized>(oracle: &Oracle<'_, O>, x: &O::Point) -> Option<f64> {
    if oracle.bounds().is_some() {
        return None;
    }
    let mut at = scaled(oracle, x);
    let mut values = [0.0; 7];
    for (k, value) in values.iter_mut().enumerate() {
        *value = at(1.0 + (k as f64 - 3.0) * O::Point::EPSILON.sqrt())?;
    }
    let fourth = |v: &[f64]| v[0] - 4.0 * v[1] + 6.0 * v[2] - 4.0 * v[3] + v[4];
    let squares: f64 = values.windows(5).map(|window| fourth(window).powi(2)).sum();
    // 4!^2 / 8! = 1 / 70 of the mean square is the variance of a value.
    Some((squares / 3.0 / 70.0).sqrt())
}

/// The value at multiples of x, where it is finite.
fn scaled<O: Objective + ?Sized>(
    oracle: &Oracle<'_, O>,
    x: &O::Point,
) -> impl FnMut(f64) -> Option<f64> {
    let mut near = x.clone();
    move |factor| {
        near.copy_from(x);
        near.scale(factor);
        oracle.value(&near).ok().filter(|value| value.is_finite())
    }
}

/// How long a run has gone without a lower value or a smaller gradient than all before. A method that
/// never goes up and finds neither goes in a circle of points that differ by rounding. So does one that
/// may go up, where its values are the same to rounding and its gradient falls as well as grows: where
/// it leaves a saddle, the gradient only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Stall {
    value: Option<f64>,
    gradient_norm: Option<f64>,
    steps: u32,
    /// The largest value since.
    highest: f64,
    /// The last gradient's norm.
    before: f64,
    /// Steps since that made the gradient smaller.
    falls: u32,
}

/// So many steps of a method that never goes up are a circle.
const CIRCLE: u32 = 30;

/// So many of one that may.
const WIDE_CIRCLE: u32 = 100;

impl Stall {
    /// Takes in a step; whether the run goes in a circle. Values that differ by `noise` are the same.
    pub fn record(&mut self, value: f64, gradient_norm: f64, monotone: bool, noise: f64) -> bool {
        let lower = self.value.is_none_or(|least| value < least);
        let smaller = self.gradient_norm.is_none_or(|least| gradient_norm < least);
        let least = self.value.map_or(value, |least| least.min(value));
        self.value = Some(least);
        self.falls += u32::from(gradient_norm < self.before);
        self.highest = self.highest.max(value);
        self.before = gradient_norm;
        if smaller {
            self.gradient_norm = Some(gradient_norm);
        }
        if lower || smaller {
            (self.steps, self.falls, self.highest) = (0, 0, value);
            return false;
        }
        self.steps += 1;
        if monotone {
            self.steps >= CIRCLE
        } else {
            self.steps >= WIDE_CIRCLE
                && self.highest - least <= noise
                && 4 * self.falls >= self.steps
        }
    }
}
