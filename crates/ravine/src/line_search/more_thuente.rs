//! The strong Wolfe conditions by the method of Moré and Thuente.

use super::wolfe::{Point, Wolfe, in_units_of, secant};
use super::{Found, Phi, Start};
use crate::settings::Described;
use ravine_linalg::{ArgumentError, Interrupt};

/// A step with sufficient decrease and a small slope,
/// `phi(a) <= phi(0) + decrease a phi'(0)` and `|phi'(a)| <= slope |phi'(0)|`, from an interval
/// of uncertainty that shrinks by safeguarded cubic and quadratic interpolation.
///
/// While no step of the interval has sufficient decrease and a slope that is not negative, the
/// interpolation works on `psi(a) = phi(a) - phi(0) - decrease a phi'(0)`, whose minimizers
/// satisfy the first condition. Where the change of the value is lost in its rounding, the
/// approximate condition of Hager and Zhang on the slopes stands in for the first one. A trial
/// where `phi` is not finite is shortened away from.
///
/// Source: J. J. Moré and D. J. Thuente (1994), Line search algorithms with guaranteed sufficient
/// decrease, ACM Transactions on Mathematical Software 20.
///
/// ```
/// use ravine::line_search::{Found, MoreThuente, Start};
///
/// let mut phi = |a: f64| ((a - 3.0).powi(2), 2.0 * (a - 3.0));
/// let search = MoreThuente { slope: 0.1, ..Default::default() };
/// let start = Start { value: 9.0, slope: -6.0, step: 1.0, longest: f64::INFINITY };
/// assert_eq!(search.search(&mut phi, start).unwrap(), Found::Step(3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoreThuente {
    /// The share of the decrease predicted by the slope that must be realized. Default `1e-4`.
    #[range("between 0 and 0.5")]
    pub decrease: f64,
    /// How far the slope must fall, as a share of the first one; small values search more
    /// exactly. Default `0.9`.
    #[range("between 0 and 1")]
    pub slope: f64,
    /// Changes of the value up to this times `|phi(0)|` are taken for rounding, in double precision; in
    /// any other, up to as many units of its rounding. Default `1e-14`.
    #[range("in [0, 1)")]
    pub rounding: f64,
    /// The search ends with the best step found once the interval is shorter than this times its
    /// upper end, in double precision; in any other, than as many units of its rounding. Default
    /// `1e-15`.
    #[range("in [0, 1)")]
    pub width: f64,
    /// Where the value and slope at the first trial are those of a quadratic to this share of the
    /// first-order change, the search goes on to its minimizer, acceptable trial or not: one more
    /// evaluation, and quasi-Newton methods end on a quadratic in as many steps as there are
    /// variables. For at most 100 variables: of more, rounding leaves no such end, and the second
    /// evaluation of each search buys nothing. Default 0: off.
    #[range("in [0, 1)")]
    pub quadratic: f64,
    /// Most evaluations of one search. Default 60.
    #[range("positive")]
    pub evaluations: u32,
}

impl Default for MoreThuente {
    fn default() -> Self {
        Self {
            decrease: 1e-4,
            slope: 0.9,
            rounding: 1e-14,
            width: 1e-15,
            quadratic: 0.0,
            evaluations: 60,
        }
    }
}

/// Of so many variables a quadratic may be brought to its end in as many searches.
const FEW: usize = 100;

/// A slope of less than so many times its error may as well be zero, or point up.
const KNOWN: f64 = 3.0;

/// The interval of uncertainty: `x` is the end with the least value, `y` the other one.
struct Interval {
    x: Point,
    y: Point,
    bracketed: bool,
}

impl MoreThuente {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        self.wolfe(f64::EPSILON).validate()?;
        let width = self.width;
        ArgumentError::check((0.0..1.0).contains(&width), "width", width, "in [0, 1)")?;
        let share = self.quadratic;
        ArgumentError::check((0.0..1.0).contains(&share), "quadratic", share, "in [0, 1)")?;
        ArgumentError::check(self.evaluations > 0, "evaluations", self.evaluations, "positive")
    }

    fn wolfe(&self, epsilon: f64) -> Wolfe {
        Wolfe::new(self.decrease, self.slope, self.rounding, epsilon)
    }

    /// Whether both points seem to lie on one quadratic, whose minimizer is elsewhere.
    fn is_quadratic(&self, p: Point, q: Point) -> bool {
        let change = q.a - p.a;
        let error = q.value - p.value - 0.5 * change * (p.slope + q.slope);
        // Its slope has changed by enough to tell where the minimizer is.
        let curved = (q.slope - p.slope).abs() > 1e-3 * p.slope.abs();
        error.abs() < self.quadratic * (change * p.slope).abs()
            && q.slope.abs() > 1e-3 * p.slope.abs()
            && curved
    }

    /// Searches along `phi`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn search(&self, phi: &mut dyn Phi, start: Start) -> Result<Found, Interrupt> {
        let wolfe = self.wolfe(phi.epsilon());
        let resolution = phi.resolution();
        let wolfe = Wolfe { slope_error: KNOWN * resolution.slope, ..wolfe };
        if start.slope.abs() <= wolfe.slope_error {
            return Ok(Found::NoDecrease);
        }
        let origin = Point::origin(&start);
        let mut interval = Interval { x: origin, y: origin, bracketed: false };
        let mut first_stage = true;
        // The widths two intervals ago and one ago: the interval must shrink to two thirds of the
        // former, else it is halved.
        let mut widths = [f64::INFINITY; 2];
        let mut step = start.step.min(start.longest);
        let mut last = step;
        // Where phi is not finite the interval shrinks faster each time.
        let mut shrink = 0.1;
        let few = phi.dimension() <= FEW;
        for evaluation in 0..self.evaluations {
            // Of a value above that at the start, which no interval has, the slope is not needed.
            let trial = Point::below(phi, step, wolfe.ceiling(&start))?;
            last = step;
            if trial.value == f64::NEG_INFINITY {
                return Ok(Found::Unbounded);
            }
            if evaluation == 0 && few && self.is_quadratic(origin, trial) {
                let minimizer = secant(origin, trial);
                if minimizer > 0.0 && minimizer <= start.longest {
                    step = minimizer;
                    continue;
                }
            }
            if wolfe.strong(&start, &trial) {
                return Ok(Found::Step(step));
            }
            let sufficient = wolfe.sufficient(&start, &trial);
            if step >= start.longest && sufficient {
                // The value still falls at the longest step allowed.
                return Ok(Found::Step(step));
            }
            first_stage &= !(sufficient && trial.slope >= 0.0);
            let next = if !trial.is_finite() {
                interval.bound(trial);
                let width = shrink * (step - interval.x.a);
                shrink *= shrink.max(1e-32);
                interval.x.a + width
            } else if first_stage && trial.value <= interval.x.value && !sufficient {
                let tilt = self.decrease * start.slope;
                let mut psi = interval.tilted(-tilt);
                let next = psi.update(trial.tilted(-tilt));
                interval = psi.tilted(tilt);
                next
            } else {
                interval.update(trial)
            };
            step = if next.is_nan() { interval.middle() } else { next.min(start.longest) };
            if interval.bracketed {
                let width = interval.width();
                if trial.is_finite() && width >= 0.66 * widths[0] {
                    step = interval.middle();
                }
                widths = [widths[1], width];
                if width <= in_units_of(wolfe.epsilon, self.width) * interval.x.a.max(interval.y.a)
                    || wolfe.invisible(&start, interval.x.a.max(interval.y.a))
                    || (wolfe.slope_error > 0.0 && width <= resolution.step)
                {
                    break;
                }
            }
        }
        wolfe.settle(phi, &start, interval.x, last)
    }
}

impl Interval {
    fn tilted(&self, tilt: f64) -> Self {
        Self { x: self.x.tilted(tilt), y: self.y.tilted(tilt), bracketed: self.bracketed }
    }

    fn width(&self) -> f64 {
        (self.y.a - self.x.a).abs()
    }

    fn middle(&self) -> f64 {
        self.x.a + 0.5 * (self.y.a - self.x.a)
    }

    /// The minimizer lies between `x` and `end`.
    fn bound(&mut self, end: Point) {
        self.y = end;
        self.bracketed = true;
    }

    /// Takes the trial into the interval and gives the next step: cases 1 to 4 of section 4.
    fn update(&mut self, t: Point) -> f64 {
        let (x, y) = (self.x, self.y);
        // How far an interval without an upper end may grow.
        let farthest = t.a + 4.0 * (t.a - x.a);
        let next = if t.value > x.value {
            // Case 1: a higher value.
            self.bound(t);
            let cubic = cubic_minimizer(x, t);
            let quadratic = quadratic_minimizer(x, t);
            if cfg!(feature = "differences") && t.slope.is_nan() {
                // Without the slope, nothing says that a much shorter step is not too short.
                x.a + ((quadratic - x.a) / (t.a - x.a)).max(0.01) * (t.a - x.a)
            } else if (cubic - x.a).abs() < (quadratic - x.a).abs() {
                cubic
            } else {
                0.5 * (cubic + quadratic)
            }
        } else if t.slope * x.slope < 0.0 {
            // Case 2: slopes of opposite sign.
            self.bound(x);
            self.x = t;
            farther(t.a, cubic_minimizer(t, x), secant(t, x))
        } else if t.slope.abs() < x.slope.abs() {
            // Case 3: the slope flattens. The cubic is used only where its minimizer lies beyond
            // the trial.
            self.x = t;
            let cubic = cubic_minimizer(t, x);
            let ahead = (cubic - t.a) * (t.a - x.a) > 0.0;
            let secant = secant(t, x);
            if self.bracketed {
                let near = if ahead && (cubic - t.a).abs() < (secant - t.a).abs() {
                    cubic
                } else {
                    secant
                };
                let bound = t.a + 0.66 * (y.a - t.a);
                if t.a > x.a { near.min(bound) } else { near.max(bound) }
            } else {
                let far = if ahead { farther(t.a, cubic, secant) } else { farthest };
                far.clamp(t.a + 1.1 * (t.a - x.a), farthest)
            }
        } else {
            // Case 4: a lower value and a slope no flatter.
            self.x = t;
            if self.bracketed { cubic_minimizer(t, y) } else { farthest }
        };
        let (low, high) = (self.x.a.min(self.y.a), self.x.a.max(self.y.a));
        if self.bracketed && !(next > low && next < high) { self.middle() } else { next }
    }
}

/// The one that is farther from `a`.
fn farther(a: f64, p: f64, q: f64) -> f64 {
    if (p - a).abs() > (q - a).abs() { p } else { q }
}

/// The minimizer of the cubic with the values and slopes of both points; NaN if it has none.
fn cubic_minimizer(p: Point, q: Point) -> f64 {
    let theta = 3.0 * (p.value - q.value) / (q.a - p.a) + p.slope + q.slope;
    let scale = theta.abs().max(p.slope.abs()).max(q.slope.abs());
    let discriminant = (theta / scale).powi(2) - (p.slope / scale) * (q.slope / scale);
    if discriminant <= 0.0 {
        return f64::NAN;
    }
    let gamma = scale * discriminant.sqrt() * (q.a - p.a).signum();
    let r = (gamma - p.slope + theta) / (2.0 * gamma + q.slope - p.slope);
    p.a + r * (q.a - p.a)
}

/// The minimizer of the quadratic with both values and the slope of the first point.
fn quadratic_minimizer(p: Point, q: Point) -> f64 {
    let width = q.a - p.a;
    p.a + 0.5 * width * p.slope / ((p.value - q.value) / width + p.slope)
}
