//! Models of tables by formulas.

use std::io::Write;

use numpy::{PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use ravine::{ArgumentError, Threads};
use ravine_data::{
    Column, DataError, Formula, LevelColumns, Missing, PredictionSettings, TableBatches,
    TableSettings, Terms, Unseen,
};
use ravine_glm::analysis::{
    Analysis, Analyzed, Choice, Correction, Errors, Estimate, Framed, Predictions, Rule,
    SavedModel, StreamError, Streamed, Variables,
};
use ravine_glm::inference::AicRule;
use ravine_glm::{Direction, PenaltyUnits, Solver};

use crate::background::interruptible;
use crate::failure;

/// What is asked for, as JSON.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    formula: Option<String>,
    target: Option<String>,
    ignore: Vec<String>,
    family: Option<String>,
    link: Option<String>,
    positive: Option<String>,
    l1: f64,
    l2: f64,
    cv: Option<usize>,
    l1_ratios: Vec<f64>,
    rule: Rule,
    seed: u64,
    standardize: bool,
    unpenalized: Vec<String>,
    bounds: Vec<(String, Option<f64>, Option<f64>)>,
    together: Vec<String>,
    monotone: Vec<(String, Direction)>,
    firth: bool,
    errors: Errors,
    weights: Option<String>,
    offset: Option<String>,
    clusters: Vec<String>,
    missing: Missing,
    level: f64,
    solver: Solver,
    tolerance: f64,
    max_iterations: usize,
}

impl Asked {
    fn formula(&self, variables: &Variables) -> Result<Formula, DataError> {
        match &self.formula {
            Some(text) => Formula::parse(text),
            None => {
                Ok(variables.explaining(self.target.as_deref().unwrap_or_default(), &self.ignore))
            }
        }
    }

    fn variables(&self, levels: LevelColumns) -> Variables {
        Variables {
            weights: self.weights.clone(),
            offset: self.offset.clone(),
            clusters: self.clusters.clone(),
            missing: self.missing,
            levels,
        }
    }

    fn analysis(&self) -> Result<Analysis, ArgumentError> {
        let choice = self.cv.map(|folds| Choice {
            folds,
            l1_ratios: self.l1_ratios.clone(),
            seed: self.seed,
            rule: self.rule,
        });
        let bound = |(name, low, high): &(String, Option<f64>, Option<f64>)| {
            (name.clone(), low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))
        };
        Ok(Analysis {
            family: self.family.as_deref().map(str::parse).transpose()?,
            link: self.link.as_deref().map(str::parse).transpose()?,
            positive: self.positive.clone(),
            l1: self.l1,
            l2: self.l2,
            choice,
            penalty_units: match self.standardize {
                true => PenaltyUnits::Deviations,
                false => PenaltyUnits::Columns,
            },
            unpenalized: self.unpenalized.clone(),
            bounds: self.bounds.iter().map(bound).collect(),
            together: self.together.clone(),
            monotone: self.monotone.clone(),
            correction: if self.firth { Correction::Firth } else { Correction::None },
            errors: self.errors,
            level: self.level,
            solver: self.solver,
            tolerance: self.tolerance,
            iterations: self.max_iterations,
            ..Analysis::default()
        })
    }
}

/// A column: numbers, or codes (below zero for missing cells) and the texts they stand for.
#[derive(FromPyObject)]
pub enum Cells<'py> {
    /// With NaN for missing cells.
    Numbers(PyReadonlyArray1<'py, f64>),
    /// Codes and texts.
    Texts(PyReadonlyArray1<'py, i64>, Vec<String>),
}

fn data(error: &DataError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Columns by name.
#[pyclass(frozen, module = "ravine._core")]
pub struct Table(ravine_data::Table);

#[pymethods]
impl Table {
    #[new]
    fn new(columns: Vec<(String, Cells<'_>)>) -> PyResult<Self> {
        let (names, cells): (Vec<String>, Vec<Cells<'_>>) = columns.into_iter().unzip();
        let column = |cells: &Cells<'_>| match cells {
            Cells::Numbers(numbers) => Column::Numbers(numbers.as_array().to_vec()),
            Cells::Texts(codes, levels) => {
                let codes = codes.as_array();
                let code = |&code: &i64| u32::try_from(code).unwrap_or(Column::MISSING);
                Column::Texts { levels: levels.clone(), codes: codes.iter().map(code).collect() }
            }
        };
        let columns = cells.iter().map(column).collect();
        ravine_data::Table::from_columns(names, columns).map(Self).map_err(|error| data(&error))
    }

    /// The table of a CSV file, compressed where its name ends in `.gz`.
    #[staticmethod]
    fn read(py: Python<'_>, path: std::path::PathBuf) -> PyResult<Self> {
        let settings = TableSettings { threads: Threads::current(), ..TableSettings::default() };
        let table = py.detach(|| ravine_data::read_table_file(&path, &settings));
        table.map(Self).map_err(|error| data(&error))
    }
}

/// A fitted model of a table.
#[pyclass(frozen, module = "ravine._core")]
pub struct TableModel {
    model: SavedModel,
}

#[pymethods]
impl TableModel {
    /// As JSON, as `ravine fit --out` writes it.
    fn json(&self) -> PyResult<String> {
        serde_json::to_string_pretty(&self.model).map_err(failure::settings)
    }

    /// Writes the JSON to a file, whole or not at all.
    fn save(&self, path: std::path::PathBuf) -> PyResult<()> {
        let text = self.json()? + "\n";
        ravine::checkpoint::replace(&path, |file| file.write_all(text.as_bytes()))?;
        Ok(())
    }

    /// Predictions for the rows of a table: numbers of rows, notes, and columns by name; with intervals of
    /// the means at `level`.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        table: &Table,
        offset: Option<&str>,
        base: bool,
        level: Option<f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let unseen = if base { Unseen::Base } else { Unseen::Refuse };
        let settings = PredictionSettings { unseen, ..PredictionSettings::default() };
        let rows = self.model.rows_of(&table.0, &settings, offset);
        let rows = rows.map_err(|error| data(&error))?;
        let rows = rows.ok_or_else(|| {
            PyValueError::new_err("data: the model was fitted to columns without names")
        })?;
        let wrong = |error: ArgumentError| failure::argument(&error);
        let offset = rows.offset.as_deref();
        let found = PyDict::new(py);
        found.set_item("rows", PyArray1::from_iter(py, rows.numbers.iter().map(|&i| i as i64)))?;
        found.set_item("notes", &rows.notes)?;
        let predictions = self.model.predict(&rows.design, offset).map_err(wrong)?;
        if self.model.classes.is_some() {
            let places = predictions.classes().into_iter().map(|k| k as i64);
            found.set_item("places", PyArray1::from_iter(py, places))?;
        }
        match predictions {
            Predictions::Means(means) => {
                found.set_item("mean", PyArray1::from_vec(py, means))?;
            }
            Predictions::Margins(margins) => {
                found.set_item("margin", PyArray1::from_vec(py, margins))?;
            }
            Predictions::Probabilities(p) => {
                let rows: Vec<Vec<f64>> =
                    (0..p.rows()).map(|i| (0..p.columns()).map(|k| p[(i, k)]).collect()).collect();
                found.set_item("probabilities", PyArray2::from_vec2(py, &rows)?)?;
            }
        }
        if let Some(level) = level {
            let pairs = self.model.intervals(&rows.design, offset, level).map_err(wrong)?;
            let (low, high): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            found.set_item("low", PyArray1::from_vec(py, low))?;
            found.set_item("high", PyArray1::from_vec(py, high))?;
        }
        Ok(found)
    }

    /// What a model says of itself.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let about = PyDict::new(py);
        about.set_item("family", self.model.family.name())?;
        about.set_item("target", &self.model.target)?;
        about.set_item("rows", self.model.rows)?;
        about.set_item("classes", &self.model.classes)?;
        let formula = self.model.terms.as_ref().map(|terms| terms.formula().to_owned());
        about.set_item("formula", formula)?;
        about.set_item("statistic", if self.model.degrees.is_some() { "t" } else { "z" })?;
        let coefficients = PyList::empty(py);
        for row in &self.model.coefficients {
            let entry = PyDict::new(py);
            entry.set_item("name", &row.name)?;
            entry.set_item("class", &row.class)?;
            let (estimate, left_out) = match row.estimate {
                Estimate::Finite(b) => (b, false),
                Estimate::Aliased => (f64::NAN, true),
                Estimate::PlusInfinity => (f64::INFINITY, false),
                Estimate::MinusInfinity => (f64::NEG_INFINITY, false),
            };
            entry.set_item("estimate", estimate)?;
            entry.set_item("left_out", left_out)?;
            entry.set_item("standard_error", row.standard_error)?;
            entry.set_item("statistic", row.statistic)?;
            entry.set_item("p_value", row.p_value)?;
            entry.set_item("interval", row.interval)?;
            coefficients.append(entry)?;
        }
        about.set_item("coefficients", coefficients)?;
        Ok(about)
    }
}

/// A model from its JSON.
#[pyfunction]
pub fn read_table_model(text: &str) -> PyResult<TableModel> {
    let model: SavedModel = serde_json::from_str(text).map_err(|error| {
        PyValueError::new_err(format!("is not a model that was saved: {error}"))
    })?;
    model.check().map_err(|error| failure::argument(&error))?;
    Ok(TableModel { model })
}

/// Fits a model to the columns of a table; what is to be told of the fit comes as a dictionary.
#[pyfunction]
pub fn fit_table<'py>(
    py: Python<'py>,
    table: &Table,
    settings: &str,
) -> PyResult<(TableModel, Bound<'py, PyDict>)> {
    let asked: Asked = serde_json::from_str(settings).map_err(failure::settings)?;
    let wrong = |error: ArgumentError| failure::of_fit(&error);
    let analysis = asked.analysis().map_err(wrong)?;
    let variables = asked.variables(analysis.levels());
    let formula = asked.formula(&variables).map_err(|error| data(&error))?;
    let table = &table.0;
    let framed = py.detach(|| Framed::new(&formula, table, &variables));
    let Framed { terms, target, cases, notes } = framed.map_err(|error| data(&error))?;
    let found =
        interruptible(py, move |interrupter| Analysis { interrupter, ..analysis }.fit(&cases))?;
    let mut found = found.map_err(wrong)?;
    found.model.terms = Some(terms);
    found.model.target = target;
    let told = told(py, &found, notes)?;
    Ok((TableModel { model: found.model }, told))
}

/// The same to a file of a table that is read in batches, once for every step.
#[pyfunction]
pub fn fit_streamed<'py>(
    py: Python<'py>,
    path: std::path::PathBuf,
    settings: &str,
) -> PyResult<(TableModel, Bound<'py, PyDict>)> {
    let asked: Asked = serde_json::from_str(settings).map_err(failure::settings)?;
    let analysis = asked.analysis().map_err(|error| failure::of_fit(&error))?;
    let variables = asked.variables(analysis.levels());
    let formula = asked.formula(&variables).map_err(|error| data(&error))?;
    let table = TableSettings { threads: Threads::current(), ..TableSettings::default() };
    let found = interruptible(py, move |interrupter| {
        let analysis = Analysis { interrupter, ..analysis };
        let batches = TableBatches::open(&path, &table)?;
        analysis.fit_streamed(&formula, &batches, &variables)
    })?;
    let Streamed { mut found, terms, notes, .. } = found.map_err(|error| match error {
        StreamError::Data(error) => data(&error),
        StreamError::Argument(error) => failure::of_fit(&error),
    })?;
    found.model.target = terms.as_ref().and_then(Terms::target).unwrap_or_default();
    found.model.terms = terms;
    let told = told(py, &found, notes)?;
    Ok((TableModel { model: found.model }, told))
}

fn told<'py>(
    py: Python<'py>,
    found: &Analyzed,
    notes: Vec<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("reason", &found.reason)?;
    told.set_item("link", found.link)?;
    told.set_item("l1", found.penalty.0)?;
    told.set_item("l2", found.penalty.1)?;
    told.set_item("status", found.status.name())?;
    told.set_item("converged", found.status.converged())?;
    told.set_item("certificate", found.certificate.value())?;
    told.set_item("solver", &found.solver.0)?;
    told.set_item("solver_reason", &found.solver.1)?;
    told.set_item("iterations", found.iterations)?;
    told.set_item("objective", found.objective)?;
    told.set_item("accuracy", found.accuracy)?;
    told.set_item("notes", notes.iter().chain(&found.notes).collect::<Vec<_>>())?;
    let fit = found.goodness.as_ref();
    told.set_item("deviance", fit.map(|fit| fit.deviance))?;
    told.set_item("null_deviance", fit.and_then(|fit| fit.null_deviance))?;
    told.set_item("dispersion", fit.map(|fit| fit.dispersion))?;
    told.set_item("df_resid", fit.map(|fit| fit.residual_degrees()))?;
    told.set_item("loglik", fit.and_then(|fit| fit.log_likelihood))?;
    told.set_item("aic", fit.and_then(|fit| fit.aic(AicRule::CountDispersion)))?;
    told.set_item("bic", fit.and_then(|fit| fit.bic()))?;
    if let Some(chosen) = &found.chosen {
        let row = |p: &ravine_glm::CrossValidated| {
            vec![p.alpha, p.l1_ratio, p.deviance, p.standard_error]
        };
        let rows: Vec<Vec<f64>> = chosen.points.iter().map(row).collect();
        told.set_item("cv", PyArray2::from_vec2(py, &rows)?)?;
    }
    Ok(told)
}
