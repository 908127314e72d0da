//! The trust-region iteration, for every curvature, step and kind of trust.

use super::{Solution, Subproblem, Trust};
use crate::minimize::Step;
use crate::objective::Gradient;
use crate::oracle::Oracle;
use crate::oracle::{Iterate, actual_decrease};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// A trial with a ratio below this is far outside the region where the model means anything.
const ABSURD: f64 = -10.0;

/// The state of a trust-region method, or of cubic regularization.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TrustState<V, M> {
    pub(crate) iterate: Iterate<V>,
    pub(crate) model: M,
    trust: f64,
    step: V,
    /// Set where `step` belongs to the current point, model and trust.
    solution: Option<Solution>,
    /// Whether the model was given up at the current point.
    renewed: bool,
    /// Room for the next point; its content does not matter.
    #[serde(skip)]
    trial: Option<Iterate<V>>,
}

impl<V, M> TrustState<V, M> {
    /// How far the model is trusted: the radius, or the weight of the cubic term.
    pub fn trust(&self) -> f64 {
        self.trust
    }
}

/// Evaluates the start.
pub(crate) fn start<O, S>(
    subproblem: &S,
    rules: &impl Trust,
    oracle: &Oracle<'_, O>,
    x0: &O::Point,
) -> Result<TrustState<O::Point, S::Model>, StartError>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    rules.validate()?;
    subproblem.validate()?;
    let gradient = x0.zeros_like();
    let mut iterate = Iterate { x: x0.clone(), value: 0.0, gradient, gradient_norm: 0.0 };
    subproblem.evaluate(oracle, &mut iterate)?;
    Ok(TrustState {
        iterate,
        model: subproblem.model(x0),
        trust: rules.first(x0.norm(), x0.dimension()),
        step: x0.zeros_like(),
        solution: None,
        renewed: false,
        trial: None,
    })
}

/// The step for the current trust, found once; `None` where the curvature is not finite.
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
        let TrustState { iterate, model, trust, step, solution, .. } = state;
        *solution = subproblem.solve(oracle, iterate, model, *trust, step)?;
    }
    Ok(state.solution)
}

/// One iteration.
pub(crate) fn step<O, S>(
    subproblem: &S,
    rules: &impl Trust,
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
    let too_short = length <= f64::EPSILON * iterate.x.norm_max();
    if predicted.is_nan() || predicted <= 0.0 || too_short {
        return give_up(subproblem, rules, oracle, state);
    }

    let trial = trial.get_or_insert_with(|| iterate.clone());
    trial.x.point_along(&iterate.x, 1.0, step);
    subproblem.evaluate(oracle, trial)?;
    let finite = trial.value.is_finite() && trial.gradient_norm.is_finite();

    let ratio = if finite {
        actual_decrease(iterate, trial, step, predicted) / predicted
    } else if trial.value == f64::NEG_INFINITY {
        f64::INFINITY
    } else {
        f64::NAN
    };
    if finite && ratio > ABSURD {
        subproblem.learn(model, iterate, trial, step);
    }
    state.trust = rules.next(state.trust, ratio, step.norm(), on_boundary);
    state.solution = None;
    if ratio > rules.accept() {
        std::mem::swap(iterate, trial);
        subproblem.moved(model);
        state.renewed = false;
        return Ok(Step::Moved { length });
    }
    if predicted <= f64::EPSILON * iterate.value.abs() {
        return give_up(subproblem, rules, oracle, state);
    }
    Ok(Step::Rejected)
}

/// There is no step left to try: a learnt model may be wrong and is renewed, once; else the run
/// ends, and what the model promises with the trust of the start tells why.
fn give_up<O, S>(
    subproblem: &S,
    rules: &impl Trust,
    oracle: &Oracle<'_, O>,
    state: &mut TrustState<O::Point, S::Model>,
) -> Result<Step, Interrupt>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    let x = &state.iterate.x;
    let trust = rules.first(x.norm(), x.dimension());
    state.solution = None;
    if !state.renewed && subproblem.renew(&mut state.model) {
        state.renewed = true;
        state.trust = trust;
        return Ok(Step::Rejected);
    }
    let TrustState { iterate, model, step, .. } = state;
    let solution = subproblem.solve(oracle, iterate, model, trust, step)?;
    Ok(Step::NoDecrease { predicted: solution.map_or(f64::INFINITY, |s| s.predicted) })
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
