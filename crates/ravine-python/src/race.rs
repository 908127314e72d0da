//! Races as Python objects.

use std::sync::Arc;

use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::StationaryPoint;
use ravine::methods::Entry;
use ravine::minimize::{Conditions, Epochs};
use ravine::objective::Counts;
use ravine::objective::Derivatives;
use ravine::{ArgumentError, Stopping};
use ravine_race::{
    Effort, Entrant, Grid, MOST_CURVES, MethodChoice, Obstacle, Race, Ran, Side, Table, Track,
    applicable, applicable_over_batches, by_reason, footnotes, spread,
};
use serde_json::Value;

use crate::custom::Given;
use crate::failure;
use crate::history::arrays;
use crate::objective::{Objective, Opened};
use crate::run::tuning;
use crate::watch::Watch;

/// A method by what it is called in the race, its name or the caller's own, and settings as a JSON
/// object.
type Named<'py> = (String, Bound<'py, PyAny>, String);

/// Runs `methods`, or all that apply, from `x0`: a dictionary with the entrants, the winner first,
/// the lowest value, the methods left out by reason, the indices of the entrants to draw, the grid of
/// steps, and the table: its `head`, `sides`, `rows` and `footnotes`.
#[pyfunction]
#[pyo3(signature = (objective, x0, methods, stopping, effort, lowest, epochs=None))]
#[expect(clippy::too_many_arguments, reason = "one call of the package")]
pub fn race<'py>(
    py: Python<'py>,
    objective: &Objective,
    x0: PyReadonlyArray1<'_, f64>,
    methods: Option<Vec<Named<'py>>>,
    stopping: &str,
    effort: &str,
    lowest: f64,
    epochs: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let json = |error: serde_json::Error| PyValueError::new_err(format!("options: {error}"));
    let stopping: Stopping = serde_json::from_str(stopping).map_err(json)?;
    stopping.validate().map_err(|error| failure::argument(&error))?;
    let epochs: Option<Epochs> = epochs.map(serde_json::from_str).transpose().map_err(json)?;
    let valid = epochs.as_ref().map_or(Ok(()), Epochs::validate);
    valid.map_err(|error| failure::argument(&error))?;
    let effort: Effort = effort
        .parse()
        .map_err(|_| failure::choice("by", effort, &Effort::ALL.map(Effort::name)))?;
    let wishes = Wishes { stopping, effort, lowest, epochs };
    let start = x0.as_array().to_vec();
    let named: Option<Vec<Asked>> =
        methods.map(|list| list.into_iter().map(Asked::read).collect()).transpose()?;
    let (race, unable) = py.detach(|| {
        let opened = objective.open().map_err(|error| failure::argument(&error))?;
        let choice = |asked: Asked| asked.choice(opened.record.watch());
        let named = named.map(|list| list.into_iter().map(choice).collect()).transpose();
        let named = named.map_err(|error| failure::argument(&error))?;
        run(opened, &start, named, wishes)
    })?;
    let object = PyDict::new(py);
    let entrants: PyResult<Vec<_>> = race.entrants.iter().map(|e| entry(py, e)).collect();
    object.set_item("entries", entrants?)?;
    object.set_item("lowest", race.lowest)?;
    let left_out: Vec<_> = unable.into_iter().chain(race.left_out).collect();
    let texts = left_out.iter().map(|(name, reason)| (name.as_str(), reason.as_str()));
    object.set_item("left_out", by_reason(texts))?;
    let Table { head, rows } = Table::of(&race.entrants);
    let titles: Vec<_> = head.iter().map(|(title, _)| *title).collect();
    object.set_item("sides", head.iter().map(|(_, side)| align(*side)).collect::<Vec<_>>())?;
    object.set_item("head", titles)?;
    object.set_item("rows", rows)?;
    object.set_item("footnotes", footnotes(&race.entrants, &left_out))?;
    let families: Vec<_> = race.entrants.iter().map(|e| e.method.entry.family).collect();
    object.set_item("drawn", spread(&families, MOST_CURVES))?;
    let Grid { low, high, points } = Grid::default();
    object.set_item("grid", (low, high, points))?;
    Ok(object)
}

/// As style sheets say it.
fn align(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

/// A method that is to race.
struct Asked {
    label: String,
    method: Given,
    settings: Value,
}

impl Asked {
    fn read((label, method, settings): Named<'_>) -> PyResult<Self> {
        let settings = serde_json::from_str(&settings)
            .map_err(|error| PyValueError::new_err(format!("methods: {error}")))?;
        Ok(Self { label, method: Given::read(&method)?, settings })
    }

    fn choice(self, watch: Arc<Watch>) -> Result<MethodChoice, ArgumentError> {
        let Self { label, method, settings } = self;
        Ok(MethodChoice { name: label, entry: method.entry(watch)?, settings })
    }
}

/// What is asked of a race, beside the methods.
struct Wishes {
    stopping: Stopping,
    effort: Effort,
    lowest: f64,
    /// Batch by batch over the cases of a sum.
    epochs: Option<Epochs>,
}

/// Methods left out, with the reason.
type LeftOut = Vec<(String, String)>;

/// The race, and the methods that cannot take part.
fn run(
    opened: Opened,
    start: &[f64],
    named: Option<Vec<MethodChoice>>,
    wishes: Wishes,
) -> PyResult<(Race, LeftOut)> {
    let Wishes { stopping, effort, lowest, epochs } = wishes;
    // Gradients by differences are for everyone, further derivatives for methods that are named.
    let supplied = opened.offered().and(Derivatives::GRADIENT);
    let objective = &*opened.objective;
    let (methods, unable) = match named {
        Some(methods) => (methods, Vec::new()),
        None => {
            let applicable = if epochs.is_some() { applicable_over_batches } else { applicable };
            let (able, unable) = applicable(objective, supplied, opened.bounds());
            let named = |(entry, why): (&Entry, Obstacle)| (entry.name.to_owned(), reason(&why));
            (able, unable.into_iter().map(named).collect())
        }
    };
    let conditions = Conditions { epochs, ..opened.conditions(stopping) };
    let track = Track { objective, start, lowest, conditions, effort };
    let race = track.race(&methods, |_| ());
    match opened.record.raised() {
        Some(error) => Err(error),
        None => Ok((race, unable)),
    }
}

/// What keeps a method out, and what to do about it.
fn reason(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Dense(_) => format!("{obstacle}; methods=[...] has them all the same"),
        _ => obstacle.to_string(),
    }
}

/// A method in the race, as a dictionary.
fn entry<'py>(py: Python<'py>, entrant: &Entrant) -> PyResult<Bound<'py, PyDict>> {
    let object = PyDict::new(py);
    let method = &entrant.method;
    object.set_item("label", entrant.label())?;
    object.set_item("name", &method.name)?;
    object.set_item("method", method.entry.name)?;
    object.set_item("title", method.entry.title)?;
    object.set_item("family", method.entry.family.name())?;
    object.set_item("settings", method.settings.to_string())?;
    object.set_item("elsewhere", entrant.elsewhere)?;
    object.set_item("stationary_point", entrant.point.map(StationaryPoint::name))?;
    object.set_item("status", entrant.ending())?;
    if let Ok(Ran { outcome, history, .. }) = &entrant.result {
        let Counts { value, gradient, hessian_product, hessian } = outcome.evaluations;
        object.set_item("x", PyArray1::from_slice(py, &outcome.x))?;
        object.set_item("fun", outcome.value)?;
        object.set_item("gradient_norm", outcome.gradient_norm)?;
        object.set_item("nit", outcome.iterations)?;
        object.set_item("nfev", value)?;
        object.set_item("njev", gradient)?;
        object.set_item("nhpev", hessian_product)?;
        object.set_item("nhev", hessian)?;
        object.set_item("evaluations", Effort::Evaluations.of_run(outcome))?;
        object.set_item("reason", outcome.status.name())?;
        object.set_item("message", outcome.status.to_string())?;
        object.set_item("seconds", outcome.seconds)?;
        object.set_item("seconds_in_objective", outcome.seconds_in_objective)?;
        object.set_item("history", arrays(py, history)?)?;
    }
    if let Some(tuned) = &entrant.tuned {
        object.set_item("tuning", tuning(py, tuned)?)?;
    }
    Ok(object)
}

/// Evaluations at the price of a gradient, of counts of values, gradients, Hessian products and
/// Hessians in rows.
#[pyfunction]
pub fn gradient_equivalents<'py>(
    py: Python<'py>,
    counts: PyReadonlyArray2<'_, f64>,
    n: usize,
) -> Bound<'py, PyArray1<f64>> {
    let rows = counts.as_array();
    let of = |row: numpy::ndarray::ArrayView1<'_, f64>| {
        let [value, gradient, hessian_product, hessian] = [0, 1, 2, 3].map(|k| row[k] as u64);
        let counts = Counts { value, gradient, hessian_product, hessian };
        ravine_race::gradient_equivalents(&counts, n)
    };
    PyArray1::from_iter(py, rows.rows().into_iter().map(of))
}

/// The methods of a list as a command takes it.
#[pyfunction]
pub fn split_methods(text: &str) -> Vec<String> {
    MethodChoice::split_list(text)
}

/// Settings of a method as a command takes them after the colon, as a JSON object.
#[pyfunction]
pub fn read_settings(method: &str, text: &str) -> PyResult<String> {
    let settings = MethodChoice::parse_settings(method, text);
    Ok(Value::Object(settings.map_err(|error| failure::argument(&error))?).to_string())
}
