//! Several parts side by side.

use std::process::Command;
use std::sync::mpsc;
use std::time::Instant;

use super::{Builds, Part, Report};
use crate::process::Tally;

/// More parts than this at once would only share the cores that a build takes anyway.
const MOST: usize = 2;

/// Runs each part as a program of its own, `cargo xtask test PART`, and prints its output at its end;
/// the reports in the order of the parts.
///
/// # Errors
///
/// If this program cannot be started again.
pub fn run(parts: &[&Part]) -> Result<Vec<Report>, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (ended, endings) = mpsc::channel();
    let mut reports: Vec<Option<Report>> = parts.iter().map(|_| None).collect();
    let mut waiting: Vec<usize> = (0..parts.len()).collect();
    let mut running: Vec<usize> = Vec::new();
    while !waiting.is_empty() || !running.is_empty() {
        while running.len() < cores.min(MOST) {
            let busy: Vec<Builds> = running.iter().map(|&part| parts[part].builds).collect();
            let builds: Vec<Builds> = waiting.iter().map(|&part| parts[part].builds).collect();
            let Some(next) = next(&builds, &busy) else { break };
            let part = waiting.remove(next);
            running.push(part);
            let mut command = Command::new(&program);
            command.args(["test", parts[part].name]);
            let ended = ended.clone();
            println!("begins: {}", parts[part].name);
            std::thread::spawn(move || {
                let start = Instant::now();
                let output = read(command);
                // Nobody listens only where this program is about to end.
                let _ = ended.send((part, output, start.elapsed().as_secs_f64()));
            });
        }
        let (part, output, seconds) =
            endings.recv().map_err(|error| format!("no part ended: {error}"))?;
        running.retain(|&other| other != part);
        let output =
            output.map_err(|error| format!("{} did not run: {error}", parts[part].name))?;
        let (shown, tally, end) = split(&output);
        println!("{shown}");
        reports[part] = Some(Report { tally, seconds, end });
    }
    Ok(reports.into_iter().flatten().collect())
}

/// The first that waits and may build where it does while others build where they do: it goes before
/// ones that come earlier but would have to wait.
fn next(waiting: &[Builds], busy: &[Builds]) -> Option<usize> {
    waiting.iter().position(|builds| *builds == Builds::Nothing || !busy.contains(builds))
}

/// All that a program writes, in the order written.
fn read(mut command: Command) -> std::io::Result<String> {
    let (mut output, writer) = std::io::pipe()?;
    let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
    // The command holds ends of the pipe, which would not end before them.
    drop(command);
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut output, &mut bytes)?;
    child.wait()?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The output of a part run alone without its closing lines, and what those say: `NAME SECONDS s N
/// passed END`, and `N passed, M failed`.
fn split(output: &str) -> (&str, Tally, String) {
    let closing = || {
        let (before, total) = output.trim_end().rsplit_once('\n')?;
        let (shown, summary) = before.rsplit_once('\n')?;
        let (passed, failed) = total.strip_suffix(" failed")?.split_once(" passed, ")?;
        let tally = Tally {
            passed: passed.parse().ok()?,
            failed: failed.parse().ok()?,
            ..Tally::default()
        };
        let (_, end) = summary.split_once(" passed  ")?;
        Some((shown.trim_end(), tally, end.to_owned()))
    };
    closing().unwrap_or_else(|| {
        let ended_early = Tally { failed: 1, ..Tally::default() };
        (output.trim_end(), ended_early, "FAILED: it did not come to its end".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_wait_for_those_that_build_in_the_same_place() {
        let waiting = [Builds::Dev, Builds::Dev, Builds::Web, Builds::Nothing];
        assert_eq!(next(&waiting, &[]), Some(0));
        assert_eq!(next(&waiting, &[Builds::Dev]), Some(2));
        assert_eq!(next(&waiting, &[Builds::Dev, Builds::Web]), Some(3));
        assert_eq!(next(&waiting[..2], &[Builds::Dev]), None);
        assert_eq!(next(&waiting[3..], &[Builds::Nothing]), Some(0));
    }

    #[test]
    fn closing_lines_are_read_and_left_out() {
        let output = "\n== rust: tests\n5 passed, 5 failed\nFAILED: `x`\n\n\
                      rust          12.5 s      9 passed  FAILED: `x`\n9 passed, 2 failed\n";
        let (shown, tally, end) = split(output);
        assert_eq!(shown, "\n== rust: tests\n5 passed, 5 failed\nFAILED: `x`");
        assert_eq!(tally, Tally { passed: 9, failed: 2, skipped: 0 });
        assert_eq!(end, "FAILED: `x`");
    }

    #[test]
    fn a_part_without_closing_lines_failed() {
        let (shown, tally, end) = split("\n== rust: tests\nkilled");
        assert_eq!(shown, "\n== rust: tests\nkilled");
        assert_eq!(tally.failed, 1);
        assert!(end.starts_with("FAILED"));
    }

    #[test]
    fn both_streams_are_read_as_they_come() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo a; echo b >&2; echo c"]);
        assert_eq!(read(command).unwrap(), "a\nb\nc\n");
    }
}
