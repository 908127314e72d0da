//! The rows of a file, as a formula has them.

use std::path::Path;

use ravine::matrix::SparseRows;
use ravine_data::{
    Batches, Design, Formula, Header, LevelColumns, Opened, PredictionSettings, Table,
    TableSettings, Terms, open, open_batches, read_table,
};
use ravine_glm::analysis::{
    Analysis, Analyzed, Cases, Framed, NewRows, SavedModel, Streamed, Variables,
};

use crate::args::FitArgs;
use crate::failure::Failure;

/// Passengers of the Titanic: survival, sex, age in years and class of 1,309 passengers, ages of 263 of
/// them not known. From the list of T. Cason, F. E. Harrell and others, Vanderbilt University.
const TITANIC: &str = include_str!("../../data/titanic.csv");
const TITANIC_FORMULA: &str = "survived ~ class + sex * age";

/// What a model is fitted to, and what there is to say of it.
pub struct Data {
    /// The file, or what stands in its place.
    pub name: String,
    /// The formula in its normal form; `None` of a file without names.
    pub formula: Option<String>,
    pub terms: Option<Terms>,
    pub target: String,
    /// Of a file that was read in batches a sample.
    pub cases: Cases,
    pub notes: Vec<String>,
}

impl Data {
    /// What is explained by what.
    pub fn question(&self) -> &str {
        self.formula.as_deref().unwrap_or("the label by all columns")
    }
}

/// Reads what was asked for; categories with these levels.
pub fn read(args: &FitArgs, levels: LevelColumns) -> Result<Data, Failure> {
    let variables = variables(args, levels);
    let formula = formula(args, &variables)?;
    let Some(path) = &args.data else {
        let name = "the Titanic's passengers";
        let table = read_table(TITANIC.as_bytes(), name, &settings(args))?;
        let formula = formula.map_or_else(|| Formula::parse(TITANIC_FORMULA), Ok)?;
        return of_table(&formula, &table, &variables, name);
    };
    let name = path.display().to_string();
    let table = match open(path, &settings(args))? {
        Opened::Table(table) => table,
        Opened::Sparse(matrix, labels) => return sparse(args, name, matrix, labels),
    };
    let Some(formula) = formula else {
        return Err(no_target(&name, table.names()));
    };
    of_table(&formula, &table, &variables, &name)
}

/// Fits a file in batches; what is known of its cases is of a sample of rows.
pub fn streamed(args: &FitArgs, analysis: &Analysis) -> Result<(Data, Analyzed), Failure> {
    let variables = variables(args, analysis.levels());
    let Some(path) = &args.data else {
        return Err(Failure::input("--stream: which file is to be read in batches?"));
    };
    let formula = formula(args, &variables)?;
    let (fitted, note) = match open_batches(path, &settings(args))? {
        Batches::Sparse(batches) => {
            check_sparse(args)?;
            (analysis.fit_streamed_libsvm(&batches), None)
        }
        Batches::Table(batches) => {
            let Some(formula) = formula else {
                return Err(no_target(&path.display().to_string(), batches.names()));
            };
            let note = batches.note().map(|note| format!("{note} (--header names)"));
            (analysis.fit_streamed(&formula, &batches, &variables), note)
        }
    };
    let Streamed { found, terms, sample, notes, .. } = fitted.map_err(Failure::input)?;
    let target = terms.as_ref().map_or_else(|| Some(LABEL.to_owned()), Terms::target);
    let data = Data {
        name: path.display().to_string(),
        formula: terms.as_ref().map(|terms| terms.formula().to_owned()),
        target: target.unwrap_or_default(),
        terms,
        cases: sample,
        notes: note.into_iter().chain(notes).collect(),
    };
    Ok((data, found))
}

/// What the target of a LIBSVM file is called.
const LABEL: &str = "label";

fn no_target(file: &str, names: &[String]) -> Failure {
    let names = names.iter().take(12).map(|n| format!("`{n}`")).collect::<Vec<_>>();
    Failure::input(format!(
        "which column is to be explained? Name it with --target, or write a --formula; the columns of \
         {file} are {}",
        names.join(", ")
    ))
}

fn settings(args: &FitArgs) -> TableSettings {
    TableSettings {
        header: args.header.map_or(Header::Automatic, |header| header.header()),
        threads: args.solving.threads,
        ..TableSettings::default()
    }
}

/// What is taken from a table beside the variables of a formula.
fn variables(args: &FitArgs, levels: LevelColumns) -> Variables {
    Variables {
        weights: args.weights.clone(),
        offset: args.offset.clone(),
        clusters: args.inference.clusters.clone(),
        missing: args.missing.rule(),
        levels,
    }
}

/// The formula that is asked for, if one is.
fn formula(args: &FitArgs, variables: &Variables) -> Result<Option<Formula>, Failure> {
    Ok(match (&args.formula, &args.target) {
        (Some(text), _) => Some(Formula::parse(text)?),
        (None, Some(target)) => Some(variables.explaining(target, &args.ignore)),
        (None, None) => None,
    })
}

fn of_table(
    formula: &Formula,
    table: &Table,
    variables: &Variables,
    name: &str,
) -> Result<Data, Failure> {
    let Framed { terms, target, cases, notes } = Framed::new(formula, table, variables)?;
    let note = table.note().map(|note| format!("{note} (--header names)"));
    Ok(Data {
        name: name.to_owned(),
        formula: Some(terms.formula().to_owned()),
        target,
        terms: Some(terms),
        cases,
        notes: note.into_iter().chain(notes).collect(),
    })
}

/// A LIBSVM file: its columns have no names, and nothing is missing.
fn sparse(
    args: &FitArgs,
    name: String,
    matrix: SparseRows,
    labels: Vec<f64>,
) -> Result<Data, Failure> {
    check_sparse(args)?;
    Ok(Data {
        name,
        formula: None,
        terms: None,
        target: LABEL.to_owned(),
        cases: Cases::of_sparse(matrix, labels),
        notes: Vec::new(),
    })
}

/// Refuses what names columns.
fn check_sparse(args: &FitArgs) -> Result<(), Failure> {
    let given = [
        ("--formula", args.formula.is_some()),
        ("--target", args.target.is_some()),
        ("--ignore", !args.ignore.is_empty()),
        ("--weights", args.weights.is_some()),
        ("--offset", args.offset.is_some()),
        ("--clusters", !args.inference.clusters.is_empty()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(Failure::input(format!(
            "{option}: the columns of a LIBSVM file have no names, and its target comes first"
        ))),
    }
}

/// Reads the rows of a file as a stored model takes them.
pub fn read_rows(
    path: &Path,
    model: &SavedModel,
    table: &TableSettings,
    settings: &PredictionSettings,
    offset: Option<&str>,
) -> Result<NewRows, Failure> {
    let name = path.display();
    match open(path, table)? {
        Opened::Table(table) => model.rows_of(&table, settings, offset)?.ok_or_else(|| {
            Failure::input(format!("{name}: is a table, but the model was fitted to a LIBSVM file"))
        }),
        Opened::Sparse(..) if model.terms.is_some() => Err(Failure::input(format!(
            "{name}: is a LIBSVM file, but the model was fitted to a table with named columns"
        ))),
        Opened::Sparse(mut matrix, labels) => {
            if let Some(column) = offset {
                return Err(Failure::input(format!("--offset: there is no column `{column}`")));
            }
            let (found, expected) = (matrix.columns(), model.columns());
            if found > expected {
                return Err(Failure::input(format!(
                    "{name}: has {found} columns, but the model was fitted to {expected}"
                )));
            }
            matrix.widen(expected);
            let numbers = (0..labels.len()).collect();
            let design = Design::sparse(matrix);
            Ok(NewRows { design, offset: None, numbers, notes: Vec::new() })
        }
    }
}
