//! How far to go along a direction.
//!
//! The searches see only the scalar function `phi(a) = f(x + a d)` ([`Phi`]); [`LineSearch`] is the
//! generic shell that evaluates it on an objective.

mod backtracking;

pub use backtracking::Backtracking;

use crate::methods::Iterate;
use crate::minimize::{ArgumentError, Interrupt, Oracle};
use crate::objective::Gradient;
use crate::vector::Vector;

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

/// A line search, by name.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSearch {
    /// Armijo's condition by backtracking with interpolation.
    Backtracking(Backtracking),
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
        let start = Start { value: iterate.value, slope, step };
        let mut ray = Ray { oracle, x: &iterate.x, direction, trial };
        let found = match self {
            Self::Backtracking(search) => search.search(&mut ray, start)?,
        };
        trial.gradient_norm = trial.gradient.norm_max();
        Ok(found)
    }
}

/// An objective along a ray; the last point evaluated stays in `trial`.
struct Ray<'r, 'a, O: Gradient + ?Sized> {
    oracle: &'r Oracle<'a, O>,
    x: &'r O::Point,
    direction: &'r O::Point,
    trial: &'r mut Iterate<O::Point>,
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
        Ok((self.trial.value, self.trial.gradient.dot(self.direction)))
    }
}
