//! The trust-region iteration, for every curvature and step.

use super::{Radius, Solution, Subproblem};
use crate::methods::{Iterate, Step};
use crate::minimize::{Interrupt, Oracle, StartError};
use crate::objective::Gradient;
use crate::vector::Vector;

/// Decreases up to this many units of rounding of the value cannot be measured by subtracting
/// values.
const NOISE: f64 = 1e3 * f64::EPSILON;

/// The state of a trust-region method.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TrustState<V, M> {
    pub(crate) iterate: Iterate<V>,
    pub(crate) model: M,
    radius: f64,
    step: V,
    /// Set where `step` belongs to the current point, model and radius.
    solution: Option<Solution>,
    /// Room for the next point; its content does not matter.
    #[serde(skip)]
    trial: Option<Iterate<V>>,
}

impl<V, M> TrustState<V, M> {
    /// The current radius.
    pub fn radius(&self) -> f64 {
        self.radius
    }
}

/// Evaluates the start.
pub(crate) fn start<O, S>(
    subproblem: &S,
    radius: &Radius,
    oracle: &Oracle<'_, O>,
    x0: &O::Point,
) -> Result<TrustState<O::Point, S::Model>, StartError>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    radius.validate()?;
    subproblem.validate()?;
    let gradient = x0.zeros_like();
    let mut iterate = Iterate { x: x0.clone(), value: 0.0, gradient, gradient_norm: 0.0 };
    subproblem.evaluate(oracle, &mut iterate)?;
    Ok(TrustState {
        iterate,
        model: subproblem.model(x0),
        radius: radius.first(x0.norm()),
        step: x0.zeros_like(),
        solution: None,
        trial: None,
    })
}

/// The step for the current radius, found once; `None` where the curvature is not finite.
fn solve<O, S>(
    subproblem: &S,
    oracle: &Oracle<'_, O>,
    state: &mut TrustState<O::Point, S::Model>,
) -> Result<Option<Solution>, Interrupt>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    if state.solution.is_none() {
        let TrustState { iterate, model, radius, step, solution, .. } = state;
        *solution = subproblem.solve(oracle, iterate, model, *radius, step)?;
    }
    Ok(state.solution)
}

/// One iteration.
pub(crate) fn step<O, S>(
    subproblem: &S,
    radius: &Radius,
    oracle: &Oracle<'_, O>,
    state: &mut TrustState<O::Point, S::Model>,
) -> Result<Step, Interrupt>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    let Some(solution) = solve(subproblem, oracle, state)? else {
        return Ok(Step::NoDecrease { predicted: f64::INFINITY });
    };
    let Solution { predicted, on_boundary, .. } = solution;
    let TrustState { iterate, model, step, trial, .. } = state;
    let length = step.norm_max();
    if predicted.is_nan() || predicted <= 0.0 || length <= f64::EPSILON * iterate.x.norm_max() {
        return Ok(Step::NoDecrease { predicted: predicted.max(0.0) });
    }

    let trial = trial.get_or_insert_with(|| iterate.clone());
    trial.x.point_along(&iterate.x, 1.0, step);
    subproblem.evaluate(oracle, trial)?;
    let finite = trial.value.is_finite() && trial.gradient_norm.is_finite();

    let ratio = if finite {
        subproblem.learn(model, iterate, trial, step);
        actual_decrease(iterate, trial, step, predicted) / predicted
    } else if trial.value == f64::NEG_INFINITY {
        f64::INFINITY
    } else {
        f64::NAN
    };
    state.radius = radius.next(state.radius, ratio, step.norm(), on_boundary);
    state.solution = None;
    if ratio > radius.accept {
        std::mem::swap(iterate, trial);
        subproblem.moved(model);
        return Ok(Step::Moved { length });
    }
    if predicted <= f64::EPSILON * iterate.value.abs() {
        return Ok(Step::NoDecrease { predicted });
    }
    Ok(Step::Rejected)
}

/// `f(x) - f(x + p)`. Where values are too coarse to tell, from the gradients at both ends: their
/// mean slope is exact for a quadratic, and nothing cancels in it.
fn actual_decrease<V: Vector>(
    iterate: &Iterate<V>,
    trial: &Iterate<V>,
    step: &V,
    predicted: f64,
) -> f64 {
    let difference = iterate.value - trial.value;
    let noise = NOISE * iterate.value.abs();
    if predicted > noise || difference.abs() > noise {
        return difference;
    }
    -0.5 * (iterate.gradient.dot(step) + trial.gradient.dot(step))
}

/// What the model predicts for the next step, which is kept.
pub(crate) fn predicted_decrease<O, S>(
    subproblem: &S,
    oracle: &Oracle<'_, O>,
    state: &mut TrustState<O::Point, S::Model>,
) -> Result<Option<f64>, Interrupt>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    Ok(Some(solve(subproblem, oracle, state)?.map_or(0.0, |solution| solution.predicted)))
}
