//! Runs every method on the collection of Moré, Garbow and Hillstrom and prints the tables of the
//! guide as Markdown:
//!
//! ```text
//! cargo run --release --example mgh_table -p ravine-problems > guide/src/mgh.md
//! ```

use std::error::Error;

use ravine::Stopping;
use ravine::methods::{Entry, Family, catalogue};
use ravine::minimize::Outcome;
use ravine_problems::{Problem, mgh};
use serde_json::{Value, json};

/// The steps that methods with a fixed one choose the best of.
const STEPS: std::ops::RangeInclusive<i32> = -8..=0;
/// Most iterations of such a method.
const FIXED_STEP_ITERATIONS: u64 = 2000;

const FAMILIES: [(Family, &str); 8] = [
    (Family::Automatic, "Chosen automatically"),
    (Family::LeastSquares, "Least squares"),
    (Family::Newton, "Newton"),
    (Family::TrustRegion, "Trust region and cubic regularization"),
    (Family::QuasiNewton, "Quasi-Newton"),
    (Family::ConjugateGradient, "Conjugate gradients"),
    (Family::FirstOrder, "First order"),
    (Family::NaturalGradient, "Natural gradient"),
];

const INTRODUCTION: &str = "\
# Every method on the Moré-Garbow-Hillstrom problems

Standard starts, default settings, default stopping (gradient `1e-8` relative to the start). A
problem counts as solved where the value is within `1e-6` (relative) or `1e-12` (absolute) of the
best value known from that start. Written by `cargo run --release --example mgh_table -p
ravine-problems`.

A cell holds the gradients (or Jacobians) spent, then Hessians (`H`) and Hessian products (`P`); a
dot (`·`) where the problem was not solved. Methods with a fixed step take, on each problem, the best
of the steps `1e-8, 1e-7, ..., 1`, with at most 2000 iterations; the cost of the search is not
shown. Methods that need what these problems do not have (a Fisher information, a sparse Hessian) or
minimize something else (OWL-QN, with its penalty) are left out.
";

fn main() -> Result<(), Box<dyn Error>> {
    let problems = mgh::all();
    let cases: Vec<(Problem, f64)> = problems
        .iter()
        .map(|entry| Ok((entry.problem()?, entry.best.value)))
        .collect::<Result<_, ravine::ArgumentError>>()?;
    println!("{INTRODUCTION}");
    for (family, title) in FAMILIES {
        // A penalty makes OWL-QN minimize another function.
        let methods: Vec<&Entry> = catalogue()
            .iter()
            .filter(|entry| entry.family == family && entry.name != "owlqn")
            .filter(|entry| runs_on(entry, &cases))
            .collect();
        if !methods.is_empty() {
            table(title, &methods, &cases)?;
        }
    }
    Ok(())
}

fn runs_on(entry: &Entry, cases: &[(Problem, f64)]) -> bool {
    cases.iter().all(|(p, _)| p.objective.derivatives().missing(entry.needs).is_empty())
}

/// One family: a row a problem, a column a method.
fn table(title: &str, methods: &[&Entry], cases: &[(Problem, f64)]) -> Result<(), Box<dyn Error>> {
    let mut solved = vec![0; methods.len()];
    let mut rows = String::new();
    for (problem, best) in cases {
        rows += &format!("| {} | {} ", problem.title, problem.start.len());
        for (count, entry) in solved.iter_mut().zip(methods) {
            let outcome = run(entry, problem)?;
            let excess = outcome.value - best;
            if excess <= 1e-6 * best.abs() || excess <= 1e-12 {
                *count += 1;
                rows += &format!("| {} ", spent(&outcome));
            } else {
                rows += "| · ";
            }
        }
        rows += "|\n";
    }
    println!("## {title}\n");
    let names: Vec<_> = methods.iter().map(|entry| format!("`{}`", entry.name)).collect();
    println!("| problem | n | {} |", names.join(" | "));
    println!("|---|---|{}", "---|".repeat(methods.len()));
    let counts: Vec<_> = solved.iter().map(|s| format!("**{s} of {}**", cases.len())).collect();
    println!("| **solved** | | {} |", counts.join(" | "));
    println!("{rows}");
    Ok(())
}

fn spent(outcome: &Outcome<Vec<f64>>) -> String {
    let counts = outcome.evaluations;
    let mut text = counts.gradient.to_string();
    for (count, letter) in [(counts.hessian, 'H'), (counts.hessian_product, 'P')] {
        if count > 0 {
            text += &format!(" + {count}{letter}");
        }
    }
    text
}

/// The run with default settings, or the best of those with a step from the grid.
fn run(entry: &Entry, problem: &Problem) -> Result<Outcome<Vec<f64>>, ravine::minimize::Error> {
    let Some(setting) = entry.tuned else {
        return run_with(entry, problem, &Value::Null, Stopping::default());
    };
    let stopping = Stopping { iterations: Some(FIXED_STEP_ITERATIONS), ..Stopping::default() };
    let mut best = run_with(entry, problem, &json!({ setting: 1.0 }), stopping.clone())?;
    for exponent in STEPS {
        let settings = json!({ setting: 10f64.powi(exponent) });
        let outcome = run_with(entry, problem, &settings, stopping.clone())?;
        if outcome.value < best.value {
            best = outcome;
        }
    }
    Ok(best)
}

fn run_with(
    entry: &Entry,
    problem: &Problem,
    settings: &Value,
    stopping: Stopping,
) -> Result<Outcome<Vec<f64>>, ravine::minimize::Error> {
    let mut run = entry.start(settings, &*problem.objective, &problem.start, stopping)?;
    while run.step().is_none() {}
    Ok(run.outcome())
}
