//! Running programs and counting the tests they report.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::project::Project;

/// Tests that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Left out, by a test that says so.
    pub skipped: u64,
}

impl Tally {
    /// Counts one check.
    pub fn check(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Adds what a line says, if it is one of Rust's `test result:` lines, of Node's `# pass` and
    /// `# fail` lines, or the last of pytest, `7 passed, 1 failed in 0.12s`.
    fn read(&mut self, line: &str) {
        let node = |word: &str| line.strip_prefix(word).and_then(|n| n.trim().parse::<u64>().ok());
        self.passed += node("# pass ").unwrap_or(0);
        self.failed += node("# fail ").unwrap_or(0);
        let counts = match line.split_once("test result: ") {
            Some((_, counts)) => counts,
            None => match line.trim_matches(['=', ' ']).rsplit_once(" in ") {
                Some((counts, seconds)) if seconds.starts_with(|c: char| c.is_ascii_digit()) => {
                    counts
                }
                _ => return,
            },
        };
        for part in counts.split([';', '.', ',']) {
            let Some((n, what)) = part.trim().split_once(' ') else { continue };
            let n = n.parse().unwrap_or(0);
            match what {
                // An expected failure is a test that ran and found what it says.
                "passed" | "xfailed" => self.passed += n,
                "failed" | "error" | "errors" => self.failed += n,
                "skipped" => self.skipped += n,
                _ => {}
            }
        }
    }

    /// The line that Rust's test programs end with.
    pub fn result_line(self) -> String {
        let word = if self.failed == 0 { "ok" } else { "FAILED" };
        format!("test result: {word}. {} passed; {} failed", self.passed, self.failed)
    }
}

/// Cargo, the one that runs this program.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The test that a line of Rust's tests, of Node's or of pytest's summary reports as failed.
fn failed_test(line: &str) -> Option<&str> {
    let rust = || line.strip_prefix("test ")?.strip_suffix(" ... FAILED");
    let node = || line.strip_prefix("not ok ")?.split_once(" - ").map(|(_, name)| name);
    let pytest = || line.strip_prefix("FAILED ")?.split(" - ").next();
    rust().or_else(node).or_else(pytest)
}

/// Runs a command, shows its output as it comes, and adds the tests that it reports to `tally`.
///
/// # Errors
///
/// If the command cannot start or does not succeed; with the tests that failed.
pub fn run(command: &mut Command, tally: &mut Tally) -> Result<(), String> {
    let shown = display(command);
    println!("$ {shown}");
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{shown}` does not start: {error}"))?;
    let mut failed = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.map_err(|error| format!("the output of `{shown}`: {error}"))?;
            println!("{line}");
            tally.read(&line);
            if let Some(test) = failed_test(&line) {
                failed += if failed.is_empty() { ": " } else { ", " };
                failed += test;
            }
        }
    }
    let status = child.wait().map_err(|error| format!("`{shown}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}{failed}")) }
}

/// Builds programs for tests, such as `--bin ravine`. Cargo chooses the features of all that is built by
/// the packages it is asked for: asked for all, it builds what the tests have built already.
///
/// # Errors
///
/// If one does not compile.
pub fn build(project: &Project, programs: &[&str], tally: &mut Tally) -> Result<(), String> {
    let mut build = cargo();
    build.args(["build", "--locked", "--workspace"]).args(programs);
    run(build.current_dir(&project.root), tally)
}

/// The command as one would type it, without the folder of the program.
fn display(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let name = program.rsplit('/').next().unwrap_or_default().to_owned();
    std::iter::once(name)
        .chain(command.get_args().map(|a| a.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_added_and_others_are_not() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 1 filtered out");
        tally.read("test result: FAILED. 2 passed; 5 failed; 0 ignored; finished in 0.10s");
        tally.read("test tests::some ... ok");
        tally.read("7 passed");
        assert_eq!(tally, Tally { passed: 14, failed: 5, skipped: 0 });
    }

    #[test]
    fn counts_of_node_are_added() {
        let mut tally = Tally::default();
        for line in ["# tests 9", "# pass 7", "# fail 2", "# passing by 3", "ok 1 - # pass 4"] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 7, failed: 2, skipped: 0 });
    }

    #[test]
    fn counts_of_pytest_are_added() {
        let mut tally = Tally::default();
        for line in [
            "3 failed, 40 passed, 2 skipped, 1 xfailed, 5 warnings, 1 error in 12.34s (0:00:12)",
            "==== 2 passed in 0.01s ====",
            "SKIPPED [1] tests/test_a.py:3: 7 passed in words",
            "5 passed in silence",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 43, failed: 4, skipped: 2 });
    }

    #[test]
    fn failed_tests_are_named() {
        assert_eq!(failed_test("test tests::one ... FAILED"), Some("tests::one"));
        assert_eq!(failed_test("not ok 12 - the page loads"), Some("the page loads"));
        assert_eq!(
            failed_test("FAILED tests/test_a.py::test_b - assert 1 == 2"),
            Some("tests/test_a.py::test_b")
        );
        assert_eq!(failed_test("test tests::one ... ok"), None);
        assert_eq!(failed_test("ok 12 - not ok 3 - x"), None);
    }

    #[test]
    fn the_line_written_is_the_line_read() {
        let written = Tally { passed: 4, failed: 1, skipped: 0 };
        let mut read = Tally::default();
        read.read(&written.result_line());
        assert_eq!(read, written);
    }
}
