//! Values of an objective of two variables over a grid, for pictures.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use ravine_problems::Window;
use ravine_race::contour::Field;

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
        let mut ended = None;
        // Outside of its domain a function may raise; only an interrupt ends the picture.
        let value = |x, y| match ended {
            Some(_) => f64::NAN,
            None => opened.objective.value(&vec![x, y]).unwrap_or_else(|_| {
                ended = opened.record.raised().filter(is_interrupt);
                f64::NAN
            }),
        };
        let field = Field::sample(Window { x, y }, nodes, nodes, value)
            .map_err(|error| failure::argument(&error))?;
        if let Some(error) = ended {
            return Err(error);
        }
        let levels = field.levels(count, lowest.filter(|lowest| lowest.is_finite()));
        PyResult::Ok((field.values().to_vec(), levels))
    })?;
    let values = PyArray1::from_vec(py, values).reshape([nodes, nodes])?;
    Ok((values, PyArray1::from_vec(py, levels)))
}

/// Whether it is none of the exceptions that functions raise by themselves.
fn is_interrupt(error: &PyErr) -> bool {
    Python::attach(|py| !error.is_instance_of::<PyException>(py))
}

/// What to draw: see [`Window::of`].
#[pyfunction]
#[pyo3(signature = (own, marks, paths))]
pub fn window(
    own: Option<[(f64, f64); 2]>,
    marks: Vec<(f64, f64)>,
    paths: Vec<(f64, f64)>,
) -> [(f64, f64); 2] {
    let own = own.map(|[x, y]| Window { x, y });
    let Window { x, y } = Window::of(own, &marks, &paths);
    [x, y]
}
