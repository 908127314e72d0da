//! Files from which runs go on: when they are written, what they refuse, what is left of failures.

use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

use ravine::checkpoint::{Checkpoints, Saved, Subject};
use ravine::methods::named;
use ravine::minimize::{Epochs, Outcome, Progress, Stepping};
use ravine::objective::{Differences, Gradient, Supplies};
use ravine::{Bounds, Conditions, Status, Stopping};
use serde_json::{Value, json};

const START: [f64; 2] = [-1.2, 1.0];

fn valley() -> impl Supplies + Gradient<Point = Vec<f64>> {
    ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2))
}

/// A folder of its own for each test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("ravine-checkpoints-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("run.checkpoint")
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn limited(iterations: u64) -> Conditions<'static> {
    Stopping { iterations: Some(iterations), ..Stopping::default() }.into()
}

fn subject(method: &str, settings: &Value, conditions: &Conditions<'_>) -> Subject {
    Subject::new("valley", named(method).unwrap(), settings, &START, conditions)
}

/// Runs L-BFGS with checkpoints to its end; the iterations of the file after each note.
fn run_with_checkpoints(path: &Path, every: Option<u64>, iterations: u64) -> (Status, Vec<u64>) {
    let f = valley();
    let subject = subject("lbfgs", &Value::Null, &limited(iterations));
    let mut checkpoints = Checkpoints::new(path, subject, every).unwrap();
    let lbfgs = named("lbfgs").unwrap();
    let mut run = lbfgs.start(&Value::Null, &f, &START, limited(iterations)).unwrap();
    let mut written = Vec::new();
    loop {
        checkpoints.note(&*run).unwrap();
        written.push(Saved::read(path).unwrap().iterations());
        if let Some(status) = run.status() {
            return (status.clone(), written);
        }
        run.step();
    }
}

#[test]
fn checkpoints_are_written_when_they_are_due_and_where_a_limit_ends_the_run() {
    let folder = Folder::new("pace");
    let (status, written) = run_with_checkpoints(&folder.file(), Some(3), 8);
    assert_eq!(status, Status::IterationLimit);
    // The last step finds the iterations used up.
    assert_eq!(written, [0, 0, 0, 3, 3, 3, 6, 6, 6, 8]);
    // Less than 30 seconds.
    let (_, written) = run_with_checkpoints(&folder.file(), None, 4);
    assert_eq!(written, [0, 0, 0, 0, 0, 4]);
    // What has converged does not go on: the last one before stays.
    let (status, written) = run_with_checkpoints(&folder.file(), Some(10), 1000);
    assert!(status.converged());
    assert_eq!(written.last().unwrap() % 10, 0);
    assert_eq!(folder.names(), ["run.checkpoint"]);
    let none =
        Checkpoints::new(folder.file(), subject("lbfgs", &Value::Null, &limited(1)), Some(0));
    assert_eq!(none.unwrap_err().to_string(), "every: is \"0\", but must be positive");
}

#[test]
fn a_run_goes_on_from_its_file_under_other_limits() {
    let f = valley();
    let whole = ravine::minimize(&f, START.to_vec(), ravine::methods::Lbfgs::default()).run();
    let whole = whole.unwrap();
    let folder = Folder::new("on");
    let path = folder.file();
    let subject = subject("lbfgs", &Value::Null, &limited(1));
    run_with_checkpoints(&path, Some(100), 7);
    // From limit to limit.
    for limit in [12, 20, 10_000] {
        let mut checkpoints = Checkpoints::new(&path, subject.clone(), None).unwrap();
        let saved = Saved::read(&path).unwrap();
        let state = saved.state(&subject).unwrap();
        let lbfgs = named("lbfgs").unwrap();
        let mut run = lbfgs.resume(&Value::Null, &f, state, limited(limit)).unwrap();
        while run.step().is_none() {}
        checkpoints.note(&*run).unwrap();
        if run.outcome().status.converged() {
            assert_eq!(run.outcome().x, whole.x);
            assert_eq!(run.outcome().evaluations, whole.evaluations);
            return;
        }
    }
    panic!("it must converge");
}

#[test]
fn what_does_not_fit_is_refused_with_what_is_there_and_what_was_asked_for() {
    let f = valley();
    let folder = Folder::new("refused");
    let path = folder.file();
    run_with_checkpoints(&path, None, 3);
    let refusal = |asked: &Subject| {
        let saved = Saved::read(&path).unwrap();
        let error = saved.state(asked).unwrap_err();
        error.to_string().strip_prefix(&format!("{}: ", path.display())).unwrap().to_owned()
    };
    let (none, now) = (Value::Null, limited(9));
    let lbfgs = named("lbfgs").unwrap();
    let other = Subject::new("hill", lbfgs, &none, &START, &now);
    assert_eq!(refusal(&other), "is a checkpoint of the problem `valley`, not `hill`");
    let other = Subject::new("valley", lbfgs, &none, &[0.0; 3], &now);
    assert_eq!(refusal(&other), "is a checkpoint of a problem with 2 variables, not 3");
    let other = subject("bfgs", &none, &now);
    assert_eq!(refusal(&other), "is a checkpoint of the method `lbfgs`, not `bfgs`");
    let other = subject("lbfgs", &json!({ "memory": 3 }), &now);
    let of = "is a checkpoint of the settings of `lbfgs`: {}, not {\"memory\":3}";
    assert_eq!(refusal(&other), of);
    let other = Subject::new("valley", lbfgs, &none, &[0.0, 1.0], &now);
    assert!(refusal(&other).contains("from another start"));
    let bounds = Some(Bounds::new(vec![-2.0; 2], vec![2.0; 2]).unwrap());
    let other = subject("lbfgs", &none, &Conditions { bounds, ..now.clone() });
    assert!(refusal(&other).contains("without bounds"));
    let other = subject("lbfgs", &none, &now.clone().differences(Differences::default()));
    assert!(refusal(&other).contains("differences none, not {"));
    let epochs = Some(Epochs::default());
    let other = subject("lbfgs", &none, &Conditions { epochs, ..now.clone() });
    assert!(refusal(&other).contains("over all cases at once, not batches {"));
    // Defaults, given or not, are the same, and so are other limits.
    let same = subject("lbfgs", &json!({ "memory": 10 }), &limited(1000));
    assert!(Saved::read(&path).unwrap().state(&same).is_ok());
}

#[test]
fn batches_must_be_the_same_but_not_how_many_epochs() {
    let epochs = |epochs: Epochs| {
        let conditions = Conditions { epochs: Some(epochs), ..Conditions::default() };
        subject("adam", &Value::Null, &conditions)
    };
    let first = epochs(Epochs::default());
    let more = epochs(Epochs { epochs: 1000, gradient_tolerance: Some(1e-3), ..Epochs::default() });
    assert_eq!(first.difference(&more), None);
    for other in [
        Epochs { batch_size: 3, ..Epochs::default() },
        Epochs { seed: 5, ..Epochs::default() },
        Epochs { schedule: "cosine".parse().unwrap(), ..Epochs::default() },
    ] {
        let difference = first.difference(&epochs(other)).unwrap();
        assert!(difference.starts_with("a run over batches {"), "{difference}");
    }
}

#[test]
fn a_file_that_is_damaged_in_any_place_is_refused() {
    let folder = Folder::new("damaged");
    let path = folder.file();
    run_with_checkpoints(&path, None, 3);
    let whole = std::fs::read(&path).unwrap();
    let error = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Saved::read(&path).err().map(|error| error.to_string())
    };
    assert_eq!(error(&whole), None);
    for length in 0..whole.len() {
        let message = error(&whole[..length]).unwrap_or_else(|| panic!("{length} bytes pass"));
        let expected = if length < 18 { "is not a checkpoint" } else { "is damaged" };
        assert!(message.contains(expected), "{length}: {message}");
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        assert!(error(&changed).is_some(), "changed at {place}");
    }
    assert!(error(&[&whole[..], b"\n"].concat()).unwrap().contains("is damaged"));
    assert!(error(b"x,y\n1,2\n").unwrap().ends_with("is not a checkpoint"));
    std::fs::remove_file(&path).unwrap();
    assert!(Saved::read(&path).err().unwrap().to_string().contains("No such file"));
}

#[test]
fn other_versions_are_refused() {
    let folder = Folder::new("version");
    let path = folder.file();
    run_with_checkpoints(&path, None, 3);
    let whole = std::fs::read(&path).unwrap();
    let place = |text: &[u8]| whole.windows(text.len()).position(|window| window == text).unwrap();
    // Another format: nothing else of the file is looked at.
    let mut format = whole.clone();
    format[place(b"1\n")] = b'2';
    std::fs::write(&path, &format).unwrap();
    let message = Saved::read(&path).err().unwrap().to_string();
    assert!(message.contains("in version 2 of the format; this is ravine"), "{message}");
    assert!(message.ends_with("reads version 1"), "{message}");
    // Another library, sealed as that would: length and CRC-32.
    let version = env!("CARGO_PKG_VERSION");
    let text = format!("\"ravine\":\"{version}\"");
    let at = place(text.as_bytes());
    let mut library = whole[..whole.len() - 12].to_vec();
    library.splice(at..at + text.len(), b"\"ravine\":\"9.8.7\"".iter().copied());
    let seal = (library.len() as u64, checksum(&library));
    library.extend(seal.0.to_le_bytes());
    library.extend(seal.1.to_le_bytes());
    std::fs::write(&path, &library).unwrap();
    let message = Saved::read(&path).err().unwrap().to_string();
    assert!(message.contains("of ravine 9.8.7, but this is ravine"), "{message}");
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

/// A run that writes some bytes, then fails as a full disk does.
struct Failing;

impl Stepping for Failing {
    fn step(&mut self) -> Option<&Status> {
        None
    }

    fn stop(&mut self) {}

    fn status(&self) -> Option<&Status> {
        None
    }

    fn progress(&self) -> Progress<'_, Vec<f64>> {
        static NOWHERE: Vec<f64> = Vec::new();
        Progress {
            iteration: 5,
            x: &NOWHERE,
            value: 0.0,
            gradient: &NOWHERE,
            gradient_norm: 0.0,
            evaluations: Default::default(),
            asked: Default::default(),
            seconds: 0.0,
        }
    }

    fn belief(&self) -> ravine::curvature::Belief<'_, Vec<f64>> {
        Default::default()
    }

    fn take_pairs(&mut self) -> Option<ravine::curvature::SecantPairs<Vec<f64>>> {
        None
    }

    fn outcome(&self) -> Outcome<Vec<f64>> {
        unreachable!("nobody asks")
    }

    fn write_checkpoint(&self, out: &mut dyn Write) -> Result<(), Error> {
        out.write_all(&[1; 100_000])?;
        Err(ErrorKind::StorageFull.into())
    }
}

#[test]
fn a_failed_write_leaves_the_checkpoint_before_and_nothing_else() {
    let folder = Folder::new("full");
    let path = folder.file();
    run_with_checkpoints(&path, None, 3);
    let before = std::fs::read(&path).unwrap();
    let subject = subject("lbfgs", &Value::Null, &limited(3));
    let mut checkpoints = Checkpoints::new(&path, subject.clone(), None).unwrap();
    let message = checkpoints.note(&Failing).unwrap_err().to_string();
    assert!(message.starts_with(&path.display().to_string()), "{message}");
    assert!(message.contains("the checkpoint cannot be written: no storage space"), "{message}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(folder.names(), ["run.checkpoint"]);
    // No folder, and no name.
    for path in [folder.0.join("missing/file"), PathBuf::from("/")] {
        let mut checkpoints = Checkpoints::new(path, subject.clone(), None).unwrap();
        let message = checkpoints.note(&Failing).unwrap_err().to_string();
        assert!(message.contains("the checkpoint cannot be written"), "{message}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_error_of_a_device_that_is_full_is_passed_on() {
    let f = valley();
    let lbfgs = named("lbfgs").unwrap();
    let run = lbfgs.start(&Value::Null, &f, &START, limited(3)).unwrap();
    let mut full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(run.write_checkpoint(&mut full).unwrap_err().kind(), ErrorKind::StorageFull);
}

#[cfg(unix)]
#[test]
fn a_link_is_kept_and_what_it_points_to_replaced() {
    let folder = Folder::new("link");
    let (path, target) = (folder.file(), folder.0.join("target"));
    std::fs::write(&target, "old").unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    run_with_checkpoints(&path, None, 3);
    assert!(std::fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!(Saved::read(&target).unwrap().iterations(), 3);
}
