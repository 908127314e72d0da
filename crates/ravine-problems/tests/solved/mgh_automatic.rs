//! The automatic choice on the collection of Moré, Garbow and Hillstrom.

use ravine::methods::{automatic, named};
use ravine::minimize::Outcome;
use ravine::objective::{Derivatives, Evaluation, Gradient, Objective, Residuals, Supplies};
use ravine::{Rule, Status, Stopping};
use ravine_problems::mgh;

/// An objective whose derivatives beyond `shown` are hidden.
struct Only<'a> {
    inner: &'a dyn Supplies,
    shown: Derivatives,
}

impl Objective for Only<'_> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.inner.value(x)
    }
}

impl Supplies for Only<'_> {
    fn as_gradient(&self) -> Option<&(dyn Gradient<Point = Vec<f64>> + '_)> {
        self.inner.as_gradient().filter(|_| self.shown.gradient)
    }

    fn as_residuals(&self) -> Option<&(dyn Residuals + '_)> {
        self.inner.as_residuals().filter(|_| self.shown.residuals)
    }
}

fn run(objective: &dyn Supplies, start: &[f64], stopping: Stopping) -> Outcome<Vec<f64>> {
    let auto = named("auto").unwrap();
    let mut run = auto.start(&serde_json::Value::Null, objective, start, stopping).unwrap();
    while run.step().is_none() {}
    run.outcome()
}

fn gradient_norm(objective: &dyn Supplies, x: &Vec<f64>) -> f64 {
    let mut gradient = vec![0.0; x.len()];
    objective.as_gradient().unwrap().value_and_gradient(x, &mut gradient).unwrap();
    gradient.iter().fold(0.0, |most, g| f64::max(most, g.abs()))
}

/// Checks that the status says what is so.
fn assert_true(name: &str, objective: &dyn Supplies, start: &Vec<f64>, o: &Outcome<Vec<f64>>) {
    let value = objective.value(&o.x).unwrap();
    assert!((value - o.value).abs() <= 1e-12 * value.abs(), "{name}: value {value} of {o:?}");
    assert!(value <= objective.value(start).unwrap(), "{name}: worse than the start");
    let norm = gradient_norm(objective, &o.x);
    let stopping = Stopping::default();
    match &o.status {
        Status::Converged(Rule::GradientAbsolute) => {
            assert!(norm <= 1.001 * stopping.gradient_absolute, "{name}: {norm}");
        }
        Status::Converged(Rule::GradientRelative) => {
            let first = gradient_norm(objective, start);
            assert!(norm <= 1.001 * stopping.gradient_relative * first, "{name}: {norm}");
        }
        Status::PrecisionLimit => {
            // No step along the gradient, of any length, gains anything that could be seen.
            let mut gradient = vec![0.0; o.x.len()];
            objective.as_gradient().unwrap().value_and_gradient(&o.x, &mut gradient).unwrap();
            for exponent in -40..10 {
                let a = 10f64.powi(exponent);
                let x: Vec<f64> = o.x.iter().zip(&gradient).map(|(x, g)| x - a * g).collect();
                let there = objective.value(&x).unwrap();
                let gains = there < value - 1e-9 * value.abs();
                assert!(!gains, "{name}: {there} below {value} at precision limit");
            }
        }
        Status::IterationLimit | Status::NoProgress => {}
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn ends_at_the_best_known_value_on_every_problem() {
    for entry in mgh::all() {
        let problem = entry.problem().unwrap();
        let residuals = Only { inner: &*problem.objective, shown: Derivatives::RESIDUALS };
        // With exact Hessians, and with the Jacobian alone.
        for objective in [&*problem.objective, &residuals] {
            let outcome = run(objective, &problem.start, Stopping::default());
            let name = format!("{} by {}", entry.name, outcome.method);
            let best = entry.best.value;
            let excess = outcome.value - best;
            assert!(excess <= 1e-6 * best || excess <= 1e-12, "{name}: {excess:e} above {best}");
            let converged = outcome.status.converged();
            assert!(converged || outcome.status == Status::PrecisionLimit, "{name}: {outcome:?}");
            assert_true(&name, objective, &problem.start, &outcome);
        }
    }
}

#[test]
fn says_what_is_so_from_far_starts() {
    let stopping = Stopping { iterations: Some(500), ..Stopping::default() };
    for entry in mgh::all() {
        let problem = entry.problem().unwrap();
        for factor in [10.0, 100.0] {
            let start = entry.scaled_start(factor);
            let first = problem.objective.value(&start).unwrap();
            if !first.is_finite() {
                continue;
            }
            let outcome = run(&*problem.objective, &start, stopping.clone());
            let name = format!("{} from {factor} times its start", entry.name);
            assert_true(&name, &*problem.objective, &start, &outcome);
        }
    }
}

#[test]
fn the_reason_names_what_it_rests_on() {
    let wood = mgh::problem(14, None, None).unwrap();
    let choice = automatic(&*wood.objective, &wood.start, None).unwrap();
    assert_eq!(choice.entry.name, "lm-newton");
    assert!(choice.reason.contains("6 residuals of 4 variables"), "{}", choice.reason);
    let hidden = Only { inner: &*wood.objective, shown: Derivatives::GRADIENT };
    let choice = automatic(&hidden, &wood.start, None).unwrap();
    assert_eq!(choice.entry.name, "bfgs");
    assert!(choice.reason.contains("4 variables and gradients"), "{}", choice.reason);
}
