//! Methods composed by name: every curvature with every step and trust that it goes with.

use ravine::methods::{Part, PartKind, named, parts};
use ravine::objective::Supplies;
use ravine::{Conditions, Stopping};
use serde_json::{Value, json};

fn of_kind(kind: PartKind) -> impl Iterator<Item = &'static Part> {
    parts().iter().filter(move |part| part.kind == kind)
}

/// Rosenbrock's valley as a sum of squares, with all that differentiation gives.
fn valley() -> impl Supplies {
    ravine::residuals!(2, |x| [1.0 - x[0], 10.0 * (x[1] - x[0] * x[0])])
}

fn run(name: &str, settings: &Value) -> ravine::Outcome<Vec<f64>> {
    let f = valley();
    let stopping = Stopping { iterations: Some(3000), ..Stopping::default() };
    let conditions = Conditions::from(stopping);
    let mut run = named(name).unwrap().start(settings, &f, &[-1.2, 1.0], conditions).unwrap();
    while run.step().is_none() {}
    run.outcome()
}

#[test]
fn every_composition_that_goes_together_minimizes_the_valley_or_says_why_not() {
    let f = valley();
    let (mut tried, mut solved) = (0, 0);
    for curvature in of_kind(PartKind::Curvature) {
        for step in of_kind(PartKind::Step) {
            for trust in of_kind(PartKind::Trust) {
                let name = [curvature.name, step.name, trust.name].join("/");
                let Ok(entry) = named(&name) else { continue };
                if !f.derivatives().missing(entry.needs).is_empty() {
                    continue;
                }
                let outcome = run(&name, &Value::Null);
                tried += 1;
                let converged = outcome.status.converged();
                assert!(!converged || outcome.value < 1e-8, "{name}: {}", outcome.value);
                assert!(outcome.value.is_finite(), "{name}: {}", outcome.value);
                // Fixed lengths and divergences are no safeguards; one product, one diagonal or a
                // random plane know little of a curved valley, and the DFP matrix hardly recovers
                // from large eigenvalues (Powell 1986) unless the search is close.
                let guarded = !["fixed", "divergence"].contains(&trust.name)
                    && !["cauchy", "subspace"].contains(&step.name)
                    && !["diagonal", "dfp"].contains(&curvature.name);
                assert!(converged || !guarded, "{name}: {} at {}", outcome.status, outcome.value);
                solved += u32::from(converged);
            }
        }
    }
    println!("{solved} of {tried} compositions solve Rosenbrock's valley");
    assert!(tried > 200, "{tried}");
}

#[test]
fn parts_take_their_settings() {
    let short = run("limited-sr1/gltr/radius", &json!({ "curvature": { "memory": 1 } }));
    let long = run("limited-sr1/gltr/radius", &json!({ "curvature": { "memory": 10 } }));
    assert!(short.status.converged() && long.status.converged());
    assert_ne!(short.iterations, long.iterations);
    let f = valley();
    let refused = |name: &str, settings: Value| {
        let started = named(name).unwrap().start(&settings, &f, &[0.0, 0.0], Stopping::default());
        started.err().unwrap().to_string()
    };
    let error = refused("bfgs/solve/wolfe", json!({ "curvature": { "memory": 3 } }));
    assert!(error.contains("has no settings, but memory was given"), "{error}");
    let error = refused("sr1/steihaug/radius", json!({ "radius": { "initial": 2.0 } }));
    assert!(error.contains("no setting `radius`") && error.contains("trust.NAME"), "{error}");
    let error = refused("sr1/steihaug/radius", json!({ "trust": { "initial": -2.0 } }));
    assert!(error.starts_with("trust.initial: is -2.0"), "{error}");
    let error = refused("sr1/steihaug/radius", json!({ "trust": { "grow": "nan" } }));
    assert!(error.starts_with("trust.grow: is \"nan\": invalid type"), "{error}");
    let error = refused("newton-cg", json!({ "forcing": 0.1, "line_search": "foo" }));
    assert!(error.starts_with("line_search: is \"foo\": unknown variant `foo`"), "{error}");
    let error = refused("fisher/solve/divergence", Value::Null);
    assert!(error.contains("needs Fisher information"), "{error}");
}

#[test]
fn parts_that_do_not_go_together_say_why() {
    let error = |name: &str| named(name).unwrap_err().to_string();
    let wrong = error("exact/steihaug/wolfe");
    assert!(wrong.contains("`steihaug` goes with radius"), "{wrong}");
    assert!(wrong.contains("`wolfe` goes with solve, cg, nystrom-cg, subspace"), "{wrong}");
    let wrong = error("differenced/solve/wolfe");
    assert!(wrong.contains("products alone") && wrong.contains("`cg`"), "{wrong}");
    let wrong = error("exact/steihaug");
    assert!(wrong.contains("curvature/step/trust"), "{wrong}");
    let wrong = error("hessian/steihaug/radius");
    assert!(wrong.contains("there is no curvature `hessian`"), "{wrong}");
}
