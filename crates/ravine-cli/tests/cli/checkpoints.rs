//! Runs that are killed and go on.

use std::os::unix::process::ExitStatusExt;

use serde_json::Value;

use crate::common::{Folder, command, ravine};

/// What a checkpoint says of itself in its second line.
fn head(path: &str) -> Option<Value> {
    let bytes = std::fs::read(path).ok()?;
    let mut lines = bytes.split(|&byte| byte == b'\n');
    assert_eq!(lines.next(), Some(&b"ravine checkpoint 1"[..]));
    Some(serde_json::from_slice(lines.next().unwrap()).unwrap())
}

/// Starts the run, and kills it once its checkpoint is of `enough` iterations; how many it is of.
fn killed(arguments: &[&str], path: &str, enough: u64) -> u64 {
    let mut child = command(arguments).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let made = || head(path).and_then(|head| head["iterations"].as_u64()).unwrap_or(0);
    while made() < enough && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9), "it must be killed under way");
    made()
}

/// The object of a run, but for times and why the method was chosen.
fn object(arguments: &[&str]) -> Value {
    let ran = ravine(&[arguments, &["--json"]].concat());
    assert!(ran.status < 2, "{}", ran.stderr);
    let mut object = ran.objects().remove(0);
    for other in ["seconds", "seconds_in_objective", "reason"] {
        object.as_object_mut().unwrap().remove(other);
    }
    object
}

/// Kills a run of `problem` with `method`, and lets it go on for some iterations.
fn goes_on(name: &str, problem: &str, method: &str, enough: u64) {
    let folder = Folder::new(name);
    let path = folder.path("run.checkpoint");
    let run = ["minimize", problem, "--tolerance", "1e-300"];
    let with_method = [&run[..], &["--method", method]].concat();
    let endless = ["--max-iterations", "1000000000", "--checkpoint", &path, "--every", "1"];
    let at = killed(&[&with_method[..], &endless].concat(), &path, enough);
    assert!(at >= enough);
    let limit = (at + 20).to_string();
    let resumed = object(&[&run[..], &["--max-iterations", &limit, "--resume", &path]].concat());
    let whole = object(&[&with_method[..], &["--max-iterations", &limit]].concat());
    assert_eq!(resumed, whole);
    assert!(whole["iterations"].as_u64() > Some(at), "{whole}");
    // Nothing is left beside it, but what was being written.
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with("run.checkpoint"), "{name}");
    }
}

#[test]
fn a_killed_run_of_lbfgs_goes_on_to_the_same_bits() {
    goes_on("kill-lbfgs", "quadratic:n=5000,kappa=1e12", "lbfgs:memory=7", 30);
}

#[test]
fn a_killed_run_in_a_trust_region_goes_on_to_the_same_bits() {
    goes_on("kill-trust", "chained-rosenbrock:n=3000", "trust-steihaug", 12);
}

#[test]
fn a_killed_run_of_adam_over_batches_goes_on_to_the_same_bits() {
    let folder = Folder::new("kill-adam");
    let mut text = "a,b,y\n".to_owned();
    for i in 0..600 {
        let (a, b) = ((f64::from(i) * 0.37).sin(), (f64::from(i) * 0.11).cos());
        text.push_str(&format!("{a},{b},{}\n", 2.0 * a - b + (f64::from(i) * 1.7).sin()));
    }
    let data = folder.write("cases.csv", &text);
    let path = folder.path("run.checkpoint");
    let run = ["minimize", &data, "--target", "y", "--loss", "squares", "--batch", "20"];
    let with_method = [&run[..], &["--method", "adam:step=0.001"]].concat();
    let endless = ["--epochs", "1000000000", "--checkpoint", &path, "--every", "1"];
    let steps = killed(&[&with_method[..], &endless].concat(), &path, 90);
    assert_eq!(steps % 30, 0, "whole epochs");
    let epochs = (steps / 30 + 3).to_string();
    let resumed = object(&[&run[..], &["--epochs", &epochs, "--resume", &path]].concat());
    assert_eq!(resumed, object(&[&with_method[..], &["--epochs", &epochs]].concat()));
    assert_eq!(resumed["iterations"], steps + 90);

    // The same file in another folder is the same problem; with another line, it is not.
    let folder = Folder::new("kill-adam-moved");
    let data = folder.write("cases.csv", &text);
    let moved = ["minimize", &data, "--target", "y", "--loss", "squares", "--batch", "20"];
    let resume = ["--epochs", &epochs, "--resume", &path];
    assert_eq!(object(&[&moved[..], &resume].concat()), {
        let mut same = resumed.clone();
        same["problem"] = data.clone().into();
        same
    });
    folder.write("cases.csv", &format!("{text}1,1,1\n"));
    let ran = ravine(&[&moved[..], &resume].concat());
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("is a checkpoint of the problem `cases.csv ("), "{}", ran.stderr);
}

#[test]
fn a_run_that_a_limit_ended_goes_on_in_its_own_file() {
    let folder = Folder::new("limits");
    let path = folder.path("run.checkpoint");
    let run = ["minimize", "chained-rosenbrock:n=10", "--checkpoint", &path];
    object(&[&run[..], &["--method", "lbfgs", "--max-evaluations", "23"]].concat());
    object(&[&run[..], &["--resume", &path, "--max-iterations", "25"]].concat());
    let ended = object(&[&run[..], &["--resume", &path]].concat());
    let whole = object(&["minimize", "chained-rosenbrock:n=10", "--method", "lbfgs"]);
    assert_eq!((&ended["x"], &ended["status"]), (&whole["x"], &"converged".into()));
    // The method is told, and why.
    let report = ravine(&["minimize", "chained-rosenbrock:n=10", "--resume", &path]);
    assert!(report.stdout.contains("because the run that goes on is of it"), "{}", report.stdout);
    assert!(report.stdout.contains("method lbfgs"), "{}", report.stdout);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let folder = Folder::new("unfit");
    let path = folder.path("run.checkpoint");
    object(&[
        "minimize",
        "booth",
        "--method",
        "bfgs",
        "--max-iterations",
        "2",
        "--checkpoint",
        &path,
    ]);
    let refused = |arguments: &[&str], message: &str| {
        let ran = ravine(&[&["minimize"], arguments].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert_eq!(ran.stderr, format!("error: {message}\n"));
    };
    let is = |what: &str| format!("{path}: is {what}");
    refused(&["beale", "--resume", &path], &is("a checkpoint of the problem `booth`, not `beale`"));
    refused(
        &["booth", "--resume", &path, "--method", "lbfgs"],
        &is("a checkpoint of the method `bfgs`, not `lbfgs`"),
    );
    refused(
        &["booth", "--resume", &path, "--start", "1,2"],
        &is("a checkpoint of a run from another start; give the same"),
    );
    let data = folder.write("data.csv", "x,y\n1,2\n");
    refused(&["booth", "--resume", &data], &format!("{data}: is not a checkpoint"));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    refused(&["booth", "--resume", &path], &is("damaged: it was cut short or changed"));
    let missing = folder.path("missing");
    let none = "No such file or directory (os error 2)";
    refused(&["booth", "--resume", &missing], &format!("{missing}: {none}"));
    let nowhere = folder.path("missing/file");
    refused(
        &["booth", "--checkpoint", &nowhere],
        &format!("{nowhere}: the checkpoint cannot be written: {none}"),
    );
    let ran = ravine(&["minimize", "booth", "--every", "3"]);
    assert!(ran.status == 2 && ran.stderr.contains("--checkpoint <FILE>"), "{}", ran.stderr);
}
