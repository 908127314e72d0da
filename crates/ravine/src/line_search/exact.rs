//! The minimizer along the ray, by secant steps: exact after one for a quadratic.

use super::wolfe::{Point, Wolfe, secant};
use super::{Found, Phi, Start};
use crate::settings::Described;
use ravine_linalg::{ArgumentError, Interrupt};

/// A step where the slope is (nearly) zero: `|phi'(a)| <= slope |phi'(0)|` with a value no higher
/// than the start.
///
/// From the slopes at 0 and at the first trial t the secant step is
/// `a = -phi'(0) t / (phi'(t) - phi'(0))`, the minimizer if phi is quadratic: two evaluations a
/// search. Else more secant steps follow, within a bracket once the slope has changed sign.
///
/// ```
/// use ravine::line_search::{Exact, Found, Start};
///
/// let mut phi = |a: f64| ((a - 3.0).powi(2), 2.0 * (a - 3.0));
/// let start = Start { value: 9.0, slope: -6.0, step: 1.0, longest: f64::INFINITY };
/// assert_eq!(Exact::default().search(&mut phi, start).unwrap(), Found::Step(3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exact {
    /// How small the slope must be, as a share of the first one. Default `1e-6`.
    #[range("between 0 and 1")]
    pub slope: f64,
    /// Changes of the value up to this times `|phi(0)|` are taken for rounding, in double precision; in
    /// any other, up to as many units of its rounding. Default `1e-12`.
    #[range("in [0, 1)")]
    pub rounding: f64,
    /// Most evaluations of one search. Default 60.
    #[range("positive")]
    pub evaluations: u32,
}

impl Default for Exact {
    fn default() -> Self {
        Self { slope: 1e-6, rounding: 1e-12, evaluations: 60 }
    }
}

impl Exact {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        self.wolfe(f64::EPSILON).validate()?;
        ArgumentError::check(self.evaluations > 0, "evaluations", self.evaluations, "positive")
    }

    fn wolfe(&self, epsilon: f64) -> Wolfe {
        Wolfe::new(1e-4, self.slope, self.rounding, epsilon)
    }

    /// Searches along `phi`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn search(&self, phi: &mut dyn Phi, start: Start) -> Result<Found, Interrupt> {
        let wolfe = self.wolfe(phi.epsilon());
        let mut lower = Point::origin(&start);
        let mut upper: Option<Point> = None;
        // The last point with a slope, for the secant.
        let mut before = lower;
        // The bracket two trials ago and one ago: it must halve, else it is halved.
        let mut widths = [f64::INFINITY; 2];
        let mut step = start.step.min(start.longest);
        let mut last = 0.0;
        for _ in 0..self.evaluations {
            let trial = Point::at(phi, step)?;
            last = step;
            if trial.value == f64::NEG_INFINITY {
                return Ok(Found::Unbounded);
            }
            if wolfe.flat(&start, &trial) && trial.value <= wolfe.ceiling(&start) {
                return Ok(Found::Step(step));
            }
            if trial.slope < 0.0 && trial.value <= wolfe.ceiling(&start) {
                if step >= start.longest {
                    return Ok(Found::Step(step));
                }
                lower = trial;
            } else {
                upper = Some(trial);
            }
            let next = secant(before, trial);
            if trial.is_finite() {
                before = trial;
            }
            step = if let Some(upper) = upper {
                let width = upper.a - lower.a;
                if width <= wolfe.epsilon * upper.a || wolfe.invisible(&start, upper.a) {
                    break;
                }
                let slow = width > 0.5 * widths[0];
                widths = [widths[1], width];
                if !trial.is_finite() {
                    lower.a + 0.1 * width
                } else if next > lower.a && next < upper.a && !slow {
                    next
                } else {
                    lower.a + 0.5 * width
                }
            } else if next > trial.a && next.is_finite() {
                next.min(1e6 * trial.a).min(start.longest)
            } else {
                (10.0 * trial.a).min(start.longest)
            };
        }
        wolfe.settle(phi, &start, lower, last)
    }
}
