//! Every method of the catalogue on every problem of Moré, Garbow and Hillstrom: whatever happens,
//! the outcome says what is so.

use ravine::methods::{Entry, catalogue};
use ravine::minimize::Outcome;
use ravine::objective::Supplies;
use ravine::{Rule, Status, Stopping};
use ravine_problems::mgh;
use serde_json::Value;

/// Enough for every method to end in some way on some problems.
const ITERATIONS: u64 = 150;

fn gradient_norm(objective: &dyn Supplies, x: &Vec<f64>) -> f64 {
    let mut gradient = vec![0.0; x.len()];
    objective.as_gradient().unwrap().value_and_gradient(x, &mut gradient).unwrap();
    gradient.iter().fold(0.0, |most, g| f64::max(most, g.abs()))
}

/// Methods that may end at a stationary point above the start.
const NOT_MONOTONE: [&str; 9] =
    ["gd", "bb", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "newton"];

/// What is wrong with an outcome.
fn untrue(
    method: &str,
    objective: &dyn Supplies,
    start: &Vec<f64>,
    o: &Outcome<Vec<f64>>,
) -> Option<String> {
    let finite = o.x.iter().all(|x| x.is_finite());
    if !finite || !o.value.is_finite() || !o.gradient_norm.is_finite() {
        return Some("not finite".to_owned());
    }
    if o.iterations > ITERATIONS {
        return Some("too many iterations".to_owned());
    }
    // With its penalty, OWL-QN minimizes another function.
    if method == "owlqn" {
        return None;
    }
    let value = objective.value(&o.x).unwrap();
    if (value - o.value).abs() > 1e-12 * value.abs() {
        return Some(format!("the value there is {value:e}"));
    }
    let first = objective.value(start).unwrap();
    if value > first && !(o.status.converged() && NOT_MONOTONE.contains(&method)) {
        return Some(format!("the value at the start was {first:e}"));
    }
    let stopping = Stopping::default();
    let tolerance = match o.status {
        Status::Converged(Rule::GradientAbsolute) => stopping.gradient_absolute,
        Status::Converged(Rule::GradientRelative) => {
            stopping.gradient_relative * gradient_norm(objective, start)
        }
        Status::Converged(rule) => return Some(format!("nobody asked for {rule:?}")),
        _ => return None,
    };
    let norm = gradient_norm(objective, &o.x);
    (norm > 1.001 * tolerance).then(|| format!("the gradient there is {norm:e}"))
}

fn run(entry: &Entry, objective: &dyn Supplies, start: &[f64]) -> Outcome<Vec<f64>> {
    let stopping = Stopping { iterations: Some(ITERATIONS), ..Stopping::default() };
    let mut run = entry.start(&Value::Null, objective, start, stopping).unwrap();
    while run.step().is_none() {}
    run.outcome()
}

#[test]
fn every_method_says_what_is_so_on_every_problem() {
    let mut wrong = Vec::new();
    for problem in mgh::all() {
        let problem = problem.problem().unwrap();
        let objective = &*problem.objective;
        for entry in catalogue() {
            if !objective.derivatives().missing(entry.needs).is_empty() {
                continue;
            }
            let outcome = run(entry, objective, &problem.start);
            if let Some(what) = untrue(entry.name, objective, &problem.start, &outcome) {
                wrong.push(format!("{} by {}: {what}: {outcome:?}", problem.name, entry.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_method_names_a_bad_start_and_an_unknown_setting() {
    let wood = mgh::problem(14, None, None).unwrap();
    let objective = &*wood.objective;
    for entry in catalogue() {
        if !objective.derivatives().missing(entry.needs).is_empty() {
            continue;
        }
        let start = |settings: Value, start: &[f64]| {
            entry.start(&settings, objective, start, Stopping::default()).err().unwrap()
        };
        let error = start(Value::Null, &[1.0, 2.0]).to_string();
        assert!(error.contains("start") && error.contains('2'), "{}: {error}", entry.name);
        let error = start(Value::Null, &[1.0, f64::NAN, 1.0, 1.0]).to_string();
        assert!(error.contains("start") && error.contains("finite"), "{}: {error}", entry.name);
        let error = start(serde_json::json!({ "no_such": 1 }), &[1.0; 4]).to_string();
        assert!(error.contains("no_such"), "{}: {error}", entry.name);
    }
}
