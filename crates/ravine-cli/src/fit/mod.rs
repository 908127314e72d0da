//! `ravine fit`: a generalized linear model of a table.

mod data;
mod object;
mod picture;
mod race;
mod report;
mod rows;

pub use data::read_rows;

use std::io::Write;
use std::sync::Mutex;
use std::time::Instant;

use ravine_glm::analysis::{Analysis, Analyzed, Choice};
use ravine_glm::{Direction, Interrupter};
use ravine_text::split_names;

use crate::args::FitArgs;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{check_writable, print_object, write_svg};
use crate::point::parse_ranges;
use crate::progress::Ticker;

/// The command.
pub fn command(args: &FitArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    check_writable(args.out.as_deref())?;
    let analysis = Analysis { interrupter: interrupter(), ..analysis(args)? };
    let (data, mut found, seconds) = if args.stream {
        let clock = Instant::now();
        let (data, found) = data::streamed(args, &analysis)?;
        (data, found, clock.elapsed().as_secs_f64())
    } else {
        let data = data::read(args, analysis.levels())?;
        if args.solving.race {
            return race::run(args, &analysis, &data, out);
        }
        let clock = Instant::now();
        let found = analysis.fit(&data.cases)?;
        (data, found, clock.elapsed().as_secs_f64())
    };
    found.model.terms = data.terms.clone();
    found.model.target.clone_from(&data.target);
    if args.output.json {
        print_object(&object::of(args, &data, &found, seconds), out)?;
    } else {
        report::write(args, &data, &found, seconds, out)?;
    }
    if let Some(path) = &args.out {
        save(&found, path)?;
        if !args.output.json {
            writeln!(out, "\nThe model is in {}; `ravine predict` takes it.", path.display())?;
        }
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &picture::svg(&data, &found))?;
        if !args.output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    out.flush()?;
    Ok(found.status.converged())
}

/// The library's settings.
fn analysis(args: &FitArgs) -> Result<Analysis, Failure> {
    let default = Choice::default();
    let choice = args.penalty.cv.map(|folds| Choice {
        folds,
        l1_ratios: match &args.penalty.l1_ratio[..] {
            [] => default.l1_ratios,
            given => given.to_vec(),
        },
        seed: args.penalty.seed.unwrap_or(default.seed),
        rule: args.penalty.rule.rule(),
    });
    Ok(Analysis {
        family: args.family,
        link: args.link,
        positive: args.positive.clone(),
        l1: args.penalty.l1,
        l2: args.penalty.l2,
        choice,
        penalty_units: args.penalty.units(),
        unpenalized: names(&args.penalty.unpenalized),
        bounds: args.penalty.bounds.as_deref().map_or(Ok(Vec::new()), parse_ranges)?,
        together: names(&args.penalty.together),
        monotone: monotone(&args.penalty.monotone)?,
        correction: args.penalty.correction(),
        errors: args.inference.errors(),
        level: args.inference.level,
        solver: args.solving.solver.solver(),
        tolerance: args.solving.tolerance,
        iterations: args.solving.max_iterations,
        ..Analysis::default()
    })
}

/// Names of columns and terms, some of which have commas of their own.
fn names(given: &[String]) -> Vec<String> {
    given.iter().flat_map(|text| split_names(text)).map(str::to_owned).collect()
}

/// `TERM:rising` and `TERM:falling`.
fn monotone(given: &[String]) -> Result<Vec<(String, Direction)>, Failure> {
    let one = |text: String| {
        let parts = text.rsplit_once(':').and_then(|(term, way)| match way.trim() {
            "rising" => Some((term.trim().to_owned(), Direction::Rising)),
            "falling" => Some((term.trim().to_owned(), Direction::Falling)),
            _ => None,
        });
        let wrong = || format!("--monotone: `{text}` must be TERM:rising or TERM:falling");
        parts.ok_or_else(|| Failure::input(wrong()))
    };
    names(given).into_iter().map(one).collect()
}

/// Ends a fit at Ctrl-C; on the way it shows how long the fit has taken.
fn interrupter() -> Interrupter {
    let (start, ticker) = (Instant::now(), Mutex::new(Ticker::new()));
    Interrupter::new(move || {
        if let Ok(mut ticker) = ticker.try_lock() {
            ticker.show(|| {
                format!(
                    "fitting, {:.1} s; Ctrl-C ends it with what there is",
                    start.elapsed().as_secs_f64()
                )
            });
        }
        interrupt::seen()
    })
}

/// Writes the model, whole or not at all.
fn save(found: &Analyzed, path: &std::path::Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&found.model).map_err(Failure::input)? + "\n";
    let written = ravine::checkpoint::replace(path, |file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::file(path, &error))
}
