//! Newton's relatives on the problems of Moré, Garbow and Hillstrom, with their default settings
//! and the default stopping rules.

use ravine::matrix::Matrix;
use ravine::methods::named;
use ravine::minimize::{Outcome, Rule, Status, Stopping};
use ravine_problems::mgh::{Entry, all};
use serde_json::Value;

/// Each with how many of the 42 entries it must end at the best known value. Where one does not,
/// it is at another local minimum (Biggs, the trigonometric function), in a flat valley (Meyer), or
/// the model of the method is too coarse.
const METHODS: [(&str, usize); 10] = [
    ("trust-exact", 40),
    ("arc", 40),
    ("trust-dogleg", 40),
    ("newton-eigen", 40),
    ("newton-damped", 39),
    ("arc-lanczos", 39),
    ("trust-gltr", 37),
    ("trust-steihaug", 36),
    ("newton-cg", 36),
    ("sr1", 32),
];

/// The outcome, and the gradient norm at the start; `None` where the start is refused.
fn run(method: &str, entry: &Entry, start: &[f64], most: u64) -> Option<(Outcome<Vec<f64>>, f64)> {
    let problem = entry.problem().unwrap();
    let stopping = Stopping { iterations: Some(most), ..Stopping::default() };
    let method = named(method).unwrap();
    let objective = problem.objective.as_ref();
    let mut run = method.start(&Value::Null, objective, start, stopping).ok()?;
    let first = run.progress().gradient_norm;
    while run.step().is_none() {}
    Some((run.outcome(), first))
}

/// Whether the value is the best known, to a millionth.
fn solved(outcome: &Outcome<Vec<f64>>, entry: &Entry) -> bool {
    let best = entry.best.value;
    outcome.value - best <= (1e-6 * best.abs()).max(1e-12)
}

/// Evaluates the point again and checks what the outcome says of it.
fn check_truth(name: &str, entry: &Entry, outcome: &Outcome<Vec<f64>>, first: f64) {
    let problem = entry.problem().unwrap();
    let what = format!("{name} on {}: {outcome:?}", entry.name);
    let mut gradient = vec![0.0; entry.n];
    let value = problem
        .objective
        .as_gradient()
        .unwrap()
        .value_and_gradient(&outcome.x, &mut gradient)
        .unwrap();
    let norm = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
    assert_eq!((value, norm), (outcome.value, outcome.gradient_norm), "{what}");
    match outcome.status {
        Status::Converged(Rule::GradientAbsolute) => assert!(norm <= 1e-10, "{what}"),
        Status::Converged(Rule::GradientRelative) => assert!(norm <= 1e-8 * first, "{what}"),
        Status::PrecisionLimit => {
            // No Newton step promises a change of the value beyond its rounding.
            let mut hessian = Matrix::zeros(entry.n, entry.n);
            problem.objective.as_hessian().unwrap().hessian(&outcome.x, &mut hessian).unwrap();
            if let Ok(factor) = ravine::matrix::Cholesky::new(&hessian) {
                let mut step = gradient.clone();
                factor.solve(&mut step);
                let promised: f64 = step.iter().zip(&gradient).map(|(s, g)| 0.5 * s * g).sum();
                // A truncated step knows less of what is left than the whole one.
                assert!(promised <= 1e-6 * value.abs(), "{what}, promised {promised}");
            }
        }
        // In Meyer's valley the matrix of SR1 promises to the end what no step keeps, at the minimum too.
        Status::NoProgress => {
            assert!(!solved(outcome, entry) || (name, entry.number) == ("sr1", 10), "{what}");
        }
        Status::IterationLimit => {}
        _ => panic!("{what}"),
    }
}

#[test]
fn standard_starts_end_at_the_best_known_values_with_true_statuses() {
    let entries = all();
    for (name, least) in METHODS {
        let mut missed = Vec::new();
        for entry in &entries {
            let (outcome, first) = run(name, entry, &entry.start, 2000).expect("a finite start");
            check_truth(name, entry, &outcome, first);
            if !solved(&outcome, entry) {
                missed.push(format!("{} ({}, {})", entry.name, outcome.status, outcome.value));
            }
        }
        assert!(42 - missed.len() >= least, "{name} misses {missed:?}");
    }
}

#[test]
fn far_starts_end_with_true_statuses() {
    for factor in [10.0, 100.0] {
        for entry in &all() {
            let start = entry.scaled_start(factor);
            for (name, _) in METHODS {
                if let Some((outcome, first)) = run(name, entry, &start, 300) {
                    check_truth(name, entry, &outcome, first);
                }
            }
        }
    }
}
