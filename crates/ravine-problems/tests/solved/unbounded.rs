//! Every method of the catalogue on functions without a minimum: none may claim to have found one.

use ravine::methods::{Entry, catalogue};
use ravine::minimize::Outcome;
use ravine::{Status, Stopping};
use ravine_problems::Problem;
use ravine_problems::expression::Expression;
use serde_json::Value;

/// Methods whose steps are not made longer, or only with the point: they may go down to the end.
const SLOW: [&str; 8] =
    ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "owlqn"];

fn problem(source: &str, start: &[f64]) -> Problem {
    Expression::parse(source).unwrap().into_problem(Some(start.to_vec())).unwrap()
}

fn outcomes(problem: &Problem) -> impl Iterator<Item = (&'static Entry, Outcome<Vec<f64>>)> {
    let objective = problem.objective.as_ref();
    let usable = |entry: &&Entry| objective.derivatives().missing(entry.needs).is_empty();
    catalogue().iter().filter(usable).map(move |entry| {
        let stopping = Stopping { iterations: Some(2000), ..Stopping::default() };
        let start = &problem.start;
        let mut run = entry.start(&Value::Null, objective, start, stopping).unwrap();
        while run.step().is_none() {}
        (entry, run.outcome())
    })
}

#[test]
fn no_method_finds_a_minimum_where_there_is_none() {
    let mut wrong = Vec::new();
    let cases: [(&str, &[f64]); 5] = [
        ("x - y", &[0.0, 0.0]),
        ("x - y", &[3.0, -1.0]),
        ("-x^2 - y^2", &[1.0, 0.5]),
        ("x^3", &[-1.0]),
        ("-exp(x) + y^2", &[0.5, 1.0]),
    ];
    for (source, start) in cases {
        for (entry, outcome) in outcomes(&problem(source, start)) {
            let name = entry.name;
            let fine = match &outcome.status {
                Status::Unbounded => true,
                Status::Diverged | Status::IterationLimit => SLOW.contains(&name),
                _ => false,
            };
            // Newton's method looks for a zero of the gradient, and a secant update of a linear
            // function never becomes zero in all directions.
            if !fine && name != "newton" && !(name == "sr1" && source == "x - y") {
                wrong.push(format!("{source} from {start:?} by {name}: {outcome:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_any_curvature_newton_stays_and_secant_updates_fall_forever() {
    for (entry, outcome) in outcomes(&problem("x - y", &[3.0, -1.0])) {
        match entry.name {
            "newton" => assert_eq!(outcome.status, Status::NoProgress, "{outcome:?}"),
            "sr1" => assert_eq!(outcome.status, Status::Unbounded, "{outcome:?}"),
            _ => {}
        }
    }
}

#[test]
fn whoever_stops_at_a_point_of_inflection_has_met_the_gradient_test() {
    let inflection = problem("x^3", &[1.0]);
    for (entry, outcome) in outcomes(&inflection) {
        if outcome.status.converged() {
            let gradient = 3.0 * outcome.x[0] * outcome.x[0];
            assert!(gradient <= 3e-8, "{}: {outcome:?}", entry.name);
        }
    }
}
