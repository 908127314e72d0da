//! Values of an objective of two variables over a grid, for pictures.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use ravine::objective::DynamicObjective;
use ravine_problems::contour::Field;
use ravine_problems::Window;

use crate::failure;
use crate::objective::Objective;

/// The values at `nodes` by `nodes` points of the window, a row for each y, not finite where the
/// function is not, and `count` levels for contours, the finest near `lowest`.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "two arrays")]
pub fn field<'py>(
    py: Python<'py>,
    objective: &Objective,
    x: (f64, f64),
    y: (f64, f64),
    nodes: usize,
    count: usize,
    lowest: Option<f64>,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>)> {
    let (values, levels) = py.detach(|| {
        let opened = objective.open().map_err(|error| failure::argument(&error))?;
        let record = opened.record;
        let field = Field::of(&*opened.objective, Window { x, y }, nodes, nodes)
            .map_err(|error| record.raised().unwrap_or_else(|| failure::argument(&error)))?;
        let levels = field.levels(count, lowest.filter(|lowest| lowest.is_finite()));
        PyResult::Ok((field.values().to_vec(), levels))
    })?;
    let values = PyArray1::from_vec(py, values).reshape([nodes, nodes])?;
    Ok((values, PyArray1::from_vec(py, levels)))
}
