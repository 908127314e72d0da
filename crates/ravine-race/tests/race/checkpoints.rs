//! Runs of every method by name that are cut, written, and go on to the bits of those that were not.

use ravine::methods::{Entry, PartKind, catalogue, named, parts};
use ravine::minimize::{Epochs, FinalPoint, Measure, StepSchedule, Stepping};
use ravine::objective::{Derivatives, Differences, Supplies, from_value};
use ravine::random::Random;
use ravine::{Bounds, Conditions, Outcome, Stopping};
use ravine_data::{Selection, read_csv};
use ravine_glm::RegressionLoss;
use ravine_race::data_problem;
use serde_json::{Value, json};

/// Rosenbrock's valley as a sum of squares, with all that differentiation gives.
fn valley() -> impl Supplies {
    ravine::residuals!(4, |x| [
        1.0 - x[0],
        5.0 * (x[1] - x[0] * x[0]),
        1.0 - x[2],
        5.0 * (x[3] - x[2] * x[2])
    ])
}

const START: [f64; 4] = [-1.2, 1.0, 0.3, -0.8];

/// A logistic regression: a sum over 60 cases with information, roots and batches.
fn regression() -> Box<dyn Supplies> {
    let mut random = Random::new(5);
    let mut text = "a,b,c,class\n".to_owned();
    for _ in 0..60 {
        let [a, b, c] = [(); 3].map(|()| random.normal());
        let class = if a - 0.5 * b + random.normal() > 0.0 { "yes" } else { "no" };
        text.push_str(&format!("{a},{b},{c},{class}\n"));
    }
    let selection = Selection { target: Some("class".into()), ..Selection::default() };
    let data = read_csv(text.as_bytes(), "cases.csv").unwrap().select(&selection).unwrap();
    data_problem("cases.csv", data, RegressionLoss::Logistic, 0.01).unwrap().objective
}

/// Between them, they supply what any method needs; each has four variables.
fn problems() -> [Box<dyn Supplies>; 3] {
    let sparse = ravine_problems::named("bratu:grid=2").unwrap().objective;
    [Box::new(valley()), regression(), sparse]
}

/// A step that a method with a fixed one must be given.
fn settings(entry: &Entry) -> Value {
    entry.tuned.map_or(Value::Null, |setting| json!({ setting: 0.01 }))
}

fn finish(mut run: Box<dyn Stepping + '_>) -> Outcome<Vec<f64>> {
    while run.step().is_none() {}
    run.outcome()
}

fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// Cuts a run after each of the numbers of steps, and compares; how many cuts there were.
fn compare(
    entry: &Entry,
    f: &dyn Supplies,
    start: &[f64],
    conditions: &Conditions<'_>,
    cuts: &[u64],
) -> u32 {
    let (name, settings) = (entry.name, settings(entry));
    let begin = || entry.start(&settings, f, start, conditions.clone());
    let whole = match begin() {
        Ok(run) => finish(run),
        Err(error) => panic!("{name}: {error}"),
    };
    let mut made = 0;
    for &cut in cuts {
        let mut run = begin().unwrap();
        if (0..cut).any(|_| run.step().is_some()) {
            break;
        }
        let mut bytes = Vec::new();
        run.write_checkpoint(&mut bytes).unwrap();
        drop(run);
        let resumed = entry.resume(&settings, f, &bytes, conditions.clone()).unwrap();
        assert!(resumed.status().is_none(), "{name}");
        let resumed = finish(resumed);
        let what = format!("{name} cut after {cut}: {} {}", whole.status, whole.iterations);
        assert_eq!(bits(&resumed.x), bits(&whole.x), "{what}");
        assert_eq!(bits(&resumed.gradient), bits(&whole.gradient), "{what}");
        assert_eq!(resumed.value.to_bits(), whole.value.to_bits(), "{what}");
        assert_eq!(resumed.gradient_norm.to_bits(), whole.gradient_norm.to_bits(), "{what}");
        assert_eq!(resumed.iterations, whole.iterations, "{what}");
        assert_eq!(resumed.evaluations, whole.evaluations, "{what}");
        assert_eq!(resumed.asked, whole.asked, "{what}");
        assert_eq!(resumed.status, whole.status, "{what}");
        made += 1;

        // Neither more nor less than was written is taken.
        let longer = [&bytes[..], &[0]].concat();
        for wrong in [&bytes[..bytes.len() - 1], &longer, &[]] {
            assert!(entry.resume(&settings, f, wrong, conditions.clone()).is_err(), "{name}");
        }
    }
    made
}

fn at_most(iterations: u64) -> Stopping {
    Stopping { iterations: Some(iterations), ..Stopping::gradient(1e-10) }
}

#[test]
fn every_method_goes_on_to_the_same_bits() {
    let problems = problems();
    let conditions = at_most(25).into();
    for entry in catalogue().iter().filter(|entry| entry.name != "auto") {
        let mut cuts = 0;
        for f in &problems {
            if f.derivatives().missing(entry.needs).is_empty() {
                cuts += compare(entry, &**f, &START, &conditions, &[0, 1, 2, 5, 11]);
            }
        }
        assert!(cuts >= 3, "{}: {cuts} cuts", entry.name);
    }
}

#[test]
fn methods_go_on_within_bounds_and_with_differences() {
    let f = valley();
    let bounds = Bounds::new(vec![-2.0; 4], vec![0.8; 4]).unwrap();
    let within = Conditions { bounds: Some(bounds), ..at_most(30).into() };
    for entry in catalogue().iter().filter(|entry| entry.bounds && entry.name != "auto") {
        let start = START.map(|x: f64| x.min(0.8));
        assert!(compare(entry, &f, &start, &within, &[1, 3]) == 2, "{}", entry.name);
    }
    let f = from_value(2, |x: &[f64]| (1.0 - x[0]).powi(2) + 20.0 * (x[1] - x[0] * x[0]).powi(2));
    let differences = Conditions::from(at_most(30)).differences(Differences::default());
    for name in ["bfgs", "lbfgs", "newton-damped", "trust-steihaug"] {
        let cuts = compare(named(name).unwrap(), &f, &[-1.2, 1.0], &differences, &[1, 4]);
        assert_eq!(cuts, 2, "{name}");
    }
}

#[test]
fn every_composition_goes_on_to_the_same_bits() {
    let problems = problems();
    let conditions = at_most(9).into();
    let of_kind = |kind| parts().iter().filter(move |part| part.kind == kind);
    let (mut compositions, mut cuts) = (0, 0);
    for curvature in of_kind(PartKind::Curvature) {
        for step in of_kind(PartKind::Step) {
            for trust in of_kind(PartKind::Trust) {
                let name = [curvature.name, step.name, trust.name].join("/");
                let Ok(entry) = named(&name) else { continue };
                let fits = |f: &dyn Supplies| f.derivatives().missing(entry.needs).is_empty();
                let f = problems.iter().find(|f| fits(&***f)).unwrap_or_else(|| panic!("{name}"));
                compositions += 1;
                cuts += compare(entry, &**f, &START, &conditions, &[3]);
            }
        }
    }
    println!("{cuts} of {compositions} compositions were still under way");
    assert!(compositions > 250 && 10 * cuts > 9 * compositions, "{cuts} of {compositions}");
}

#[test]
fn runs_over_batches_go_on_to_the_same_bits() {
    let f = regression();
    let mut methods = 0;
    let composed = [
        "lbfgs/solve/fixed",
        "bfgs/solve/fixed",
        "diagonal/cg/damping",
        "differenced/gltr/cubic",
        "limited-sr1/steihaug/radius",
        "fisher-empirical/solve/backtracking",
    ];
    let composed = composed.map(|name| named(name).unwrap());
    for entry in catalogue().iter().chain(composed).filter(|entry| entry.goes_over_batches()) {
        let schedules = match entry.tuned {
            None if entry.name.ends_with("/fixed") => vec!["inverse:9".parse().unwrap()],
            Some(_) => vec![StepSchedule::Constant, "warm-up:3+cosine".parse().unwrap()],
            // They find the length of their steps themselves.
            None => vec![StepSchedule::Constant],
        };
        for schedule in schedules {
            for point in [FinalPoint::Last, FinalPoint::Averaged { after: 1 }] {
                let measure = Measure::Every(1);
                let (epochs, batch_size, schedule) = (5, 7, schedule.clone());
                let epochs =
                    Epochs { epochs, batch_size, schedule, point, measure, ..Epochs::default() };
                let conditions = Conditions { epochs: Some(epochs), ..Conditions::default() };
                let cuts = compare(entry, &*f, &[0.0; 4], &conditions, &[0, 1, 2, 4]);
                assert_eq!(cuts, 4, "{}", entry.name);
            }
        }
        methods += 1;
    }
    assert_eq!(methods, 21 + 6);
}

#[test]
fn a_run_that_shares_its_objective_goes_on() {
    let f: std::rc::Rc<dyn Supplies> = regression().into();
    let adam = named("adam").unwrap();
    let epochs =
        Epochs { epochs: 3, batch_size: 8, measure: Measure::Every(1), ..Epochs::default() };
    for epochs in [None, Some(epochs)] {
        let conditions = || Conditions { epochs: epochs.clone(), ..at_most(20).into() };
        let none = Value::Null;
        let begin = || adam.start_sharing(&none, f.clone(), &[0.0; 4], conditions()).unwrap();
        let whole = finish(begin());
        let mut run = begin();
        assert!(run.step().is_none());
        let mut bytes = Vec::new();
        run.write_checkpoint(&mut bytes).unwrap();
        let resumed = adam.resume_sharing(&none, f.clone(), &bytes, conditions()).unwrap();
        assert_eq!(bits(&finish(resumed).x), bits(&whole.x));
    }
}

#[test]
fn what_is_not_of_the_method_is_refused() {
    let f = valley();
    let none = Value::Null;
    let begin = |name: &str| named(name).unwrap().start(&none, &f, &START, at_most(9)).unwrap();
    let mut bytes = Vec::new();
    begin("bfgs").write_checkpoint(&mut bytes).unwrap();
    let message = |name: &str, f: &dyn Supplies| {
        let resumed = named(name).unwrap().resume(&none, f, &bytes, at_most(9));
        resumed.err().unwrap().to_string()
    };
    let lbfgs = message("lbfgs", &f);
    assert!(lbfgs.starts_with("checkpoint: is"), "{lbfgs}");
    let auto = message("auto", &f);
    assert!(auto.contains("name the method of the checkpoint"), "{auto}");
    let other = ravine::objective!(2, |x| x[0] * x[0] + x[1] * x[1]);
    assert_eq!(message("bfgs", &other), "checkpoint: is 4, but must be of dimension 2");
    let lacks = from_value(4, |x: &[f64]| x[0]);
    assert!(lacks.derivatives() == Derivatives::NONE);
    assert!(message("bfgs", &lacks).contains("needs gradient"));
}
