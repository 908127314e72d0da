//! `ravine diagnose` and `ravine spectrum`.

use serde_json::Value;

use crate::common::{Folder, ravine};

/// The one object that a command prints.
fn object(arguments: &[&str]) -> Value {
    let ran = ravine(&[arguments, &["--json"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    let objects = ran.objects();
    assert_eq!(objects.len(), 1);
    objects[0].clone()
}

#[test]
fn a_diagnosis_is_one_object() {
    let d = object(&["diagnose", "quadratic:n=30,kappa=1e3,rotation=yes"]);
    let near = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value / expected - 1.0).abs() < 1e-9, "{value} {expected}");
    };
    near(&d["condition_number"], 1e3);
    near(&d["largest_eigenvalue"], 1e3);
    near(&d["smallest_eigenvalue"], 1.0);
    assert_eq!(d["inertia"], serde_json::json!({"positive": 30, "negative": 0, "zero": 0}));
    assert!(d["reason"].as_str().unwrap().contains("30 variables"));
    assert_eq!(d["model"]["verdict"], "quadratic");
    assert_eq!(d["derivatives"]["hessian"], true);
    assert!(d.get("measured").is_none());
    let forecast = d["forecast"].as_array().unwrap();
    assert!(forecast.len() > 20);
    for f in forecast {
        assert!(f["method"].is_string() && f["basis"].is_string(), "{f}");
        assert!(f["iterations"].is_u64() && f["memory_bytes"].as_u64() > Some(0), "{f}");
        assert!(f["seconds"].as_f64() > Some(0.0) && f["evaluations"]["gradient"].is_u64(), "{f}");
    }
    let names: Vec<_> = forecast.iter().map(|f| &f["method"]).collect();
    assert!(names.contains(&&d["recommended_method"]));
    let gd = forecast.iter().find(|f| f["method"] == "gd").unwrap();
    near(&gd["settings"]["step"], 2.0 / 1001.0);
}

#[test]
fn verification_puts_measurements_beside_the_forecast() {
    let methods = ["diagnose", "quadratic:n=30,kappa=1e2,rotation=yes", "--verify"];
    let d = object(&methods);
    let forecast = d["forecast"].as_array().unwrap();
    let measured = d["measured"].as_array().unwrap();
    assert_eq!(measured.len(), forecast.len());
    for name in ["gd", "momentum", "nesterov", "cg-pr", "lbfgs", "newton-cg"] {
        let of = |list: &[Value]| list.iter().find(|o| o["method"] == name).unwrap().clone();
        let (said, made) = (of(forecast), of(measured));
        assert_eq!(made["status"], "converged", "{name}");
        let ratio = made["iterations"].as_f64().unwrap() / said["iterations"].as_f64().unwrap();
        assert!(ratio > 0.5 && ratio < 2.0, "{name}: {ratio}");
        assert!(made["seconds"].as_f64() > Some(0.0) && made["solved"] == true, "{made}");
    }
    let report = ravine(&methods).stdout;
    for part in ["Take ", "because", "Measured: ", "share of the gradient's energy", "factor"] {
        assert!(report.contains(part), "{part} in {report}");
    }
}

#[test]
fn the_point_can_be_given() {
    let d = object(&["diagnose", "x^4 - 3*x^2 + y^2", "--at", "0,1"]);
    assert_eq!(d["smallest_eigenvalue"], -6.0);
    assert_eq!(d["inertia"]["negative"], 1);
    assert!(d["reason"].as_str().unwrap().contains("negative curvature"));
    // A least squares problem has forecasts of its own.
    let d = object(&["diagnose", "mgh:1"]);
    assert!(d["forecast"].as_array().unwrap().iter().any(|f| f["method"] == "lm"));
    assert!(d["costs"]["jacobian"].as_f64() > Some(0.0));
}

#[test]
fn input_that_cannot_be_used_is_named() {
    for (arguments, expected) in [
        (&["diagnose", "rosenbrok"][..], "did you mean `rosenbrock`?"),
        (&["diagnose", "rosenbrock", "--at", "1,2,3"], "--at has 3 numbers"),
        (&["diagnose", "rosenbrock", "--at", "1,x"], "--at: `x` is not a finite number"),
        (&["diagnose", "log(x) + y", "--at=-1,0"], "the objective is NaN there"),
        (&["diagnose", "rosenbrock", "--products", "0"], "products: is 0"),
        (&["diagnose", "rosenbrock", "--tolerance=-1"], "gradient_relative: is -1.0"),
        (&["diagnose", "rosenbrock", "--at", "1,1", "--start", "1,1"], "cannot be used with"),
        (&["spectrum", "rosenbrock", "--at", "1"], "--at has 1 numbers"),
        (&["spectrum", "rosenbrock", "--largest", "0"], "--largest is 0"),
        (&["spectrum", "rosenbrock", "--probes", "1"], "--probes is 1"),
        (&["spectrum", "rosenbrock", "--products", "3"], "--products is 3"),
        (&["spectrum", "log(x)", "--at=-1"], "not finite"),
    ] {
        let ran = ravine(arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn spectra_of_few_and_of_many_variables() {
    let s = object(&["spectrum", "quadratic:n=50,kappa=1e4,rotation=yes", "--trace"]);
    assert_eq!((&s["exact"], s.get("largest"), s.get("density")), (&Value::Bool(true), None, None));
    let trace: f64 = (0..50).map(|i| 1e4f64.powf(f64::from(i) / 49.0)).sum();
    assert!((s["trace"]["value"].as_f64().unwrap() / trace - 1.0).abs() < 1e-12);

    let many = ["spectrum", "quadratic:n=600,kappa=100,rotation=yes"];
    let s = object(&[&many[..], &["--largest", "2", "--smallest", "1", "--trace"]].concat());
    assert_eq!(s["exact"], false);
    let largest: Vec<f64> =
        s["largest"].as_array().unwrap().iter().map(|e| e["value"].as_f64().unwrap()).collect();
    assert_eq!(largest.len(), 2);
    for (k, value) in largest.iter().enumerate() {
        let exact = 100f64.powf(1.0 - k as f64 / 599.0);
        assert!((value / exact - 1.0).abs() < 1e-6, "{value} {exact}");
    }
    assert!((s["smallest"][0]["value"].as_f64().unwrap() - 1.0).abs() < 1e-4);
    let trace: f64 = (0..600).map(|i| 100f64.powf(f64::from(i) / 599.0)).sum();
    let (value, error) = (&s["trace"]["value"], &s["trace"]["standard_error"]);
    let off = (value.as_f64().unwrap() - trace).abs();
    assert!(off < 5.0 * error.as_f64().unwrap(), "{off} {error}");

    let report = ravine(&many).stdout;
    for part in ["largest", "smallest", "share of all eigenvalues", "Hessian products"] {
        assert!(report.contains(part), "{part} in {report}");
    }
}

#[test]
fn pictures_are_drawn() {
    let folder = Folder::new("diagnose");
    for (name, arguments) in [
        ("diagnose.svg", &["diagnose", "rosenbrock"][..]),
        ("spectrum.svg", &["spectrum", "bratu:grid=30"]),
    ] {
        let path = folder.path(name);
        let ran = ravine(&[arguments, &["--svg", &path]].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let text = std::fs::read_to_string(&path).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let bars = document.descendants().filter(|n| n.has_tag_name("rect")).count();
        assert!(bars > 3, "{name}: {bars}");
    }
    let missing = folder.path("none/picture.svg");
    assert_eq!(ravine(&["diagnose", "rosenbrock", "--svg", &missing]).status, 2);
}
