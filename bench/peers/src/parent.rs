//! Runs the methods in a child process and ends those that do not end by themselves.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use peers::{Counted, Entry, Record};

/// The first argument of a child.
pub const CHILD: &str = "--child";

/// What a child prints before the name of the method that it runs next.
pub const ANNOUNCED: &str = "> ";

/// A method may take this long on one problem.
const PATIENCE: Duration = Duration::from_secs(20);

/// Prints how every method of a library does on one problem.
pub fn all(library: &'static str, index: usize, entry: &Entry) {
    let mut skip = 0;
    while let Some(done) = some(library, index, entry, skip) {
        skip += done;
    }
}

/// Runs the methods after the first `skip`. If one of them does not end, gives the number of
/// methods begun.
fn some(library: &'static str, index: usize, entry: &Entry, skip: usize) -> Option<usize> {
    let program = std::env::current_exe().expect("this program's path");
    let mut child = Command::new(program)
        .args([CHILD, library, &index.to_string(), &skip.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child process");
    let output = child.stdout.take().expect("the output was asked for");
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let mut begun = 0;
    let mut method = String::new();
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(line) => match line.strip_prefix(ANNOUNCED) {
                Some(name) => {
                    begun += 1;
                    name.clone_into(&mut method);
                }
                None => println!("{line}"),
            },
            Err(RecvTimeoutError::Disconnected) => {
                let status = child.wait().expect("the child ends");
                assert!(status.success(), "{library} on {}: {status}", entry.name);
                return None;
            }
            Err(RecvTimeoutError::Timeout) => {
                child.kill().expect("the child can be ended");
                child.wait().expect("the child ends");
                let counted = Counted::new(entry.objective());
                let status = "does not end".to_owned();
                let seconds = PATIENCE.as_secs_f64();
                let ended = (library, method.as_str());
                let record = Record::new(ended, entry, &counted, &entry.start, status, seconds);
                println!("{}", serde_json::to_string(&record).expect("a record is plain data"));
                return Some(begun);
            }
        }
    }
}
