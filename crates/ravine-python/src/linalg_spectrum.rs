//! Measurements of the spectra of what Python holds.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::krylov::{Lanczos, Reorthogonalization};
use ravine::operator::Structure;
use ravine::spectrum::{
    ConditionNumber, Count, DiagonalEstimator, Eigenpairs, Estimate, InertiaEstimate,
    PowerIteration, SpectralDensity, SpectrumEnd, SpectrumError, ThickRestartLanczos,
    TraceEstimator,
};

use crate::density::Density;
use crate::failure;
use crate::linalg_solve::{columns, entries, not_finite};
use crate::opened::{Memory, Opened};
use crate::operator::{Operator, square};
use crate::watch::Watch;

/// Measures a symmetric operator without the interpreter.
fn measure<T: Send>(
    py: Python<'_>,
    a: &Operator,
    of: impl FnOnce(Opened<'_, '_>, &Vec<f64>) -> Result<T, SpectrumError> + Send,
) -> PyResult<T> {
    let like = vec![0.0; square("A", a)?];
    let borrowed = a.borrow(py)?;
    let lent = borrowed.lend()?;
    let watch = Watch::default();
    let result = py.detach(|| of(lent.open(&watch), &like));
    ended(&watch, result)
}

/// What was measured, or the exception that ended it.
fn ended<T>(watch: &Watch, result: Result<T, SpectrumError>) -> PyResult<T> {
    match watch.take() {
        Some(error) => Err(error),
        None => result.map_err(|error| failed(&error)),
    }
}

fn failed(error: &SpectrumError) -> PyErr {
    match error {
        // The library's operator is `a`.
        SpectrumError::Argument(error) if error.argument() == "a" => {
            PyValueError::new_err(error.to_string().replacen('a', "A", 1))
        }
        SpectrumError::Argument(error) => failure::argument(error),
        SpectrumError::Interrupt(interrupt) => PyRuntimeError::new_err(interrupt.to_string()),
        SpectrumError::NotFinite => not_finite(),
        SpectrumError::Factorization(error) => PyValueError::new_err(format!("A: {error}")),
    }
}

/// The Lanczos process from b: a basis in columns, the diagonal of T and what is beside it.
#[pyfunction]
pub fn lanczos<'py>(
    py: Python<'py>,
    a: &Operator,
    b: PyReadonlyArray1<'_, f64>,
    steps: usize,
    reorthogonalization: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let n = square("A", a)?;
    let b = entries("b", &b, n)?;
    let kept: Reorthogonalization =
        serde_json::from_str(reorthogonalization).map_err(failure::settings)?;
    let process = measure(py, a, |a, _| {
        let mut process = Lanczos::new(kept);
        process.begin(&b);
        while process.dimension() < steps && !process.exhausted() {
            if !process.extend(&a)? {
                return Err(SpectrumError::NotFinite);
            }
        }
        Ok(process)
    })?;
    let object = PyDict::new(py);
    object.set_item("basis", columns(py, process.basis(), n)?)?;
    object.set_item("alpha", PyArray1::from_slice(py, process.diagonal()))?;
    object.set_item("beta", PyArray1::from_slice(py, process.off_diagonal()))?;
    object.set_item("start_norm", process.start_norm())?;
    object.set_item("exhausted", process.exhausted())?;
    object.set_item("reorthogonalizations", process.reorthogonalizations())?;
    Ok(object)
}

/// Eigenpairs at the ends of the spectrum.
#[pyfunction]
pub fn eigenpairs<'py>(
    py: Python<'py>,
    a: &Operator,
    settings: &str,
    vectors: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let lanczos: ThickRestartLanczos = serde_json::from_str(settings).map_err(failure::settings)?;
    let found = measure(py, a, |a, like| {
        if vectors { lanczos.eigenpairs(&a, like) } else { lanczos.eigenvalues(&a, like) }
    })?;
    pairs(py, &found, a.columns())
}

/// Eigenpairs nearest to a shift, by products with the inverse of `A - shift I`.
#[pyfunction]
pub fn eigenpairs_nearest<'py>(
    py: Python<'py>,
    a: &Operator,
    inverse: &Operator,
    shift: f64,
    settings: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let lanczos: ThickRestartLanczos = serde_json::from_str(settings).map_err(failure::settings)?;
    let found = measure_both(py, a, inverse, |a, inverse, like| {
        lanczos.nearest(&a, &inverse, shift, like)
    })?;
    pairs(py, &found, a.columns())
}

/// Eigenpairs of a matrix nearest to a shift, by its factorizations.
#[pyfunction]
pub fn eigenpairs_nearest_of<'py>(
    py: Python<'py>,
    a: &Operator,
    shift: f64,
    settings: &str,
) -> PyResult<Bound<'py, PyDict>> {
    square("A", a)?;
    let lanczos: ThickRestartLanczos = serde_json::from_str(settings).map_err(failure::settings)?;
    let borrowed = a.borrow(py)?;
    let lent = borrowed.lend()?;
    let found = match lent.memory() {
        Memory::Dense(matrix) => py.detach(|| lanczos.nearest_of(&matrix.to_matrix(), shift)),
        Memory::Sparse(matrix) => py.detach(|| lanczos.nearest_of(&matrix.to_matrix(), shift)),
        _ => return Err(PyTypeError::new_err("A: must be a matrix, which can be factorized")),
    };
    pairs(py, &found.map_err(|error| failed(&error))?, a.columns())
}

/// Measures an operator with the help of its inverse.
fn measure_both<T: Send>(
    py: Python<'_>,
    a: &Operator,
    inverse: &Operator,
    of: impl FnOnce(Opened<'_, '_>, Opened<'_, '_>, &Vec<f64>) -> Result<T, SpectrumError> + Send,
) -> PyResult<T> {
    let (n, found) = (square("A", a)?, square("inverse", inverse)?);
    if n != found {
        return Err(PyValueError::new_err(format!("inverse: has {found} rows, but must have {n}")));
    }
    let like = vec![0.0; n];
    let borrowed = (a.borrow(py)?, inverse.borrow(py)?);
    let lent = (borrowed.0.lend()?, borrowed.1.lend()?);
    let watch = Watch::default();
    let result = py.detach(|| of(lent.0.open(&watch), lent.1.open(&watch), &like));
    ended(&watch, result)
}

/// Eigenpairs by the power iteration.
#[pyfunction]
pub fn power_iteration<'py>(
    py: Python<'py>,
    a: &Operator,
    settings: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let power: PowerIteration = serde_json::from_str(settings).map_err(failure::settings)?;
    let found = measure(py, a, |a, like| power.eigenpairs(&a, like))?;
    pairs(py, &found, a.columns())
}

fn pairs<'py>(
    py: Python<'py>,
    found: &Eigenpairs<Vec<f64>>,
    n: usize,
) -> PyResult<Bound<'py, PyDict>> {
    if found.end == SpectrumEnd::NotFinite {
        return Err(not_finite());
    }
    let object = PyDict::new(py);
    object.set_item("values", PyArray1::from_slice(py, &found.values))?;
    object.set_item("vectors", columns(py, &found.vectors, n)?)?;
    object.set_item("residuals", PyArray1::from_slice(py, &found.residuals))?;
    object.set_item("norm", found.norm)?;
    object.set_item("products", found.products)?;
    object.set_item("restarts", found.restarts)?;
    object.set_item("converged", found.end == SpectrumEnd::Converged)?;
    object.set_item("message", message(found))?;
    Ok(object)
}

/// Why the search ended, in words.
fn message(found: &Eigenpairs<Vec<f64>>) -> String {
    match found.end {
        SpectrumEnd::PrecisionLimit if found.noise > 1e3 * f64::EPSILON * found.norm => format!(
            "precision limit: products with A are accurate to about {:.0e} of its norm only, or A is \
             not symmetric",
            found.noise / found.norm
        ),
        end => end.to_string(),
    }
}

/// Measures the density of the eigenvalues.
#[pyfunction]
pub fn spectral_density(py: Python<'_>, a: &Operator, settings: &str) -> PyResult<Density> {
    let density: SpectralDensity = serde_json::from_str(settings).map_err(failure::settings)?;
    measure(py, a, |a, like| density.estimate(&a, like)).map(Density::new)
}

/// Estimates `"trace"`, `"frobenius_norm"` or `"effective_rank"`: value, standard error, products.
#[pyfunction]
pub fn estimate(
    py: Python<'_>,
    what: &str,
    a: &Operator,
    settings: &str,
) -> PyResult<(f64, f64, usize)> {
    let estimator: TraceEstimator = serde_json::from_str(settings).map_err(failure::settings)?;
    let Estimate { value, standard_error, products } = measure(py, a, |a, like| match what {
        "frobenius_norm" => estimator.frobenius_norm(&a, like),
        "effective_rank" => estimator.effective_rank(&a, like),
        _ => estimator.trace(&a, like),
    })?;
    Ok((value, standard_error, products))
}

/// Value and standard error of every entry of the diagonal, and products.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "a triple for Python")]
pub fn diagonal<'py>(
    py: Python<'py>,
    a: &Operator,
    settings: &str,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, usize)> {
    let estimator: DiagonalEstimator = serde_json::from_str(settings).map_err(failure::settings)?;
    let found = measure(py, a, |a, like| estimator.diagonal(&a, like))?;
    let (value, error) = (found.value, found.standard_error);
    Ok((PyArray1::from_vec(py, value), PyArray1::from_vec(py, error), found.products))
}

/// The interval of the condition number of an operator that is known to be as `assume` says, with the
/// help of its inverse if there is one.
#[pyfunction]
#[pyo3(signature = (a, inverse, assume, settings))]
pub fn condition_number<'py>(
    py: Python<'py>,
    a: &Operator,
    inverse: Option<&Operator>,
    assume: &str,
    settings: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let condition: ConditionNumber = serde_json::from_str(settings).map_err(failure::settings)?;
    let structure: Structure = serde_json::from_str(assume).map_err(failure::settings)?;
    let found = match inverse {
        None => measure(py, a, |a, like| condition.estimate(&a.assume(structure), like))?,
        Some(inverse) => measure_both(py, a, inverse, |a, inverse, like| {
            condition.with_inverse(&a, &inverse, like)
        })?,
    };
    if found.end == SpectrumEnd::NotFinite {
        return Err(not_finite());
    }
    let object = PyDict::new(py);
    object.set_item("lower", found.lower)?;
    object.set_item("upper", found.upper)?;
    object.set_item("largest", found.largest)?;
    object.set_item("smallest", found.smallest)?;
    object.set_item("products", found.products)?;
    object.set_item("converged", found.end == SpectrumEnd::Converged)?;
    Ok(object)
}

/// How many eigenvalues have either sign, and whether these are all.
#[pyfunction]
pub fn inertia<'py>(py: Python<'py>, a: &Operator, settings: &str) -> PyResult<Bound<'py, PyDict>> {
    let estimator: InertiaEstimate = serde_json::from_str(settings).map_err(failure::settings)?;
    let found = measure(py, a, |a, like| estimator.estimate(&a, like))?;
    if found.end == SpectrumEnd::NotFinite {
        return Err(not_finite());
    }
    let count = |count| match count {
        Count::All(number) => (number, true),
        Count::AtLeast(number) => (number, false),
    };
    let object = PyDict::new(py);
    object.set_item("positive", count(found.positive))?;
    object.set_item("negative", count(found.negative))?;
    object.set_item("dimension", found.dimension)?;
    object.set_item("products", found.products)?;
    Ok(object)
}
