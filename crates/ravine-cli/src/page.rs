//! A race as a web page in one file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use ravine_problems::{Expression, Problem, surfaces};
use ravine_race::{Effort, Entrant, MethodChoice, Race};
use serde_json::Value;

use crate::args::{RaceArgs, StoppingArgs, YAxis};
use crate::failure::Failure;
use crate::picture::View;

/// Where the page is that a race is put into: in the checkout that this command was built from.
const BUILT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist/standalone.html");

/// The variable of the environment that names another file.
const VARIABLE: &str = "RAVINE_PAGE";

/// The most iterations of a method that the page takes (`MOST_ITERATIONS` of its state).
const MOST_ITERATIONS: u64 = 100_000;

/// Where the state goes in it.
const PLACE: &str = "<!-- state -->";

/// Refuses, before any work, what the page cannot show as it is asked for: it runs the methods itself,
/// without bounds and clocks; and that there is no page.
///
/// # Errors
///
/// The first option of that kind, a problem that the page does not have, no page to put it into.
pub fn check(args: &RaceArgs, problem: &Problem, methods: &[MethodChoice]) -> Result<(), Failure> {
    if args.html.is_none() {
        return Ok(());
    }
    for (given, option) in [
        (args.problem_args.bounds.is_some(), "--bounds"),
        (args.stopping.max_seconds.is_some(), "--max-seconds"),
        (args.x_axis == Effort::Seconds, "--x-axis seconds"),
    ] {
        if given {
            return Err(Failure::input(format!(
                "--html: the page runs the methods itself and has no {option}; leave that out"
            )));
        }
    }
    let most = args.stopping.stopping().iterations;
    if let Some(most) = most.filter(|most| !(1..=MOST_ITERATIONS).contains(most)) {
        return Err(Failure::input(format!(
            "--html: the page takes from 1 to {MOST_ITERATIONS} iterations, not --max-iterations {most}"
        )));
    }
    let special = methods.iter().find(|method| method.entry.special);
    if let Some(method) = special.filter(|_| args.methods.is_some()) {
        return Err(Failure::input(format!(
            "--html: the page does not have `{}`; leave it out of --methods",
            method.entry.name
        )));
    }
    let known = surfaces::named(&problem.name).is_ok()
        || Expression::parse(&problem.name).is_ok_and(|e| e.variables().len() == 2);
    if !known {
        return Err(Failure::input(format!(
            "--html shows functions of two variables: a surface, the valley, the Gaussian or a \
             formula, not `{}`",
            problem.name
        )));
    }
    template().map(|_| ())
}

/// Writes the page with the arena opened on the race, about to play: the same surface, start, methods,
/// axes and limits, with the steps that were found for them. It runs them itself. Gives the methods that it
/// does not have.
///
/// # Errors
///
/// No page to put it into, or a file that cannot be written.
pub fn write(
    path: &Path,
    problem: &Problem,
    start: &[f64],
    race: &Race,
    view: View,
    stopping: &StoppingArgs,
) -> Result<Vec<&'static str>, Failure> {
    let page = template()?;
    let (special, shown): (Vec<&Entrant>, Vec<&Entrant>) =
        race.entrants.iter().partition(|entrant| entrant.method.entry.special);
    let methods: Vec<String> = shown.into_iter().map(typed).collect();
    let start: Vec<String> = start.iter().map(f64::to_string).collect();
    // What a race counts as evaluations, at their prices, is the page's work.
    let by = if view.x == Effort::Iterations { "iterations" } else { "work" };
    let show = if view.y == YAxis::Gap { "gap" } else { "gradient" };
    let state = format!(
        "arena?v=1&f={}&start={}&methods={}&limits={}&by={by}&show={show}&play=1",
        encoded(&problem.name),
        start.join(","),
        encoded(&methods.join(",")),
        encoded(&limits(stopping))
    );
    // What was opened later, by a link or a reload, goes before.
    let script = format!(
        "<script>if (!location.hash) history.replaceState(null, \"\", \"#{state}\")</script>"
    );
    std::fs::write(path, page.replacen(PLACE, &script, 1))
        .map_err(|error| Failure::file(path, &error))?;
    Ok(special.iter().map(|entrant| entrant.method.entry.name).collect())
}

/// The limits of the table, as the page takes them.
fn limits(stopping: &StoppingArgs) -> String {
    let iterations = stopping.stopping().iterations.map(|most| format!("iterations={most}"));
    let evaluations = stopping.max_evaluations.map(|most| format!("evaluations={most}"));
    let tolerance = stopping.tolerance.map(|t| format!("tolerance={t}"));
    let absolute = stopping.gradient_tolerance.map(|t| format!("gradient-tolerance={t}"));
    let all: Vec<String> =
        [iterations, evaluations, tolerance, absolute].into_iter().flatten().collect();
    all.join(",")
}

/// The page without a state.
fn template() -> Result<String, Failure> {
    let given = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path = given.clone().unwrap_or_else(|| PathBuf::from(BUILT));
    match std::fs::read_to_string(&path) {
        Ok(page) if page.contains(PLACE) => Ok(page),
        Ok(_) => Err(Failure::input(format!("{} is not the page of Ravine", path.display()))),
        Err(error) if given.is_some() => Err(Failure::file(&path, &error)),
        Err(_) => Err(Failure::input(format!(
            "--html needs the web page, which is not built: run `cargo xtask web` in a checkout of \
             Ravine, and give this command its web/dist/standalone.html in {VARIABLE} unless it was \
             built there"
        ))),
    }
}

/// The method with its settings as they are typed.
fn typed(entrant: &Entrant) -> String {
    let mut settings = Vec::new();
    flatten("", &entrant.method.settings, &mut settings);
    let name = entrant.method.entry.name;
    if settings.is_empty() { name.to_owned() } else { format!("{name}:{}", settings.join(",")) }
}

fn flatten(prefix: &str, value: &Value, settings: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(&format!("{prefix}{dot}{name}"), value, settings);
            }
        }
        Value::String(text) => settings.push(format!("{prefix}={text}")),
        other => settings.push(format!("{prefix}={other}")),
    }
}

/// What an address may hold as it is, and everything else by its bytes.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b',' | b':' | b'=' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_hold_formulas() {
        assert_eq!(encoded("(1-x)^2 + y"), "%281-x%29%5E2%20%2B%20y");
        assert_eq!(encoded("valley:kappa=10,angle=30"), "valley:kappa=10,angle=30");
        assert_eq!(encoded("\"</é"), "%22%3C%2F%C3%A9");
    }

    #[test]
    fn settings_within_settings_have_dots() {
        let mut settings = Vec::new();
        let value = json!({"step": 0.5, "line_search": {"exact": {}}, "radius": {"initial": 2}});
        flatten("", &value, &mut settings);
        settings.sort();
        assert_eq!(settings, ["radius.initial=2", "step=0.5"]);
    }
}
