//! `ravine diagnose`: what a problem looks like, and what each method will need.

use std::io::Write;
use std::path::Path;

use comfy_table::{Cell, CellAlignment};
use ravine::Conditions;
use ravine::diagnose::{Diagnose, Diagnosis, Forecast};
use ravine::objective::FiniteSum;
use ravine_nn::{Flat, GradientNoise};
use ravine_text::four_digits;
use serde::Serialize;

use crate::args::{DiagnoseArgs, OutputArgs};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Bars, Row, percent, percent_within, svg, terminal};
use crate::problem::{Given, resolve_from};
use crate::run::conditions;
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};
use crate::trained::{self, TrainedNetwork};
use crate::verify::{Measured, verify};
use ravine_text::{count, heading, seconds, short, size};

/// Ranges of eigenvalues in the picture.
const RANGES: usize = 16;

/// Most cases whose gradients are taken for their noise.
const MOST_CASES: usize = 1000;

/// What is known of a network besides.
#[derive(Serialize)]
struct NetworkObject {
    cases: usize,
    gradient_noise: GradientNoise,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Object<'a> {
    problem: &'a str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    network: Option<NetworkObject>,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<&'a [Measured]>,
}

/// The command.
pub fn command(args: &DiagnoseArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    let stopping = args.stopping.stopping();
    stopping.validate()?;
    let default = Diagnose::default();
    let settings = Diagnose {
        products: args.products.unwrap_or(default.products),
        seed: args.seed.unwrap_or(default.seed),
        gradient_relative: args.stopping.tolerance.unwrap_or(default.gradient_relative),
        ..default
    };
    if let Some(path) = &args.network.model {
        return of_network(path, args, &settings, out);
    }
    let at = args.at.as_deref().map(|at| ("--at", at));
    let start = args.problem_args.start.as_deref().map(|start| ("--start", start));
    let problem = args.problem.as_deref().unwrap_or_default();
    let given = resolve_from(problem, &args.problem_args, at.or(start))?;
    let Given { problem, start, notes, .. } = &given;
    let objective = problem.objective.as_ref();
    // The rules are for the methods; the diagnosis itself ends when it is done.
    let budget = ravine::Stopping::default();
    let diagnosis = settings.run(objective, start, conditions(problem, budget))?;
    let measured = if args.verify && !interrupt::seen() {
        Some(verify(problem, start, &diagnosis, &args.stopping))
    } else {
        None
    };
    let measured = measured.as_deref();
    let object = Object { problem: &problem.name, network: None, diagnosis: &diagnosis, measured };
    let said = Said { title: &problem.title, heading: heading(&problem.title, start), notes };
    print(&object, &said, &args.output, out)
}

/// Of a network, at the parameters of a checkpoint.
fn of_network(
    path: &Path,
    args: &DiagnoseArgs,
    settings: &Diagnose,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let data = args.problem.as_deref();
    let TrainedNetwork { loss, x, title, name } =
        trained::resolve(path, data, (&args.network, &args.problem_args), settings.seed)?;
    let flat = Flat::new(&loss);
    let conditions = Conditions::default().cancel(interrupt::flag());
    let diagnosis = settings.run(&flat, &flat.join(&x), conditions)?;
    let noise = loss.gradient_noise(&x, MOST_CASES, settings.seed).map_err(Failure::input)?;
    let network = Some(NetworkObject { cases: loss.cases(), gradient_noise: noise });
    let object = Object { problem: &name, network, diagnosis: &diagnosis, measured: None };
    let said = Said { title: &title, heading: title.clone(), notes: &[] };
    print(&object, &said, &args.output, out)
}

/// What a report calls it.
struct Said<'a> {
    title: &'a str,
    heading: String,
    notes: &'a [String],
}

fn print(
    object: &Object<'_>,
    said: &Said<'_>,
    output: &OutputArgs,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    if output.json {
        print_object(object, out)?;
    } else {
        report(object, said, out)?;
    }
    if let Some(path) = &output.svg {
        write_svg(path, &svg::bars(&bars(said.title, object.diagnosis)))?;
        if !output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    Ok(!interrupt::seen())
}

fn report(object: &Object<'_>, said: &Said<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let Object { diagnosis, measured, network, .. } = object;
    let measured = *measured;
    writeln!(out, "{}", screen.bold(&said.heading))?;
    for note in said.notes {
        writeln!(out, "Note: {note}.")?;
    }
    let mut facts = diagnosis.facts();
    if let Some(NetworkObject { gradient_noise: noise, .. }) = network {
        let text = format!(
            "as large as the gradient in batches of {} cases (variance {}, from {})",
            short(noise.scale),
            size(noise.variance),
            count(noise.cases as u64, "case")
        );
        facts.push(("batch noise", text));
    }
    for (label, text) in facts {
        writeln!(out, "{} {text}", screen.dim(&format!("{label:>13}")))?;
    }
    let bars = bars(said.title, diagnosis);
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

fn bars(title: &str, diagnosis: &Diagnosis) -> Bars {
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
        title: title.to_owned(),
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
