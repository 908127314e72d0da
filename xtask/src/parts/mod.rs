//! The parts of `cargo xtask test`.

mod bench;
mod examples;
mod guide;
mod layers;
mod python;
mod rust;
mod together;
mod web;

use std::time::Instant;

use crate::process::Tally;
use crate::project::Project;

/// A part: it runs alone by its name, and beside others that do not build in the same place.
pub struct Part {
    /// The name.
    pub name: &'static str,
    /// What it checks.
    pub what: &'static str,
    /// Where it builds.
    builds: Builds,
    run: fn(&Project, &mut Tally) -> Result<(), String>,
}

/// Where a part builds first and for long. Two that build in one place would wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Builds {
    /// Nothing.
    Nothing,
    /// For tests, all programs and the Python package.
    Dev,
    /// The page's module.
    Web,
    /// The comparisons with peers.
    Bench,
}

/// All parts. Side by side they begin in this order: what takes long and waits for nobody is early.
pub const PARTS: &[Part] = &[
    part("format", "every Rust file as rustfmt writes it", Builds::Nothing, rust::format),
    part("layers", "modules and crates form no circle", Builds::Nothing, layers::run),
    part(
        "rust",
        "unit, integration and documentation tests, the guide's too",
        Builds::Dev,
        rust::tests,
    ),
    part("web", "the page builds, within its size, and works", Builds::Web, web::run),
    part("python", "the Python package, installed with pip", Builds::Dev, python::run),
    part("clippy", "no warnings in any target", Builds::Dev, rust::clippy),
    part("rustdoc", "the reference builds without warnings", Builds::Dev, rust::rustdoc),
    part("examples", "every example runs", Builds::Dev, examples::run),
    part("guide", "commands of guide and README do what they show", Builds::Dev, guide::run),
    part("bench", "the comparisons with peers compile", Builds::Bench, bench::run),
];

const fn part(
    name: &'static str,
    what: &'static str,
    builds: Builds,
    run: fn(&Project, &mut Tally) -> Result<(), String>,
) -> Part {
    Part { name, what, builds, run }
}

/// What came of a part.
struct Report {
    tally: Tally,
    seconds: f64,
    /// `ok`, or what failed.
    end: String,
}

/// Runs the named parts, or all, and prints how many tests ran. One part shows its output as it comes;
/// several run side by side where there are cores for it, and each one's output comes at its end.
///
/// # Errors
///
/// An unknown name; an empty message where a part failed, which is then already printed.
pub fn run(project: &Project, names: &[&str]) -> Result<(), String> {
    if let Some(unknown) = names.iter().find(|n| PARTS.iter().all(|part| part.name != **n)) {
        let known: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        return Err(format!("there is no part `{unknown}`; there are {}", known.join(", ")));
    }
    let chosen: Vec<&Part> =
        PARTS.iter().filter(|part| names.is_empty() || names.contains(&part.name)).collect();
    let reports = match chosen.as_slice() {
        [part] => vec![alone(project, part)],
        parts => together::run(parts)?,
    };
    let mut total = Tally::default();
    let mut summary = Vec::new();
    for (part, Report { tally, seconds, end }) in chosen.iter().zip(reports) {
        let passed = tally.passed;
        summary.push(format!("{:<10} {seconds:7.1} s  {passed:>5} passed  {end}", part.name));
        total.add(tally);
    }
    println!("\n{}\n{} passed, {} failed", summary.join("\n"), total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// Runs a part here.
fn alone(project: &Project, part: &Part) -> Report {
    println!("\n== {}: {}", part.name, part.what);
    let start = Instant::now();
    let mut tally = Tally::default();
    let result = (part.run)(project, &mut tally);
    // A part that ends early is a failure even where no test says so.
    if result.is_err() && tally.failed == 0 {
        tally.failed = 1;
    }
    let end = match result {
        Ok(()) => "ok".to_owned(),
        Err(message) => format!("FAILED: {message}"),
    };
    println!("{end}");
    Report { tally, seconds: start.elapsed().as_secs_f64(), end }
}
