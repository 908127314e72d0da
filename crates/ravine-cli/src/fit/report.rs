//! What a fit found, in words, tables and lines.

use std::io::Write;

use comfy_table::{Cell, CellAlignment};
use ravine_glm::analysis::{Analyzed, Estimate};
use ravine_glm::inference::AicRule;
use ravine_glm::{Certificate, Status, Test};
use ravine_text::{count, percent, seconds, short, size};

use super::data::Data;
use super::picture;
use super::rows::{shown, value};
use crate::args::FitArgs;
use crate::failure::Failure;
use crate::plot::{Intervals, terminal};
use crate::screen::Screen;
use crate::table::{estimate, fitted, head, plain_table};

/// Characters of the intervals drawn in the table.
const DRAWN: usize = 25;

/// The report.
pub fn write(
    args: &FitArgs,
    data: &Data,
    found: &Analyzed,
    time: f64,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let rows = count(found.model.rows as u64, "row");
    let what = data.question();
    writeln!(out, "{}", screen.bold(&format!("{what} on {rows} of {}", data.name)))?;
    for note in &data.notes {
        writeln!(out, "Note: {note}.")?;
    }
    let mut line =
        |label: &str, text: &str| writeln!(out, "{} {text}", screen.dim(&format!("{label:>12}")));
    line("family", &family(found))?;
    if let Some(penalty) = penalty(found) {
        line("penalty", &penalty)?;
    }
    line("solver", &format!("{} ({})", found.solver.0, found.solver.1))?;
    line("status", &status(found))?;
    line("iterations", &format!("{}, in {}", found.iterations, seconds(time)))?;
    goodness(found, &mut line)?;
    writeln!(out)?;
    writeln!(out, "{}", table(found, args.inference.level, &screen))?;
    for note in &found.notes {
        writeln!(out, "\nNote: {note}.")?;
    }
    for chart in picture::charts(data, found) {
        writeln!(out, "\n{}", screen.bold(&chart.title))?;
        write!(out, "{}", terminal::draw(&chart, &screen))?;
    }
    Ok(())
}

fn family(found: &Analyzed) -> String {
    let mut text = found.family.name().to_owned();
    if let Some(link) = found.link {
        text += &format!(", link {link}");
    }
    text += &format!(" ({}", found.reason);
    if let Some([zero, one]) = found.model.classes.as_deref() {
        text += &format!("; `{one}` counts as 1, `{zero}` as 0");
    }
    text + ")"
}

fn penalty(found: &Analyzed) -> Option<String> {
    let (l1, l2) = found.penalty;
    if let Some(chosen) = &found.chosen {
        let best = chosen.best;
        if !best.deviance.is_finite() {
            return Some(format!(
                "l1 {} and l2 {}, where the choice by rows held out was stopped",
                short(l1),
                short(l2)
            ));
        }
        let text = format!(
            "l1 {} and l2 {}, of {} tried: at the best, deviance {} a row on rows held out, standard \
             error {}",
            short(l1),
            short(l2),
            chosen.points.len(),
            short(best.deviance),
            short(best.standard_error)
        );
        return Some(text);
    }
    (l1 > 0.0 || l2 > 0.0).then(|| format!("l1 {}, l2 {}", short(l1), short(l2)))
}

/// How the fit ended, with what is known of the distance from the optimum.
pub fn status(found: &Analyzed) -> String {
    let certificate = match found.certificate {
        Certificate::Gap(gap) => {
            format!(
                "the objective is at most {} above its minimum (duality gap)",
                size(gap.max(0.0))
            )
        }
        Certificate::Decrement(decrement) => {
            format!(
                "the objective is about {} above its minimum (Newton's decrement)",
                size(decrement)
            )
        }
        Certificate::Violation(violation) => {
            format!("the conditions of optimality hold to {}", size(violation))
        }
    };
    match found.status {
        Status::Converged(Test::Gap | Test::Decrement | Test::Violation) => {
            format!("converged: {certificate}")
        }
        Status::IterationLimit => format!("the iterations are used up; {certificate}"),
        Status::PrecisionLimit => format!("at the limit of floating point; {certificate}"),
        Status::Stopped => format!("stopped; {certificate}"),
        Status::Separated => "separated: the likelihood has no finite maximum".to_owned(),
    }
}

fn goodness(
    found: &Analyzed,
    line: &mut impl FnMut(&str, &str) -> std::io::Result<()>,
) -> Result<(), Failure> {
    if let Some(fit) = &found.goodness {
        let mut text =
            format!("{} on {} degrees of freedom", short(fit.deviance), fit.residual_degrees());
        if let Some(null) = fit.null_deviance {
            text += &format!("; {} without the columns", short(null));
        }
        if let Some(explained) = fit.explained().filter(|share| share.is_finite()) {
            text += &format!(": {} explained", percent(explained));
        }
        line("deviance", &text)?;
        let estimated = if fit.dispersion_estimated { ", estimated" } else { "" };
        line("dispersion", &format!("{}{estimated}", short(fit.dispersion)))?;
        if found.penalty == (0.0, 0.0)
            && let (Some(likelihood), Some(aic)) =
                (fit.log_likelihood, fit.aic(AicRule::CountDispersion))
        {
            line(
                "likelihood",
                &format!("log {}, AIC {} (R's rule)", short(likelihood), short(aic)),
            )?;
        }
    }
    if let Some(accuracy) = found.accuracy {
        line("accuracy", &format!("{} of these rows", percent(accuracy)))?;
    }
    Ok(())
}

/// The coefficients, with intervals drawn where there are any.
fn table(found: &Analyzed, level: f64, screen: &Screen) -> String {
    let all = &found.model.coefficients;
    let shown = shown(all);
    let errors = all.iter().any(|row| row.standard_error.is_some());
    let classes = all.iter().any(|row| row.class.is_some());
    let statistic = if found.model.degrees.is_some() { "t" } else { "z" };
    let interval = format!("{} interval", percent(level));
    let mut titles = Vec::new();
    if classes {
        titles.push("class");
    }
    titles.extend(["", "estimate"]);
    if errors {
        titles.extend(["standard error", statistic, "p", interval.as_str(), "drawn"]);
    }
    let intervals = Intervals::of(shown.iter().map(|row| (value(row), row.interval)));
    let mut table = plain_table(screen);
    table.set_header(titles.iter().map(|title| head(title)));
    for (k, row) in shown.iter().enumerate() {
        let mut cells = Vec::new();
        if classes {
            cells.push(row.class.clone().unwrap_or_default());
        }
        cells.push(row.name.clone());
        cells.push(match row.estimate {
            Estimate::Finite(b) => estimate(b, row.standard_error.unwrap_or(0.0)),
            Estimate::Aliased => "left out".to_owned(),
            Estimate::PlusInfinity => "+infinity".to_owned(),
            Estimate::MinusInfinity => "-infinity".to_owned(),
        });
        if errors {
            let number = |x: Option<f64>, digits: usize| {
                x.map_or(String::new(), |x| format!("{x:.digits$}"))
            };
            cells.push(row.standard_error.map_or(String::new(), short));
            cells.push(number(row.statistic, 2));
            cells.push(row.p_value.map_or(String::new(), probability));
            cells.push(row.interval.map_or(String::new(), |(low, high)| {
                let error = row.standard_error.unwrap_or(0.0);
                format!("{} to {}", estimate(low, error), estimate(high, error))
            }));
            cells.push(intervals.draw(k, DRAWN));
        }
        table.add_row(cells.into_iter().enumerate().map(|(j, text)| {
            let right = titles[j] != "class" && titles[j] != "drawn";
            let side = if right { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(text).set_alignment(side)
        }));
    }
    let mut text = fitted(table, screen, &["drawn", &interval]);
    if shown.len() < all.len() {
        let zeros = all.iter().filter(|row| value(row) == Some(0.0)).count();
        text += &format!(
            "\n{} of {} coefficients, the largest first; {zeros} are zero. --json has all.",
            shown.len(),
            all.len()
        );
    }
    text
}

/// A p-value.
fn probability(p: f64) -> String {
    match p {
        p if p < 1e-16 => "< 1e-16".to_owned(),
        p if p < 1e-3 => format!("{p:.1e}"),
        p => format!("{p:.3}"),
    }
}
