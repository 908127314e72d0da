//! Python functions as an objective.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::{
    Counts, Evaluation, Gradient, Hessian, HessianProduct, Objective, SparseHessian, Supplies,
};

use crate::convert;
use crate::matrix::DenseLent;
use crate::record::Record;

/// What is called. It holds no state, so that several threads may use it.
pub struct Calls {
    pub dimension: usize,
    pub fun: Py<PyAny>,
    pub args: Py<PyTuple>,
    pub gradient: GradientCall,
    pub hessian: HessianCall,
    /// The Hessian times a direction, `hessp(x, d, *args)`.
    pub product: Option<Py<PyAny>>,
}

impl Calls {
    /// Shows the collector what is called.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.fun)?;
        visit.call(&self.args)?;
        if let GradientCall::Separate(call) = &self.gradient {
            visit.call(call)?;
        }
        match &self.hessian {
            HessianCall::None => {}
            HessianCall::Dense(call) | HessianCall::Sparse(call) | HessianCall::Operator(call) => {
                visit.call(call)?;
            }
        }
        visit.call(&self.product)
    }
}

/// Where gradients come from.
pub enum GradientCall {
    /// There are none.
    None,
    /// `fun` returns the value and the gradient.
    Fused,
    /// A function of their own.
    Separate(Py<PyAny>),
}

/// Where Hessians come from, and what the function returns.
pub enum HessianCall {
    None,
    /// An array.
    Dense(Py<PyAny>),
    /// A sparse matrix of SciPy.
    Sparse(Py<PyAny>),
    /// What has `matvec`, or else `dot`.
    Operator(Py<PyAny>),
}

/// A gradient alone.
const GRADIENT: Counts = Counts { value: 0, ..Counts::FUSED };

/// The functions in one run.
pub struct Evaluator {
    calls: Arc<Calls>,
    record: Rc<Record>,
    /// Calls that the run has not counted yet.
    called: Cell<Counts>,
    /// What is known at the last point.
    last: RefCell<Last>,
    /// The Hessian at the last point where products with it were asked for.
    multiplied: RefCell<Option<(Vec<f64>, Kept)>>,
}

#[derive(Default)]
struct Last {
    x: Vec<f64>,
    value: Option<f64>,
    gradient: Option<Vec<f64>>,
}

/// A Hessian that is kept for several products.
enum Kept {
    /// The array of the caller's, where it is.
    Dense(Py<PyArray2<f64>>),
    Sparse(SparseMatrix),
    Operator(Py<PyAny>),
}

impl Evaluator {
    pub fn new(calls: Arc<Calls>, record: Rc<Record>) -> Self {
        let (last, multiplied) = (RefCell::default(), RefCell::default());
        Self { calls, record, called: Cell::default(), last, multiplied }
    }

    /// Notes that a function is called.
    fn calling(&self, counts: Counts) {
        self.called.set(self.called.get() + counts);
    }

    fn call<'py>(
        &self,
        py: Python<'py>,
        function: &Py<PyAny>,
        vectors: &[&[f64]],
    ) -> PyResult<Bound<'py, PyAny>> {
        convert::call(py, function, vectors, &self.calls.args)
    }

    fn value_call(&self, py: Python<'_>, x: &[f64]) -> PyResult<f64> {
        self.calling(Counts::VALUE);
        convert::scalar(&self.call(py, &self.calls.fun, &[x])?)
    }

    fn fused_call(&self, py: Python<'_>, x: &[f64], gradient: &mut [f64]) -> PyResult<f64> {
        self.calling(Counts::FUSED);
        let result = self.call(py, &self.calls.fun, &[x])?;
        type Two<'py> = [Bound<'py, PyAny>; 2];
        // A tuple or a list; an array of two numbers is no pair.
        let two = match result.cast::<PyTuple>() {
            Ok(tuple) => tuple.extract::<Two<'_>>(),
            Err(_) => match result.cast::<PyList>() {
                Ok(list) => list.extract::<Two<'_>>(),
                Err(error) => Err(error.into()),
            },
        };
        let [value, derivative] = two.map_err(|_| {
            PyTypeError::new_err(
                "fun: with jac=True it must return a pair, the value and the gradient",
            )
        })?;
        convert::vector("fun: the gradient", &derivative, gradient)?;
        convert::scalar(&value)
    }

    fn gradient_call(
        &self,
        py: Python<'_>,
        jac: &Py<PyAny>,
        x: &[f64],
        to: &mut [f64],
    ) -> PyResult<()> {
        self.calling(GRADIENT);
        convert::vector("jac: its result", &self.call(py, jac, &[x])?, to)
    }

    fn hessian_call<'py>(
        &self,
        py: Python<'py>,
        hess: &Py<PyAny>,
        x: &[f64],
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calling(Counts::HESSIAN);
        self.call(py, hess, &[x])
    }

    /// `f(x)` where it is the last that was computed.
    fn known_value(&self, x: &[f64]) -> Option<f64> {
        let last = self.last.borrow();
        last.value.filter(|_| last.x == x)
    }

    fn remember(&self, x: &[f64], value: f64, gradient: Option<&[f64]>) {
        let mut last = self.last.borrow_mut();
        last.x.clear();
        last.x.extend_from_slice(x);
        last.value = Some(value);
        last.gradient = gradient.map(<[f64]>::to_vec);
    }

    /// The Hessian at x, called for once for all products there.
    fn multiply(&self, py: Python<'_>, x: &[f64], d: &[f64], product: &mut [f64]) -> PyResult<()> {
        let mut multiplied = self.multiplied.borrow_mut();
        if !multiplied.as_ref().is_some_and(|(at, _)| at == x) {
            let n = x.len();
            let kept = match &self.calls.hessian {
                HessianCall::None => return Err(PyTypeError::new_err("hess: there is none")),
                HessianCall::Dense(hess) => {
                    let value = self.hessian_call(py, hess, x)?;
                    Kept::Dense(convert::array("hess: its result", &value, (n, n))?.unbind())
                }
                HessianCall::Sparse(hess) => {
                    let value = self.hessian_call(py, hess, x)?;
                    Kept::Sparse(convert::sparse("hess: its result", &value, (n, n))?)
                }
                HessianCall::Operator(hess) => {
                    Kept::Operator(self.hessian_call(py, hess, x)?.into())
                }
            };
            *multiplied = Some((x.to_vec(), kept));
        }
        match multiplied.as_ref() {
            Some((_, Kept::Dense(array))) => {
                let array = array.bind(py).try_readonly()?;
                match DenseLent::new(&array)? {
                    DenseLent::Lines(lines) => lines.multiply(d, product),
                    strided @ DenseLent::Strided(_) => strided.to_matrix().multiply(d, product),
                }
            }
            Some((_, Kept::Sparse(matrix))) => matrix.multiply(d, product),
            Some((_, Kept::Operator(operator))) => {
                self.calling(Counts::HESSIAN_PRODUCT);
                let argument = (PyArray1::from_slice(py, d),);
                let result = operator.bind(py).call_method1("dot", argument)?;
                convert::vector("hess: its product", &result, product)?;
            }
            None => {}
        }
        Ok(())
    }
}

impl Objective for Evaluator {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.calls.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        if let Some(value) = self.known_value(x) {
            return Ok(value);
        }
        if let GradientCall::Fused = self.calls.gradient {
            let mut gradient = vec![0.0; x.len()];
            let value = self.record.evaluate(|py| self.fused_call(py, x, &mut gradient))?;
            self.remember(x, value, Some(&gradient));
            return Ok(value);
        }
        let value = self.record.evaluate(|py| self.value_call(py, x))?;
        self.remember(x, value, None);
        Ok(value)
    }

    fn taken(&self) -> Option<Counts> {
        Some(self.called.take())
    }
}

impl Gradient for Evaluator {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let known = self.known_value(x);
        if let (Some(value), Some(known)) = (known, &self.last.borrow().gradient) {
            gradient.copy_from_slice(known);
            return Ok(value);
        }
        let value = self.record.evaluate(|py| match &self.calls.gradient {
            GradientCall::Fused => self.fused_call(py, x, gradient),
            GradientCall::None => Err(PyTypeError::new_err("jac: there is none")),
            GradientCall::Separate(jac) => {
                let value = known.map_or_else(|| self.value_call(py, x), Ok)?;
                self.gradient_call(py, jac, x, gradient)?;
                Ok(value)
            }
        })?;
        self.remember(x, value, None);
        Ok(value)
    }

    /// Values are remembered until the next point.
    fn gradient_follows_value(&self) -> bool {
        matches!(self.calls.gradient, GradientCall::Separate(_))
    }
}

impl HessianProduct for Evaluator {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.record.evaluate(|py| {
            let Some(hessp) = &self.calls.product else { return self.multiply(py, x, d, product) };
            self.calling(Counts::HESSIAN_PRODUCT);
            convert::vector("hessp: its result", &self.call(py, hessp, &[x, d])?, product)
        })
    }
}

impl Hessian for Evaluator {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.record.evaluate(|py| {
            let (HessianCall::Dense(hess) | HessianCall::Sparse(hess)) = &self.calls.hessian else {
                return Err(PyTypeError::new_err("hess: there is none"));
            };
            convert::matrix("hess: its result", &self.hessian_call(py, hess, x)?, hessian)
        })
    }
}

impl SparseHessian for Evaluator {
    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.record.evaluate(|py| {
            let HessianCall::Sparse(hess) = &self.calls.hessian else {
                return Err(PyTypeError::new_err("hess: it returns no sparse matrix"));
            };
            let value = self.hessian_call(py, hess, x)?;
            let matrix = convert::sparse("hess: its result", &value, (x.len(), x.len()))?;
            *self.multiplied.borrow_mut() = Some((x.to_vec(), Kept::Sparse(matrix.clone())));
            Ok(matrix)
        })
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        let known = match &*self.multiplied.borrow() {
            Some((at, Kept::Sparse(matrix))) if at == x => Some(matrix.clone()),
            _ => None,
        };
        let new = known.map_or_else(|| self.sparse_hessian_pattern(x), Ok)?;
        self.record.evaluate(|_| convert::fill("hess", hessian, &new))
    }
}

impl Supplies for Evaluator {
    ravine::supplies!(
        gradient if |f: &Self| !matches!(f.calls.gradient, GradientCall::None),
        hessian_product if |f: &Self| {
            f.calls.product.is_some() || !matches!(f.calls.hessian, HessianCall::None)
        },
        hessian if |f: &Self| {
            matches!(f.calls.hessian, HessianCall::Dense(_) | HessianCall::Sparse(_))
        },
        sparse_hessian if |f: &Self| matches!(f.calls.hessian, HessianCall::Sparse(_)),
    );
}
