//! What fits say of their coefficients.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::matrix::Matrix;
use ravine_glm::inference::{AicRule, GoodnessOfFit, Inference};

use crate::failure;

/// Standard errors, tests and intervals; the intercept first where there is one. What has no finite
/// estimate has NaN for its error.
#[pyclass(frozen, module = "ravine._core")]
pub struct GlmInference(pub Inference);

fn numbers<'py>(py: Python<'py>, values: Vec<Option<f64>>) -> Bound<'py, PyArray1<f64>> {
    PyArray1::from_iter(py, values.into_iter().map(|value| value.unwrap_or(f64::NAN)))
}

/// A dictionary of deviances, dispersion, likelihood and criteria.
pub fn goodness<'py>(py: Python<'py>, fit: &GoodnessOfFit) -> PyResult<Bound<'py, PyDict>> {
    let object = PyDict::new(py);
    object.set_item("deviance", fit.deviance)?;
    object.set_item("null_deviance", fit.null_deviance)?;
    object.set_item("pearson_chi2", fit.pearson)?;
    object.set_item("dispersion", fit.dispersion)?;
    object.set_item("dispersion_estimated", fit.dispersion_estimated)?;
    object.set_item("loglik", fit.log_likelihood_r)?;
    object.set_item("aic", fit.aic(AicRule::CountDispersion))?;
    object.set_item("aic_of_coefficients", fit.aic(AicRule::Coefficients))?;
    object.set_item("bic", fit.bic())?;
    object.set_item("rows", fit.rows)?;
    object.set_item("rank", fit.rank)?;
    object.set_item("df_resid", fit.residual_degrees())?;
    Ok(object)
}

#[pymethods]
impl GlmInference {
    #[getter]
    fn estimates<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.0.estimates)
    }

    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let n = self.0.covariance.rows();
        PyArray1::from_slice(py, self.0.covariance.entries()).reshape([n, n])
    }

    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        numbers(py, self.0.standard_errors.clone())
    }

    #[getter]
    fn statistics<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        numbers(py, self.0.statistics())
    }

    #[getter]
    fn p_values<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        numbers(py, self.0.p_values())
    }

    #[getter]
    fn leverages<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.0.leverages)
    }

    /// Sentences.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.0.notes.clone()
    }

    /// Of t and F; None: z and chi squared.
    #[getter]
    fn degrees(&self) -> Option<f64> {
        self.0.degrees
    }

    #[getter]
    fn goodness<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        goodness(py, &self.0.goodness)
    }
}

/// An inference of what has been kept of one.
fn kept(
    estimates: &PyReadonlyArray1<'_, f64>,
    covariance: &PyReadonlyArray2<'_, f64>,
    finite: &PyReadonlyArray1<'_, bool>,
    degrees: Option<f64>,
) -> Inference {
    let covariance = covariance.as_array();
    let n = covariance.nrows();
    let covariance = Matrix::from_fn(n, n, |i, j| covariance[(i, j)]);
    let errors = finite.as_array().into_iter().enumerate();
    let error = |(i, &finite): (usize, &bool)| finite.then(|| covariance[(i, i)].max(0.0).sqrt());
    Inference {
        estimates: estimates.as_array().to_vec(),
        standard_errors: errors.map(error).collect(),
        covariance,
        leverages: Vec::new(),
        goodness: GoodnessOfFit {
            deviance: 0.0,
            null_deviance: None,
            pearson: 0.0,
            dispersion: 1.0,
            dispersion_estimated: degrees.is_some(),
            log_likelihood: None,
            log_likelihood_r: None,
            rows: 0.0,
            rank: 0,
        },
        degrees,
        notes: Vec::new(),
    }
}

/// Wald's intervals, a row a coefficient.
#[pyfunction]
pub fn wald_intervals<'py>(
    py: Python<'py>,
    estimates: PyReadonlyArray1<'_, f64>,
    covariance: PyReadonlyArray2<'_, f64>,
    finite: PyReadonlyArray1<'_, bool>,
    degrees: Option<f64>,
    level: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let inference = kept(&estimates, &covariance, &finite, degrees);
    let intervals = inference.intervals(level).map_err(|error| failure::of_model(&error))?;
    let rows: Vec<f64> = intervals
        .iter()
        .flat_map(|interval| interval.map_or([f64::NAN; 2], |(low, high)| [low, high]))
        .collect();
    PyArray1::from_vec(py, rows).reshape([intervals.len(), 2])
}

/// Wald's test of `R b = 0`: the statistic, the number of restrictions and the p-value.
#[pyfunction]
pub fn wald_test(
    estimates: PyReadonlyArray1<'_, f64>,
    covariance: PyReadonlyArray2<'_, f64>,
    finite: PyReadonlyArray1<'_, bool>,
    degrees: Option<f64>,
    restrictions: PyReadonlyArray2<'_, f64>,
) -> PyResult<(f64, usize, f64)> {
    let restrictions = restrictions.as_array();
    let (rows, columns) = restrictions.dim();
    let restrictions = Matrix::from_fn(rows, columns, |i, j| restrictions[(i, j)]);
    let inference = kept(&estimates, &covariance, &finite, degrees);
    let test = inference.wald(&restrictions).map_err(|error| failure::of_model(&error))?;
    Ok((test.statistic, test.restrictions, test.p_value))
}
