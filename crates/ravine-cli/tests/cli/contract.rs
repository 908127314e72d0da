//! The contract of the command: JSON, exit statuses, what goes where.

use crate::common::{Folder, command, ravine};
use serde_json::Value;

/// The fields that every run's object has, with their types.
fn check_run(object: &Value) {
    for text in ["problem", "method", "status", "message"] {
        assert!(object[text].is_string(), "{text} in {object}");
    }
    assert!(object["converged"].is_boolean());
    assert_eq!(object["converged"].as_bool(), Some(object["status"] == "converged"));
    assert!(object["iterations"].is_u64());
    for number in ["value", "gradient_norm", "seconds", "seconds_in_objective"] {
        assert!(object[number].is_number() || object[number].is_null(), "{number} in {object}");
    }
    let x = object["x"].as_array().unwrap();
    assert_eq!(x.len(), object["variables"].as_array().unwrap().len());
    for kind in ["value", "gradient", "hessian_product", "hessian"] {
        assert!(object["evaluations"][kind].is_u64(), "{kind} in {object}");
    }
    assert!(object["seconds"].as_f64() >= object["seconds_in_objective"].as_f64());
}

#[test]
fn minimize_prints_one_object() {
    let ran = ravine(&["minimize", "rosenbrock", "--method", "lbfgs", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let objects = ran.objects();
    assert_eq!(objects.len(), 1);
    check_run(&objects[0]);
    assert_eq!(objects[0]["method"], "lbfgs");
    assert_eq!(objects[0]["problem"], "rosenbrock");
    let x: Vec<f64> = serde_json::from_value(objects[0]["x"].clone()).unwrap();
    assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-5), "{x:?}");
    // The maximum norm of the gradient at x, by the formula.
    let (a, b) = (x[0], x[1]);
    let gradient = [-400.0 * a * (b - a * a) - 2.0 * (1.0 - a), 200.0 * (b - a * a)];
    let norm = gradient[0].abs().max(gradient[1].abs());
    let given = objects[0]["gradient_norm"].as_f64().unwrap();
    assert!((norm - given).abs() < 1e-9 + 1e-3 * norm, "{norm} {given}");
}

#[test]
fn the_default_method_is_chosen_and_says_why() {
    let ran = ravine(&["minimize", "(a-1)^4 + b^2 + a*b", "--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let object = &ran.objects()[0];
    check_run(object);
    assert_ne!(object["method"], "auto");
    assert!(object["reason"].as_str().unwrap().contains("2 variables"));
    assert_eq!(object["variables"], serde_json::json!(["a", "b"]));
    let report = ravine(&["minimize", "beale"]);
    assert!(report.stdout.contains("because"), "{}", report.stdout);
}

#[test]
fn a_run_that_does_not_converge_is_status_1() {
    let ran =
        ravine(&["minimize", "rosenbrock", "--method", "bfgs", "--max-iterations", "3", "--json"]);
    assert_eq!(ran.status, 1);
    let object = &ran.objects()[0];
    check_run(object);
    assert_eq!(object["status"], "iteration_limit");
    assert_eq!(object["iterations"], 3);
    let ran = ravine(&["minimize", "rosenbrock", "--max-evaluations", "5", "--json"]);
    assert_eq!((ran.status, &ran.objects()[0]["status"]), (1, &"evaluation_limit".into()));
    let ran = ravine(&["minimize", "-x^2 + y^2", "--start", "1,1", "--json"]);
    assert_eq!((ran.status, &ran.objects()[0]["converged"]), (1, &false.into()));
}

#[test]
fn tolerances_mean_what_they_say() {
    let norm = |arguments: &[&str]| {
        let mut all = vec!["minimize", "rosenbrock", "--method", "gd:step=0.001", "--json"];
        all.extend(["--max-iterations", "1000000"]);
        all.extend(arguments);
        let ran = ravine(&all);
        assert_eq!(ran.status, 0, "{}", ran.stdout);
        ran.objects()[0]["gradient_norm"].as_f64().unwrap()
    };
    // The gradient at the start is (-215.6, -88).
    let relative = norm(&["--tolerance", "1e-2"]);
    assert!(relative <= 2.156 && relative > 1.0, "{relative}");
    let absolute = norm(&["--gradient-tolerance", "1e-2"]);
    assert!(absolute <= 1e-2 && absolute > 0.99e-2, "{absolute}");
}

#[test]
fn a_race_is_one_object_a_method_the_winner_first() {
    let ran = ravine(&["race", "booth", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let objects = ran.objects();
    assert!(objects.len() >= 15, "{}", objects.len());
    objects.iter().for_each(check_run);
    let converged: Vec<_> = objects.iter().map(|o| o["converged"].as_bool().unwrap()).collect();
    assert!(converged.is_sorted_by(|a, b| a >= b), "{converged:?}");
    let work = |object: &Value| {
        let tuning =
            object.get("tuning").map_or(0.0, |t| t["evaluations"]["gradient"].as_f64().unwrap());
        object["gradient_equivalents"].as_f64().unwrap() + tuning
    };
    let first = work(&objects[0]);
    assert!(objects.iter().filter(|o| o["converged"] == true).all(|o| work(o) >= first));
    // Methods with a fixed step say how it was found.
    let gd = objects.iter().find(|o| o["method"] == "gd").unwrap();
    assert_eq!(gd["tuning"]["setting"], "step");
    assert_eq!(gd["tuning"]["value"], gd["settings"]["step"]);
    assert!(gd["tuning"]["tried"].as_u64() > Some(10));
    // The methods for least squares need residuals, which Booth's function does not have.
    assert!(objects.iter().all(|o| o["method"] != "lm"));
    let ran = ravine(&["race", "mgh:1", "--methods", "lm,gauss-newton", "--json"]);
    assert_eq!(ran.objects().len(), 2);
}

#[test]
fn settings_of_methods_are_used() {
    let ran =
        ravine(&["race", "rosenbrock", "--methods", "gd:step=0.001,lbfgs:memory=3", "--json"]);
    let objects = ran.objects();
    let gd = objects.iter().find(|o| o["method"] == "gd:step=0.001").unwrap();
    assert!(gd.get("tuning").is_none());
    assert_eq!(gd["settings"]["step"], 0.001);
    let lbfgs = objects.iter().find(|o| o["method"] == "lbfgs:memory=3").unwrap();
    assert_eq!(lbfgs["settings"]["memory"], 3);
}

#[test]
fn bounds_are_kept() {
    let arguments =
        ["minimize", "rosenbrock", "--bounds", "-inf..0.5,..", "--start", "-1.2,1", "--json"];
    let ran = ravine(&arguments);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let x: Vec<f64> = serde_json::from_value(ran.objects()[0]["x"].clone()).unwrap();
    assert!((x[0] - 0.5).abs() < 1e-12 && (x[1] - 0.25).abs() < 1e-6, "{x:?}");
    let ran = ravine(&["minimize", "rosenbrock", "--bounds", "0..", "--method", "bfgs"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cannot keep bounds"), "{}", ran.stderr);
    let race = ravine(&["race", "rosenbrock", "--bounds", "0..2", "--start", "1,2", "--json"]);
    assert_eq!(race.status, 0);
    for object in race.objects() {
        let x: Vec<f64> = serde_json::from_value(object["x"].clone()).unwrap();
        assert!(x.iter().all(|x| (0.0..=2.0).contains(x)), "{object}");
    }
}

#[test]
fn listings() {
    let methods = ravine(&["methods", "--json"]);
    assert_eq!(methods.status, 0);
    let names: Vec<_> = methods.objects().iter().map(|o| o["name"].clone()).collect();
    for name in ["gd", "newton", "lbfgs", "bfgs", "trust-exact", "auto"] {
        assert!(names.contains(&name.into()), "{name}");
    }
    let problems = ravine(&["problems", "--json"]).objects();
    for problem in &problems {
        assert!(problem["title"].is_string() && problem["variables"].is_u64());
        let name = problem["name"].as_str().unwrap();
        let solved = ravine(&["minimize", name, "--max-iterations", "2", "--json"]);
        assert!(solved.status < 2, "{name}: {}", solved.stderr);
        assert_eq!(solved.objects()[0]["x"].as_array().unwrap().len() as u64, problem["variables"]);
    }
    for listing in ["methods", "problems"] {
        let text = ravine(&[listing]).stdout;
        let names = if listing == "methods" {
            names.clone()
        } else {
            problems.iter().map(|o| o["name"].clone()).collect()
        };
        for name in names {
            assert!(text.contains(name.as_str().unwrap()), "{name}");
        }
    }
}

#[test]
fn the_tour_shows_every_demonstration() {
    let ran = ravine(&["race"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for part in ["1. ", "2. ", "3. ", "4. ", "5. ", "6. ", "All together"] {
        assert!(ran.stdout.lines().any(|line| line.starts_with(part)), "{part}");
    }
    assert_eq!(ran.stdout.matches("Often said").count(), 3);
    let mut objects = ravine(&["race", "--json"]).objects();
    let network = objects.iter().position(|o| o["demonstration"] == "k-fac").unwrap();
    let network = objects.remove(network);
    let printed = network["runs"][1]["losses"][20].as_f64().unwrap();
    assert!((printed - 0.001579719376624886).abs() < 1e-14, "{printed}");
    objects.iter().for_each(check_run);
    let iterations = |method: &str| {
        let object = objects.iter().find(|o| o["method"] == method).unwrap();
        object["iterations"].as_u64().unwrap()
    };
    assert_eq!(iterations("gradient descent, step 0.019"), 721);
    assert_eq!(iterations("Newton from (-1, 1)"), 2);
    assert_eq!(iterations("Newton from (-1.2, 1)"), 7);
    assert_eq!(iterations("L-BFGS, exact line search"), 10);
    assert!(iterations("L-BFGS, unit steps") > 90);
}

#[test]
fn a_profile_counts_what_is_solved() {
    let arguments = ["race", "--profile", "mgh", "--methods", "lm,gd-linesearch", "--json"];
    let ran = ravine(&[&arguments[..], &["--max-iterations", "300"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let objects = ran.objects();
    assert_eq!(objects[0]["method"], "lm");
    let solved = |k: usize| objects[k]["solved"].as_u64().unwrap();
    assert!(solved(0) >= 35 && solved(1) < solved(0), "{} {}", solved(0), solved(1));
    for object in &objects {
        let steps: Vec<(f64, f64)> = serde_json::from_value(object["profile"].clone()).unwrap();
        assert!(steps.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        let share = object["solved"].as_f64().unwrap() / object["problems"].as_f64().unwrap();
        assert!((steps.last().unwrap().1 - share).abs() < 1e-12);
    }
}

#[test]
fn reports_are_plain_in_a_pipe_and_coloured_on_demand() {
    let plain = ravine(&["race", "beale", "--methods", "bfgs,newton,gd-linesearch"]);
    assert!(!plain.stdout.contains('\u{1b}') && plain.stderr.is_empty());
    for name in ["bfgs", "newton", "gd-linesearch", "converged", "|grad|"] {
        assert!(plain.stdout.contains(name), "{name} in {}", plain.stdout);
    }
    let race = ["race", "beale", "--methods", "bfgs,newton"];
    let forced = command(&race).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8(forced.stdout).unwrap().contains("\u{1b}[38;5;32m"));
    let none = command(&race).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8(none.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn a_trace_has_every_iterate() {
    let folder = Folder::new("trace");
    let file = folder.path("trace.csv");
    let ran = ravine(&["minimize", "rosenbrock", "--method", "newton", "--trace", &file, "--json"]);
    let object = &ran.objects()[0];
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].ends_with("value,gradient_norm,x,y"));
    assert_eq!(lines.len() as u64, 2 + object["iterations"].as_u64().unwrap());
    let first: Vec<_> = lines[1].split(',').collect();
    assert_eq!(
        (first[0], first[6], first[8], first[9]),
        ("0", "24.199999999999996", "-1.2", "1.0")
    );
    let last: Vec<_> = lines[lines.len() - 1].split(',').collect();
    assert_eq!(last[8].parse::<f64>().ok(), object["x"][0].as_f64());
}
