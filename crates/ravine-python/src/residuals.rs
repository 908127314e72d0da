//! Python functions of residuals as an objective.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use numpy::PyArray1;
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::{
    Bounds, ColumnGroups, Counts, Differences, Evaluation, Gradient, Loss, Objective, Residuals,
    StepFactors, Supplies, roots_of_losses,
};

use crate::convert;
use crate::record::Record;

/// What is called: residuals `fun(x, *args)`, and their Jacobian, or differences for it.
pub struct ResidualCalls {
    pub dimension: usize,
    pub count: usize,
    pub fun: Py<PyAny>,
    pub args: Py<PyTuple>,
    pub jac: Option<Py<PyAny>>,
    pub loss: Loss,
    /// `loss_function(z)` gives rho(z), its first and its second derivative, three rows; z are the squares
    /// of the residuals over `scale`.
    pub loss_function: Option<Py<PyAny>>,
    pub scale: f64,
    /// Where the Jacobian may have entries, where it is sparse.
    pub pattern: Option<SparseMatrix>,
    /// The steps of differences over the sizes of the variables, where they are given.
    pub steps: Option<Vec<f64>>,
}

impl ResidualCalls {
    /// Shows the collector what is called.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.fun)?;
        visit.call(&self.args)?;
        visit.call(&self.jac)?;
        visit.call(&self.loss_function)
    }
}

/// The residuals in one run: `f(x) = sum_i rho(r_i(x)^2)`.
pub struct ResidualEvaluator {
    calls: Arc<ResidualCalls>,
    /// Within these, the differences for the Jacobian are taken.
    bounds: Option<Bounds>,
    differences: Differences,
    record: Rc<Record>,
    /// By what the steps of differences are multiplied.
    factors: RefCell<StepFactors>,
    /// Columns of a sparse Jacobian that differences take together.
    groups: OnceCell<ColumnGroups>,
    /// Calls that the run has not counted yet.
    called: Cell<Counts>,
    /// What is known at the last point, and at the one before with a Jacobian: values around a point that the
    /// run may end at are asked for last.
    last: RefCell<[Last; 2]>,
}

#[derive(Default)]
struct Last {
    x: Vec<f64>,
    residuals: Vec<f64>,
    jacobian: Option<Jacobian>,
}

/// A Jacobian as it was given.
pub enum Jacobian {
    Dense(Matrix),
    Sparse(SparseMatrix),
}

impl ResidualEvaluator {
    pub fn new(
        calls: Arc<ResidualCalls>,
        bounds: Option<Bounds>,
        differences: Differences,
        record: Rc<Record>,
    ) -> Self {
        // The steps were checked when they were given.
        let given = calls.steps.clone().and_then(|steps| StepFactors::relative(steps).ok());
        let factors = RefCell::new(given.unwrap_or_default());
        let (called, last, groups) = (Cell::default(), RefCell::default(), OnceCell::new());
        Self { calls, bounds, differences, record, factors, groups, called, last }
    }

    /// Notes that a function is called.
    fn calling(&self, counts: Counts) {
        self.called.set(self.called.get() + counts);
    }

    /// The residuals and their Jacobian at x, called for only where they are not those known last.
    pub fn at(&self, x: &[f64]) -> Evaluation<(Vec<f64>, Jacobian)> {
        let mut residuals = vec![0.0; self.calls.count];
        self.plain(x, &mut residuals)?;
        let jacobian = self.plain_jacobian(x, &residuals)?;
        Ok((residuals, jacobian))
    }

    /// A dense Jacobian, where there is memory for it.
    fn room(&self) -> PyResult<Matrix> {
        let (m, n) = (self.calls.count, self.calls.dimension);
        let bytes = m.saturating_mul(n).saturating_mul(size_of::<f64>());
        match Vec::<u8>::new().try_reserve_exact(bytes) {
            Ok(()) => Ok(Matrix::zeros(m, n)),
            Err(_) => Err(PyMemoryError::new_err(format!(
                "jac: of {m} residuals and {n} variables it needs {} of memory, more than there is",
                ravine_text::bytes(bytes as u64)
            ))),
        }
    }

    /// The residuals as they are.
    fn plain(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        {
            let [last, before] = &mut *self.last.borrow_mut();
            if before.x == x {
                std::mem::swap(last, before);
            }
            if last.x == x {
                residuals.copy_from_slice(&last.residuals);
                return Ok(());
            }
        }
        self.residuals_call(x, residuals)?;
        let [last, before] = &mut *self.last.borrow_mut();
        if last.jacobian.is_some() {
            std::mem::swap(last, before);
        }
        *last = Last { x: x.to_vec(), residuals: residuals.to_vec(), jacobian: None };
        Ok(())
    }

    /// Their Jacobian, where [`plain`](Self::plain) was asked last.
    fn plain_jacobian(&self, x: &[f64], residuals: &[f64]) -> Evaluation<Jacobian> {
        if self.last.borrow()[0].jacobian.is_none() {
            let new = self.jacobian_call(x, residuals)?;
            self.last.borrow_mut()[0].jacobian = Some(new);
        }
        Ok(match &self.last.borrow()[0].jacobian {
            Some(Jacobian::Sparse(known)) => Jacobian::Sparse(known.clone()),
            Some(Jacobian::Dense(known)) => Jacobian::Dense(known.clone()),
            None => return Err("the Jacobian is lost".into()),
        })
    }

    /// Under a loss of the caller's, the residuals whose squares are the losses; gives the factors of the
    /// rows of their Jacobian.
    fn rooted(&self, residuals: &mut [f64]) -> Evaluation<Option<Vec<f64>>> {
        let ResidualCalls { loss_function: Some(function), scale, .. } = &*self.calls else {
            return Ok(None);
        };
        let (m, square) = (residuals.len(), scale * scale);
        let z: Vec<f64> = residuals.iter().map(|r| r * r / square).collect();
        let mut rho = Matrix::zeros(3, m);
        self.record.evaluate(|py| {
            let value = function.bind(py).call1((PyArray1::from_slice(py, &z),))?;
            convert::matrix("loss: its result", &value, &mut rho)
        })?;
        let losses: Vec<f64> = (0..m).map(|i| rho[(0, i)] * square).collect();
        let slopes: Vec<f64> = (0..m).map(|i| rho[(1, i)]).collect();
        Ok(Some(roots_of_losses(&losses, &slopes, residuals)))
    }

    fn call<'py>(
        &self,
        py: Python<'py>,
        function: &Py<PyAny>,
        x: &[f64],
    ) -> PyResult<Bound<'py, PyAny>> {
        convert::call(py, function, &[x], &self.calls.args)
    }

    fn residuals_call(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.record.evaluate(|py| {
            self.calling(Counts::VALUE);
            convert::vector("fun: its result", &self.call(py, &self.calls.fun, x)?, residuals)
        })
    }

    fn jacobian_call(&self, x: &[f64], residuals: &[f64]) -> Evaluation<Jacobian> {
        let ResidualCalls { jac, pattern, count, dimension, .. } = &*self.calls;
        let Some(jac) = jac else { return self.differences_at(x, residuals) };
        self.record.evaluate(|py| {
            self.calling(Counts { value: 0, ..Counts::FUSED });
            let value = self.call(py, jac, x)?;
            let what = "jac: its result";
            let Some(pattern) = pattern else {
                let mut dense = self.room()?;
                convert::matrix(what, &value, &mut dense)?;
                return Ok(Jacobian::Dense(dense));
            };
            if !value.hasattr("tocsc")? {
                let message = "jac: its result must be a sparse matrix, as the first was";
                return Err(PyTypeError::new_err(message));
            }
            let mut sparse = pattern.clone();
            let new = convert::sparse(what, &value, (*count, *dimension))?;
            convert::fill("jac", &mut sparse, &new)?;
            Ok(Jacobian::Sparse(sparse))
        })
    }

    fn differences_at(&self, x: &[f64], residuals: &[f64]) -> Evaluation<Jacobian> {
        let bounds = self.bounds.as_ref();
        let at = |x: &[f64], r: &mut [f64]| self.residuals_call(x, r);
        let factors = &mut *self.factors.borrow_mut();
        let Some(pattern) = &self.calls.pattern else {
            let mut dense = self.record.evaluate(|_| self.room())?;
            self.differences.jacobian(x, residuals, bounds, factors, &mut dense, at)?;
            return Ok(Jacobian::Dense(dense));
        };
        let groups = self.groups.get_or_init(|| ColumnGroups::new(pattern));
        let mut sparse = pattern.clone();
        self.differences.sparse_jacobian(x, residuals, bounds, factors, groups, &mut sparse, at)?;
        Ok(Jacobian::Sparse(sparse))
    }
}

impl Objective for ResidualEvaluator {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.calls.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let mut residuals = vec![0.0; self.calls.count];
        self.residuals(x, &mut residuals)?;
        Ok(self.calls.loss.total(&residuals))
    }

    fn taken(&self) -> Option<Counts> {
        Some(self.called.take())
    }
}

impl Gradient for ResidualEvaluator {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let (residuals, jacobian) = self.rooted_jacobian(x)?;
        let loss = self.calls.loss;
        match jacobian {
            Jacobian::Dense(jacobian) => loss.gradient(&residuals, &jacobian, gradient),
            Jacobian::Sparse(jacobian) => loss.sparse_gradient(&residuals, &jacobian, gradient),
        }
        Ok(loss.total(&residuals))
    }
}

impl ResidualEvaluator {
    /// Residuals and Jacobian of what is minimized.
    fn rooted_jacobian(&self, x: &[f64]) -> Evaluation<(Vec<f64>, Jacobian)> {
        let (mut residuals, mut jacobian) = self.at(x)?;
        if let Some(factors) = self.rooted(&mut residuals)? {
            match &mut jacobian {
                Jacobian::Dense(jacobian) => jacobian.scale_rows(&factors),
                Jacobian::Sparse(jacobian) => jacobian.scale_rows(&factors),
            }
        }
        Ok((residuals, jacobian))
    }
}

impl Residuals for ResidualEvaluator {
    fn residual_count(&self) -> usize {
        self.calls.count
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.plain(x, residuals)?;
        self.rooted(residuals).map(drop)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        let (at_x, new) = self.rooted_jacobian(x)?;
        residuals.copy_from_slice(&at_x);
        match new {
            Jacobian::Dense(new) => *jacobian = new,
            Jacobian::Sparse(new) => new.write_dense(jacobian),
        }
        Ok(())
    }

    fn sparse_jacobian_pattern(&self, _x: &[f64]) -> Evaluation<Option<SparseMatrix>> {
        Ok(self.calls.pattern.clone())
    }

    fn residuals_and_sparse_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut SparseMatrix,
    ) -> Evaluation {
        let (at_x, new) = self.rooted_jacobian(x)?;
        residuals.copy_from_slice(&at_x);
        if let Jacobian::Sparse(new) = new {
            *jacobian = new;
        }
        Ok(())
    }

    fn loss(&self) -> Loss {
        self.calls.loss
    }
}

impl Supplies for ResidualEvaluator {
    ravine::supplies!(gradient, residuals);
}
