//! What `--json` prints: one object a line.

use ravine::StationaryPoint;
use ravine::objective::Counts;
use ravine_race::{Ran, Tuned};
use serde::Serialize;
use serde_json::Value;

/// A run's object.
#[derive(Serialize)]
pub struct RunObject<'a> {
    pub problem: &'a str,
    pub method: &'a str,
    pub settings: &'a Value,
    pub status: &'a str,
    /// The status in words.
    pub message: String,
    pub converged: bool,
    pub iterations: u64,
    pub value: f64,
    pub gradient_norm: f64,
    /// The direction in which the function falls forever, where that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ray: Option<&'a [f64]>,
    pub x: &'a [f64],
    pub variables: &'a [String],
    pub evaluations: Counts,
    pub gradient_equivalents: f64,
    pub seconds: f64,
    pub seconds_in_objective: f64,
    /// Whole epochs over the cases, of a run over batches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u64>,
    /// Cases visited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<u64>,
    /// How a setting was tuned, for methods that need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<TuningObject<'a>>,
    /// What the second derivatives say of the point where it converged, where they are at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stationary_point: Option<StationaryPoint>,
    /// Why this method was chosen, where it was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

/// What finding the best step took.
#[derive(Serialize)]
pub struct TuningObject<'a> {
    pub setting: &'a str,
    pub value: f64,
    pub tried: usize,
    pub evaluations: Counts,
    pub seconds: f64,
}

impl<'a> TuningObject<'a> {
    /// The object of a search.
    pub fn of(tuned: &'a Tuned) -> Self {
        Self {
            setting: tuned.name,
            value: tuned.best().setting,
            tried: tuned.trials.len(),
            evaluations: tuned.evaluations,
            seconds: tuned.seconds,
        }
    }
}

impl<'a> RunObject<'a> {
    /// The object of an outcome.
    pub fn new(
        problem: &'a ravine_problems::Problem,
        method: &'a str,
        settings: &'a Value,
        ran: &'a Ran,
    ) -> Self {
        let Ran { outcome, seen, .. } = ran;
        let n = problem.start.len();
        Self {
            problem: &problem.name,
            method,
            settings,
            status: outcome.status.name(),
            message: outcome.status.to_string(),
            converged: outcome.status.converged(),
            iterations: outcome.iterations,
            value: outcome.value,
            gradient_norm: outcome.gradient_norm,
            ray: outcome.ray.as_deref(),
            x: &outcome.x,
            variables: &problem.variables,
            gradient_equivalents: ravine_race::gradient_equivalents(&outcome.evaluations, n),
            evaluations: outcome.evaluations,
            seconds: outcome.seconds,
            seconds_in_objective: outcome.seconds_in_objective,
            epochs: seen.map(|seen| seen.epochs),
            cases: seen.map(|seen| seen.cases),
            tuning: None,
            reason: None,
            stationary_point: None,
        }
    }
}
