//! Linear operators that Python holds.

use std::sync::Mutex;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use ravine::Interrupt;
use ravine::matrix::StoredBy;
use ravine::operator::{Adjoint, LinearOperator};

use crate::held::{Calls, Hessian, Owned, Residuals};
use crate::matrix::{Places, Sparse};
use crate::opened::{Arrays, Borrowed};
use crate::watch::Watch;

/// A linear operator: a matrix where it is, functions, or one of the library's own.
#[pyclass(frozen, module = "ravine._core")]
pub struct Operator {
    held: Held,
    rows: usize,
    columns: usize,
}

enum Held {
    Dense(Py<PyArray2<f64>>),
    Sparse(Sparse),
    Calls(Calls),
    Owned(Mutex<Owned>),
    Hessian(Hessian),
    GaussNewton(Py<Operator>, Residuals),
}

#[pymethods]
impl Operator {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.held {
            Held::Dense(array) => visit.call(array),
            Held::Sparse(sparse) => sparse.traverse(&visit),
            Held::Calls(Calls { apply, apply_adjoint }) => {
                visit.call(apply)?;
                visit.call(apply_adjoint)
            }
            // The library's own hold nothing of Python's.
            Held::Owned(_) => Ok(()),
            Held::Hessian(Hessian { objective, .. }) => visit.call(objective),
            Held::GaussNewton(jacobian, _) => visit.call(jacobian),
        }
    }

    /// A dense array, in any order, without a copy.
    #[staticmethod]
    fn dense(array: &Bound<'_, PyArray2<f64>>) -> Self {
        let (rows, columns) = (array.shape()[0], array.shape()[1]);
        Self { held: Held::Dense(array.clone().unbind()), rows, columns }
    }

    /// Compressed rows (`"csr"`) or columns (`"csc"`), without copies.
    #[staticmethod]
    fn sparse(
        py: Python<'_>,
        format: &str,
        shape: (usize, usize),
        data: Py<PyArray1<f64>>,
        indices: &Bound<'_, PyAny>,
        indptr: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let stored = if format == "csc" { StoredBy::Columns } else { StoredBy::Rows };
        let places = if let (Ok(indptr), Ok(indices)) =
            (indptr.cast::<PyArray1<i32>>(), indices.cast::<PyArray1<i32>>())
        {
            Places::Narrow(indptr.clone().unbind(), indices.clone().unbind())
        } else if let (Ok(indptr), Ok(indices)) =
            (indptr.cast::<PyArray1<i64>>(), indices.cast::<PyArray1<i64>>())
        {
            Places::Wide(indptr.clone().unbind(), indices.clone().unbind())
        } else {
            return Err(PyTypeError::new_err(
                "A: indices and indptr must both be of dtype int32, or both of int64",
            ));
        };
        let sparse = Sparse { shape, stored, data, places };
        // Each use checks the indices again, as Python may have changed them.
        sparse.borrow(py).view()?;
        Ok(Self { held: Held::Sparse(sparse), rows: shape.0, columns: shape.1 })
    }

    /// Functions `v -> A v` and, if there is one, `v -> A'v`.
    #[staticmethod]
    #[pyo3(signature = (apply, apply_adjoint, rows, columns))]
    fn calls(
        apply: Py<PyAny>,
        apply_adjoint: Option<Py<PyAny>>,
        rows: usize,
        columns: usize,
    ) -> Self {
        Self { held: Held::Calls(Calls { apply, apply_adjoint }), rows, columns }
    }

    /// Rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// `A x`.
    fn apply<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (x, mut y) = (self.vector("x", &x, self.columns)?, vec![0.0; self.rows]);
        let borrowed = self.borrow(py)?;
        let lent = borrowed.lend()?;
        let watch = Watch::default();
        let result = py.detach(|| lent.open(&watch).apply(&x, &mut y));
        finish(&watch, result)?;
        Ok(PyArray1::from_vec(py, y))
    }

    /// `A'y`.
    fn apply_adjoint<'py>(
        &self,
        py: Python<'py>,
        y: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (y, mut x) = (self.vector("y", &y, self.rows)?, vec![0.0; self.columns]);
        let borrowed = self.borrow(py)?;
        let lent = borrowed.lend()?;
        let watch = Watch::default();
        let result = py.detach(|| lent.open(&watch).apply_adjoint(&y, &mut x));
        finish(&watch, result)?;
        Ok(PyArray1::from_vec(py, x))
    }

    /// Whether `A'y` can be had.
    #[getter]
    fn has_adjoint(&self) -> bool {
        !matches!(&self.held, Held::Calls(Calls { apply_adjoint: None, .. }))
    }
}

/// What a computation gave, unless Python raised an exception.
pub fn finish<T>(watch: &Watch, result: Result<T, Interrupt>) -> PyResult<T> {
    match (watch.take(), result) {
        (Some(error), _) => Err(error),
        (None, Ok(value)) => Ok(value),
        (None, Err(interrupt)) => Err(PyRuntimeError::new_err(interrupt.to_string())),
    }
}

impl Operator {
    /// One of the library's own.
    pub fn owned(operator: Owned) -> Self {
        let (rows, columns) = (operator.rows(), operator.dimension());
        Self { held: Held::Owned(Mutex::new(operator)), rows, columns }
    }

    /// A Hessian at a point.
    pub fn hessian(hessian: Hessian) -> Self {
        let n = hessian.x.len();
        Self { held: Held::Hessian(hessian), rows: n, columns: n }
    }

    /// A Gauss-Newton matrix.
    pub fn gauss_newton(jacobian: Py<Self>, residuals: Residuals) -> Self {
        let n = jacobian.get().columns;
        Self { held: Held::GaussNewton(jacobian, residuals), rows: n, columns: n }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The vector of that length that `array` is.
    fn vector(
        &self,
        name: &str,
        array: &PyReadonlyArray1<'_, f64>,
        length: usize,
    ) -> PyResult<Vec<f64>> {
        if array.len() != length {
            let found = array.len();
            return Err(PyValueError::new_err(format!(
                "{name}: has {found} entries, but must have {length}"
            )));
        }
        Ok(array.as_array().to_vec())
    }

    /// For one computation, while the interpreter is attached.
    pub fn borrow<'py>(&'py self, py: Python<'py>) -> PyResult<Borrowed<'py>> {
        let shape = (self.rows, self.columns);
        let arrays = match &self.held {
            Held::Dense(array) => {
                let array = array.bind(py).try_readonly();
                Arrays::Dense(array.map_err(|error| PyValueError::new_err(format!("A: {error}")))?)
            }
            Held::Sparse(sparse) => Arrays::Sparse(sparse.borrow(py)),
            Held::Calls(calls) => Arrays::Calls(calls),
            Held::Owned(operator) => Arrays::Owned(operator),
            Held::Hessian(hessian) => Arrays::Hessian(hessian),
            Held::GaussNewton(jacobian, residuals) => {
                Arrays::GaussNewton(Box::new(jacobian.get().borrow(py)?), residuals)
            }
        };
        Ok(Borrowed { shape, arrays })
    }
}

/// An operator that must be square; gives its dimension.
pub fn square(name: &str, a: &Operator) -> PyResult<usize> {
    let Operator { rows, columns, .. } = a;
    if rows == columns {
        return Ok(*columns);
    }
    Err(PyValueError::new_err(format!("{name}: has shape ({rows}, {columns}), but must be square")))
}
