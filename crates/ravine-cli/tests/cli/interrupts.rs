//! Interrupts and closed pipes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Folder, Ran, command};

/// A run that would take hours, interrupted once its trace shows that it is under way.
fn interrupted(arguments: &[&str]) -> Ran {
    let folder = Folder::new("interrupt");
    let trace = folder.path("trace.csv");
    let child = command(arguments)
        .args(["--trace", &trace])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while std::fs::metadata(&trace).map_or(0, |data| data.len()) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the run did not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    child.wait_with_output().unwrap().into()
}

#[test]
fn an_interrupt_keeps_the_best_point() {
    let run = ["minimize", "rosenbrock", "--method", "gd:step=1e-9"];
    let endless = ["--max-iterations", "100000000000"];
    let ran = interrupted(&[&run[..], &endless, &["--json"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let object = &ran.objects()[0];
    assert_eq!(object["status"], "stopped");
    let value = object["value"].as_f64().unwrap();
    assert!(value < 24.2 && value > 4.0, "{object}");
    let report = interrupted(&[&run[..], &endless].concat());
    assert_eq!(report.status, 1);
    assert!(report.stdout.contains("stopped"), "{}", report.stdout);
}

#[test]
fn a_closed_pipe_is_the_end() {
    // More lines than a pipe holds, so that writing meets the closed end.
    let mut child =
        command(&["race", "quadratic:n=4000,kappa=10", "--methods", "lbfgs,bb,cg-pr", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
    assert!(first.starts_with("{\"problem\":\"quadratic"));
}
