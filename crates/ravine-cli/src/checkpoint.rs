//! Runs that go on: `--checkpoint` and `--resume`.

use std::path::Path;

use ravine::Conditions;
use ravine::checkpoint::{Checkpoints, Saved, Subject, fingerprint};
use ravine::minimize::Stepping;
use ravine_race::MethodChoice;

use crate::args::{CheckpointArgs, HeaderLine, ProblemArgs};
use crate::failure::Failure;
use crate::problem::{Given, is_data};

/// What a run is of, as checkpoints name it: that of a name or formula; of data, the file without its
/// folder, what tells its contents from others, and how they are taken.
///
/// # Errors
///
/// A data file that cannot be read.
pub fn problem_name(text: &str, args: &ProblemArgs, given: &Given) -> Result<String, Failure> {
    if !is_data(text, args) {
        return Ok(given.problem.name.clone());
    }
    let path = Path::new(text);
    if !path.is_file() {
        // What came through a pipe cannot be read again.
        return Err(Failure::input(format!(
            "{text}: is not a file, whose contents a checkpoint could tell from others; write the data \
             to a file"
        )));
    }
    let contents = fingerprint(path).map_err(|error| Failure::file(path, &error))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let mut name = format!("{file} ({contents})");
    let mut add = |option: &str, value: &str| name.push_str(&format!(" --{option}{value}"));
    if let Some(loss) = args.loss {
        add("loss ", loss.name());
    }
    for (option, value) in [("target ", &args.target), ("l2 ", &args.l2.map(|l2| l2.to_string()))] {
        if let Some(value) = value {
            add(option, value);
        }
    }
    if !args.ignore.is_empty() {
        add("ignore ", &args.ignore.join(","));
    }
    if let Some(header) = args.header {
        add("header ", if header == HeaderLine::Names { "names" } else { "none" });
    }
    for (option, given) in [("standardize", args.standardize), ("no-intercept", args.no_intercept)]
    {
        if given {
            add(option, "");
        }
    }
    Ok(name)
}

/// The checkpoint that a run goes on from, if it does.
///
/// # Errors
///
/// A file that is not a checkpoint of this version.
pub fn saved(args: &CheckpointArgs) -> Result<Option<Saved>, Failure> {
    Ok(args.resume.as_ref().map(Saved::read).transpose()?)
}

/// The method of a checkpoint.
///
/// # Errors
///
/// If there is no such method.
pub fn method_of(saved: &Saved) -> Result<MethodChoice, Failure> {
    let (entry, settings) = saved.method()?;
    Ok(MethodChoice { settings: settings.clone(), ..MethodChoice::of(entry) })
}

/// Begins a run, or goes on with one, and says where its checkpoints go.
///
/// # Errors
///
/// What keeps it from that.
pub fn begin<'a>(
    args: &CheckpointArgs,
    saved: Option<Saved>,
    problem: String,
    method: &MethodChoice,
    given: &'a Given,
    conditions: Conditions<'static>,
) -> Result<(Box<dyn Stepping + 'a>, Option<Checkpoints>), Failure> {
    let (entry, settings) = (&method.entry, &method.settings);
    let subject = Subject::new(problem, entry, settings, &given.start, &conditions);
    let objective = given.problem.objective.as_ref();
    let run = match saved {
        Some(saved) => entry.resume(settings, objective, saved.state(&subject)?, conditions)?,
        None => entry.start(settings, objective, &given.start, conditions)?,
    };
    let file = args.checkpoint.as_ref();
    let checkpoints = file.map(|path| Checkpoints::new(path, subject, args.every)).transpose()?;
    Ok((run, checkpoints))
}
