//! The catalogue of methods.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine::methods::{Entry, catalogue, named};

use crate::failure;

/// All methods as JSON: a list of what the library says of each.
#[pyfunction]
pub fn methods() -> PyResult<String> {
    let described: Result<Vec<_>, _> = catalogue().iter().map(Entry::describe).collect();
    Ok(serde_json::Value::from(described.map_err(|error| failure::argument(&error))?).to_string())
}

/// The defaults of the settings of a method, as a JSON object.
#[pyfunction]
pub fn method_defaults(method: &str) -> PyResult<String> {
    let defaults = named(method).and_then(Entry::defaults);
    Ok(defaults.map_err(|error| failure::argument(&error))?.to_string())
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
