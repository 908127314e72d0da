//! Preconditioners and inverses of what Python holds, as operators of the library's own.

use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use ravine::Interrupt;
use ravine::krylov::{IncompleteCholesky, Jacobi, Nystrom, NystromApproximation, NystromError};
use ravine::matrix::FactorizationError;
use ravine::operator::{Adjoint, InvertShifted, LinearOperator, Structure};

use crate::failure;
use crate::opened::Memory;
use crate::operator::{Operator, square};
use crate::watch::Watch;

/// `diag(1 / d)`.
#[pyfunction]
pub fn jacobi(diagonal: PyReadonlyArray1<'_, f64>) -> PyResult<Operator> {
    let jacobi = Jacobi::new(&diagonal.as_array().to_vec());
    Ok(Operator::owned(Box::new(jacobi.map_err(|error| failure::argument(&error))?)))
}

/// The diagonal of a matrix.
#[pyfunction]
pub fn matrix_diagonal(py: Python<'_>, a: &Operator) -> PyResult<Vec<f64>> {
    square("A", a)?;
    match a.borrow(py)?.lend()?.memory() {
        Memory::Dense(matrix) => Ok(matrix.diagonal()),
        Memory::Sparse(matrix) => Ok(matrix.diagonal()),
        _ => Err(PyTypeError::new_err("A: must be a matrix, of which entries can be read")),
    }
}

/// The incomplete Cholesky factorization of a sparse matrix, as the inverse that it stands for; and
/// the shift that was needed.
#[pyfunction]
pub fn incomplete_cholesky(
    py: Python<'_>,
    a: &Operator,
    settings: &str,
) -> PyResult<(Operator, f64)> {
    square("A", a)?;
    let settings: IncompleteCholesky = serde_json::from_str(settings).map_err(failure::settings)?;
    settings.validate().map_err(|error| failure::argument(&error))?;
    let borrowed = a.borrow(py)?;
    let lent = borrowed.lend()?;
    let Memory::Sparse(matrix) = lent.memory() else {
        return Err(PyTypeError::new_err("A: must be a sparse matrix"));
    };
    let factor = py.detach(|| settings.factorize(&matrix.to_matrix()));
    let factor = factor.map_err(|error| factorization(&error))?;
    let shift = factor.shift();
    Ok((Operator::owned(Box::new(factor)), shift))
}

/// The inverse of `A + shift I`, of a matrix that is known to be as `assume` says.
#[pyfunction]
pub fn inverse(py: Python<'_>, a: &Operator, shift: f64, assume: &str) -> PyResult<Operator> {
    square("A", a)?;
    let structure: Structure = serde_json::from_str(assume).map_err(failure::settings)?;
    let borrowed = a.borrow(py)?;
    let lent = borrowed.lend()?;
    match lent.memory() {
        Memory::Dense(matrix) => {
            let inverse = py.detach(|| matrix.to_matrix().shifted_inverse_as(shift, structure));
            Ok(Operator::owned(Box::new(inverse.map_err(|error| factorization(&error))?)))
        }
        Memory::Sparse(matrix) => {
            let inverse = py.detach(|| matrix.to_matrix().shifted_inverse_as(shift, structure));
            Ok(Operator::owned(Box::new(inverse.map_err(|error| factorization(&error))?)))
        }
        _ => Err(PyTypeError::new_err("A: must be a matrix, which can be factorized")),
    }
}

pub fn factorization(error: &FactorizationError) -> PyErr {
    PyValueError::new_err(format!("A: {error}"))
}

/// The Nystrom preconditioner for `A + mu I`, the eigenvalues of the approximation, and mu.
#[pyfunction]
pub fn nystrom(
    py: Python<'_>,
    a: &Operator,
    mu: f64,
    settings: &str,
) -> PyResult<(Operator, Vec<f64>)> {
    let like = vec![0.0; square("A", a)?];
    let settings: Nystrom = serde_json::from_str(settings).map_err(failure::settings)?;
    let borrowed = a.borrow(py)?;
    let lent = borrowed.lend()?;
    let watch = Watch::default();
    let result = py.detach(|| settings.approximate(&lent.open(&watch), mu, &like));
    if let Some(error) = watch.take() {
        return Err(error);
    }
    let approximation = result.map_err(|error| match error {
        NystromError::Argument(error) => failure::argument(&error),
        NystromError::Interrupt(interrupt) => PyRuntimeError::new_err(interrupt.to_string()),
        error => PyValueError::new_err(format!("A: {error}")),
    })?;
    let values = approximation.values().to_vec();
    Ok((Operator::owned(Box::new(OwnedNystrom { approximation, mu })), values))
}

/// A Nystrom preconditioner with the approximation that it is made of.
struct OwnedNystrom {
    approximation: NystromApproximation<Vec<f64>>,
    mu: f64,
}

impl LinearOperator<Vec<f64>> for OwnedNystrom {
    fn dimension(&self) -> usize {
        self.approximation.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.approximation.preconditioner(self.mu).apply(x, y)
    }
}

impl Adjoint<Vec<f64>> for OwnedNystrom {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
