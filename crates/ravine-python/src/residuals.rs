//! Python functions of residuals as an objective.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use numpy::PyArray1;
use pyo3::exceptions::PyMemoryError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine::matrix::Matrix;
use ravine::objective::{
    Bounds, Counts, Differences, Evaluation, Gradient, Loss, Objective, Residuals, Supplies,
    roots_of_losses,
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
    factors: RefCell<Vec<f64>>,
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
    jacobian: Option<Matrix>,
}

impl ResidualEvaluator {
    pub fn new(
        calls: Arc<ResidualCalls>,
        bounds: Option<Bounds>,
        differences: Differences,
        record: Rc<Record>,
    ) -> Self {
        let (factors, called, last) = (RefCell::default(), Cell::default(), RefCell::default());
        Self { calls, bounds, differences, record, factors, called, last }
    }

    /// Notes that a function is called.
    fn calling(&self, counts: Counts) {
        self.called.set(self.called.get() + counts);
    }

    /// The residuals and their Jacobian at x, called for only where they are not those known last.
    pub fn at(&self, x: &[f64]) -> Evaluation<(Vec<f64>, Matrix)> {
        let mut residuals = vec![0.0; self.calls.count];
        let mut jacobian = self.room()?;
        self.plain(x, &mut residuals)?;
        self.plain_jacobian(x, &residuals, &mut jacobian)?;
        Ok((residuals, jacobian))
    }

    /// A Jacobian, where there is memory for it.
    fn room(&self) -> Evaluation<Matrix> {
        let (m, n) = (self.calls.count, self.calls.dimension);
        let bytes = m.saturating_mul(n).saturating_mul(size_of::<f64>());
        self.record.evaluate(|_| match Vec::<u8>::new().try_reserve_exact(bytes) {
            Ok(()) => Ok(Matrix::zeros(m, n)),
            Err(_) => Err(PyMemoryError::new_err(format!(
                "jac: of {m} residuals and {n} variables it needs {} of memory, more than there is",
                ravine_text::bytes(bytes as u64)
            ))),
        })
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
    fn plain_jacobian(&self, x: &[f64], residuals: &[f64], jacobian: &mut Matrix) -> Evaluation {
        if let Some(known) = &self.last.borrow()[0].jacobian {
            jacobian.clone_from(known);
            return Ok(());
        }
        self.jacobian_call(x, residuals, jacobian)?;
        self.last.borrow_mut()[0].jacobian = Some(jacobian.clone());
        Ok(())
    }

    /// Under a loss of the caller's, the residuals whose squares are the losses.
    fn rooted(&self, residuals: &mut [f64], jacobian: Option<&mut Matrix>) -> Evaluation {
        let ResidualCalls { loss_function: Some(function), scale, .. } = &*self.calls else {
            return Ok(());
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
        roots_of_losses(&losses, &slopes, residuals, jacobian);
        Ok(())
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

    fn jacobian_call(&self, x: &[f64], residuals: &[f64], jacobian: &mut Matrix) -> Evaluation {
        let Some(jac) = &self.calls.jac else {
            let bounds = self.bounds.as_ref();
            let residuals_at = |x: &[f64], r: &mut [f64]| self.residuals_call(x, r);
            let factors = &mut *self.factors.borrow_mut();
            return self.differences.jacobian(
                x,
                residuals,
                bounds,
                factors,
                jacobian,
                residuals_at,
            );
        };
        self.record.evaluate(|py| {
            self.calling(Counts { value: 0, ..Counts::FUSED });
            convert::matrix("jac: its result", &self.call(py, jac, x)?, jacobian)
        })
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
        let mut residuals = vec![0.0; self.calls.count];
        let mut jacobian = self.room()?;
        self.residuals_and_jacobian(x, &mut residuals, &mut jacobian)?;
        self.calls.loss.gradient(&residuals, &jacobian, gradient);
        Ok(self.calls.loss.total(&residuals))
    }
}

impl Residuals for ResidualEvaluator {
    fn residual_count(&self) -> usize {
        self.calls.count
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.plain(x, residuals)?;
        self.rooted(residuals, None)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.plain(x, residuals)?;
        self.plain_jacobian(x, residuals, jacobian)?;
        self.rooted(residuals, Some(jacobian))
    }

    fn loss(&self) -> Loss {
        self.calls.loss
    }
}

impl Supplies for ResidualEvaluator {
    ravine::supplies!(gradient, residuals);
}
