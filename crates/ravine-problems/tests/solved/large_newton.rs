//! Newton's method on grids.

use ravine::methods::{SparseNewton, named};
use ravine::minimize::{Outcome, Run, Stopping};
use ravine_problems::{Problem, scalable};
use serde_json::Value;

fn run(method: &str, problem: &Problem) -> Outcome<Vec<f64>> {
    let objective = problem.objective.as_ref();
    let stopping = Stopping::default();
    let mut run =
        named(method).unwrap().start(&Value::Null, objective, &problem.start, stopping).unwrap();
    while run.step().is_none() {}
    run.outcome()
}

#[test]
fn sparse_newton_and_newton_cg_find_the_same_surface() {
    for problem in [scalable::minimal_surface(40).unwrap(), scalable::bratu(40, 2.0).unwrap()] {
        let sparse = run("newton-sparse", &problem);
        assert!(sparse.status.converged(), "{}: {:?}", problem.name, sparse.status);
        assert!(sparse.iterations < 2000, "{}: {}", problem.name, sparse.iterations);
        let matrix_free = run("newton-cg", &problem);
        assert!(matrix_free.status.converged(), "{}: {:?}", problem.name, matrix_free.status);
        let off = (sparse.value - matrix_free.value).abs();
        assert!(off <= 1e-8 * sparse.value.abs().max(1.0), "{}: {off}", problem.name);
    }
}

#[test]
fn a_convex_problem_needs_few_iterations_at_every_size() {
    for side in [10, 20, 80] {
        let outcome = run("newton-sparse", &scalable::bratu(side, 2.0).unwrap());
        assert!(outcome.status.converged());
        assert!(outcome.iterations <= 8, "side {side}: {}", outcome.iterations);
    }
}

#[test]
fn a_radius_does_not_hold_up_the_steps_on_finer_grids() {
    for side in [15, 30, 60, 120] {
        let problem = scalable::minimal_surface(side).unwrap();
        let outcome = run("trust-steihaug", &problem);
        assert!(outcome.status.converged(), "side {side}: {:?}", outcome.status);
        assert!(outcome.iterations <= 10, "side {side}: {}", outcome.iterations);
    }
}

#[test]
fn a_resumed_sparse_run_gives_the_same_bits() {
    let problem = scalable::minimal_surface(12).unwrap();
    let objective = problem.objective.as_sparse_hessian().unwrap();
    let method = SparseNewton::default();
    let mut whole =
        Run::new(objective, method.clone(), &problem.start, Stopping::default()).unwrap();
    whole.step();
    whole.step();
    let text = serde_json::to_string(&whole.checkpoint()).unwrap();
    let checkpoint = serde_json::from_str(&text).unwrap();
    let mut resumed = Run::resume(objective, method, checkpoint, Stopping::default()).unwrap();
    while whole.step().is_none() {
        resumed.step();
        assert_eq!(whole.progress().x, resumed.progress().x);
    }
}
