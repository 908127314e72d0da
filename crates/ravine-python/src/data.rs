//! Data files as arrays.

use std::path::PathBuf;

use numpy::PyArray1;
use numpy::PyArrayMethods;
use pyo3::exceptions::{PyFileNotFoundError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine_data::{Columns, Header, Selection, Target, read};

/// Reads a file: a dictionary with the columns (`dense`, an array, or `sparse`: starts of rows,
/// columns of entries, entries, number of columns), their names, the target (`numbers`, or `classes`:
/// levels and the level of each case), its name, the means and deviations of standardized columns, and
/// a note where the way it was taken may surprise. `header` says whether the first line names the
/// columns, None that it may tell.
#[pyfunction]
#[pyo3(signature = (path, target, ignore, intercept, standardize, header))]
pub fn read_data(
    py: Python<'_>,
    path: PathBuf,
    target: Option<String>,
    ignore: Vec<String>,
    intercept: bool,
    standardize: bool,
    header: Option<bool>,
) -> PyResult<Bound<'_, PyDict>> {
    let header = match header {
        None => Header::Automatic,
        Some(true) => Header::Names,
        Some(false) => Header::None,
    };
    let selection = Selection { target, ignore, intercept, standardize, header };
    let data = py.detach(|| read(&path, &selection)).map_err(|error| {
        let message = error.to_string();
        if path.exists() {
            PyValueError::new_err(message)
        } else {
            PyFileNotFoundError::new_err(message)
        }
    })?;
    let object = PyDict::new(py);
    let design = data.design;
    let first = usize::from(design.has_intercept());
    object.set_item("names", &design.names()[first..])?;
    let moments = design.standardization().map(|s| (s.means.clone(), s.deviations.clone()));
    object.set_item("moments", moments)?;
    match design.into_columns() {
        Columns::Dense(matrix) => {
            let shape = [matrix.rows(), matrix.columns()];
            let entries = PyArray1::from_vec(py, matrix.into_entries());
            let order = numpy::npyffi::NPY_ORDER::NPY_FORTRANORDER;
            object.set_item("dense", entries.reshape_with_order(shape, order)?)?;
        }
        Columns::Sparse(rows) => {
            let width = rows.columns();
            let (starts, columns, values) = rows.into_parts();
            let starts = PyArray1::from_iter(py, starts.into_iter().map(|k| k as i64));
            let columns = PyArray1::from_iter(py, columns.into_iter().map(i64::from));
            let parts = (starts, columns, PyArray1::from_vec(py, values), width);
            object.set_item("sparse", parts)?;
        }
    }
    match data.target {
        Target::Numbers(numbers) => object.set_item("numbers", PyArray1::from_vec(py, numbers))?,
        Target::Classes { levels, codes } => {
            let codes = PyArray1::from_iter(py, codes.into_iter().map(i64::from));
            object.set_item("classes", (levels, codes))?;
        }
    }
    object.set_item("target", data.target_name)?;
    object.set_item("note", data.note)?;
    Ok(object)
}
