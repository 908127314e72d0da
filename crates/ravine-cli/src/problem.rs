//! PROBLEM as it is typed: a name, a formula, or a data file.

use std::path::Path;

use ravine_data::{Header, Selection, Standardization};
use ravine_problems::{Problem, ProblemText};
use ravine_race::{data_problem, is_data_file};

use crate::args::{HeaderLine, ProblemArgs};
use crate::failure::Failure;
use crate::point::{parse_bounds, parse_point};

/// A problem with what was asked about it.
pub struct Given {
    pub problem: Problem,
    pub start: Vec<f64>,
    /// How data was standardized, so that coefficients can be given in its units.
    pub standardization: Option<Standardization>,
    /// What a reader should know about how the input was taken.
    pub notes: Vec<String>,
}

/// The problem that `text` means.
///
/// # Errors
///
/// A name that is not known (the nearest is suggested), a formula with a mistake (pointed at), a
/// file with a mistake (by line), or a start or bounds that do not fit.
pub fn resolve(text: &str, args: &ProblemArgs) -> Result<Given, Failure> {
    resolve_from(text, args, args.start.as_deref().map(|start| ("--start", start)))
}

/// [`resolve`], from the point that an option gives.
///
/// # Errors
///
/// See [`resolve`].
pub fn resolve_from(
    text: &str,
    args: &ProblemArgs,
    point: Option<(&str, &str)>,
) -> Result<Given, Failure> {
    let mut given =
        if is_data(text, args) { data(text, args)? } else { formula_or_name(text, args, point)? };
    let n = given.problem.start.len();
    if let Some((option, start)) = point {
        given.start = parse_point(option, start, &given.problem.variables, n)?;
    }
    if let Some(bounds) = &args.bounds {
        let bounds = parse_bounds(bounds, &given.problem.variables, n)?;
        let before = given.start.clone();
        bounds.project(&mut given.start);
        if before != given.start {
            given.notes.push("the start was moved to the nearest point within the bounds".into());
        }
        given.problem.bounds = Some(bounds);
        // The minima that are known are those without bounds.
        given.problem.minima.clear();
    }
    Ok(given)
}

/// Whether `text` means a data file. A file that is named like a problem or a formula is meant where
/// something says so: its ending, a folder before it, or an option for data.
pub fn is_data(text: &str, args: &ProblemArgs) -> bool {
    args.target.is_some()
        || args.loss.is_some()
        || is_data_file(text)
        || (Path::new(text).is_file() && !is_problem(text))
}

fn is_problem(text: &str) -> bool {
    match ProblemText::read(text) {
        Ok(ProblemText::Name(name)) => ravine_problems::named(name).is_ok(),
        Ok(ProblemText::Formula(_)) => !text.contains('/'),
        Err(_) => false,
    }
}

fn formula_or_name(
    text: &str,
    args: &ProblemArgs,
    point: Option<(&str, &str)>,
) -> Result<Given, Failure> {
    for (given, option) in [
        (args.l2.is_some(), "--l2"),
        (!args.ignore.is_empty(), "--ignore"),
        (args.standardize, "--standardize"),
        (args.no_intercept, "--no-intercept"),
        (args.header.is_some(), "--header"),
    ] {
        if given {
            return Err(Failure::input(format!("{option} is for data files, with --loss")));
        }
    }
    let mut notes = Vec::new();
    if Path::new(text).is_file() {
        notes.push(format!("there is also a file of this name; ./{text} means the file"));
    }
    let read = ProblemText::read(text).map_err(Failure::input)?;
    let start = match (&read, point) {
        (ProblemText::Formula(expression), Some((option, start))) => Some({
            let names = expression.variables();
            parse_point(option, start, names, names.len())?
        }),
        (ProblemText::Formula(_), None) => {
            notes.push("a formula has no standard start, this is a guess; see --start".to_owned());
            None
        }
        (ProblemText::Name(_), _) => None,
    };
    let problem = read.problem(start)?;
    Ok(Given { start: problem.start.clone(), problem, standardization: None, notes })
}

fn data(text: &str, args: &ProblemArgs) -> Result<Given, Failure> {
    if let Err(error) = std::fs::metadata(text) {
        return Err(Failure::input(format!("{text}: {error}")));
    }
    let Some(loss) = args.loss else {
        return Err(Failure::input(format!(
            "{text}: a data file needs --loss logistic, squares or poisson"
        )));
    };
    let selection = Selection {
        target: args.target.clone(),
        ignore: args.ignore.clone(),
        intercept: !args.no_intercept,
        standardize: args.standardize,
        header: args.header.map_or(Header::Automatic, HeaderLine::header),
    };
    let data = ravine_data::read(text.as_ref(), &selection)?;
    let notes = data.note.iter().map(|note| format!("{note} (--header names)")).collect();
    let standardization = data.design.standardization().cloned();
    let l2 = args.l2.unwrap_or(0.0);
    let problem = data_problem(text, data, loss, l2)
        .map_err(|error| Failure::input(format!("{text}: {error}")))?;
    Ok(Given { start: problem.start.clone(), problem, standardization, notes })
}
