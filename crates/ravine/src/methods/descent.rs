//! What Newton's relatives with a line search share.

use crate::line_search::{Found, LineSearch};
use crate::minimize::Step;
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle, actual_decrease};
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// A point and a direction of descent from it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Descent<V> {
    pub(crate) iterate: Iterate<V>,
    pub(crate) direction: V,
    /// The decrease that the model predicts at the unit step along `direction`; set where
    /// `direction` belongs to the current point.
    pub(crate) predicted: Option<f64>,
    /// Room for the next point; its content does not matter.
    #[serde(skip)]
    trial: Option<Iterate<V>>,
}

impl<V: Vector> Descent<V> {
    pub(crate) fn new(iterate: Iterate<V>) -> Self {
        let direction = iterate.x.zeros_like();
        Self { iterate, direction, predicted: None, trial: None }
    }

    /// Replaces a direction that is not finite or does not descend by the negative gradient with a
    /// cautious length. `predicted` is the decrease that belongs to the direction.
    pub(crate) fn settle(&mut self, predicted: f64) {
        let slope = self.direction.dot(&self.iterate.gradient);
        let descends = slope < 0.0 && self.direction.is_finite();
        self.predicted = if descends || self.iterate.gradient_norm == 0.0 {
            Some(if predicted.is_finite() { predicted.max(0.0) } else { 0.0 })
        } else {
            let step = self.iterate.first_step();
            self.direction.axpby(-step, &self.iterate.gradient, 0.0);
            Some(0.5 * step * self.iterate.gradient.dot(&self.iterate.gradient))
        };
    }

    /// Searches along the direction, at first for the unit step.
    pub(crate) fn search<O>(
        &mut self,
        oracle: &Oracle<'_, O>,
        line_search: &LineSearch,
    ) -> Result<Step, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let Self { iterate, direction, predicted, trial } = self;
        let slope = direction.dot(&iterate.gradient);
        let promised = predicted.unwrap_or(-0.5 * slope);
        if slope >= 0.0 {
            return Ok(Step::NoDecrease { predicted: promised });
        }
        let trial = trial.get_or_insert_with(|| iterate.clone());
        if promised <= NOISE * iterate.value.abs() {
            // A line search would compare values that differ by rounding only.
            trial.x.point_along(&iterate.x, 1.0, direction);
            trial.update(oracle)?;
            let better = actual_decrease(iterate, trial, direction, promised) > 0.0;
            if !better || !trial.gradient_norm.is_finite() {
                return Ok(Step::NoDecrease { predicted: promised });
            }
            let length = direction.norm_max();
            std::mem::swap(iterate, trial);
            *predicted = None;
            return Ok(Step::Moved { length });
        }
        match line_search.search(oracle, iterate, direction, slope, 1.0, trial)? {
            Found::Step(a) => {
                let length = a * direction.norm_max();
                std::mem::swap(iterate, trial);
                *predicted = None;
                Ok(Step::Moved { length })
            }
            Found::NoDecrease => Ok(Step::NoDecrease { predicted: promised }),
            Found::Unbounded => Ok(Step::Unbounded),
        }
    }

    /// Goes along a direction of negative curvature, where the slope may be zero: the longest of
    /// the steps 1, 1/2, 1/4, ... with `f(x + a d) <= f(x) - a^2 predicted / 10`.
    ///
    /// Source: More and Sorensen, On the use of directions of negative curvature in a modified
    /// Newton method (1979).
    pub(crate) fn escape<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<Step, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let Self { iterate, direction, predicted, trial } = self;
        let promised = predicted.unwrap_or(0.0);
        let trial = trial.get_or_insert_with(|| iterate.clone());
        let mut a = 1.0f64;
        while a * a * promised > f64::EPSILON * iterate.value.abs() && a > 1e-12 {
            trial.x.point_along(&iterate.x, a, direction);
            trial.update(oracle)?;
            let enough = trial.value <= iterate.value - 0.1 * a * a * promised;
            if enough && trial.gradient_norm.is_finite() {
                let length = a * direction.norm_max();
                std::mem::swap(iterate, trial);
                *predicted = None;
                return Ok(Step::Moved { length });
            }
            a *= 0.5;
        }
        Ok(Step::NoDecrease { predicted: promised })
    }
}

/// Decreases up to this many units of rounding of the value cannot be measured by subtracting
/// values.
const NOISE: f64 = 1e3 * f64::EPSILON;
