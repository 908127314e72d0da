//! `ravine race`: methods side by side.

use std::cmp::Ordering;
use std::io::Write;
use std::path::Path;

use ravine::Stopping;
use ravine::methods::{Entry, Family, Grid, Tuned, catalogue};
use ravine::minimize::Outcome;
use ravine::objective::DynamicObjective;
use ravine_problems::{Problem, gradient_equivalents, lowest_value};

use crate::args::{RaceArgs, XAxis, YAxis};
use crate::failure::Failure;
use crate::interrupt;
use crate::json::{RunObject, TuningObject};
use crate::method::MethodChoice;
use crate::output::{heading, short};
use crate::page;
use crate::picture::{self, View};
use crate::problem::{Given, resolve};
use crate::progress::Ticker;
use crate::run::{Ran, run};
use crate::screen::Screen;
use crate::table::race_table;
use crate::tune::tuned;

/// Seconds that each method gets where the caller does not say.
const SECONDS: f64 = 1.0;

/// Variables up to which methods with dense matrices take part unasked.
const MOST_DENSE: usize = 500;

/// A method in a race.
pub struct Entrant {
    pub method: MethodChoice,
    pub tuned: Option<Tuned>,
    pub result: Result<Ran, String>,
    /// Converged, but to a higher minimum than others.
    pub elsewhere: bool,
}

impl Entrant {
    /// How the run went, if it began.
    pub fn outcome(&self) -> Option<&Outcome<Vec<f64>>> {
        self.result.as_ref().ok().map(|ran| &ran.outcome)
    }

    /// The method's name with the step that was found for it.
    pub fn label(&self) -> String {
        match &self.tuned {
            Some(tuned) => {
                format!("{} {}={:.2e}", self.method.name, tuned.name, tuned.best().setting)
            }
            None => self.method.name.clone(),
        }
    }
}

/// A race that has been run, the winner first.
pub struct Race {
    pub entrants: Vec<Entrant>,
    /// The lowest value known or reached.
    pub lowest: f64,
    /// Methods that could not take part, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// What decides between two methods that both converged.
pub fn effort(axis: XAxis, outcome: &Outcome<Vec<f64>>, n: usize) -> f64 {
    match axis {
        XAxis::Iterations => outcome.iterations as f64,
        XAxis::Evaluations => gradient_equivalents(&outcome.evaluations, n),
        XAxis::Seconds => outcome.seconds,
    }
}

/// What finding the step took, in the same measure.
fn tuning_effort(axis: XAxis, entrant: &Entrant, n: usize) -> f64 {
    entrant.tuned.as_ref().map_or(0.0, |tuned| match axis {
        XAxis::Iterations => 0.0,
        XAxis::Evaluations => gradient_equivalents(&tuned.evaluations, n),
        XAxis::Seconds => tuned.seconds,
    })
}

/// Runs each of `methods`; fixed-step methods first find their step on a grid.
pub fn race(
    problem: &Problem,
    start: &[f64],
    methods: &[MethodChoice],
    stopping: &Stopping,
    axis: XAxis,
) -> Race {
    let mut ticker = Ticker::new();
    let objective = problem.objective.as_ref();
    let mut entrants = Vec::new();
    for method in methods {
        if interrupt::seen() {
            break;
        }
        let entrant = match tuned(method, objective, start, stopping, &mut ticker) {
            Ok((method, tuned)) => {
                let result = run(&method, objective, start, stopping.clone(), &mut ticker, |_| ())
                    .map_err(|error| error.to_string());
                Entrant { method, tuned, result, elsewhere: false }
            }
            Err(error) => {
                let result = Err(error.to_string());
                Entrant { method: method.clone(), tuned: None, result, elsewhere: false }
            }
        };
        entrants.push(entrant);
    }
    let lowest = lowest_value(problem, entrants.iter().filter_map(Entrant::outcome));
    let first = entrants.iter().find_map(|e| e.result.as_ref().ok()?.history.samples().next());
    let fall = first.map_or(0.0, |sample| sample.value - lowest);
    let level = lowest + (1e-6 * lowest.abs()).max(1e-8 * fall);
    for entrant in &mut entrants {
        entrant.elsewhere =
            entrant.outcome().is_some_and(|o| o.status.converged() && o.value > level);
    }
    entrants.sort_by(|a, b| order(a, b, axis, start.len()));
    let mut left_out = Vec::new();
    entrants.retain(|entrant| match &entrant.result {
        Ok(_) => true,
        Err(reason) => {
            left_out.push((entrant.method.name.clone(), reason.clone()));
            false
        }
    });
    Race { entrants, lowest, left_out }
}

/// Those that reached the lowest value by effort, the search for a step included, then those that converged elsewhere, then the
/// rest by value.
fn order(a: &Entrant, b: &Entrant, axis: XAxis, n: usize) -> Ordering {
    let class = |entrant: &Entrant| match entrant.outcome() {
        None => 3,
        Some(outcome) if !outcome.status.converged() => 2,
        Some(_) => u8::from(entrant.elsewhere),
    };
    let key = |entrant: &Entrant| {
        entrant.outcome().map_or(f64::INFINITY, |outcome| match class(entrant) {
            2 => outcome.value,
            _ => effort(axis, outcome, n) + tuning_effort(axis, entrant, n),
        })
    };
    class(a).cmp(&class(b)).then(key(a).total_cmp(&key(b)))
}

/// The methods that the objective allows.
pub fn applicable(objective: &dyn DynamicObjective) -> (Vec<MethodChoice>, Vec<(String, String)>) {
    let (mut able, mut left_out) = (Vec::new(), Vec::new());
    for entry in catalogue().iter().filter(|entry| entry.family != Family::Automatic) {
        match obstacle(entry, objective) {
            None => able.push(MethodChoice::of(entry)),
            Some(reason) => left_out.push((entry.name.to_owned(), reason)),
        }
    }
    (able, left_out)
}

fn obstacle(entry: &Entry, objective: &dyn DynamicObjective) -> Option<String> {
    let missing = objective.derivatives().missing(entry.needs);
    if !missing.is_empty() {
        return Some(format!("no {}", missing.join(" and ")));
    }
    if objective.bounds().is_some() && !entry.bounds {
        return Some("cannot keep bounds".to_owned());
    }
    let n = objective.dimension();
    (entry.is_dense() && n > MOST_DENSE)
        .then(|| format!("dense matrices for {n} variables; --methods has them all the same"))
}

/// The command.
pub fn command(args: &RaceArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    if args.profile.is_some() {
        return crate::profile::command(args, out);
    }
    let Some(text) = &args.problem else { return crate::tour::command(args, out) };
    let Given { problem, start, notes, .. } = resolve(text, &args.problem_args)?;
    let (methods, mut left_out) = match &args.methods {
        Some(list) => (MethodChoice::parse_list(list)?, Vec::new()),
        None => applicable(problem.objective.as_ref()),
    };
    let mut stopping = args.stopping.stopping();
    stopping.seconds = stopping.seconds.or(Some(SECONDS));
    stopping.validate()?;
    let race = race(&problem, &start, &methods, &stopping, args.x_axis);
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

    let view = View { x: args.x_axis, y: args.y_axis };
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
    writeln!(out, "{}", screen.bold(&heading(problem, start)))?;
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
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, reason) in left_out {
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    for (reason, names) in reasons {
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
