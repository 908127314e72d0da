//! The parts of `cargo xtask test`.

mod bench;
mod examples;
mod guide;
mod python;
mod rust;
mod web;

use std::time::Instant;

use crate::process::Tally;
use crate::project::Project;

/// A part: it runs alone by its name, and all in this order.
pub struct Part {
    /// The name.
    pub name: &'static str,
    /// What it checks.
    pub what: &'static str,
    run: fn(&Project, &mut Tally) -> Result<(), String>,
}

/// All parts.
pub const PARTS: &[Part] = &[
    Part { name: "format", what: "every Rust file as rustfmt writes it", run: rust::format },
    Part { name: "clippy", what: "no warnings in any target", run: rust::clippy },
    Part { name: "rustdoc", what: "the reference builds without warnings", run: rust::rustdoc },
    Part { name: "rust", what: "unit, integration and documentation tests", run: rust::tests },
    Part { name: "examples", what: "every example runs", run: examples::run },
    Part { name: "bench", what: "the comparisons with peers compile", run: bench::run },
    Part { name: "python", what: "the Python package, installed with pip", run: python::run },
    Part { name: "web", what: "the page builds, within its size, and works", run: web::run },
    Part { name: "guide", what: "code and commands of guide and README run", run: guide::run },
];

/// Runs the named parts, or all, and prints how many tests ran.
///
/// # Errors
///
/// An unknown name; an empty message where a part failed, which is then already printed.
pub fn run(project: &Project, names: &[&str]) -> Result<(), String> {
    if let Some(unknown) = names.iter().find(|n| PARTS.iter().all(|part| part.name != **n)) {
        let known: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        return Err(format!("there is no part `{unknown}`; there are {}", known.join(", ")));
    }
    let chosen = PARTS.iter().filter(|part| names.is_empty() || names.contains(&part.name));
    let mut total = Tally::default();
    let mut summary = Vec::new();
    for part in chosen {
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
        let seconds = start.elapsed().as_secs_f64();
        println!("{end}");
        summary
            .push(format!("{:<10} {seconds:7.1} s  {:>5} passed  {end}", part.name, tally.passed));
        total.add(tally);
    }
    println!("\n{}\n{} passed, {} failed", summary.join("\n"), total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err(String::new()) }
}
