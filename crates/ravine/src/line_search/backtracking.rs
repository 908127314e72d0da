//! Armijo's condition by backtracking.

use super::{Found, Phi, Start};
use crate::settings::Described;
use ravine_linalg::{ArgumentError, Interrupt};

/// The first of the steps `a` that satisfies `phi(a) <= phi(0) + decrease a phi'(0)`, each the
/// minimizer of the interpolating quadratic or cubic, kept within a tenth and a half of the one
/// before.
///
/// Source: Nocedal and Wright (2006), section 3.5.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backtracking {
    /// The share of the decrease predicted by the slope that must be realized. Default `1e-4`.
    #[range("between 0 and 0.5")]
    pub decrease: f64,
}

impl Default for Backtracking {
    fn default() -> Self {
        Self { decrease: 1e-4 }
    }
}

impl Backtracking {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let c = self.decrease;
        ArgumentError::check(c > 0.0 && c < 0.5, "decrease", c, "between 0 and 0.5")
    }

    /// Searches along `phi`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn search(&self, phi: &mut dyn Phi, start: Start) -> Result<Found, Interrupt> {
        let mut step = start.step.min(start.longest);
        // The first trial is mostly accepted, so its gradient is asked for at once.
        let (mut value, first_slope) = phi.value_and_slope(step)?;
        // The last rejected step and its value, for the cubic.
        let mut last: Option<(f64, f64)> = None;
        // Where the function is not finite the step shrinks faster each time.
        let mut shrink = 0.1;
        for _ in 0..MOST {
            if value == f64::NEG_INFINITY {
                return Ok(Found::Unbounded);
            }
            if value < start.value && value <= start.value + self.decrease * step * start.slope {
                let slope = match last {
                    None => first_slope,
                    Some(_) => phi.value_and_slope(step)?.1,
                };
                if slope.is_finite() {
                    return Ok(Found::Step(step));
                }
                value = f64::NAN;
            }
            let next = match last {
                _ if !value.is_finite() => {
                    let next = shrink * step;
                    shrink *= shrink.max(1e-32);
                    next
                }
                Some((step0, value0)) if value0.is_finite() => {
                    cubic(start, (step0, value0), (step, value))
                }
                _ => quadratic(start, step, value),
            };
            last = Some((step, value));
            step = if !value.is_finite() {
                next
            } else if next.is_finite() {
                next.clamp(0.1 * step, 0.5 * step)
            } else {
                0.5 * step
            };
            // The predicted change no longer shows in the value.
            let visible = step * start.slope.abs() >= phi.epsilon() * start.value.abs() * 0.1;
            if !visible || step < f64::MIN_POSITIVE {
                break;
            }
            value = phi.value(step)?;
        }
        Ok(Found::NoDecrease)
    }
}

/// Most trials of one search: with a tenth each time, from the longest step that there is to the shortest.
const MOST: u32 = 700;

/// The minimizer of the quadratic through `phi(0)`, `phi'(0)` and one step.
fn quadratic(start: Start, step: f64, value: f64) -> f64 {
    -start.slope * step * step / (2.0 * (value - start.value - start.slope * step))
}

/// The minimizer of the cubic through `phi(0)`, `phi'(0)` and two steps (Nocedal and Wright,
/// equation 3.58 and after).
fn cubic(start: Start, (a0, v0): (f64, f64), (a1, v1): (f64, f64)) -> f64 {
    let r0 = v0 - start.value - start.slope * a0;
    let r1 = v1 - start.value - start.slope * a1;
    let scale = 1.0 / (a0 * a0 * a1 * a1 * (a1 - a0));
    let a = scale * (a0 * a0 * r1 - a1 * a1 * r0);
    let b = scale * (-a0 * a0 * a0 * r1 + a1 * a1 * a1 * r0);
    (-b + (b * b - 3.0 * a * start.slope).sqrt()) / (3.0 * a)
}
