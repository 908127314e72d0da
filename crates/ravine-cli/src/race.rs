//! `ravine race`: methods side by side.

use std::io::Write;
use std::path::Path;

use ravine::methods::Grid;
use ravine_problems::Problem;
use ravine_problems::race::{self, Entrant, MethodChoice, Obstacle, Race, SECONDS, Track};

use crate::args::{RaceArgs, YAxis};
use crate::failure::Failure;
use crate::interrupt;
use crate::json::{RunObject, TuningObject};
use crate::method;
use crate::page;
use crate::picture::{self, View};
use crate::problem::{Given, resolve};
use crate::progress::Ticker;
use crate::run::show;
use crate::screen::Screen;
use crate::table::race_table;
use ravine::text::{heading, short};

/// Runs the methods, with a line on the terminal while it lasts.
pub fn watched(track: &Track<'_>, methods: &[MethodChoice]) -> Race {
    let mut ticker = Ticker::new();
    track.race(methods, |glimpse| match glimpse.trying {
        Some((setting, value)) => ticker.show(|| {
            format!(
                "{}: trying {setting} = {}, iteration {}",
                glimpse.method.name,
                short(value),
                glimpse.progress.iteration
            )
        }),
        None => show(&mut ticker, glimpse.method, glimpse.progress),
    })
}

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
    let Some(text) = &args.problem else { return crate::tour::command(args, out) };
    let Given { problem, start, notes, .. } = resolve(text, &args.problem_args)?;
    let (methods, mut left_out) = match &args.methods {
        Some(list) => (method::parse_list(list)?, Vec::new()),
        None => {
            let objective = problem.objective.as_ref();
            let (methods, left_out) = race::applicable(objective, objective.derivatives());
            let named = |(entry, obstacle): (&ravine::methods::Entry, Obstacle)| {
                (entry.name.to_owned(), reason(&obstacle))
            };
            (methods, left_out.into_iter().map(named).collect())
        }
    };
    let mut stopping = args.stopping.stopping();
    stopping.seconds = stopping.seconds.or(Some(SECONDS));
    stopping.validate()?;
    let effort = args.x_axis.into();
    let cancel = Some(interrupt::flag());
    let track = Track { start: &start, stopping, effort, cancel, ..Track::new(&problem) };
    let race = watched(&track, &methods);
    if race.entrants.is_empty() && !interrupt::seen() {
        let reasons: Vec<_> = race.left_out.iter().map(|(_, reason)| reason.clone()).collect();
        return Err(Failure::input(reasons.first().map_or("no method applies", String::as_str)));
    }
    if args.methods.is_some() {
        // Methods that were asked for and did not begin are an error of the input.
        if let Some((name, reason)) = race.left_out.first() {
            return Err(Failure::input(format!("{name}: {reason}")));
        }
    }
    left_out.extend(race.left_out.iter().cloned());

    let view = View { x: effort, y: args.y_axis };
    if args.output.json {
        print_json(&problem, &race.entrants, out)?;
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
        page::write(path, &problem, &start, &race, args.methods.is_some())?;
        if !args.output.json {
            writeln!(out, "The page is in {}.", path.display())?;
        }
    }
    Ok(!interrupt::seen())
}

/// Writes a picture.
pub fn write_svg(path: &Path, svg: &str) -> Result<(), Failure> {
    std::fs::write(path, svg).map_err(|error| Failure::file(path, &error))
}

/// One object a run.
pub fn print_json(
    problem: &Problem,
    entrants: &[Entrant],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for entrant in entrants {
        let Some(outcome) = entrant.outcome() else { continue };
        let mut object =
            RunObject::new(problem, &entrant.method.name, &entrant.method.settings, outcome);
        object.tuning = entrant.tuned.as_ref().map(|tuned| TuningObject {
            setting: tuned.name,
            value: tuned.best().setting,
            tried: tuned.trials.len(),
            evaluations: tuned.evaluations,
            seconds: tuned.seconds,
        });
        print_object(&object, out)?;
    }
    Ok(())
}

/// A line of JSON.
pub fn print_object(object: &impl serde::Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    let line = serde_json::to_string(object).map_err(Failure::input)?;
    writeln!(out, "{line}")?;
    Ok(())
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
    for line in footnotes(race, left_out) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// What the table does not say.
fn footnotes(race: &Race, left_out: &[(String, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(tuned) = race.entrants.iter().find_map(|e| e.tuned.as_ref()) {
        let grid = Grid::default();
        lines.push(format!(
            "Methods with a fixed step run with the best of {} steps from {} to {}; `tuning` counts \
             the evaluations that finding it took.",
            tuned.trials.len(),
            short(grid.low),
            short(grid.high)
        ));
    }
    let left_out = left_out.iter().map(|(name, reason)| (name.as_str(), reason.as_str()));
    for (reason, names) in race::by_reason(left_out) {
        lines.push(format!("Not in the race ({reason}): {}.", names.join(", ")));
    }
    lines
}

impl From<YAxis> for &'static str {
    fn from(axis: YAxis) -> Self {
        match axis {
            YAxis::Gap => "value above the lowest",
            YAxis::Gradient => "|gradient|",
        }
    }
}
