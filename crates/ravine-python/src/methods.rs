//! The catalogue of methods.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine::methods::{Entry, catalogue, named};
use serde_json::json;

use crate::failure;

/// All methods as JSON: a list of objects with name, title, family, what they are, where they were
/// published, what they need, whether they keep bounds, the setting to be tuned, the composition that
/// the name stands for, and the settings with their defaults and in words.
#[pyfunction]
pub fn methods() -> PyResult<String> {
    let described: PyResult<Vec<_>> = catalogue().iter().map(describe).collect();
    Ok(serde_json::Value::from(described?).to_string())
}

fn describe(entry: &Entry) -> PyResult<serde_json::Value> {
    let (description, source) = entry.description();
    let described = entry.settings().iter().map(|setting| {
        json!({
            "name": setting.name,
            "takes": setting.takes.words(),
            "range": setting.range,
            "meaning": setting.meaning(),
        })
    });
    Ok(json!({
        "description": description,
        "source": source,
        "described": described.collect::<Vec<_>>(),
        "name": entry.name,
        "title": entry.title,
        "family": entry.family.name(),
        "needs": ravine::objective::Derivatives::NONE.missing(entry.needs),
        "bounds": entry.bounds,
        "tuned": entry.tuned,
        "composition": entry.composition,
        "dense": entry.is_dense(),
        "settings": entry.defaults().map_err(|error| failure::argument(&error))?,
    }))
}

/// The name of the method that `name` means, as the library finds it.
#[pyfunction]
pub fn method_name(name: &str) -> PyResult<&'static str> {
    Ok(named(name).map_err(|error| failure::argument(&error))?.name)
}

/// Checks settings of a method, a JSON object, against what it has.
#[pyfunction]
pub fn check_settings(method: &str, settings: &str) -> PyResult<()> {
    let settings = serde_json::from_str(settings)
        .map_err(|error| PyValueError::new_err(format!("settings: {error}")))?;
    let checked = named(method).and_then(|entry| entry.check(&settings));
    checked.map_err(|error| failure::argument(&error))
}
