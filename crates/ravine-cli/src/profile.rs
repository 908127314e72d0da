//! `ravine race --profile`: methods over a set of problems.

use std::io::Write;

use comfy_table::CellAlignment;
use ravine::methods::{Family, catalogue};
use ravine::objective::Derivatives;
use ravine_problems::mgh;
use ravine_race::{
    Effort, MOST_CURVES, MethodChoice, Profile, SECONDS, is_solved, performance_profiles, spread,
};
use serde_json::json;

use crate::args::RaceArgs;
use crate::failure::Failure;
use crate::interrupt;
use crate::method;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Axis, Chart, Curve, Look, Scale, svg, terminal};
use crate::progress::Ticker;
use crate::run::{conditions, run};
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};

/// The largest ratio that is drawn.
const WIDEST: f64 = 100.0;

/// A method's results over the set.
struct Row {
    method: MethodChoice,
    solved: usize,
    profile: Profile,
}

/// The command.
pub fn command(args: &RaceArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    let methods = match &args.methods {
        Some(list) => method::parse_list(list)?,
        None => defaults(),
    };
    let mut stopping = args.stopping.stopping();
    stopping.seconds = stopping.seconds.or(Some(SECONDS));
    stopping.validate()?;
    let effort = args.x_axis;
    let entries = mgh::all();
    let mut ticker = Ticker::new();
    let mut costs: Vec<Vec<Option<f64>>> = Vec::new();
    for entry in &entries {
        let problem = entry.problem()?;
        let mut row = Vec::new();
        for method in &methods {
            let conditions = conditions(&problem, stopping.clone());
            let ran = run(method, &problem, &problem.start, conditions, &mut ticker, |_| ());
            if interrupt::seen() {
                return Ok(false);
            }
            let outcome =
                ran.map_err(|error| Failure::input(format!("{}: {error}", method.name)))?;
            let outcome = outcome.outcome;
            // A time that the clock did not see is not zero.
            let cost = effort.of_run(&outcome).max(1e-9);
            row.push(is_solved(&outcome, entry.best.value).then_some(cost));
        }
        costs.push(row);
    }
    let profiles = performance_profiles(&costs);
    let mut rows: Vec<Row> = methods
        .into_iter()
        .zip(profiles)
        .map(|(method, profile)| {
            let solved = (profile.solved() * entries.len() as f64).round() as usize;
            Row { method, solved, profile }
        })
        .collect();
    rows.sort_by(|a, b| b.profile.mean_share(WIDEST).total_cmp(&a.profile.mean_share(WIDEST)));

    if args.output.json {
        print_json(&rows, entries.len(), effort, out)?;
    } else {
        report(&rows, entries.len(), args, out)?;
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &svg::chart(&chart(&rows, entries.len(), effort)))?;
        if !args.output.json {
            writeln!(out, "The picture is in {}.", path.display())?;
        }
    }
    Ok(true)
}

/// The methods that solve general problems by themselves: no step to tune, no data to know.
fn defaults() -> Vec<MethodChoice> {
    let supplied = Derivatives { residuals: true, ..Derivatives::HESSIAN };
    catalogue()
        .iter()
        .filter(|e| e.tuned.is_none() && supplied.missing(e.needs).is_empty())
        .filter(|e| e.family != Family::NaturalGradient)
        .map(MethodChoice::of)
        .collect()
}

fn chart(rows: &[Row], problems: usize, axis: Effort) -> Chart {
    let families: Vec<_> = rows.iter().map(|row| row.method.entry.family).collect();
    let curves = spread(&families, MOST_CURVES)
        .into_iter()
        .map(|k| &rows[k])
        .enumerate()
        .map(|(k, row)| {
            let mut points = vec![(1.0, row.profile.share(1.0))];
            points.extend(row.profile.steps.iter().filter(|step| step.0 <= WIDEST));
            points.push((WIDEST, row.profile.share(WIDEST)));
            Curve { name: row.method.name.clone(), points, steps: true, look: Look::of(k) }
        })
        .collect();
    Chart {
        title: format!("Performance profiles over {problems} problems of Moré, Garbow, Hillstrom"),
        subtitle: format!(
            "the share of problems solved within a factor of the fewest {}",
            axis.title()
        ),
        x: Axis::new("factor", Scale::Log, (1.0, WIDEST)),
        y: Axis::new("share solved", Scale::Linear, (0.0, 1.0)),
        curves,
    }
}

fn report(
    rows: &[Row],
    problems: usize,
    args: &RaceArgs,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let chart = chart(rows, problems, args.x_axis);
    writeln!(out, "{}", screen.bold(&chart.title))?;
    writeln!(out, "{}\n", chart.subtitle)?;
    let mut table = plain_table(&screen);
    table.set_header(["method", "solved", "best", "within 2x", "within 10x"].map(head));
    for row in rows {
        let share = |ratio| format!("{:.0} %", 100.0 * row.profile.share(ratio));
        table.add_row([
            row.method.name.clone(),
            format!("{} of {problems}", row.solved),
            share(1.0),
            share(2.0),
            share(10.0),
        ]);
    }
    for k in 1..5 {
        if let Some(column) = table.column_mut(k) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(out, "{}\n", fitted(table, &screen, &["within 10x", "within 2x"]))?;
    writeln!(out, "{}", terminal::draw(&chart, &screen))?;
    writeln!(
        out,
        "Solved: converged, or at the limit of precision, within 1e-6 (relative) or 1e-12 of the \
         best known value.\nPrices: a value 1/3, value and gradient or residuals and Jacobian 1, \
         a Hessian product 2, a Hessian n.\nSource: Dolan and Moré (2002)."
    )?;
    Ok(())
}

fn print_json(
    rows: &[Row],
    problems: usize,
    axis: Effort,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for row in rows {
        let object = json!({
            "method": row.method.name,
            "settings": row.method.settings,
            "measure": axis.title(),
            "problems": problems,
            "solved": row.solved,
            "profile": row.profile.steps,
        });
        print_object(&object, out)?;
    }
    Ok(())
}
