//! All solvers of a model, each from the same start.

use std::io::Write;
use std::time::Instant;

use comfy_table::{Cell, CellAlignment, Color};
use ravine_glm::Solver;
use ravine_glm::analysis::{Analysis, Analyzed};
use ravine_text::{count, seconds, size};
use serde::Serialize;

use super::data::Data;
use super::report;
use crate::args::FitArgs;
use crate::failure::Failure;
use crate::output::{print_object, write_svg};
use crate::plot::{Axis, Chart, Curve, Look, Scale, svg, terminal};
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};

const SOLVERS: [Solver; 6] = [
    Solver::Cholesky,
    Solver::NewtonCg,
    Solver::Lbfgs,
    Solver::CoordinateDescent,
    Solver::Saga,
    Solver::SketchySaga,
];

/// What `--json` prints, an object a solver.
#[derive(Serialize)]
struct SolverObject<'a> {
    solver: &'static str,
    status: &'static str,
    converged: bool,
    iterations: usize,
    value: f64,
    /// Above the lowest value of all.
    above: f64,
    certificate: f64,
    history: &'a [(usize, f64)],
    seconds: f64,
}

struct Lap {
    solver: Solver,
    found: Analyzed,
    seconds: f64,
}

/// Whether at least one solver converged.
pub fn run(
    args: &FitArgs,
    analysis: &Analysis,
    data: &Data,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let mut laps = Vec::new();
    let mut refused = Vec::new();
    for solver in SOLVERS {
        let clock = Instant::now();
        match (Analysis { solver, ..analysis.clone() }).fit(&data.cases) {
            Ok(found) => {
                laps.push(Lap { solver, found, seconds: clock.elapsed().as_secs_f64() });
            }
            Err(error) => refused.push((solver, error)),
        }
    }
    if laps.is_empty()
        && let Some((_, error)) = refused.pop()
    {
        return Err(error.into());
    }
    laps.sort_by(|a, b| {
        let converged = |lap: &Lap| !lap.found.status.converged();
        converged(a).cmp(&converged(b)).then(a.seconds.total_cmp(&b.seconds))
    });
    let lowest = laps.iter().map(|lap| lap.found.objective).fold(f64::INFINITY, f64::min);
    let chart = chart(data, &laps, lowest);
    if args.output.json {
        for lap in &laps {
            print_object(&object(lap, lowest), out)?;
        }
    } else {
        write(data, &laps, &refused, lowest, chart.as_ref(), out)?;
    }
    if let (Some(path), Some(chart)) = (&args.output.svg, &chart) {
        write_svg(path, &svg::chart(chart))?;
        if !args.output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    out.flush()?;
    Ok(laps.iter().any(|lap| lap.found.status.converged()))
}

fn object(lap: &Lap, lowest: f64) -> SolverObject<'_> {
    SolverObject {
        solver: lap.solver.name(),
        status: lap.found.status.name(),
        converged: lap.found.status.converged(),
        iterations: lap.found.iterations,
        value: lap.found.objective,
        above: lap.found.objective - lowest,
        certificate: lap.found.certificate.value(),
        history: &lap.found.history,
        seconds: lap.seconds,
    }
}

fn write(
    data: &Data,
    laps: &[Lap],
    refused: &[(Solver, ravine::ArgumentError)],
    lowest: f64,
    chart: Option<&Chart>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let rows = count(data.cases.design.rows() as u64, "row");
    let columns = count(data.cases.design.columns() as u64, "column");
    let what = data.question();
    let family = laps[0].found.family.name();
    let title = format!("{what}, {family}, on {rows} of {} in {columns}", data.name);
    writeln!(out, "{}", screen.bold(&title))?;
    for note in &data.notes {
        writeln!(out, "Note: {note}.")?;
    }
    writeln!(out)?;
    let mut table = plain_table(&screen);
    table.set_header(["solver", "time", "iterations", "above the lowest", "status"].map(head));
    for lap in laps {
        let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let color = if lap.found.status.converged() { Color::DarkGreen } else { Color::DarkRed };
        table.add_row([
            Cell::new(lap.solver.name()),
            right(seconds(lap.seconds)),
            right(lap.found.iterations.to_string()),
            right(size(lap.found.objective - lowest)),
            Cell::new(report::status(&lap.found)).fg(color),
        ]);
    }
    writeln!(out, "{}", fitted(table, &screen, &["status"]))?;
    for (solver, error) in refused {
        writeln!(out, "\nWithout {}: {error}.", solver.name())?;
    }
    writeln!(
        out,
        "\nThe time is that of the whole analysis, standard errors among it; by default the solver is \
         chosen from shape, density and penalty."
    )?;
    if let Some(chart) = chart {
        writeln!(out, "\n{}", screen.bold(&chart.subtitle))?;
        write!(out, "{}", terminal::draw(chart, &screen))?;
    }
    Ok(())
}

/// The objective above the lowest by iterations; `None` where all ended at once.
fn chart(data: &Data, laps: &[Lap], lowest: f64) -> Option<Chart> {
    let curves: Vec<Curve> = laps
        .iter()
        .enumerate()
        .map(|(k, lap)| Curve {
            name: lap.solver.name().to_owned(),
            points: lap
                .found
                .history
                .iter()
                .map(|&(iterations, value)| (iterations as f64, value - lowest))
                .filter(|(_, above)| *above > 0.0 && above.is_finite())
                .collect(),
            steps: false,
            look: Look::of(k),
        })
        .filter(|curve| curve.points.len() > 1)
        .collect();
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (low, high) = points().fold((f64::INFINITY, 0.0f64), |(a, b), p| (a.min(p.1), b.max(p.1)));
    let last = points().fold(0.0f64, |most, p| most.max(p.0));
    (low < high).then(|| Chart {
        title: data.question().to_owned(),
        subtitle: "The objective above the lowest, by iterations".to_owned(),
        x: Axis::new("iterations", Scale::Linear, (0.0, last)),
        y: Axis::new("above the lowest", Scale::Log, (low, high)),
        curves,
    })
}
