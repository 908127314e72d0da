//! Regressions on data files, from the command line.

use crate::common::{Folder, ravine};
use ravine::random::Random;

/// Points of y = 1 + 2 x - z for three kinds, `b` being 5 higher.
const PLANE: &str = "x;z;kind;y\n0;1;a;0\n1;0;b;8\n2;2;a;3\n3;1;b;11\n4;5;a;4\n5;0;b;16\n";

fn coefficients(object: &serde_json::Value) -> Vec<(String, f64)> {
    let names: Vec<String> = serde_json::from_value(object["variables"].clone()).unwrap();
    let x: Vec<f64> = serde_json::from_value(object["x"].clone()).unwrap();
    names.into_iter().zip(x).collect()
}

#[test]
fn least_squares_finds_a_plane() {
    let folder = Folder::new("plane");
    let file = folder.write("plane.csv", PLANE);
    let ran = ravine(&["minimize", &file, "--target", "y", "--loss", "squares", "--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let expected = [("(intercept)", 1.0), ("x", 2.0), ("z", -1.0), ("kind=b", 5.0)];
    for ((name, x), (expected_name, expected)) in
        coefficients(&ran.objects()[0]).iter().zip(expected)
    {
        assert_eq!(name, expected_name);
        assert!((x - expected).abs() < 1e-6, "{name} {x}");
    }
    // The same by column number, without the intercept's column and one column less.
    let arguments = ["--target", "4", "--loss", "squares", "--ignore", "kind", "--no-intercept"];
    let ran = ravine(&[&["minimize", &file, "--json"], &arguments[..]].concat());
    let names: Vec<_> = coefficients(&ran.objects()[0]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["x", "z"]);
}

#[test]
fn standardized_coefficients_come_with_their_units() {
    let folder = Folder::new("units");
    let file = folder.write("plane.csv", PLANE);
    let plain = ["minimize", &file, "--target", "y", "--loss", "squares", "--ignore", "kind"];
    let arguments = [&plain[..], &["--standardize"]].concat();
    let report = ravine(&arguments).stdout;
    assert!(report.contains("in the units of the file"), "{report}");
    // The same as without standardization.
    let plain = ravine(&[&plain[..], &["--json"]].concat());
    for (name, x) in coefficients(&plain.objects()[0]) {
        let line = report.lines().find(|line| line.trim_start().starts_with(&name)).unwrap();
        let original: f64 = line.split_whitespace().last().unwrap().parse().unwrap();
        assert!((original - x).abs() < 1e-6, "{line} {x}");
    }
}

#[test]
fn classes_by_name_in_a_race() {
    let folder = Folder::new("classes");
    let file = folder
        .write("classes.tsv", "size\tkind\n1\tno\n2\tno\n3\tyes\n2.5\tno\n3.5\tyes\n2.2\tyes\n");
    let arguments = ["race", &file, "--target", "kind", "--loss", "logistic", "--l2", "0.1"];
    let report = ravine(&arguments);
    assert_eq!(report.status, 0, "{}", report.stderr);
    assert!(report.stdout.contains("class 1 is `yes`, class 0 is `no`"), "{}", report.stdout);
    let objects = ravine(&[&arguments[..], &["--json"]].concat()).objects();
    // The Fisher information is known, so natural gradients take part; all agree.
    let natural = objects.iter().find(|o| o["method"] == "natural-gradient-linesearch").unwrap();
    for object in objects.iter().filter(|o| o["converged"] == true) {
        for ((name, a), (_, b)) in coefficients(object).iter().zip(coefficients(natural)) {
            assert!((a - b).abs() < 1e-5, "{name} {a} {b} {object}");
        }
    }
}

#[test]
fn libsvm_files_have_their_target_first() {
    let folder = Folder::new("libsvm");
    let file = folder.write("a.svm", "3 1:1\n5 1:2\n7 1:3 2:0\n1 2:1\n");
    let ran = ravine(&["minimize", &file, "--loss", "poisson", "--l2", "0.01", "--json"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.objects()[0]["variables"], serde_json::json!(["(intercept)", "x1", "x2"]));
}

#[test]
fn batches_of_a_data_file() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../ravine-glm/tests/data/breast_cancer.csv");
    let data = ["--target", "diagnosis", "--loss", "logistic", "--l2", "0.01", "--standardize"];
    let batches = ["--batch", "64", "--epochs", "10", "--json"];
    let lowest = &ravine(&[&["minimize", file, "--json"], &data[..]].concat()).objects()[0];
    let lowest = lowest["value"].as_f64().unwrap();

    // Adam, of the catalogue's steps the best: not converged, since nobody asked, and close.
    let ran = ravine(&[&["minimize", file], &data[..], &batches].concat());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let object = &ran.objects()[0];
    assert_eq!((&object["method"], &object["status"]), (&"adam".into(), &"epoch_limit".into()));
    assert_eq!((&object["epochs"], &object["cases"]), (&10.into(), &1200.into()));
    // Two batches an epoch, of 64 and 56; measured at the start and after each.
    assert_eq!((&object["iterations"], &object["evaluations"]["value"]), (&20.into(), &21.into()));
    assert!(object["tuning"]["tried"].as_u64().unwrap() > 10);
    let value = object["value"].as_f64().unwrap();
    assert!(value > lowest && value < 1.3 * lowest, "{value} of {lowest}");

    let schedule = ["--schedule", "warm-up:4+cosine", "--average-after", "5", "--seed", "3"];
    let methods = ["--methods", "gd:step=1,momentum,newton-subsampled"];
    let ran = ravine(&[&["race", file], &data[..], &batches, &methods].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for object in ran.objects() {
        assert_eq!((&object["epochs"], &object["cases"]), (&10.into(), &1200.into()));
        assert!(object["value"].as_f64().unwrap() < 0.5, "{object}");
    }
    let ran = ravine(&[&["race", file], &data[..], &batches, &schedule].concat());
    // Those that find the length of their steps themselves have no schedule.
    assert_eq!(ran.objects().len(), 7, "{}", ran.stdout);
    // Without one they race too, familiar names of compositions among them.
    let ran = ravine(&[
        "race",
        file,
        "--target",
        "diagnosis",
        "--loss",
        "logistic",
        "--batch",
        "400",
        "--epochs",
        "1",
        "--json",
    ]);
    let raced: Vec<_> = ran.objects().iter().map(|object| object["method"].clone()).collect();
    assert!(
        ["lbfgs", "newton-cg", "trust-gltr"].iter().all(|name| raced.contains(&(*name).into()))
    );

    // Familiar names, the compositions they stand for, and others.
    let minimized = |method: &str| {
        let ran = ravine(&[&["minimize", file, "--method", method], &data[..], &batches].concat());
        assert_eq!(ran.status, 1, "{method}: {}", ran.stderr);
        let object = ran.objects().remove(0);
        assert!(object["value"].as_f64().unwrap() < 0.5, "{object}");
        object["x"].clone()
    };
    assert_eq!(minimized("subsampled/cg/backtracking"), minimized("newton-subsampled"));
    assert_eq!(minimized("lbfgs/solve/wolfe:trust.quadratic=1e-9"), minimized("lbfgs"));
    assert_eq!(minimized("EXACT/cg/Wolfe"), minimized("newton-cg"));

    for (arguments, message) in [
        (&["--batch", "64", "--method", "bb"][..], "does not go over batches"),
        (&["--batch", "64", "--method", "newton"], "which no batch of a sum supplies"),
        (&["--batch", "64", "--epochs", "0"], "epochs: is 0, but must be at least 1"),
        (&["--batch", "64", "--last-batch", "half"], "kept or dropped"),
        (&["--batch", "64", "--measure", "0"], "a number of epochs"),
        (&["--batch", "0"], "batch_size"),
        (&["--batch", "64", "--schedule", "linear"], "warm-up:STEPS"),
        (&["--epochs", "3"], "--batch"),
        (&["--batch", "64", "--tolerance", "0.1"], "--tolerance"),
    ] {
        let ran = ravine(&[&["minimize", file], &data[..], arguments].concat());
        assert!(ran.status == 2 && ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
    let ran = ravine(&["minimize", "rosenbrock", "--batch", "4"]);
    assert!(ran.stderr.contains("terms of a sum over cases"), "{}", ran.stderr);
}

/// A logistic regression on many cases.
const LOGISTIC: [&str; 7] = [
    "minimize",
    concat!(env!("CARGO_MANIFEST_DIR"), "/../ravine-glm/tests/data/breast_cancer.csv"),
    "--target",
    "diagnosis",
    "--loss",
    "logistic",
    "--standardize",
];

#[test]
fn budgets_over_batches_hold_for_the_search_too() {
    let run = |options: &[&str]| ravine(&[&LOGISTIC[..], &["--batch", "64"], options].concat());
    let spent = |object: &serde_json::Value| object["evaluations"]["value"].as_u64().unwrap();
    for most in [1, 5, 40, 400_u64] {
        let object = run(&["--max-evaluations", &most.to_string(), "--json"]).objects().remove(0);
        let search = object.get("tuning").map_or(0, spent);
        let all = search + spent(&object);
        assert!((1..=most).contains(&all), "{all} of {most}");
        assert!(object["value"].as_f64().unwrap().is_finite(), "{object}");
        assert_eq!(search > 0, most >= 8, "{object}");
    }
    // The report has what the search took.
    let object = run(&["--epochs", "2", "--json"]).objects().remove(0);
    let text = run(&["--epochs", "2"]).stdout;
    let said = format!("before that, 22 steps tried: {} values, ", spent(&object["tuning"]));
    assert!(text.contains(&said), "{text}");

    // 120 cases are batches of 64 and 56.
    let whole = |options: &[&str]| {
        let fixed = ["--method", "gd:step=0.5", "--epochs", "4", "--json"];
        let object = run(&[&fixed[..], options].concat()).objects().remove(0);
        (object["iterations"].as_u64().unwrap(), spent(&object))
    };
    assert_eq!(whole(&[]), (8, 4 + 5));
    assert_eq!(whole(&["--last-batch", "dropped"]), (4, 2 + 5));
    assert_eq!(whole(&["--measure", "end"]), (8, 4 + 1));
    assert_eq!(whole(&["--measure", "2"]), (8, 4 + 3));
    assert_eq!(whole(&["--measure", "never"]), (8, 4));
    let never = run(&["--method", "gd", "--epochs", "1", "--measure", "never"]).stdout;
    assert!(never.contains("value on all cases not measured"), "{never}");
}

#[test]
fn a_schedule_that_goes_by_the_end_is_not_resumed_to_another() {
    let folder = Folder::new("cosine");
    let state = folder.path("run.checkpoint");
    let run = |schedule: &str, options: &[&str]| {
        let method = ["--method", "gd:step=0.1", "--batch", "64", "--schedule", schedule];
        ravine(&[&LOGISTIC[..], &["--json"], &method, options].concat())
    };
    for (schedule, fits) in
        [("inverse:20", true), ("cosine", false), ("warm-up:3+cosine:0.1", false)]
    {
        run(schedule, &["--epochs", "2", "--checkpoint", &state]);
        let on = run(schedule, &["--epochs", "5", "--resume", &state]);
        if fits {
            let whole = run(schedule, &["--epochs", "5"]).objects().remove(0);
            assert_eq!(on.objects()[0]["x"], whole["x"]);
        } else {
            assert_eq!(on.status, 2, "{}", on.stdout);
            let why = "is of a run whose schedule goes by its 2 epochs; `";
            assert!(on.stderr.contains(why), "{}", on.stderr);
            // A limit that ends it before is no end.
            run(schedule, &["--epochs", "5", "--max-evaluations", "4", "--checkpoint", &state]);
            let on = run(schedule, &["--epochs", "5", "--resume", &state]).objects().remove(0);
            assert_eq!(on["x"], run(schedule, &["--epochs", "5"]).objects()[0]["x"]);
        }
    }
}

#[test]
fn threads_share_the_work_and_repeat_to_the_bit() {
    let folder = Folder::new("threads");
    let mut random = Random::new(3);
    let rows = (0..60_000).map(|_| {
        let x: Vec<f64> = (0..5).map(|_| random.normal()).collect();
        let y = 1.0 + x.iter().sum::<f64>() + random.normal();
        let cells: Vec<String> = x.iter().chain([&y]).map(f64::to_string).collect();
        cells.join(",") + "\n"
    });
    let file = &folder.write("cases.csv", &format!("a,b,c,d,e,y\n{}", rows.collect::<String>()));
    let run = |threads: &str| {
        let data = ["--target", "y", "--loss", "squares", "--method", "newton-damped", "--json"];
        let ran = ravine(&[&["minimize", file, "--threads", threads], &data[..]].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let object = ran.objects().remove(0);
        (object["value"].as_f64().unwrap(), coefficients(&object))
    };
    let (one, two) = (run("1"), run("2"));
    assert_eq!(two, run("2"));
    // The sum of the losses, in two parts, rounds otherwise.
    assert!(one.0 != two.0 && (one.0 - two.0).abs() < 1e-12, "{} {}", one.0, two.0);
    for ((_, a), (_, b)) in one.1.iter().zip(&two.1) {
        assert!((a - b).abs() < 1e-10, "{a} {b}");
    }
    for bad in ["0", "-1", "many", "2000"] {
        let ran = ravine(&["minimize", file, &format!("--threads={bad}")]);
        assert!(ran.status == 2 && ran.stderr.contains("from 1 to 1024"), "{bad}: {}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_keeps_every_row_and_l1_leaves_the_intercept() {
    use std::io::Write;
    let rows: String = (0..5000).map(|i| format!("{i},{}\n", 2 * i + i % 3)).collect();
    let text = format!("x,y\n{rows}");
    let folder = Folder::new("pipe");
    let path = folder.write("a.csv", &text);
    let with = |path: &str, more: &[&str]| {
        let arguments = ["minimize", path, "--target", "y", "--loss", "squares", "--json"];
        let mut command = crate::common::command(&[&arguments, more].concat());
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // A run that does not read it closes it.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        let ran = crate::common::Ran::from(child.wait_with_output().unwrap());
        ran.objects()[0].clone()
    };
    let (piped, whole) = (with("/dev/stdin", &[]), with(&path, &[]));
    assert_eq!((&piped["value"], &piped["x"]), (&whole["value"], &whole["x"]));
    // Against a term that holds all coefficients at zero, the intercept is the mean.
    let free = with(&path, &["--standardize", "--method", "owlqn:l1=1e6"]);
    assert!(free["x"][0].as_f64().unwrap() > 4000.0 && free["x"][1] == 0.0, "{}", free["x"]);
    let held = with(&path, &["--standardize", "--method", "owlqn:l1=1e6,unpenalized=0..0"]);
    assert_eq!(held["x"][0], 0.0);
}
