//! `ravine minimize`: one method.

use std::io::Write;

use ravine::Conditions;
use ravine::StationaryPoint;
use ravine::Status;
use ravine::checkpoint::Saved;
use ravine::methods::{Family, automatic};
use ravine::minimize::Progress;
use ravine::objective::Counts;
use ravine_problems::Problem;
use ravine_race::{Entrant, MethodChoice, Race, Ran, Tuned, kind, leave_intercept};

use crate::args::{MinimizeArgs, YAxis};
use crate::checkpoint;
use crate::failure::Failure;
use crate::json::{RunObject, TuningObject};
use crate::output::{check_writable, print_object, write_svg};
use crate::picture::{self, View};
use crate::problem::{Given, resolve};
use crate::progress::Ticker;
use crate::run::{conditions, follow, over_batches};
use crate::screen::Screen;
use crate::trace::Trace;
use ravine_text::{count, heading, seconds, short, size};

/// Variables that a report lists.
const MOST_VARIABLES: usize = 20;

/// The command.
pub fn command(args: &MinimizeArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    check_writable(args.trace.as_deref())?;
    let given = resolve(&args.problem, &args.problem_args)?;
    let mut ticker = Ticker::new();
    let conditions = Conditions {
        epochs: args.batches.epochs(&args.stopping),
        ..conditions(&given.problem, args.stopping.stopping())
    };
    let saved = checkpoint::saved(&args.checkpoints)?;
    let Chosen { method, reason, tuned } =
        choose(&args.method, saved.as_ref(), &given, &conditions, &mut ticker)?;
    let mut conditions = conditions;
    if let Some(tuned) = &tuned {
        conditions.stopping = tuned.rest_of(conditions.stopping);
    }
    let mut method = method;
    leave_intercept(&mut method, &given.problem);
    let trace = args.trace.as_deref();
    let mut trace = trace.map(|path| Trace::new(path, &given.problem.variables)).transpose()?;
    // Only a checkpoint names its problem; data that came through a pipe has no name.
    let name = match args.checkpoints.checkpoint.is_some() || saved.is_some() {
        true => checkpoint::problem_name(&args.problem, &args.problem_args, &given)?,
        false => String::new(),
    };
    let (run, mut checkpoints) =
        checkpoint::begin(&args.checkpoints, saved, name, &method, &given, conditions)?;
    let watch = |now: &Progress<'_, Vec<f64>>| {
        if let Some(trace) = &mut trace {
            trace.record(now);
        }
    };
    let ran = follow(run, &method, &mut ticker, watch, |run| {
        checkpoints.as_mut().map_or(Ok(()), |checkpoints| checkpoints.note(run))
    })?;
    // What could not be traced is told after the result.
    let traced = trace.map_or(Ok(()), Trace::finish);
    let outcome = ran.outcome.clone();
    let Problem { objective, bounds, .. } = &given.problem;
    let kind = kind(objective.as_ref(), &outcome, bounds.as_ref());
    if args.output.json {
        let mut object = RunObject::new(&given.problem, &outcome.method, &method.settings, &ran);
        object.reason = reason.as_deref();
        object.stationary_point = kind;
        object.tuning = tuned.as_ref().map(TuningObject::of);
        print_object(&object, out)?;
    } else {
        report(&given, &ran, reason.as_deref(), tuned.as_ref(), kind, out)?;
    }
    if let Some(path) = &args.output.svg {
        let lowest = ravine_race::lowest_value(&given.problem, std::iter::once(&outcome));
        let entrant = Entrant { method, tuned, result: Ok(ran), elsewhere: false, point: kind };
        let race = Race { entrants: vec![entrant], lowest, left_out: Vec::new() };
        let view = View { x: args.x_axis, y: YAxis::Gap };
        write_svg(path, &picture::race_svg(&given.problem, &given.start, &race, view))?;
        if !args.output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    out.flush()?;
    traced?;
    Ok(outcome.status.converged())
}

/// The method, and why where it was left to us.
struct Chosen {
    method: MethodChoice,
    reason: Option<String>,
    /// How its step was found, where that was left to us, too.
    tuned: Option<Tuned>,
}

/// That of the checkpoint, where a run goes on. Over batches, Adam with the step that is best on a grid; else what the library chooses.
fn choose(
    name: &str,
    saved: Option<&Saved>,
    given: &Given,
    conditions: &Conditions<'static>,
    ticker: &mut Ticker,
) -> Result<Chosen, Failure> {
    let method = MethodChoice::parse(name)?;
    if method.entry.family != Family::Automatic {
        return Ok(Chosen { method, reason: None, tuned: None });
    }
    if let Some(saved) = saved {
        let reason = Some("the run that goes on is of it".to_owned());
        return Ok(Chosen { method: checkpoint::method_of(saved)?, reason, tuned: None });
    }
    let Given { problem, start, .. } = given;
    if conditions.epochs.is_none() {
        let choice = automatic(problem.objective.as_ref(), start, problem.bounds.as_ref())?;
        let (method, reason) = (MethodChoice::of(choice.entry), Some(choice.reason));
        return Ok(Chosen { method, reason, tuned: None });
    }
    let (method, tuned, reason) = over_batches(problem, start, conditions, ticker)?;
    Ok(Chosen { method, reason: Some(reason), tuned })
}

/// Evaluations in words.
fn counted(counts: Counts) -> String {
    let evaluations = [
        (counts.value, "value"),
        (counts.gradient, "gradient"),
        (counts.hessian_product, "Hessian product"),
        (counts.hessian, "Hessian"),
    ];
    let evaluations = evaluations.iter().filter(|(n, _)| *n > 0);
    evaluations.map(|&(n, what)| count(n, what)).collect::<Vec<_>>().join(", ")
}

fn report(
    given: &Given,
    ran: &Ran,
    reason: Option<&str>,
    tuned: Option<&Tuned>,
    kind: Option<StationaryPoint>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let Ran { outcome, seen, .. } = ran;
    let screen = Screen::of_stdout();
    let Given { problem, start, standardization, notes } = given;
    writeln!(out, "{}", screen.bold(&heading(&problem.title, start)))?;
    if !problem.note.is_empty() {
        writeln!(out, "{}", problem.note)?;
    }
    for note in notes {
        writeln!(out, "Note: {note}.")?;
    }
    let mut line =
        |label: &str, text: &str| writeln!(out, "{} {text}", screen.dim(&format!("{label:>11}")));
    line("method", &outcome.method)?;
    if let Some(reason) = reason {
        line("because", reason)?;
    }
    line("status", &outcome.status.to_string())?;
    if let Some(kind) = kind {
        line("point", &kind.to_string())?;
    }
    if let Some(ray) = &outcome.ray {
        let told: Vec<_> = ray.iter().take(MOST_VARIABLES).map(|&entry| short(entry)).collect();
        let rest = if ray.len() > MOST_VARIABLES { ", ..." } else { "" };
        line("falls along", &format!("({}{rest})", told.join(", ")))?;
    }
    // Of a run over batches that was not to measure, or was cut short before it did.
    if seen.is_some() && outcome.value.is_nan() && outcome.status != Status::Diverged {
        line("value", "on all cases not measured")?;
    } else {
        line("value", &format!("{:?}", outcome.value))?;
        line("|gradient|", &size(outcome.gradient_norm))?;
    }
    match seen {
        None => line("iterations", &outcome.iterations.to_string())?,
        Some(seen) => {
            let steps = count(outcome.iterations, "step");
            let (epochs, cases) = (count(seen.epochs, "epoch"), count(seen.cases, "case"));
            line("batches", &format!("{steps}, {cases} seen in {epochs}"))?;
        }
    }
    line("evaluations", &counted(outcome.evaluations))?;
    if let Some(tuned) = tuned {
        let (tried, before) = (count(tuned.trials.len() as u64, "step"), seconds(tuned.seconds));
        line(
            "tuning",
            &format!("before that, {tried} tried: {}, {before}", counted(tuned.evaluations)),
        )?;
    }
    line(
        "time",
        &format!(
            "{}, {} of it in the function",
            seconds(outcome.seconds),
            seconds(outcome.seconds_in_objective)
        ),
    )?;
    writeln!(out)?;
    let original = standardization.as_ref().map(|s| s.original_units(&outcome.x));
    let widest = problem.variables.iter().take(MOST_VARIABLES).map(|v| v.chars().count()).max();
    let width = widest.unwrap_or(0).max(11);
    if original.is_some() {
        let titles = format!("{:<24} in the units of the file", "standardized");
        writeln!(out, "{} {}", " ".repeat(width), screen.dim(&titles))?;
    }
    for (k, (name, x)) in problem.variables.iter().zip(&outcome.x).enumerate().take(MOST_VARIABLES)
    {
        let pad = " ".repeat(width - name.chars().count());
        let name = screen.bold(name);
        match original.as_ref().and_then(|o| o.get(k)) {
            Some(original) => writeln!(out, "{pad}{name} {x:<24?} {original:?}")?,
            None => writeln!(out, "{pad}{name} {x:?}")?,
        }
    }
    let rest = outcome.x.len().saturating_sub(MOST_VARIABLES);
    if rest > 0 {
        writeln!(out, "{} ... and {rest} more; --json gives all", " ".repeat(width))?;
    }
    Ok(())
}
