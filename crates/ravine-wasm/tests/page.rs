//! What the page is told, by the native build.

use ravine_wasm::{Basins, Run, Surface, Tuning, landscape_start, methods, problems, step_limit};
use serde_json::{Value, json};

/// Iterations, more than are needed.
const MOST: u32 = 10_000;

fn list(text: String) -> Vec<Value> {
    serde_json::from_str(&text).unwrap()
}

/// Settings as the page writes them.
fn written(settings: &Value) -> String {
    let given = settings.as_object().into_iter().flatten();
    let text = |(name, value): (&String, &Value)| match value {
        Value::Null => format!("{name}="),
        Value::String(word) => format!("{name}={word}"),
        number => format!("{name}={number}"),
    };
    given.map(text).collect::<Vec<_>>().join(",")
}

fn ran(surface: &Surface, method: &str, settings: &Value) -> Run {
    let mut run = Run::new(surface, method, &written(settings), -1.2, 1.0, MOST).unwrap();
    run.advance(60);
    run
}

/// Settings of settings have both names with a dot between them; what is null is left out.
#[test]
fn settings_reach_the_method() {
    let surface = Surface::new("rosenbrock").unwrap();
    let points = |method: &str, settings: Value| ran(&surface, method, &settings).points();
    for method in list(methods()) {
        let name = method["name"].as_str().unwrap();
        if !method["needs"].to_string().contains("Fisher") {
            assert_eq!(points(name, json!({ "radius.initial": null })), points(name, json!({})));
        }
    }
    let exact = |settings| points("trust-exact", settings);
    assert_ne!(exact(json!({ "radius.initial": 0.1 })), exact(json!({})));
    assert_eq!(exact(json!({ "radius.shrink": 0.25 })), exact(json!({})));
    let backtracking = json!({ "line_search": "backtracking" });
    assert_ne!(points("bfgs", backtracking), points("bfgs", json!({})));
    for wrong in ["radius.nothing=1", "radius=1,radius.initial=1"] {
        assert!(Run::new(&surface, "trust-exact", wrong, -1.2, 1.0, MOST).is_err(), "{wrong}");
    }
}

#[test]
fn every_problem_is_a_surface_that_describes_itself() {
    let problems = list(problems().unwrap());
    assert!(problems.len() >= 15);
    for problem in problems {
        let surface = Surface::new(problem["name"].as_str().unwrap()).unwrap();
        let again: Value = serde_json::from_str(&surface.describe()).unwrap();
        assert_eq!(again["title"], problem["title"]);
        let at = |i: usize| problem["start"][i].as_f64().unwrap();
        assert!(surface.value(at(0), at(1)).is_finite());
        let [x, y] = ["x", "y"].map(|axis| {
            let span = &problem["window"][axis];
            (span[0].as_f64().unwrap(), span[1].as_f64().unwrap())
        });
        let field = surface.field(x.0, x.1, y.0, y.1, 30, 20).unwrap();
        assert_eq!(field.len(), 600);
        assert_eq!(field[599], surface.value(x.1, y.1));
        let contours = surface.contours(x.0, x.1, y.0, y.1, 30, 20, 8).unwrap();
        assert_eq!(contours.starts().len(), contours.line_level().len() + 1);
        assert_eq!(contours.points().len(), 2 * *contours.starts().last().unwrap() as usize);
        let same = surface.contours_at(x.0, x.1, y.0, y.1, 30, 20, &contours.levels()).unwrap();
        assert_eq!(same, contours);
        for minimum in problem["minima"].as_array().unwrap() {
            let Some(point) = minimum["point"].as_array() else { continue };
            let [x, y] = [0, 1].map(|i| point[i].as_f64().unwrap());
            let local = surface.local(x, y).unwrap();
            assert!((local[0] - minimum["value"].as_f64().unwrap()).abs() < 1e-9);
        }
    }
}

/// The first step of each method goes where the run goes, and its prediction is the model's.
#[test]
fn steps_are_those_of_the_runs() {
    let surface = Surface::new("himmelblau").unwrap();
    let (x, y) = (0.5, 1.5);
    let local = surface.local(x, y).unwrap();
    let steps = list(surface.steps(x, y, 0.7, 3.0).unwrap());
    assert_eq!(steps[0]["method"], "damped");
    assert!(steps.len() > 25);
    for step in &steps {
        let [dx, dy] = ["dx", "dy"].map(|name| step[name].as_f64().unwrap());
        let hd = [local[3] * dx + local[4] * dy, local[4] * dx + local[5] * dy];
        let predicted = -(local[1] * dx + local[2] * dy + 0.5 * (dx * hd[0] + dy * hd[1]));
        let actual = local[0] - surface.value(x + dx, y + dy);
        let near = |name: &str, value: f64| {
            let shown = step[name].as_f64().unwrap();
            assert!((shown - value).abs() < 1e-9 * value.abs().max(1.0), "{step}: {name}");
        };
        near("predicted", predicted);
        near("actual", actual);
        near("ratio", actual / predicted);
        let name = step["method"].as_str().unwrap();
        if name.starts_with("trust") {
            assert!(dx.hypot(dy) <= 0.7 * (1.0 + 1e-2), "{step}");
        }
        if name == "newton" {
            assert!((hd[0] + local[1]).abs() < 1e-9 && (hd[1] + local[2]).abs() < 1e-9);
        }
    }
    // (H + 3 I) d = -g.
    let [dx, dy] = ["dx", "dy"].map(|name| steps[0][name].as_f64().unwrap());
    assert!(((local[3] + 3.0) * dx + local[4] * dy + local[1]).abs() < 1e-9);
}

#[test]
fn internals_say_what_is_believed() {
    let surface = Surface::new("valley:kappa=20,angle=30").unwrap();
    let hessian = &surface.local(0.0, 0.0).unwrap()[3..6];
    let last = |method: &str, settings: Value| {
        let mut run = Run::new(&surface, method, &written(&settings), 1.0, -2.0, MOST).unwrap();
        let k = run.advance(200);
        assert!(run.internals(k + 1).is_err());
        run.internals(k).unwrap()
    };
    for method in ["bfgs", "lbfgs", "dfp", "sr1"] {
        let believed = last(method, json!({}));
        assert_eq!(believed[4], 1.0);
        for (b, h) in believed.iter().zip(hessian) {
            // Quasi-Newton matrices of a quadratic come near its Hessian.
            assert!((b - h).abs() < 2.0, "{method}: {believed:?} {hessian:?}");
        }
    }
    let adam = last("adam", json!({ "step": 0.1 }));
    assert!(adam[0] > 0.0 && adam[1] == 0.0 && adam[2] > 0.0 && adam[4] == 2.0);
    assert!(last("trust-exact", json!({}))[3] > 0.0);
    assert!(last("arc", json!({}))[5] > 0.0);
    let newton = last("newton", json!({}));
    assert!(newton[3].is_nan() && newton[4] == 3.0);
}

#[test]
fn ends_are_told_plainly() {
    let ended = |spec: &str, method: &str, settings: &str, x: f64, y: f64, most: u32| {
        let surface = Surface::new(spec).unwrap();
        let mut run = Run::new(&surface, method, settings, x, y, most).unwrap();
        assert_eq!(run.ended(), "");
        run.advance(10_000);
        serde_json::from_str::<Value>(&run.ended()).unwrap()
    };
    let end = ended("rosenbrock", "newton-damped", "", -1.2, 1.0, MOST);
    assert_eq!(end["status"], "converged");
    assert_eq!((&end["converged"], &end["kind"]), (&json!(true), &json!("minimum")));
    assert!(end["bottom"].as_f64().unwrap().abs() < 1e-20, "{end}");
    // Newton's method walks to the saddle.
    let end = ended("saddle", "newton", "", 1.0, 1e-3, MOST);
    assert_eq!((&end["kind"], &end["bottom"]), (&json!("saddle"), &Value::Null), "{end}");
    // The maxima at the middle of these surfaces.
    for (spec, x, y, value) in
        [("styblinski-tang", 0.1, 0.1, 0.39), ("himmelblau", -0.5, -1.0, 181.6)]
    {
        let end = ended(spec, "newton", "", x, y, MOST);
        assert_eq!(end["kind"], "maximum", "{end}");
        assert!((end["value"].as_f64().unwrap() - value).abs() < 0.1, "{end}");
    }
    // Both have an infimum of 0 and no saddle: the sign of a tiny curvature says nothing.
    for (spec, method) in [
        ("1/(x^2+y^2)", "bfgs"),
        ("1/(x^2+y^2)", "newton-damped"),
        ("1/(x^2+y^2)", "trust-dogleg"),
        ("x^2*y^2", "adam"),
        ("x^2*y^2", "bfgs"),
    ] {
        let settings = if method == "adam" { "step=0.1" } else { "" };
        let end = ended(spec, method, settings, -1.2, 1.0, MOST);
        let kind = end["kind"].as_str().unwrap_or("none");
        assert!(["undecided", "none", "minimum"].contains(&kind), "{spec} {method}: {end}");
    }
    // One minimum: whoever stops elsewhere in its bowl has stopped short of it.
    for method in ["cg-pr", "bfgs", "sr1", "newton-damped", "trust-exact"] {
        for (spec, x, y) in [("brown-badly-scaled", 1.0, 1.0), ("powell-badly-scaled", 0.0, 1.0)] {
            let end = ended(spec, method, "", x, y, MOST);
            if let Some(bottom) = end["bottom"].as_f64() {
                assert!(bottom < 1e-12, "{spec} {method}: {end}");
            }
            assert!(end["kind"] != "saddle" && end["kind"] != "maximum", "{spec} {method}: {end}");
        }
    }
    let end = ended("freudenstein-roth", "newton-damped", "", 0.5, -2.0, MOST);
    assert_eq!(end["kind"], "minimum");
    assert!((end["bottom"].as_f64().unwrap() - 48.98425).abs() < 1e-4, "{end}");
    // Who says that the values fall without bound has been far down.
    for spec in ["plain-saddle", "monkey-saddle"] {
        for method in list(methods()) {
            let name = method["name"].as_str().unwrap();
            if method["needs"].to_string().contains("Fisher") {
                continue;
            }
            let end = ended(spec, name, "", 1.0, 1e-3, 2000);
            let deep = end["value"].as_f64().is_none_or(|value| value < -1e6);
            assert!(end["status"] != "unbounded" || deep, "{spec} {name}: {end}");
        }
    }
    let end = ended("valley:kappa=100", "gd", "step=0.5", 1.0, 1.0, MOST);
    assert_eq!(end["status"], "diverged");
    assert_eq!(end["kind"], Value::Null);
    let end = ended("rosenbrock", "gd", "", -1.2, 1.0, 7);
    assert_eq!(end["status"], "iteration_limit");
}

/// The work to converge, as the page measures it; infinite where that does not come.
fn landscape(method: &str, kappa: f64, share: f64, iterations: u32) -> f64 {
    let spec = format!("valley:kappa={kappa},angle=30");
    let surface = Surface::new(&spec).unwrap();
    let start = landscape_start(kappa, 30.0, share);
    let (x, y) = (start[0], start[1]);
    let needs_step = list(methods()).iter().any(|m| m["name"] == method && m["tuned"] == "step");
    let settings = match needs_step {
        true => format!("step={}", tuned(&spec, method, x, y, iterations)[0]),
        false => String::new(),
    };
    let mut run = Run::new(&surface, method, &settings, x, y, iterations).unwrap();
    run.advance(iterations as usize + 1);
    let end: Value = serde_json::from_str(&run.ended()).unwrap();
    if end["converged"] == true { *run.evaluations().last().unwrap() } else { f64::INFINITY }
}

/// The worst of several starts at a condition number.
fn worst(method: &str, kappa: f64) -> f64 {
    let work = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| landscape(method, kappa, share, 50_000));
    work.into_iter().fold(0.0, f64::max)
}

/// Fixed steps along the gradient need work in proportion to the condition number from the start where they
/// are slowest, and searched ones no less where it is larger; Newton's method one step from any.
#[test]
fn work_grows_with_the_condition_number_or_does_not() {
    let work = [10.0, 100.0, 1000.0].map(|kappa| worst("gd", kappa));
    let growth = [work[1] / work[0], work[2] / work[1]];
    assert!(growth.iter().all(|&g| g > 5.0 && g < 15.0), "{work:?}");
    let searched = [10.0, 1000.0].map(|kappa| worst("gd-linesearch", kappa));
    assert!(searched[1] > 2.0 * searched[0], "{searched:?}");
    assert_eq!(worst("newton", 10.0), worst("newton", 1e4));
    assert!(landscape("gd", 1e4, 0.5, 10).is_infinite());
    // At share 1 both components of the gradient are alike in size.
    let start = landscape_start(100.0, 30.0, 1.0);
    let surface = Surface::new("valley:kappa=100,angle=30").unwrap();
    let local = surface.local(start[0], start[1]).unwrap();
    let along = |v: &[f64]| (local[1] * v[0] + local[2] * v[1]).abs();
    assert!((along(&local[8..10]) - along(&local[10..12])).abs() < 1e-12, "{local:?}");
}

fn tuned(spec: &str, method: &str, x: f64, y: f64, iterations: u32) -> Vec<f64> {
    let surface = Surface::new(spec).unwrap();
    let mut tuning = Tuning::new(&surface, method, "", x, y, iterations).unwrap();
    while tuning.advance().unwrap() {}
    let found = tuning.found();
    assert!(tuning.found().is_empty());
    found
}

/// On `(kappa u^2 + v^2)/2` the best step is 2 / (kappa + 1), beyond 1 / kappa: every step across goes
/// over to the other wall.
#[test]
fn the_step_that_is_found_bounces_between_the_walls() {
    for kappa in [10.0, 100.0, 1000.0] {
        let spec = format!("valley:kappa={kappa},angle=30");
        let found = tuned(&spec, "gd", -1.2, 1.0, 30_000);
        assert!((found[0] * (kappa + 1.0) / 2.0 - 1.0).abs() < 0.02, "{found:?}");
        assert!(found[1] > 30.0 && found[2] > 1000.0, "{found:?}");
        let surface = Surface::new(&spec).unwrap();
        let settings = format!("step={}", found[0]);
        let mut run = Run::new(&surface, "gd", &settings, -1.2, 1.0, MOST).unwrap();
        run.advance(10);
        let (sine, cosine) = 30f64.to_radians().sin_cos();
        let across: Vec<f64> =
            run.points().chunks(2).map(|at| cosine * at[0] + sine * at[1]).collect();
        assert!(across.windows(2).all(|pair| pair[0] * pair[1] < 0.0), "{across:?}");
    }
}

/// From its usual start no step leads a method of signs to the minimum at once.
#[test]
fn no_step_makes_the_condition_number_vanish() {
    for method in ["adam", "adagrad", "rmsprop"] {
        let surface = Surface::new("valley:kappa=1000,angle=30").unwrap();
        let about: Value = serde_json::from_str(&surface.describe()).unwrap();
        let [x, y] = [0, 1].map(|i| about["start"][i].as_f64().unwrap());
        let step = tuned("valley:kappa=1000,angle=30", method, x, y, 5000)[0];
        let settings = format!("step={step}");
        let mut run = Run::new(&surface, method, &settings, x, y, MOST).unwrap();
        let iterations = run.advance(10_000);
        assert!(iterations > 20, "{method}: {iterations} at {step}");
    }
}

/// The value and whether it converged, of gradient descent with the step that is found.
fn tuned_end(spec: &str, method: &str, x: f64, y: f64, iterations: u32) -> (f64, bool) {
    let surface = Surface::new(spec).unwrap();
    let step = tuned(spec, method, x, y, iterations)[0];
    let settings = format!("step={step}");
    let mut run = Run::new(&surface, method, &settings, x, y, iterations).unwrap();
    run.advance(iterations as usize + 1);
    let end: Value = serde_json::from_str(&run.ended()).unwrap();
    (end["value"].as_f64().unwrap(), end["converged"] == true)
}

/// A step that leaps to the plateau of this sum of exponentials, where the gradient underflows,
/// converges at once, but to no minimum; one that is ahead after some hundred steps in Rosenbrock's
/// valley may jump out of it later.
#[test]
fn tuned_steps_lead_to_minima() {
    for method in ["gd", "momentum", "adam"] {
        let (value, converged) = tuned_end("jennrich-sampson", method, 0.3, 0.4, 5000);
        assert!(converged && (value - 124.36218235561483).abs() < 1e-6, "{method}: {value}");
    }
    let (value, converged) = tuned_end("rosenbrock", "gd", -1.2, 1.0, 5000);
    assert!(!converged && value < 0.01, "{value}");
    // Nothing converges where the value falls without bound: the step is the longest that follows the
    // slope for all the iterations, and does not end before as unbounded.
    let (value, converged) = tuned_end("plain-saddle", "gd", 1.0, 1e-3, 500);
    assert!(!converged && value < -100.0 && value > -1e10, "{value}");
}

#[test]
fn mistakes_are_named() {
    let failure = |spec: &str| Surface::new(spec).err().unwrap().to_string();
    assert!(failure("rosenbrok").contains("did you mean `rosenbrock`?"));
    assert!(failure("x + y + z").contains("function of x, y, z"));
    assert!(failure("x").contains("is \"a function of x\""));
    assert!(failure("(x + ").contains("expected"));
    assert!(failure("valley:kappa=0").contains("at least 1"));
    let surface = Surface::new("beale").unwrap();
    let refused = |method: &str, settings: &str| {
        Run::new(&surface, method, settings, 0.0, 0.0, MOST).err().unwrap().to_string()
    };
    assert!(refused("bfgs", "memory=3").contains("memory"));
    assert!(refused("sr1", "radius=1,radius.initial=2").contains("`radius`"));
    assert!(refused("bfgs", "memory").contains("no value"));
    assert!(refused("natural-gradient", "").contains("Fisher information"));
    assert!(surface.field(0.0, 1.0, 0.0, 1.0, 1, 5).is_err());
}

/// The numbers of a map of basins are those of runs of their own.
#[test]
fn a_block_of_starts_goes_where_single_runs_go() {
    let surface = Surface::new("himmelblau").unwrap();
    let mut basins = Basins::new(&surface, "newton", "", 60).unwrap();
    let known = basins.minima();
    assert_eq!(known.len(), 12);
    let starts = [3.2, 2.1, -0.3, -0.9, -3.5, -3.0, 1e3, 1e3];
    let numbers = basins.from(&starts);
    assert_eq!(numbers.len(), 8);
    for (start, told) in starts.chunks(2).zip(numbers.chunks(2)) {
        let mut run = Run::new(&surface, "newton", "", start[0], start[1], 60).unwrap();
        assert_eq!(run.advance(61), told[1] as usize, "{start:?}");
        let end: Value = serde_json::from_str(&run.ended()).unwrap();
        match told[0].checked_sub(4) {
            Some(k) => {
                assert_eq!(end["kind"], "minimum");
                let minimum = &basins.minima()[3 * k as usize..];
                let points = run.points();
                let at = &points[points.len() - 2..];
                assert!((at[0] - minimum[0]).hypot(at[1] - minimum[1]) < 1e-3, "{start:?}");
            }
            None => assert_eq!((told[0], &end["kind"]), (2, &json!("maximum"))),
        }
    }
    assert_eq!(basins.minima(), known);
    assert!(Basins::new(&surface, "newtown", "", 60).is_err());
}

#[test]
fn steps_have_the_limits_of_their_methods() {
    let limit = |method: &str, settings: &str| step_limit(method, settings, 4.0).unwrap();
    assert_eq!(limit("gd", ""), 0.5);
    assert_eq!(limit("momentum", "momentum=0.5"), 0.75);
    assert!(limit("adam", "").is_nan());
    assert!(step_limit("gdd", "", 4.0).is_err());
}
