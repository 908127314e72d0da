//! Interrupts and closed pipes.
//!
//! A program takes over from whoever starts it whether interrupts are ignored, and so do the tests: where
//! they run in the background, the command would ignore what they send. They start it as a terminal does.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::common::{Folder, Ran, command, ravine};

/// The command, begun with signals as `how` says: `--default-signal=INT` as from a terminal, or
/// `--ignore-signal=INT` as in the background.
fn begin(how: &str, arguments: &[&str]) -> Child {
    let plain = command(arguments);
    let mut started = Command::new("env");
    started.args(how.split(' ')).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        assert!(value.is_none(), "{name:?} would be lost");
        started.env_remove(name);
    }
    started.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until `begun`, or until the run ends, and interrupts it.
fn interrupt(mut child: Child, begun: impl Fn(&Child) -> bool) -> Ran {
    while !begun(&child) && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    child.wait_with_output().unwrap().into()
}

/// A run that is interrupted once its trace shows that it is under way.
fn interrupted(how: &str, arguments: &[&str]) -> Ran {
    let folder = Folder::new("interrupt");
    let trace = folder.path("trace.csv");
    let child = begin(how, &[arguments, &["--trace", &trace]].concat());
    interrupt(child, |_| std::fs::metadata(&trace).is_ok_and(|data| data.len() > 0))
}

const FROM_A_TERMINAL: &str = "--default-signal=INT";
const IGNORED: &str = "--ignore-signal=INT";
const BY_NOHUP: &str = "--ignore-signal=HUP --default-signal=INT";

/// Steps so short that the run comes nowhere near a minimum.
const CREEPING: [&str; 4] = ["minimize", "rosenbrock", "--method", "gd:step=1e-9"];

#[test]
fn an_interrupt_keeps_the_best_point() {
    // Hours, were it not interrupted.
    let run = [&CREEPING[..], &["--max-iterations", "100000000000"]].concat();
    let ran = interrupted(FROM_A_TERMINAL, &[&run[..], &["--json"]].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let object = &ran.objects()[0];
    assert_eq!(object["status"], "stopped");
    let value = object["value"].as_f64().unwrap();
    assert!(value < 24.2 && value > 4.0, "{object}");
    let report = interrupted(FROM_A_TERMINAL, &run);
    assert_eq!(report.status, 1);
    assert!(report.stdout.contains("stopped"), "{}", report.stdout);
}

#[test]
fn an_interrupted_training_goes_on_from_its_file() {
    let folder = Folder::new("interrupt-training");
    let file = folder.path("net.safetensors");
    let train = ["train", "--model", "mlp:8", "--json"];
    let run = ["--method", "soap", "--epochs", "1000000000", "--checkpoint", &file];
    let child = begin(FROM_A_TERMINAL, &[&train[..], &run].concat());
    let ran = interrupt(child, |_| std::path::Path::new(&file).exists());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let object = &ran.objects()[0];
    assert_eq!(object["status"], "stopped");
    let reports = object["epochs"].as_array().unwrap();
    let epochs = (reports[reports.len() - 1]["epoch"].as_u64().unwrap() + 2).to_string();
    let until = ["--epochs", &epochs];
    let resumed = ravine(&[&train[..], &until, &["--resume", &file]].concat()).objects().remove(0);
    let whole = ravine(&[&train[..], &until, &["--method", "soap"]].concat()).objects().remove(0);
    assert_eq!(resumed["parameters_norm"], whole["parameters_norm"]);
    assert_eq!(
        resumed["epochs"].as_array().map(Vec::len),
        whole["epochs"].as_array().map(Vec::len)
    );
}

#[test]
fn an_interrupted_run_goes_on_from_its_checkpoint() {
    let folder = Folder::new("interrupt-checkpoint");
    let file = folder.path("run.checkpoint");
    let endless = ["--max-iterations", "100000000000", "--checkpoint", &file, "--json"];
    let ran = interrupted(FROM_A_TERMINAL, &[&CREEPING[..], &endless].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let at = ran.objects()[0]["iterations"].as_u64().unwrap();
    let limit = (at + 1000).to_string();
    let on = ["minimize", "rosenbrock", "--resume", &file, "--max-iterations", &limit, "--json"];
    let resumed = ravine(&on).objects().remove(0);
    let limit = ["--max-iterations", &limit, "--json"];
    let whole = ravine(&[&CREEPING[..], &limit].concat()).objects().remove(0);
    for same in ["x", "value", "iterations", "status"] {
        assert_eq!(resumed[same], whole[same], "{same}");
    }
}

#[test]
fn interrupts_stay_ignored_where_the_program_was_started_so() {
    let run = [&CREEPING[..], &["--max-iterations", "300000", "--json"]].concat();
    let ran = interrupted(IGNORED, &run);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let object = &ran.objects()[0];
    assert_eq!(
        (&object["status"], &object["iterations"]),
        (&"iteration_limit".into(), &300_000.into())
    );
}

#[test]
fn one_kind_that_is_ignored_leaves_the_others() {
    let folder = Folder::new("interrupt-hangup");
    let trace = folder.path("trace.csv");
    let endless = ["--max-iterations", "100000000000", "--json", "--trace", &trace];
    let child = begin(BY_NOHUP, &[&CREEPING[..], &endless].concat());
    let lines = || std::fs::metadata(&trace).map_or(0, |data| data.len());
    // A hangup changes nothing: the run goes on writing.
    let hang_up = |child: &Child| {
        let sent = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        lines()
    };
    let hung_up = std::cell::Cell::new(None);
    let ran = interrupt(child, |child| match hung_up.get() {
        Some(before) => lines() > before,
        None => {
            hung_up.set((lines() > 0).then(|| hang_up(child)));
            false
        }
    });
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert_eq!(ran.objects()[0]["status"], "stopped");
}

/// The seconds that a process has computed, from the fields after its name in `/proc/PID/stat`.
fn computed(child: &Child) -> f64 {
    /// Of the clock that Linux shows to programs.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(11).unwrap().parse::<f64>().unwrap() / TICKS
}

#[test]
fn an_interrupt_ends_a_diagnosis_with_what_is_known() {
    let long = ["diagnose", "bratu:grid=300", "--products", "100000", "--json"];
    let ran = interrupt(begin(FROM_A_TERMINAL, &long), |child| computed(child) > 1.0);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let d = &ran.objects()[0];
    assert_eq!((&d["interrupted"], &d["dimension"]), (&true.into(), &90_000.into()));
    // Not at the end of all that was asked for.
    assert!(d["evaluations"]["hessian_product"].as_u64() < Some(50_000), "{d}");
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
