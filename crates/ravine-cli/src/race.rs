//! `ravine race`: methods side by side.

use std::io::Write;

use ravine::Conditions;
use ravine_problems::Problem;
use ravine_race::{
    Entrant, Obstacle, Race, SECONDS, Track, applicable, applicable_over_batches, footnotes,
    leave_intercept,
};
use ravine_text::heading;

use crate::args::RaceArgs;
use crate::failure::Failure;
use crate::interrupt;
use crate::method;
use crate::output::{check_writable, print_runs, write_svg};
use crate::page;
use crate::picture::{self, View};
use crate::problem::{Given, resolve};
use crate::run::{conditions, watched};
use crate::screen::Screen;
use crate::table::race_table;

/// Why a method is not in the race, and what to do about it.
fn reason(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Dense(_) => format!("{obstacle}; --methods has them all the same"),
        _ => obstacle.to_string(),
    }
}

/// The command.
pub fn command(args: &RaceArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    if args.profile.is_some() {
        return crate::profile::command(args, out);
    }
    check_writable(args.output.svg.as_deref())?;
    check_writable(args.html.as_deref())?;
    let Some(text) = &args.problem else { return crate::tour::command(args, out) };
    let Given { problem, start, notes, .. } = resolve(text, &args.problem_args)?;
    let (mut methods, mut left_out) = match &args.methods {
        Some(list) => (method::parse_list(list)?, Vec::new()),
        None => {
            let objective = problem.objective.as_ref();
            let able = match args.batches.batch {
                Some(_) => applicable_over_batches,
                None => applicable,
            };
            let (methods, left_out) =
                able(objective, objective.derivatives(), problem.bounds.as_ref());
            let named = |(entry, obstacle): (&ravine::methods::Entry, Obstacle)| {
                (entry.name.to_owned(), reason(&obstacle))
            };
            (methods, left_out.into_iter().map(named).collect())
        }
    };
    page::check(args, &problem, &methods)?;
    for method in &mut methods {
        leave_intercept(method, &problem);
    }
    let mut stopping = args.stopping.stopping();
    stopping.seconds = stopping.seconds.or(Some(SECONDS));
    stopping.validate()?;
    let epochs = args.batches.epochs(&args.stopping);
    if let Some(epochs) = &epochs {
        epochs.validate()?;
    }
    let effort = args.x_axis;
    let conditions = Conditions { epochs, ..conditions(&problem, stopping) };
    let track = Track { start: &start, conditions, effort, ..Track::new(&problem) };
    let race = watched(&track, &methods);
    if race.entrants.is_empty() && !interrupt::seen() {
        let reasons: Vec<_> = race.left_out.iter().map(|(_, reason)| reason.clone()).collect();
        return Err(Failure::input(reasons.first().map_or("no method applies", String::as_str)));
    }
    if args.methods.is_some() {
        // Methods that were asked for and did not begin are an error of the input.
        if let Some((name, reason)) = race.left_out.first() {
            let named = reason.contains(&format!("`{name}`"));
            let message = if named { reason.clone() } else { format!("{name}: {reason}") };
            return Err(Failure::input(message));
        }
    }
    left_out.extend(race.left_out.iter().cloned());

    let view = View { x: effort, y: args.y_axis };
    if args.output.json {
        print_runs(&problem, &race.entrants, out)?;
    } else {
        report(&problem, &start, &race, &left_out, view, out)?;
        for note in &notes {
            writeln!(out, "Note: {note}.")?;
        }
        if args.stopping.max_seconds.is_none()
            && race
                .entrants
                .iter()
                .filter_map(Entrant::outcome)
                .any(|o| matches!(o.status, ravine::Status::TimeLimit))
        {
            writeln!(out, "Each method had {SECONDS} s; --max-seconds gives more.")?;
        }
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &picture::race_svg(&problem, &start, &race, view))?;
        if !args.output.json {
            writeln!(out, "The picture is in {}.", path.display())?;
        }
    }
    if let Some(path) = &args.html {
        let missing = page::write(path, &problem, &start, &race, view, &args.stopping)?;
        if !args.output.json {
            writeln!(out, "The page is in {}.", path.display())?;
            if !missing.is_empty() {
                let names = missing.join(", ");
                writeln!(out, "It does not have {names}.")?;
            }
        }
    }
    Ok(!interrupt::seen())
}

fn report(
    problem: &Problem,
    start: &[f64],
    race: &Race,
    left_out: &[(String, String)],
    view: View,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    writeln!(out, "{}", screen.bold(&heading(&problem.title, start)))?;
    if !problem.note.is_empty() {
        writeln!(out, "{}", problem.note)?;
    }
    writeln!(out, "\n{}\n", race_table(&race.entrants, &screen))?;
    let chart = picture::race_chart(problem, start, race, view);
    writeln!(out, "{}", crate::plot::terminal::draw(&chart, &screen))?;
    for line in footnotes(&race.entrants, left_out) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
