//! What the page is told, by the native build.

use ravine_wasm::{Run, Surface, landscape, methods, problems, tuned};
use serde_json::{Value, json};

fn list(text: String) -> Vec<Value> {
    serde_json::from_str(&text).unwrap()
}

fn ran(surface: &Surface, method: &str, settings: &Value) -> Run {
    let mut run = Run::new(surface, method, &settings.to_string(), -1.2, 1.0, "").unwrap();
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
    for wrong in [r#"{"radius.nothing": 1}"#, r#"{"radius": 1, "radius.initial": 1}"#] {
        assert!(Run::new(&surface, "trust-exact", wrong, -1.2, 1.0, "").is_err(), "{wrong}");
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
        let mut run = Run::new(&surface, method, &settings.to_string(), 1.0, -2.0, "").unwrap();
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
    let ended = |spec: &str, method: &str, settings: &str, x: f64, y: f64, stopping: &str| {
        let surface = Surface::new(spec).unwrap();
        let mut run = Run::new(&surface, method, settings, x, y, stopping).unwrap();
        assert_eq!(run.ended(), "");
        run.advance(10_000);
        serde_json::from_str::<Value>(&run.ended()).unwrap()
    };
    let end = ended("rosenbrock", "newton-damped", "", -1.2, 1.0, "");
    assert_eq!(end["status"], "converged");
    assert_eq!((&end["converged"], &end["saddle"]), (&json!(true), &json!(false)));
    // Newton's method walks to the saddle.
    let end = ended("saddle", "newton", "", 1.0, 1e-3, "");
    assert_eq!(end["saddle"], true);
    assert!(end["sentence"].as_str().unwrap().ends_with(", at a saddle"), "{end}");
    let end = ended("styblinski-tang", "newton", "", 0.1, 0.1, "");
    assert!(end["sentence"].as_str().unwrap().ends_with(", at a maximum"), "{end}");
    let end = ended("valley:kappa=100", "gd", r#"{"step": 0.5}"#, 1.0, 1.0, "");
    assert_eq!(end["status"], "diverged");
    assert_eq!(end["saddle"], false);
    let end = ended("rosenbrock", "gd", "", -1.2, 1.0, r#"{"iterations": 7}"#);
    assert_eq!((&end["status"], &end["iterations"]), (&json!("iteration_limit"), &json!(7)));
}

/// Gradient descent with the best step of a quadratic needs about `kappa` iterations, Newton one.
#[test]
fn work_grows_with_the_condition_number_or_does_not() {
    let kappas = [10.0, 100.0];
    let descent = landscape("gd", &kappas, "").unwrap();
    assert!(descent[1] > 5.0 * descent[0], "{descent:?}");
    let newton = landscape("newton", &kappas, "").unwrap();
    assert_eq!(newton[0], newton[1]);
    assert!(landscape("gd", &[1e4], r#"{"iterations": 10}"#).unwrap()[0].is_nan());
    assert!(landscape("warp", &kappas, "").is_err());
    let valley = Surface::new("valley:kappa=100").unwrap();
    let step = tuned(&valley, "gd", "", 1.0, 1.0, "").unwrap();
    // 2 / 101 is the best of all, 0.01 of those tried.
    assert!((step - 0.01).abs() < 1e-10, "{step}");
    assert!(tuned(&valley, "bfgs", "", 1.0, 1.0, "").unwrap().is_nan());
}

/// The value and whether it converged, of gradient descent with the step that is found.
fn tuned_end(spec: &str, method: &str, x: f64, y: f64, iterations: u64) -> (f64, bool) {
    let surface = Surface::new(spec).unwrap();
    let stopping = json!({ "iterations": iterations }).to_string();
    let step = tuned(&surface, method, "", x, y, &stopping).unwrap();
    let settings = json!({ "step": step }).to_string();
    let mut run = Run::new(&surface, method, &settings, x, y, &stopping).unwrap();
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
    assert!(failure("x + y + z").contains("\"of 3 variables\""));
    assert!(failure("(x + ").contains("expected"));
    assert!(failure("valley:kappa=0").contains("at least 1"));
    let surface = Surface::new("beale").unwrap();
    let refused = |method: &str, settings: &str, stopping: &str| {
        Run::new(&surface, method, settings, 0.0, 0.0, stopping).err().unwrap().to_string()
    };
    assert!(refused("bfgs", r#"{"memory": 3}"#, "").contains("memory"));
    assert!(refused("sr1", r#"{"radius": 1, "radius.initial": 2}"#, "").contains("`radius`"));
    assert!(refused("bfgs", "[]", "").contains("map"));
    assert!(refused("bfgs", "", r#"{"seconds": -1}"#).contains("seconds"));
    assert!(refused("natural-gradient", "", "").contains("Fisher information"));
    assert!(surface.field(0.0, 1.0, 0.0, 1.0, 1, 5).is_err());
}
