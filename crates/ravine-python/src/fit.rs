//! Errors of the parameters of a fit.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine::ArgumentError;
use ravine::fit::{self, Accuracy, Fit as Statistics, Scale, Weights as Errors};
use ravine::matrix::Matrix;
use ravine::objective::Bounds;

use crate::failure;
use crate::objective::loss_named;

fn refused(error: ArgumentError) -> PyErr {
    failure::argument(&error)
}

fn matrix(array: &PyReadonlyArray2<'_, f64>) -> Matrix {
    let array = array.as_array();
    let (rows, columns) = array.dim();
    Matrix::from_fn(rows, columns, |i, j| array[(i, j)])
}

fn array<'py>(py: Python<'py>, matrix: &Matrix) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let shape = [matrix.columns(), matrix.rows()];
    PyArray1::from_slice(py, matrix.entries()).reshape(shape)?.transpose()
}

/// Where a fit begins that is given no start.
#[pyfunction]
pub fn usual_start<'py>(
    py: Python<'py>,
    lower: PyReadonlyArray1<'_, f64>,
    upper: PyReadonlyArray1<'_, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let bounds = Bounds::new(lower.as_array().to_vec(), upper.as_array().to_vec());
    Ok(PyArray1::from_vec(py, fit::usual_start(&bounds.map_err(refused)?)))
}

/// What is known of the errors of data.
#[pyclass(frozen, module = "ravine._core")]
pub struct Weights(Errors);

#[pymethods]
impl Weights {
    /// Standard deviations, of independent errors.
    #[staticmethod]
    fn deviations(sigma: PyReadonlyArray1<'_, f64>) -> PyResult<Self> {
        Errors::deviations(sigma.as_array().to_vec()).map(Self).map_err(refused)
    }

    /// A covariance matrix.
    #[staticmethod]
    fn covariance(sigma: PyReadonlyArray2<'_, f64>) -> PyResult<Self> {
        Errors::covariance(&matrix(&sigma)).map(Self).map_err(refused)
    }

    /// Residuals, or the columns of their Jacobian, in units of the errors.
    fn whiten<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let mut values = matrix(&values);
        if let Some(count) = self.0.count().filter(|count| *count != values.rows()) {
            let rows = values.rows();
            let message = format!("sigma: is of {count} data, but there are {rows}");
            return Err(PyValueError::new_err(message));
        }
        (0..values.columns()).for_each(|j| self.0.whiten(values.column_mut(j)));
        array(py, &values)
    }
}

/// The statistics of parameters fitted by least squares.
#[pyclass(frozen, module = "ravine._core")]
pub struct Fit(Statistics);

#[pymethods]
impl Fit {
    /// Of parameters, residuals and their Jacobian there; `known` says whether the residuals are in
    /// units of their errors, `accuracy` how the Jacobian was found: "exact", "central" or "forward".
    #[new]
    #[pyo3(signature = (parameters, residuals, jacobian, *, known, loss, scale, accuracy))]
    fn new(
        parameters: PyReadonlyArray1<'_, f64>,
        residuals: PyReadonlyArray1<'_, f64>,
        jacobian: PyReadonlyArray2<'_, f64>,
        known: bool,
        loss: &str,
        scale: f64,
        accuracy: &str,
    ) -> PyResult<Self> {
        let accuracy = match accuracy {
            "exact" => Accuracy::Exact,
            "forward" => Accuracy::Forward,
            _ => Accuracy::Central,
        };
        Statistics::with(
            &parameters.as_array().to_vec(),
            &residuals.as_array().to_vec(),
            &matrix(&jacobian),
            if known { Scale::Known } else { Scale::Estimated },
            loss_named(loss, scale)?,
            accuracy,
        )
        .map(Self)
        .map_err(refused)
    }

    #[getter]
    fn rank(&self) -> usize {
        self.0.rank()
    }

    #[getter]
    fn degrees_of_freedom(&self) -> usize {
        self.0.degrees_of_freedom()
    }

    #[getter]
    fn residual_standard_error(&self) -> f64 {
        self.0.residual_standard_error()
    }

    /// Which parameters the data do not determine.
    #[getter]
    fn undetermined(&self) -> Vec<usize> {
        self.0.undetermined()
    }

    /// The same in words, or None.
    fn deficiency(&self, names: Vec<String>) -> Option<String> {
        self.0.deficiency(&names)
    }

    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        array(py, &self.0.covariance())
    }

    #[getter]
    fn correlation<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        array(py, &self.0.correlation())
    }

    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_vec(py, self.0.standard_errors())
    }

    /// Lower and upper ends, a row a parameter.
    fn intervals<'py>(&self, py: Python<'py>, level: f64) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let ends = self.0.intervals(level).map_err(refused)?;
        let ends =
            Matrix::from_fn(ends.len(), 2, |i, j| if j == 0 { ends[i].0 } else { ends[i].1 });
        array(py, &ends)
    }

    /// Half the widths of bands around values of which the Jacobian is given; `sigma`, of new data, or
    /// None for the curve itself.
    fn half_widths<'py>(
        &self,
        py: Python<'py>,
        jacobian: PyReadonlyArray2<'_, f64>,
        sigma: Option<PyReadonlyArray1<'_, f64>>,
        level: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (jacobian, n) = (jacobian.as_array(), self.0.parameters().len());
        if jacobian.ncols() != n {
            let message =
                format!("jac: has {} columns, but there are {n} parameters", jacobian.ncols());
            return Err(PyValueError::new_err(message));
        }
        let sigma = sigma.map(|sigma| sigma.as_array().to_vec());
        let width = |(i, row): (usize, numpy::ndarray::ArrayView1<'_, f64>)| {
            let error = sigma.as_ref().map(|sigma| sigma.get(i).copied().unwrap_or(f64::NAN));
            self.0.half_width(&row.to_vec(), error, level).map_err(refused)
        };
        let widths =
            jacobian.outer_iter().enumerate().map(width).collect::<PyResult<Vec<f64>>>()?;
        Ok(PyArray1::from_vec(py, widths))
    }
}
