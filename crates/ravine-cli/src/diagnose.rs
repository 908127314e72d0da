//! `ravine diagnose`: what a problem looks like, and what each method will need.

use std::io::Write;

use comfy_table::{Cell, CellAlignment};
use ravine::diagnose::{Diagnose, Diagnosis, Forecast};
use ravine_problems::Problem;
use ravine_text::four_digits;
use serde::Serialize;

use crate::args::DiagnoseArgs;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Bars, Row, percent, percent_within, svg, terminal};
use crate::problem::{Given, resolve_from};
use crate::run::conditions;
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};
use crate::verify::{Measured, verify};
use ravine_text::{count, heading, seconds, size};

/// Ranges of eigenvalues in the picture.
const RANGES: usize = 16;

/// What `--json` prints.
#[derive(Serialize)]
struct Object<'a> {
    problem: &'a str,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<&'a [Measured]>,
}

/// The command.
pub fn command(args: &DiagnoseArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    let at = args.at.as_deref().map(|at| ("--at", at));
    let start = args.problem_args.start.as_deref().map(|start| ("--start", start));
    let given = resolve_from(&args.problem, &args.problem_args, at.or(start))?;
    let stopping = args.stopping.stopping();
    stopping.validate()?;
    let default = Diagnose::default();
    let settings = Diagnose {
        products: args.products.unwrap_or(default.products),
        seed: args.seed.unwrap_or(default.seed),
        gradient_relative: args.stopping.tolerance.unwrap_or(default.gradient_relative),
        ..default
    };
    let objective = given.problem.objective.as_ref();
    // The rules are for the methods; the diagnosis itself ends when it is done.
    let budget = ravine::Stopping::default();
    let diagnosis = settings.run(objective, &given.start, conditions(&given.problem, budget))?;
    let measured = if args.verify && !interrupt::seen() {
        Some(verify(&given.problem, &given.start, &diagnosis, &args.stopping))
    } else {
        None
    };
    if args.output.json {
        let measured = measured.as_deref();
        let object = Object { problem: &given.problem.name, diagnosis: &diagnosis, measured };
        print_object(&object, out)?;
    } else {
        report(&given, &diagnosis, measured.as_deref(), out)?;
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &svg::bars(&bars(&given.problem, &diagnosis)))?;
        if !args.output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    Ok(!interrupt::seen())
}

fn report(
    given: &Given,
    diagnosis: &Diagnosis,
    measured: Option<&[Measured]>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let Given { problem, start, notes, .. } = given;
    writeln!(out, "{}", screen.bold(&heading(&problem.title, start)))?;
    for note in notes {
        writeln!(out, "Note: {note}.")?;
    }
    for (label, text) in diagnosis.facts() {
        writeln!(out, "{} {text}", screen.dim(&format!("{label:>13}")))?;
    }
    let bars = bars(problem, diagnosis);
    if !bars.rows.is_empty() {
        writeln!(out, "\n{}", terminal::draw_bars(&bars, &screen))?;
    }
    if !diagnosis.forecast.is_empty() {
        writeln!(out, "{}\n", table(diagnosis, measured, &screen))?;
    }
    if let (Some(method), Some(reason)) = (&diagnosis.recommended_method, &diagnosis.reason) {
        writeln!(out, "{} {}, because: {reason}.", screen.bold("Take"), screen.bold(method))?;
    }
    if let Some(text) = measured.and_then(|measured| comparison(diagnosis, measured)) {
        writeln!(out, "{text}")?;
    }
    if diagnosis.interrupted {
        writeln!(out, "Interrupted: this is what was known by then.")?;
    }
    Ok(())
}

fn bars(problem: &Problem, diagnosis: &Diagnosis) -> Bars {
    let rows = diagnosis
        .histogram(RANGES)
        .into_iter()
        .map(|bin| Row {
            label: format!("{} to {}", size(bin.low), size(bin.high)),
            shares: [bin.eigenvalues, bin.gradient],
            numbers: [percent_within(bin.eigenvalues, bin.standard_error), percent(bin.gradient)],
        })
        .collect();
    let condition = diagnosis.condition_number.map_or("a singular Hessian".to_owned(), |c| {
        format!("condition number {}", four_digits(c))
    });
    Bars {
        title: problem.title.clone(),
        subtitle: format!("The Hessian's spectrum and the gradient's spread over it; {condition}"),
        ranges: "eigenvalues".to_owned(),
        sides: ["share of all eigenvalues".to_owned(), "share of the gradient's energy".to_owned()],
        rows,
    }
}

/// The forecast, with what was measured beside it.
fn table(diagnosis: &Diagnosis, measured: Option<&[Measured]>, screen: &Screen) -> String {
    let mut titles = Forecast::TITLES.to_vec();
    if measured.is_some() {
        titles.extend(["iter", "factor", "time", "factor", "ended"]);
    }
    let mut table = plain_table(screen);
    table.set_header(titles.iter().map(|title| head(title)));
    for forecast in &diagnosis.forecast {
        let mut row = forecast.cells().to_vec();
        if let Some(measured) = measured {
            match measured.iter().find(|m| m.method == forecast.method) {
                Some(m) => row.extend([
                    m.iterations.to_string(),
                    factor(forecast.iterations as f64, m.iterations as f64),
                    seconds(m.seconds),
                    factor(forecast.seconds, m.seconds),
                    m.status.clone(),
                ]),
                None => row.extend(["", "", "", "", "not run"].map(str::to_owned)),
            }
        }
        table.add_row(row.into_iter().map(Cell::new));
    }
    for (k, title) in titles.iter().enumerate() {
        if let Some(column) = table.column_mut(k)
            && !matches!(*title, "method" | "ended")
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    fitted(table, screen, &["factor", "memory", "Hess", "H·d", "f, grad", "ended", "time"])
}

/// How many times as large the measurement is as the forecast.
fn factor(forecast: f64, measured: f64) -> String {
    if forecast > 0.0 && measured > 0.0 {
        let ratio = measured / forecast;
        if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
    } else {
        "·".to_owned()
    }
}

/// The recommended method against the fastest.
fn comparison(diagnosis: &Diagnosis, measured: &[Measured]) -> Option<String> {
    let recommended = diagnosis.recommended_method.as_ref()?;
    let fastest = Measured::fastest(measured)?;
    let own = measured.iter().find(|m| m.method == *recommended)?;
    if !own.solved {
        return Some(format!(
            "Measured: {recommended} ended with {}; the fastest was {}, {}.",
            own.status,
            fastest.method,
            seconds(fastest.seconds)
        ));
    }
    if own.method == fastest.method {
        return Some(format!("Measured: {recommended} was the fastest, {}.", seconds(own.seconds)));
    }
    Some(format!(
        "Measured: {recommended} took {}, {:.2} times as long as {}, the fastest; {} solved it.",
        seconds(own.seconds),
        own.seconds / fastest.seconds,
        fastest.method,
        count(measured.iter().filter(|m| m.solved).count() as u64, "method")
    ))
}
