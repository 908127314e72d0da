//! Names that stand for compositions, and methods from outside the library.

use ravine::Stopping;
use ravine::matrix::Matrix;
use ravine::methods::{Composition, Entry, Family, add, catalogue, named};
use ravine::minimize::Outcome;
use ravine::objective::Gradients;
use ravine::step::{MoreSorensen, Steihaug};
use ravine::trust::Radius;
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};
use ravine_problems::Problem;
use ravine_race::{MethodChoice, Track, regression_problem, run};
use serde_json::Value;

#[path = "../../examples/psb/psb.rs"]
mod psb;

use psb::Psb;

/// A regression with all that a sum over cases supplies.
fn regression() -> Problem {
    let x: Vec<[f64; 2]> = (0..40).map(|i| [f64::from(i % 7) - 3.0, f64::from(i % 5)]).collect();
    let y = (0..40).map(|i| f64::from(u8::from(i % 3 == 0 || i % 7 > 4))).collect();
    let mut design = Design::dense(Matrix::from_rows(&x), vec!["a".into(), "b".into()]);
    design.add_intercept();
    let logistic = Regression::new(design, y, RegressionLoss::Logistic, 1e-3).unwrap();
    regression_problem("regression", logistic, "y", String::new())
}

/// Rosenbrock's valley, as a sum of squares, in the plane and in a chain with a sparse Hessian, and what
/// has Fisher information and cases.
fn problems() -> Vec<Problem> {
    let valleys = ["rosenbrock", "mgh:1", "chained-rosenbrock:n=6"];
    let mut problems: Vec<_> =
        valleys.iter().map(|name| ravine_problems::named(name).unwrap()).collect();
    problems.push(regression());
    problems
}

fn outcome(method: &MethodChoice, problem: &Problem) -> Outcome<Vec<f64>> {
    let stopping = Stopping { iterations: Some(3000), ..Stopping::default() };
    run(method, &*problem.objective, &problem.start, stopping, |_| ()).unwrap().outcome
}

#[test]
fn a_familiar_name_is_the_composition_that_its_row_says() {
    let problems = problems();
    let mut compared = 0;
    for entry in catalogue() {
        let Some(composition) = entry.composition else { continue };
        let composed = MethodChoice::parse(composition).unwrap();
        assert_eq!(entry.needs, composed.entry.needs, "{}", entry.name);
        assert_eq!(entry.bounds, composed.entry.bounds, "{}", entry.name);
        assert_eq!(entry.is_dense(), composed.entry.is_dense(), "{}", entry.name);
        let before = compared;
        for problem in &problems {
            if !problem.objective.derivatives().missing(entry.needs).is_empty() {
                continue;
            }
            let a = outcome(&MethodChoice::of(entry), problem);
            let b = outcome(&composed, problem);
            let message = format!("{} = {composition} on {}", entry.name, problem.name);
            let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&a.x), bits(&b.x), "{message}");
            assert_eq!((a.iterations, a.evaluations), (b.iterations, b.evaluations), "{message}");
            assert_eq!(a.status, b.status, "{message}");
            assert!(a.iterations > 1, "{message}: nothing to compare");
            compared += 1;
        }
        assert!(compared > before, "{}: no problem supplies what it needs", entry.name);
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn another_setting_is_another_method() {
    // The settings that a row gives matter: without them the runs differ.
    for (familiar, bare, problem) in [
        ("bfgs", "bfgs/solve/wolfe", "quadratic:n=20"),
        ("lbfgs", "lbfgs/solve/wolfe", "quadratic:n=20"),
        ("dfp", "dfp/solve/wolfe", "rosenbrock"),
        ("newton-eigen", "exact/solve/wolfe", "saddle"),
        ("newton", "exact/solve/fixed", "saddle"),
    ] {
        let problem = ravine_problems::named(problem).unwrap();
        let [a, b] = [familiar, bare].map(|name| {
            let outcome = outcome(&MethodChoice::parse(name).unwrap(), &problem);
            (outcome.iterations, outcome.x)
        });
        assert_ne!(a, b, "{familiar}");
    }
}

#[test]
fn a_composition_goes_by_its_name() {
    let problem = ravine_problems::named("rosenbrock").unwrap();
    let ran = outcome(&MethodChoice::parse("sr1/steihaug/radius").unwrap(), &problem);
    assert_eq!(ran.method, "sr1/steihaug/radius");
}

fn psb<S>(step: S) -> Composition<Psb, S, Radius> {
    Composition { curvature: Psb, step, trust: Radius::default() }
}

#[test]
fn a_method_from_outside_races_as_those_of_the_library_do() {
    let exact = psb(MoreSorensen::default());
    let title = "PSB in a trust region";
    let entry = add::<Gradients, _, _>("psb", title, Family::QuasiNewton, exact.clone()).unwrap();
    add::<Gradients, _, _>("psb-cg", title, Family::QuasiNewton, psb(Steihaug::default())).unwrap();
    assert_eq!((entry.name, entry.title, entry.bounds), ("psb", title, false));
    assert!(entry.needs.missing(named("bfgs").unwrap().needs).is_empty());

    let problem = ravine_problems::named("wood").unwrap();
    let methods = MethodChoice::parse_list("psb,bfgs,psb-cg,sr1/steihaug/radius").unwrap();
    let mut seen = 0;
    let race = Track::new(&problem).race(&methods, |now| {
        seen += u64::from(now.method.name == "psb");
    });
    assert_eq!((race.entrants.len(), race.left_out.len()), (4, 0));
    let psb = race.entrants.iter().find(|entrant| entrant.label() == "psb").unwrap();
    let raced = psb.outcome().unwrap();
    assert!(raced.status.converged(), "{}", raced.status);
    // The run that it is without a race, and all of its history.
    let f = problem.objective.as_gradient().unwrap();
    let alone = ravine::minimize(f, problem.start.clone(), exact).run().unwrap();
    assert_eq!(alone.x, raced.x);
    assert_eq!((alone.iterations, alone.evaluations), (raced.iterations, raced.evaluations));
    assert_eq!((raced.method.as_str(), seen), ("psb", raced.iterations + 1));
    let moments = psb.result.as_ref().unwrap().history.moments();
    assert_eq!(moments.len() as u64, raced.iterations + 1);
}

#[test]
fn methods_that_are_not_to_be_found_by_name_race_too() {
    let problem = ravine_problems::named("beale").unwrap();
    // Two of one name, each with its own settings.
    let radius = |initial| Radius { initial: Some(initial), ..Radius::default() };
    let methods = [0.1, 1.0].map(|initial| {
        let method = Composition { trust: radius(initial), ..psb(MoreSorensen::default()) };
        let entry = Entry::new::<Gradients, _, _>("unlisted", "PSB", Family::Own, method).unwrap();
        MethodChoice { name: format!("unlisted {initial}"), ..MethodChoice::of(&entry) }
    });
    let race = Track::new(&problem).race(&methods, |_| ());
    let mut x = race.entrants.iter().map(|entrant| &entrant.outcome().unwrap().x);
    assert!(race.entrants.len() == 2 && x.next() != x.next());
    assert!(named("unlisted").is_err());
}

#[test]
fn what_cannot_be_added_or_set_is_refused() {
    let refused = |name: &str| {
        let method = psb(Steihaug::default());
        add::<Gradients, _, _>(name, "", Family::QuasiNewton, method).unwrap_err().to_string()
    };
    for name in ["", "a/b", "a:b", "a,b", "a=b", "a b"] {
        assert!(refused(name).starts_with(&format!("name: is `{name}`, but must be")), "{name}");
    }
    assert_eq!(refused("bfgs"), "name: is `bfgs`, which is the name of another method");
    let method = psb(Steihaug::default());
    let entry = add::<Gradients, _, _>("psb-once", "", Family::QuasiNewton, method).unwrap();
    assert!(refused("psb-once").contains("another method"));
    let settings = serde_json::json!({ "skip": 0.5 });
    assert!(entry.check(&Value::Null).is_ok());
    assert!(entry.check(&settings).unwrap_err().to_string().contains("has none"));
    let f = ravine::objective!(1, |x| x[0].cosh());
    let error = entry.start(&settings, &f, &[1.0], Stopping::default()).err().unwrap();
    assert!(error.to_string().starts_with("settings: are {\"skip\":0.5}"), "{error}");
    // The list of what there is has it, too.
    let error = named("psb-twice").unwrap_err().to_string();
    assert!(error.contains("psb-once"), "{error}");
}
