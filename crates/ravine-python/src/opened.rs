//! Operators of Python in a computation of the library.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use numpy::{PyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use ravine::curvature::{self, LossCurvature};
use ravine::objective::{HessianProducts, Supplies};
use ravine::operator::{Adjoint, Algebra, LinearOperator, Scaled, Structure};
use ravine::oracle::Oracle;
use ravine::{ArgumentError, Interrupt, Stopping};

use crate::held::{Calls, Hessian, Owned, Residuals};
use crate::matrix::{BorrowedSparse, DenseLent, SparseLent};
use crate::record::Record;
use crate::watch::{Signals, Watch};
use crate::{convert, failure};

/// An operator whose arrays are held for a computation.
pub struct Borrowed<'py> {
    pub shape: (usize, usize),
    pub arrays: Arrays<'py>,
}

/// What there is of it.
pub enum Arrays<'py> {
    Dense(PyReadonlyArray2<'py, f64>),
    Sparse(BorrowedSparse<'py>),
    Calls(&'py Calls),
    Owned(&'py Mutex<Owned>),
    Hessian(&'py Hessian),
    GaussNewton(Box<Borrowed<'py>>, &'py Residuals),
}

impl Borrowed<'_> {
    /// Its memory, for a computation without the interpreter.
    pub fn lend(&self) -> PyResult<Lent<'_>> {
        let memory = match &self.arrays {
            Arrays::Dense(array) => Memory::Dense(DenseLent::new(array)?),
            Arrays::Sparse(sparse) => Memory::Sparse(sparse.view()?),
            Arrays::Calls(calls) => Memory::Calls(calls),
            Arrays::Owned(operator) => Memory::Owned(operator),
            Arrays::Hessian(hessian) => Memory::Hessian(hessian),
            Arrays::GaussNewton(jacobian, residuals) => {
                Memory::GaussNewton(Box::new(jacobian.lend()?), residuals)
            }
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
    Hessian(&'a Hessian),
    GaussNewton(Box<Lent<'a>>, &'a Residuals),
}

impl<'a> Lent<'a> {
    /// The operator for one computation in one thread; `watch` keeps what its functions raise.
    pub fn open<'l>(&'l self, watch: &'l Watch) -> Opened<'l, 'a> {
        let part = match &self.memory {
            Memory::Dense(matrix) => Part::Dense(matrix, RefCell::default()),
            Memory::Sparse(SparseLent::Narrow(matrix)) => Part::Sparse(matrix),
            Memory::Sparse(SparseLent::Wide(matrix)) => Part::Sparse(matrix),
            Memory::Calls(calls) => Part::Calls(calls),
            Memory::Owned(operator) => Part::Owned(operator),
            Memory::Hessian(hessian) => Part::hessian(hessian, watch),
            Memory::GaussNewton(jacobian, residuals) => {
                Part::gauss_newton(jacobian.open(watch), residuals, watch)
            }
        };
        let (signals, structure) = (Signals::default(), Structure::General);
        Opened { shape: self.shape, part, watch, signals, structure }
    }

    /// What it is.
    pub fn memory(&self) -> &Memory<'a> {
        &self.memory
    }
}

/// An operator in a computation: it ends with the first exception, and at Ctrl-C.
pub struct Opened<'l, 'a> {
    shape: (usize, usize),
    part: Part<'l, 'a>,
    watch: &'l Watch,
    signals: Signals,
    structure: Structure,
}

/// What makes the products.
enum Part<'l, 'a> {
    /// With room for a row of a matrix that has none in one piece.
    Dense(&'l DenseLent<'a>, RefCell<Vec<f64>>),
    Sparse(&'l dyn Adjoint<Vec<f64>>),
    Calls(&'a Calls),
    Owned(&'a Mutex<Owned>),
    Hessian(Oracle<'static, dyn Supplies>, Rc<Record>, &'a Hessian),
    /// At SciPy's scale, of half a sum.
    GaussNewton(Box<Scaled<curvature::GaussNewton<Opened<'l, 'a>>>>),
    /// It could not be opened; the watch knows why.
    None,
}

impl<'l, 'a> Part<'l, 'a> {
    fn hessian(hessian: &'a Hessian, watch: &Watch) -> Self {
        match hessian.objective.get().open() {
            Ok(opened) => {
                let conditions = opened.conditions(Stopping::default());
                let oracle = Oracle::sharing(opened.objective, conditions);
                Self::Hessian(oracle, opened.record, hessian)
            }
            Err(error) => Self::refused(&error, watch),
        }
    }

    fn gauss_newton(jacobian: Opened<'l, 'a>, given: &'a Residuals, watch: &Watch) -> Self {
        let Residuals { residuals, loss } = given;
        match curvature::GaussNewton::new(jacobian, residuals, *loss, LossCurvature::default()) {
            Ok(twice) => Self::GaussNewton(Box::new(twice.scaled(0.5))),
            Err(error) => Self::refused(&error, watch),
        }
    }

    fn refused(error: &ArgumentError, watch: &Watch) -> Self {
        watch.raise(failure::argument(error));
        Self::None
    }
}

impl Opened<'_, '_> {
    /// What the caller knows of it.
    #[must_use]
    pub fn assume(self, structure: Structure) -> Self {
        Self { structure, ..self }
    }

    /// A Hessian product, or the exception of a function; warns of the first where differences make it rough.
    fn hessian_product(
        &self,
        oracle: &Oracle<'static, dyn Supplies>,
        record: &Record,
        hessian: &Hessian,
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Result<(), Interrupt> {
        let x = hessian.x.clone();
        let made = oracle.over::<HessianProducts, _, _>(|f| f.hessian_product(&x, d, product));
        if let Some(error) = record.raised() {
            self.watch.raise(error);
            return Err(Interrupt::Cancelled);
        }
        if let Some(error) = oracle.hessian_error()
            && !hessian.told.swap(true, Ordering::Relaxed)
        {
            self.watch.attached(|py| {
                let result = py.import("ravine._result")?;
                result.getattr("warn_of_differences")?.call1((error,)).map(drop)
            })?;
        }
        made
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
        self.structure
    }

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.shape.0]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.signals.look(self.watch)?;
        match &self.part {
            Part::Dense(matrix, buffer) => matrix.multiply(x, y, &mut buffer.borrow_mut()),
            Part::Sparse(matrix) => matrix.apply(x, y)?,
            Part::Calls(calls) => call(self.watch, &calls.apply, x, y)?,
            Part::Owned(operator) => lock(operator).apply(x, y)?,
            Part::Hessian(oracle, record, at) => self.hessian_product(oracle, record, at, x, y)?,
            Part::GaussNewton(matrix) => matrix.apply(x, y)?,
            Part::None => return Err(Interrupt::Cancelled),
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
        match &self.part {
            Part::Dense(matrix, buffer) => {
                matrix.multiply_transposed(y, x, &mut buffer.borrow_mut());
            }
            Part::Sparse(matrix) => matrix.apply_adjoint(y, x)?,
            Part::Calls(Calls { apply_adjoint: Some(adjoint), .. }) => {
                call(self.watch, adjoint, y, x)?;
            }
            Part::Calls(Calls { apply_adjoint: None, .. }) => {
                let message = "A: products with its transpose are needed, and there are none";
                self.watch.raise(PyTypeError::new_err(message));
                return Err(Interrupt::Cancelled);
            }
            Part::Owned(operator) => lock(operator).apply_adjoint(y, x)?,
            // Both are symmetric.
            Part::Hessian(..) | Part::GaussNewton(_) | Part::None => self.apply(y, x)?,
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
