//! What a run did, iteration by iteration, as arrays.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use ravine::objective::Counts;
use ravine_race::{History, Moment};

/// Numbers a moment: iteration, value, gradient norm, values, gradients, Hessian products, Hessians,
/// seconds.
const COLUMNS: usize = 8;

fn row(moment: &Moment) -> [f64; COLUMNS] {
    let Moment { iteration, value, gradient_norm, evaluations, seconds } = *moment;
    let Counts { value: values, gradient, hessian_product, hessian } = evaluations;
    let [f, g, p, h] = [values, gradient, hessian_product, hessian].map(|count| count as f64);
    [iteration as f64, value, gradient_norm, f, g, p, h, seconds]
}

/// Moments in rows, and points in rows, where they were kept.
pub type Arrays<'py> = (Bound<'py, PyArray2<f64>>, Option<Bound<'py, PyArray2<f64>>>);

/// The moments and the points of a run.
pub fn arrays<'py>(py: Python<'py>, history: &History) -> PyResult<Arrays<'py>> {
    let moments = history.moments().iter().flat_map(row).collect();
    let width = history.points().next().map(<[f64]>::len);
    let points = width.map(|width| rows(py, history.coordinates().to_vec(), width));
    Ok((rows(py, moments, COLUMNS)?, points.transpose()?))
}

/// Entries in rows as an array.
fn rows(py: Python<'_>, entries: Vec<f64>, columns: usize) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let count = entries.len() / columns;
    PyArray1::from_vec(py, entries).reshape([count, columns])
}
