//! Regressions on arrays as problems.

use std::sync::{Arc, Mutex, PoisonError};

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine::ArgumentError;
use ravine::matrix::{ByRows, Matrix, SparseRows};
use ravine::objective::Supplies;
use ravine_data::{Design, Target};
use ravine_glm::{Regression, RegressionLoss};
use ravine_race::regression_problem;

use crate::failure;
use crate::problems::Problem;

/// A regression. The columns come as `dense`, an array, or as `sparse`: starts of rows, columns
/// of entries, entries, number of columns; the target as numbers, or as classes: levels and the
/// level of each case. `moments` are the means and deviations by which the columns have been
/// standardized.
#[pyfunction]
#[pyo3(signature = (name, target_name, *, dense, sparse, names, intercept, moments, numbers, classes, loss, l2))]
#[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
pub fn regression(
    py: Python<'_>,
    name: &str,
    target_name: &str,
    dense: Option<PyReadonlyArray2<'_, f64>>,
    sparse: Option<Compressed<'_>>,
    names: Vec<String>,
    intercept: bool,
    moments: Option<(Vec<f64>, Vec<f64>)>,
    numbers: Option<PyReadonlyArray1<'_, f64>>,
    classes: Option<(Vec<String>, PyReadonlyArray1<'_, u32>)>,
    loss: &str,
    l2: f64,
) -> PyResult<Problem> {
    let loss: RegressionLoss = loss.parse().map_err(|_| {
        failure::choice("loss", loss, &RegressionLoss::ALL.map(RegressionLoss::name))
    })?;
    let design = match (dense, sparse) {
        (Some(entries), _) => {
            let entries = entries.as_array();
            let (rows, columns) = entries.dim();
            let copy = entries.t().iter().copied().collect();
            Design::dense(Matrix::from_entries(rows, columns, copy), names)
        }
        (None, Some(rows)) => Design::sparse(rows.read()?).with_names(names),
        (None, None) => return Err(PyValueError::new_err("X: there is none")),
    };
    let target = match classes {
        Some((levels, codes)) => Target::Classes { levels, codes: codes.as_array().to_vec() },
        None => Target::Numbers(numbers.map_or(Vec::new(), |numbers| numbers.as_array().to_vec())),
    };
    let made = py.detach(|| {
        let mut design = design;
        if intercept {
            design.add_intercept();
        }
        if let Some((means, deviations)) = moments {
            design.standardized_before(means, deviations)?;
        }
        let (target, note) = loss.target(target)?;
        Ok((Regression::new(design, target, loss, l2)?, note))
    });
    let (regression, note) = made.map_err(|error: ArgumentError| {
        // What the library calls the target is y here.
        match error.to_string().strip_prefix("target: ") {
            Some(message) => PyValueError::new_err(format!("y: {message}")),
            None => failure::argument(&error),
        }
    })?;
    let problem = regression_problem(name, regression.clone(), target_name, note);
    let shared = Mutex::new(regression);
    let recipe = Arc::new(move || {
        let regression = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Box::new(regression) as Box<dyn Supplies>)
    });
    Ok(Problem::new(problem, recipe))
}

/// A sparse matrix by rows, as SciPy has it: starts of rows, columns of entries, entries, number of
/// columns.
#[derive(FromPyObject)]
pub struct Compressed<'py>(
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, f64>,
    usize,
);

impl Compressed<'_> {
    pub fn read(&self) -> PyResult<SparseRows> {
        let Self(starts, columns, values, width) = self;
        let starts: Vec<_> = starts.as_array().iter().map(|&k| k as usize).collect();
        let columns = columns.as_array().iter().map(|&j| j as u32).collect();
        let shape = (starts.len().saturating_sub(1), *width);
        SparseRows::new(shape, ByRows, starts, columns, values.as_array().to_vec())
            .map_err(|error| PyValueError::new_err(format!("X: {error}")))
    }
}
