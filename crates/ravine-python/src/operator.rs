//! Linear operators that Python holds.

use std::cell::{Cell, RefCell};
use std::sync::{Mutex, PoisonError};

use numpy::{
    PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use ravine::matrix::StoredBy;
use ravine::minimize::Interrupt;
use ravine::operator::{Adjoint, LinearOperator, Structure};

use crate::convert;
use crate::matrix::{BorrowedSparse, DenseLent, Places, Sparse, SparseLent};
use crate::watch::{Signals, Watch};

/// An operator of the library's own, which several threads may use in turn.
pub type Owned = Box<dyn Adjoint<Vec<f64>> + Send>;

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
}

/// Python functions that make products.
pub struct Calls {
    apply: Py<PyAny>,
    apply_adjoint: Option<Py<PyAny>>,
}

#[pymethods]
impl Operator {
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
        (None, Err(interrupt)) => {
            Err(pyo3::exceptions::PyRuntimeError::new_err(interrupt.to_string()))
        }
    }
}

impl Operator {
    /// One of the library's own.
    pub fn owned(operator: Owned) -> Self {
        let (rows, columns) = (operator.rows(), operator.dimension());
        Self { held: Held::Owned(Mutex::new(operator)), rows, columns }
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
        };
        Ok(Borrowed { shape, arrays })
    }
}

/// An operator whose arrays are held for a computation.
pub struct Borrowed<'py> {
    shape: (usize, usize),
    arrays: Arrays<'py>,
}

enum Arrays<'py> {
    Dense(PyReadonlyArray2<'py, f64>),
    Sparse(BorrowedSparse<'py>),
    Calls(&'py Calls),
    Owned(&'py Mutex<Owned>),
}

impl Borrowed<'_> {
    /// Its memory, for a computation without the interpreter.
    pub fn lend(&self) -> PyResult<Lent<'_>> {
        let memory = match &self.arrays {
            Arrays::Dense(array) => Memory::Dense(DenseLent::new(array)?),
            Arrays::Sparse(sparse) => Memory::Sparse(sparse.view()?),
            Arrays::Calls(calls) => Memory::Calls(calls),
            Arrays::Owned(operator) => Memory::Owned(operator),
        };
        Ok(Lent { shape: self.shape, memory })
    }
}

/// An operator's memory.
pub struct Lent<'a> {
    shape: (usize, usize),
    memory: Memory<'a>,
}

/// What the memory holds.
pub enum Memory<'a> {
    Dense(DenseLent<'a>),
    Sparse(SparseLent<'a>),
    Calls(&'a Calls),
    Owned(&'a Mutex<Owned>),
}

impl<'a> Lent<'a> {
    /// The operator for one computation in one thread; `watch` keeps what its functions raise.
    pub fn open<'l>(&'l self, watch: &'l Watch) -> Opened<'l, 'a> {
        Opened {
            shape: self.shape,
            memory: &self.memory,
            watch,
            signals: Signals::default(),
            buffer: RefCell::default(),
            structure: Cell::default(),
        }
    }

    /// What it is.
    pub fn memory(&self) -> &Memory<'a> {
        &self.memory
    }
}

/// An operator in a computation: it ends with the first exception, and at Ctrl-C.
pub struct Opened<'l, 'a> {
    shape: (usize, usize),
    memory: &'l Memory<'a>,
    watch: &'l Watch,
    signals: Signals,
    /// A row of a matrix that has none in one piece.
    buffer: RefCell<Vec<f64>>,
    structure: Cell<Structure>,
}

impl Opened<'_, '_> {
    /// What the caller knows of it.
    #[must_use]
    pub fn assume(self, structure: Structure) -> Self {
        self.structure.set(structure);
        self
    }
}

impl LinearOperator<Vec<f64>> for Opened<'_, '_> {
    fn dimension(&self) -> usize {
        self.shape.1
    }

    fn rows(&self) -> usize {
        self.shape.0
    }

    fn structure(&self) -> Structure {
        self.structure.get()
    }

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.shape.0]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.signals.look(self.watch)?;
        match self.memory {
            Memory::Dense(matrix) => matrix.multiply(x, y, &mut self.buffer.borrow_mut()),
            Memory::Sparse(SparseLent::Narrow(matrix)) => matrix.multiply(x, y),
            Memory::Sparse(SparseLent::Wide(matrix)) => matrix.multiply(x, y),
            Memory::Calls(calls) => call(self.watch, &calls.apply, x, y)?,
            Memory::Owned(operator) => lock(operator).apply(x, y)?,
        }
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Opened<'_, '_> {
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.shape.1]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.signals.look(self.watch)?;
        match self.memory {
            Memory::Dense(matrix) => {
                matrix.multiply_transposed(y, x, &mut self.buffer.borrow_mut());
            }
            Memory::Sparse(SparseLent::Narrow(matrix)) => matrix.multiply_transposed(y, x),
            Memory::Sparse(SparseLent::Wide(matrix)) => matrix.multiply_transposed(y, x),
            Memory::Calls(Calls { apply_adjoint: Some(adjoint), .. }) => {
                call(self.watch, adjoint, y, x)?;
            }
            Memory::Calls(Calls { apply_adjoint: None, .. }) => {
                let message = "A: products with its transpose are needed, and there are none";
                self.watch.raise(PyTypeError::new_err(message));
                return Err(Interrupt::Cancelled);
            }
            Memory::Owned(operator) => lock(operator).apply_adjoint(y, x)?,
        }
        Ok(())
    }
}

/// Nothing of an operator is half done where a thread panicked.
fn lock(operator: &Mutex<Owned>) -> std::sync::MutexGuard<'_, Owned> {
    operator.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `y = f(x)` in Python.
fn call(watch: &Watch, function: &Py<PyAny>, x: &[f64], y: &mut [f64]) -> Result<(), Interrupt> {
    watch.attached(|py| {
        let result = function.bind(py).call1((PyArray1::from_slice(py, x),))?;
        convert::vector("A: its product", &result, y)
    })
}

/// An operator that must be square; gives its dimension.
pub fn square(name: &str, a: &Operator) -> PyResult<usize> {
    let Operator { rows, columns, .. } = a;
    if rows == columns {
        return Ok(*columns);
    }
    Err(PyValueError::new_err(format!("{name}: has shape ({rows}, {columns}), but must be square")))
}
