//! How far to go along a direction.
//!
//! The searches see only the scalar function `phi(a) = f(x + a d)` ([`Phi`]); [`LineSearch`] is the
//! generic shell that evaluates it on an objective.

mod backtracking;
mod exact;
mod fixed;
mod hager_zhang;
mod more_thuente;
mod settings;
mod wolfe;

pub use backtracking::Backtracking;
pub use exact::Exact;
pub use fixed::Fixed;
pub use hager_zhang::HagerZhang;
pub use more_thuente::MoreThuente;

use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// The objective along a ray, `phi(a) = f(x + a d)`.
pub trait Phi {
    /// `phi(a)`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn value(&mut self, a: f64) -> Result<f64, Interrupt>;

    /// `(phi(a), phi'(a))`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt>;

    /// `phi(a)` where it pays to ask for it before the slope there, which then costs no second value; `None`, the
    /// default, where both come together, and nothing is evaluated.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn value_first(&mut self, _a: f64) -> Result<Option<f64>, Interrupt> {
        Ok(None)
    }

    /// What slopes and steps tell apart, beyond rounding: where gradients come from differences. Default: anything.
    fn resolution(&self) -> Resolution {
        Resolution::default()
    }

    /// The number of variables of the objective; by default one, as of a closure.
    fn dimension(&self) -> usize {
        1
    }

    /// The precision of values and slopes: what is smaller than this times a value is rounding. What
    /// searches take for rounding is in its units. Default: that of `f64`.
    fn epsilon(&self) -> f64 {
        f64::EPSILON
    }
}

/// What slopes and steps along a ray tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resolution {
    /// The error of slopes.
    pub slope: f64,
    /// The change of the step that changes a variable.
    pub step: f64,
}

impl Resolution {
    /// Along a direction from x, of a gradient whose entries have errors like this, independent of one another. Up
    /// to its step no variable changes that is as large as the largest.
    #[cfg(feature = "differences")]
    pub(crate) fn along<V: Vector>(error: f64, x: &V, direction: &V) -> Self {
        if error <= 0.0 {
            return Self::default();
        }
        let step = V::EPSILON * x.norm_max() / direction.norm_max();
        Self { slope: error * direction.norm(), step }
    }
}

/// A closure that gives `(phi(a), phi'(a))`.
impl<F: FnMut(f64) -> (f64, f64)> Phi for F {
    fn value(&mut self, a: f64) -> Result<f64, Interrupt> {
        Ok(self(a).0)
    }

    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt> {
        Ok(self(a))
    }
}

/// What is known of `phi` before the search.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// `phi(0)`.
    pub value: f64,
    /// `phi'(0) < 0`.
    pub slope: f64,
    /// The first step to try, positive.
    pub step: f64,
    /// No step is longer than this: where bounds are met, or infinity. A step of this length is
    /// acceptable if the value still falls there.
    pub longest: f64,
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// An acceptable step; the last evaluation of `phi`, with its slope, was made there.
    Step(f64),
    /// No acceptable step, down to steps that no longer change the point or the value.
    NoDecrease,
    /// The value falls without bound.
    Unbounded,
}

/// A line search, by name. Where settings are read, `"more_thuente"` stands for its defaults and
/// `{"more_thuente": {"slope": 0.1}}` changes some.
///
/// ```
/// use ravine::line_search::{LineSearch, MoreThuente};
///
/// let search: LineSearch = serde_json::from_str("\"more_thuente\"")?;
/// assert_eq!(search, LineSearch::MoreThuente(MoreThuente::default()));
/// let search: LineSearch = serde_json::from_str("{\"more_thuente\": {\"slope\": 0.1}}")?;
/// assert_eq!(search, LineSearch::MoreThuente(MoreThuente { slope: 0.1, ..Default::default() }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, crate::settings::Described)]
#[serde(rename_all = "snake_case")]
pub enum LineSearch {
    /// Armijo's condition by backtracking with interpolation.
    Backtracking(Backtracking),
    /// The strong Wolfe conditions.
    MoreThuente(MoreThuente),
    /// The Wolfe conditions, approximate at the level of rounding.
    HagerZhang(HagerZhang),
    /// The minimizer along the ray.
    Exact(Exact),
    /// The first step, unconditionally.
    Fixed(Fixed),
}

impl Default for LineSearch {
    fn default() -> Self {
        Self::Backtracking(Backtracking::default())
    }
}

impl LineSearch {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Backtracking(search) => search.validate(),
            Self::MoreThuente(search) => search.validate(),
            Self::HagerZhang(search) => search.validate(),
            Self::Exact(search) => search.validate(),
            Self::Fixed(_) => Ok(()),
        }
    }

    /// Whether a step found is never to a higher value, but for rounding.
    pub fn monotone(&self) -> bool {
        !matches!(self, Self::Fixed(_))
    }

    /// Searches along `phi`.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn search_along(&self, phi: &mut dyn Phi, start: Start) -> Result<Found, Interrupt> {
        match self {
            Self::Backtracking(search) => search.search(phi, start),
            Self::MoreThuente(search) => search.search(phi, start),
            Self::HagerZhang(search) => search.search(phi, start),
            Self::Exact(search) => search.search(phi, start),
            Self::Fixed(search) => search.search(phi, start),
        }
    }

    /// Searches from `iterate` along `direction`, with `slope = grad f(x)'d < 0`, first trying
    /// `step`. On [`Found::Step`], `trial` is the new iterate, complete with its gradient.
    ///
    /// # Errors
    ///
    /// An interrupt; `iterate` is unchanged.
    pub fn search<O: Gradient + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<O::Point>,
        direction: &O::Point,
        slope: f64,
        step: f64,
        trial: &mut Iterate<O::Point>,
    ) -> Result<Found, Interrupt> {
        let longest = longest_step::<O::Point>(direction.norm_max());
        let start = Start { value: iterate.value, slope, step, longest };
        self.search_within(oracle, iterate, direction, start, trial)
    }

    /// [`search`](Self::search) with a longest step; `start` holds the value at `iterate`, the
    /// slope along `direction` and the step to try first.
    ///
    /// # Errors
    ///
    /// An interrupt; `iterate` is unchanged.
    pub fn search_within<O: Gradient + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<O::Point>,
        direction: &O::Point,
        start: Start,
        trial: &mut Iterate<O::Point>,
    ) -> Result<Found, Interrupt> {
        Ok(self.search_slope(oracle, iterate, direction, start, trial)?.0)
    }

    /// [`search_within`](Self::search_within) that also gives the slope at the step found.
    ///
    /// # Errors
    ///
    /// An interrupt; `iterate` is unchanged.
    pub fn search_slope<O: Gradient + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<O::Point>,
        direction: &O::Point,
        start: Start,
        trial: &mut Iterate<O::Point>,
    ) -> Result<(Found, f64), Interrupt> {
        let epsilon = oracle.precision(start.value);
        let mut ray = Ray { oracle, x: &iterate.x, direction, trial, slope: f64::NAN, epsilon };
        let found = self.search_along(&mut ray, start)?;
        Ok((found, ray.slope))
    }
}

/// The longest step along a direction of this maximum norm that stays among the numbers.
pub(crate) fn longest_step<V: Vector>(length: f64) -> f64 {
    (0.01 * V::MAX / length).min(V::MAX)
}

/// An objective along a ray; the last point evaluated stays in `trial`.
struct Ray<'r, 'a, O: Gradient + ?Sized> {
    oracle: &'r Oracle<'a, O>,
    x: &'r O::Point,
    direction: &'r O::Point,
    trial: &'r mut Iterate<O::Point>,
    /// The slope at the last point whose gradient was evaluated.
    slope: f64,
    epsilon: f64,
}

impl<O: Gradient + ?Sized> Phi for Ray<'_, '_, O> {
    fn value(&mut self, a: f64) -> Result<f64, Interrupt> {
        self.trial.x.point_along(self.x, a, self.direction);
        self.trial.value = self.oracle.value(&self.trial.x)?;
        Ok(self.trial.value)
    }

    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt> {
        self.trial.x.point_along(self.x, a, self.direction);
        self.trial.value =
            self.oracle.value_and_gradient(&self.trial.x, &mut self.trial.gradient)?;
        (self.slope, self.trial.gradient_norm) =
            self.trial.gradient.dot_and_norm_max(self.direction);
        Ok((self.trial.value, self.slope))
    }

    #[cfg(feature = "differences")]
    fn resolution(&self) -> Resolution {
        Resolution::along(self.oracle.gradient_error(), self.x, self.direction)
    }

    #[cfg(feature = "differences")]
    fn value_first(&mut self, a: f64) -> Result<Option<f64>, Interrupt> {
        self.trial.x.point_along(self.x, a, self.direction);
        self.oracle.value_first(&self.trial.x)
    }

    fn dimension(&self) -> usize {
        self.x.dimension()
    }

    fn epsilon(&self) -> f64 {
        self.epsilon
    }
}
