//! The Wolfe conditions, exact or approximate, by the method of Hager and Zhang.

use super::wolfe::{Point, Wolfe, secant};
use super::{Found, Phi, Start};
use crate::settings::Described;
use ravine_linalg::{ArgumentError, Interrupt};

/// A step with the Wolfe conditions or, where values differ by no more than rounding, with the
/// approximate ones: `(2 decrease - 1) phi'(0) >= phi'(a) >= slope phi'(0)` and
/// `phi(a) <= phi(0) + rounding |phi(0)|`.
///
/// The slopes carry about twice as many correct digits near a minimizer as the values, so that a
/// run goes on to a gradient that the values alone could not reach. The bracket keeps a negative
/// slope at its lower end and a positive one at its upper end, and shrinks by the double secant
/// step. A trial where `phi` is not finite is shortened away from.
///
/// Source: W. W. Hager and H. Zhang (2005), A new conjugate gradient method with guaranteed
/// descent and an efficient line search, SIAM Journal on Optimization 16, section 4; (2006),
/// Algorithm 851: CG_DESCENT, ACM Transactions on Mathematical Software 32.
///
/// ```
/// use ravine::line_search::{Found, HagerZhang, Start};
///
/// // Changes of the value are far below its rounding, the slope still tells.
/// let mut phi = |a: f64| (1e9 + 1e-9 * (a - 2.0).powi(2), 2e-9 * (a - 2.0));
/// let start = Start { value: 1e9, slope: -4e-9, step: 1.0, longest: f64::INFINITY };
/// let Found::Step(a) = HagerZhang::default().search(&mut phi, start).unwrap() else { panic!() };
/// assert!((a - 2.0).abs() < 1.9);
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HagerZhang {
    /// The share of the decrease predicted by the slope that must be realized (delta).
    /// Default `0.1`.
    #[range("between 0 and 0.5")]
    pub decrease: f64,
    /// How far a negative slope must rise, as a share of the first one (sigma). Default `0.9`.
    #[range("between 0 and 1")]
    pub slope: f64,
    /// Changes of the value up to this times `|phi(0)|` are taken for rounding (epsilon), in double
    /// precision; in any other, up to as many units of its rounding.
    /// Default `1e-12`.
    #[range("in [0, 1)")]
    pub rounding: f64,
    /// How the step grows until the minimum is bracketed (rho). Default 5.
    #[range("above 1")]
    pub growth: f64,
    /// The bracket must shrink to this share in each round, else it is halved (gamma).
    /// Default `0.66`.
    #[range("between 0 and 1")]
    pub shrink: f64,
    /// Most evaluations of one search. Default 60.
    #[range("positive")]
    pub evaluations: u32,
}

impl Default for HagerZhang {
    fn default() -> Self {
        Self {
            decrease: 0.1,
            slope: 0.9,
            rounding: 1e-12,
            growth: 5.0,
            shrink: 0.66,
            evaluations: 60,
        }
    }
}

/// How a search ends early.
enum Exit {
    Found(Found),
    /// No evaluations left.
    Spent,
    Interrupt(Interrupt),
}

impl HagerZhang {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        self.wolfe(f64::EPSILON).validate()?;
        let (rho, gamma) = (self.growth, self.shrink);
        ArgumentError::check(rho > 1.0 && rho.is_finite(), "growth", rho, "above 1")?;
        ArgumentError::check(gamma > 0.0 && gamma < 1.0, "shrink", gamma, "between 0 and 1")?;
        ArgumentError::check(self.evaluations > 0, "evaluations", self.evaluations, "positive")
    }

    fn wolfe(&self, epsilon: f64) -> Wolfe {
        Wolfe::new(self.decrease, self.slope, self.rounding, epsilon)
    }

    /// Searches along `phi`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn search(&self, phi: &mut dyn Phi, start: Start) -> Result<Found, Interrupt> {
        let origin = Point::origin(&start);
        let wolfe = self.wolfe(phi.epsilon());
        let mut search = Search {
            settings: self,
            wolfe,
            phi,
            start,
            left: self.evaluations,
            bracketed: false,
            best: origin,
            last: 0.0,
        };
        match search.run() {
            Exit::Found(found) => Ok(found),
            Exit::Interrupt(interrupt) => Err(interrupt),
            Exit::Spent => wolfe.settle(search.phi, &start, search.best, search.last),
        }
    }
}

/// A search under way.
struct Search<'p> {
    settings: &'p HagerZhang,
    wolfe: Wolfe,
    phi: &'p mut dyn Phi,
    start: Start,
    left: u32,
    /// Whether a minimum is bracketed; the conditions on the slopes then suffice, for a bracket
    /// need not hold a point with sufficient decrease.
    bracketed: bool,
    /// The lowest point so far.
    best: Point,
    last: f64,
}

/// A bracket `a`, `b`: slope negative and value not above the ceiling at `a`, slope not negative
/// at `b`.
type Bracket = (Point, Point);

impl Search<'_> {
    /// Steps L0 to L3 of the line search algorithm.
    fn run(&mut self) -> Exit {
        let mut bracket = match self.bracket() {
            Ok(bracket) => bracket,
            Err(exit) => return exit,
        };
        self.bracketed = true;
        loop {
            bracket = match self.shrink(bracket) {
                Ok(bracket) => bracket,
                Err(exit) => return exit,
            };
        }
    }

    fn shrink(&mut self, (a, b): Bracket) -> Result<Bracket, Exit> {
        let (mut lower, mut upper) = self.secant2((a, b))?;
        if upper.a - lower.a > self.settings.shrink * (b.a - a.a) {
            (lower, upper) = self.update((lower, upper), 0.5 * (lower.a + upper.a))?;
        }
        if upper.a - lower.a <= self.wolfe.epsilon * upper.a
            || self.wolfe.invisible(&self.start, upper.a)
        {
            return Err(Exit::Spent);
        }
        Ok((lower, upper))
    }

    /// Evaluates at `a`; ends the search if the step is acceptable.
    fn probe(&mut self, a: f64) -> Result<Point, Exit> {
        if self.left == 0 {
            return Err(Exit::Spent);
        }
        self.left -= 1;
        self.last = a;
        let point = Point::at(self.phi, a).map_err(Exit::Interrupt)?;
        if point.value == f64::NEG_INFINITY {
            return Err(Exit::Found(Found::Unbounded));
        }
        if self.wolfe.weak(&self.start, &point)
            || (self.bracketed && self.wolfe.approximate(&self.start, &point))
        {
            return Err(Exit::Found(Found::Step(a)));
        }
        if point.value < self.best.value {
            self.best = point;
        }
        Ok(point)
    }

    /// Too high to be the lower end of a bracket; so is every point where phi is not finite.
    fn high(&self, p: &Point) -> bool {
        p.value > self.wolfe.ceiling(&self.start)
    }

    fn rises(&self, p: &Point) -> bool {
        p.is_finite() && p.slope >= 0.0
    }

    /// Steps B0 to B3: grows the step until a minimum is bracketed.
    fn bracket(&mut self) -> Result<Bracket, Exit> {
        let mut lower = Point::origin(&self.start);
        let mut c = self.start.step.min(self.start.longest);
        loop {
            let trial = self.probe(c)?;
            if self.rises(&trial) {
                return Ok((lower, trial));
            }
            if self.high(&trial) {
                return self.bisect(lower, trial);
            }
            if c >= self.start.longest {
                // The value still falls at the longest step allowed.
                return Err(Exit::Found(Found::Step(c)));
            }
            lower = trial;
            c = (self.settings.growth * c).min(self.start.longest);
        }
    }

    /// Step U3: `upper` is too high although its slope is negative (or it is not finite), so that
    /// a minimum lies between.
    fn bisect(&mut self, mut lower: Point, mut upper: Point) -> Result<Bracket, Exit> {
        loop {
            let share = if upper.is_finite() { 0.5 } else { 0.1 };
            let d = lower.a + share * (upper.a - lower.a);
            if d <= lower.a || self.wolfe.invisible(&self.start, d) {
                return Err(Exit::Spent);
            }
            let trial = self.probe(d)?;
            if self.rises(&trial) {
                return Ok((lower, trial));
            }
            if self.high(&trial) {
                upper = trial;
            } else {
                lower = trial;
            }
        }
    }

    /// Steps U0 to U3: takes `c` into the bracket.
    fn update(&mut self, (a, b): Bracket, c: f64) -> Result<Bracket, Exit> {
        if !(c > a.a && c < b.a) {
            return Ok((a, b));
        }
        let trial = self.probe(c)?;
        if self.rises(&trial) {
            Ok((a, trial))
        } else if self.high(&trial) {
            self.bisect(a, trial)
        } else {
            Ok((trial, b))
        }
    }

    /// Steps S1 to S4: a secant step within the bracket, then another from the end it replaced.
    fn secant2(&mut self, (a, b): Bracket) -> Result<Bracket, Exit> {
        let c = secant(a, b);
        let (lower, upper) = self.update((a, b), c)?;
        let again = if c == upper.a {
            secant(b, upper)
        } else if c == lower.a {
            secant(a, lower)
        } else {
            return Ok((lower, upper));
        };
        self.update((lower, upper), again)
    }
}
