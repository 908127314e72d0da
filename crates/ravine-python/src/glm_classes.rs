//! Models of classes that are no generalized linear models of one predictor.

use std::sync::Arc;

use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine_glm::{HingeMachine, Multinomial};

use crate::background::interruptible;
use crate::design::Design;
use crate::failure;
use crate::glm::{Data, named};

/// Fits more than two classes: a dictionary of what was found.
#[pyfunction]
#[pyo3(signature = (design, classes, weights, settings, start))]
pub fn fit_multinomial<'py>(
    py: Python<'py>,
    design: &Design,
    classes: PyReadonlyArray1<'_, i64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    settings: &str,
    start: Option<(PyReadonlyArray1<'_, f64>, PyReadonlyArray2<'_, f64>)>,
) -> PyResult<Bound<'py, PyDict>> {
    let model: Multinomial = serde_json::from_str(settings).map_err(failure::settings)?;
    let classes: Result<Vec<usize>, _> =
        classes.as_array().iter().map(|&class| usize::try_from(class)).collect();
    let classes = classes.map_err(|_| PyValueError::new_err("y: a class is below 0"))?;
    let weights = weights.map(|weights| weights.as_array().to_vec());
    let start = start.map(|(intercepts, coefficients)| {
        let rows = coefficients.as_array();
        let rows: Vec<Vec<f64>> = rows.rows().into_iter().map(|row| row.to_vec()).collect();
        (intercepts.as_array().to_vec(), rows)
    });
    let own = Arc::clone(&design.0);
    let fitted = interruptible(py, move |interrupter| {
        let model = Multinomial { interrupter, ..model };
        let start = start.as_ref().map(|(intercepts, b)| (&intercepts[..], &b[..]));
        model.fit_from(&own, &classes, weights.as_deref(), start)
    })?;
    let fitted = fitted.map_err(|error| failure::of_model(&error))?;
    let shape = [fitted.coefficients.len(), fitted.coefficients[0].len()];
    let object = PyDict::new(py);
    let coefficients = PyArray1::from_vec(py, fitted.coefficients.concat());
    object.set_item("coefficients", coefficients.reshape(shape)?)?;
    object.set_item("intercepts", PyArray1::from_vec(py, fitted.intercepts))?;
    object.set_item("objective", fitted.objective)?;
    object.set_item("log_likelihood", fitted.log_likelihood)?;
    let names = design.0.names();
    let aliased = fitted.aliased.iter().map(|alias| (alias.column, alias.words(names)));
    object.set_item("aliased", aliased.collect::<Vec<_>>())?;
    object.set_item("notes", fitted.notes)?;
    object.set_item("status", fitted.status.name())?;
    object.set_item("certificate", named(fitted.certificate))?;
    object.set_item("iterations", fitted.iterations)?;
    Ok(object)
}

/// Fits a support vector machine with the hinge itself: a dictionary of what was found.
#[pyfunction]
pub fn fit_hinge<'py>(
    py: Python<'py>,
    design: &Design,
    y: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    settings: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let machine: HingeMachine = serde_json::from_str(settings).map_err(failure::settings)?;
    let data = Data::new(design, &y, weights, None);
    let fitted = interruptible(py, move |interrupter| {
        let machine = HingeMachine { interrupter, ..machine };
        machine.fit(&data.design, data.targets())
    })?;
    let fitted = fitted.map_err(|error| failure::of_model(&error))?;
    let object = PyDict::new(py);
    object.set_item("coefficients", PyArray1::from_vec(py, fitted.coefficients))?;
    object.set_item("intercept", fitted.intercept)?;
    object.set_item("objective", fitted.objective)?;
    object.set_item("status", fitted.status.name())?;
    object.set_item("certificate", named(fitted.certificate))?;
    object.set_item("iterations", fitted.passes)?;
    Ok(object)
}
