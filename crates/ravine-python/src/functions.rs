//! Python functions as an objective.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine::matrix::Matrix;
use ravine::minimize::Counts;
use ravine::objective::{Derivatives, DynamicObjective, Evaluation, ObjectiveError};

/// A function of n variables with the derivatives that the caller has.
#[pyclass(frozen, module = "ravine._core")]
pub struct Functions {
    calls: Arc<Calls>,
}

/// What is called. It holds no state, so that several threads may use it.
struct Calls {
    dimension: usize,
    fun: Py<PyAny>,
    args: Py<PyTuple>,
    /// Where `fun` gives its gradient too there is no `jac`.
    gradient: GradientCall,
    hess: Option<Py<PyAny>>,
    hessp: Option<Py<PyAny>>,
}

enum GradientCall {
    None,
    /// `fun` returns the value and the gradient.
    Fused,
    Separate(Py<PyAny>),
}

#[pymethods]
impl Functions {
    #[new]
    #[pyo3(signature = (dimension, fun, args, fused, jac, hess, hessp))]
    fn new(
        dimension: usize,
        fun: Py<PyAny>,
        args: Py<PyTuple>,
        fused: bool,
        jac: Option<Py<PyAny>>,
        hess: Option<Py<PyAny>>,
        hessp: Option<Py<PyAny>>,
    ) -> Self {
        let gradient = match jac {
            _ if fused => GradientCall::Fused,
            Some(jac) => GradientCall::Separate(jac),
            None => GradientCall::None,
        };
        let calls = Arc::new(Calls { dimension, fun, args, gradient, hess, hessp });
        Self { calls }
    }
}

impl Functions {
    /// The objective for one run.
    pub fn evaluator(&self) -> Evaluator {
        Evaluator {
            calls: Arc::clone(&self.calls),
            counts: Cell::default(),
            last: RefCell::default(),
            raised: Cell::default(),
        }
    }
}

/// The functions in one run: with counts of their calls, and the exception that ended it.
pub struct Evaluator {
    calls: Arc<Calls>,
    counts: Cell<Counts>,
    /// Where value and gradient come together, the last of both.
    last: RefCell<Option<Last>>,
    raised: Cell<Option<PyErr>>,
}

struct Last {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Evaluator {
    /// How often each function was called.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// The exception that a function raised, if one did.
    pub fn raised(&self) -> Option<PyErr> {
        self.raised.take()
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        count(&mut counts);
        self.counts.set(counts);
    }

    /// Evaluates in Python; an exception is kept, and ends the run.
    fn evaluate<T>(&self, body: impl FnOnce(Python<'_>) -> PyResult<T>) -> Evaluation<T> {
        Python::attach(|py| {
            let result = py.check_signals().and_then(|()| body(py));
            result.map_err(|error| {
                let message = error.to_string();
                self.raised.set(Some(error));
                ObjectiveError::from(message)
            })
        })
    }

    fn call<'py>(
        &self,
        py: Python<'py>,
        function: &Py<PyAny>,
        vectors: &[&[f64]],
    ) -> PyResult<Bound<'py, PyAny>> {
        let args = self.calls.args.bind(py);
        // A copy of its own, so that the caller may keep or change it.
        match vectors {
            [x] if args.is_empty() => function.bind(py).call1((PyArray1::from_slice(py, x),)),
            _ => {
                let vectors = vectors.iter().map(|x| PyArray1::from_slice(py, x).into_any());
                let all: Vec<Bound<'_, PyAny>> = vectors.chain(args.iter()).collect();
                function.bind(py).call1(PyTuple::new(py, all)?)
            }
        }
    }

    fn fused(&self, py: Python<'_>, x: &[f64], gradient: &mut [f64]) -> PyResult<f64> {
        self.count(|c| {
            c.value += 1;
            c.gradient += 1;
        });
        let result = self.call(py, &self.calls.fun, &[x])?;
        let (value, derivative) =
            result.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().map_err(|_| {
                PyTypeError::new_err(
                    "fun: with jac=True it must return a pair, the value and the gradient",
                )
            })?;
        vector("fun: the gradient", &derivative, gradient)?;
        scalar(&value)
    }
}

/// A number, also as an array of one entry.
fn scalar(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(number) = value.extract::<f64>() {
        return Ok(number);
    }
    value.call_method0("item").and_then(|item| item.extract::<f64>()).map_err(|_| {
        let kind = value.get_type();
        PyTypeError::new_err(format!("fun: must return a number, not {kind}"))
    })
}

/// An array of numbers of the length of `to`.
fn vector(what: &str, value: &Bound<'_, PyAny>, to: &mut [f64]) -> PyResult<()> {
    if let Ok(array) = value.extract::<PyReadonlyArray1<'_, f64>>() {
        return copy(what, &array, to);
    }
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method1("asarray", (value, "float64"))?.call_method0("ravel")?;
    copy(what, &array.extract::<PyReadonlyArray1<'_, f64>>()?, to)
}

fn copy(what: &str, array: &PyReadonlyArray1<'_, f64>, to: &mut [f64]) -> PyResult<()> {
    if array.len() != to.len() {
        let (given, n) = (array.len(), to.len());
        return Err(PyValueError::new_err(format!(
            "{what} has {given} entries, but must have {n}"
        )));
    }
    to.iter_mut().zip(array.as_array()).for_each(|(to, &from)| *to = from);
    Ok(())
}

/// A square array.
fn square(what: &str, value: &Bound<'_, PyAny>, to: &mut Matrix) -> PyResult<()> {
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method1("asarray", (value, "float64"))?;
    let array = array.extract::<PyReadonlyArray2<'_, f64>>()?;
    let n = to.rows();
    if array.shape() != [n, n] {
        let shape = array.shape();
        return Err(PyValueError::new_err(format!(
            "{what} has shape {shape:?}, but must have [{n}, {n}]"
        )));
    }
    let array = array.as_array();
    for j in 0..n {
        to.column_mut(j).iter_mut().zip(array.column(j)).for_each(|(to, &from)| *to = from);
    }
    Ok(())
}

impl DynamicObjective for Evaluator {
    fn dimension(&self) -> usize {
        self.calls.dimension
    }

    fn derivatives(&self) -> Derivatives {
        Derivatives {
            gradient: !matches!(self.calls.gradient, GradientCall::None),
            hessian_product: self.calls.hessp.is_some(),
            hessian: self.calls.hess.is_some(),
            ..Derivatives::NONE
        }
    }

    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        if let GradientCall::Fused = self.calls.gradient {
            let mut last = self.last.borrow_mut();
            if let Some(last) = last.as_ref().filter(|last| last.x == x) {
                return Ok(last.value);
            }
            let mut gradient = vec![0.0; x.len()];
            let value = self.evaluate(|py| self.fused(py, x, &mut gradient))?;
            *last = Some(Last { x: x.to_vec(), value, gradient });
            return Ok(value);
        }
        self.evaluate(|py| {
            self.count(|c| c.value += 1);
            scalar(&self.call(py, &self.calls.fun, &[x])?)
        })
    }

    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        if let Some(last) = self.last.borrow().as_ref().filter(|last| last.x == x) {
            gradient.copy_from_slice(&last.gradient);
            return Ok(last.value);
        }
        self.evaluate(|py| match &self.calls.gradient {
            GradientCall::Fused => self.fused(py, x, gradient),
            GradientCall::None => Err(PyTypeError::new_err("jac: there is none")),
            GradientCall::Separate(jac) => {
                self.count(|c| {
                    c.value += 1;
                    c.gradient += 1;
                });
                let value = scalar(&self.call(py, &self.calls.fun, &[x])?)?;
                vector("jac: its result", &self.call(py, jac, &[x])?, gradient)?;
                Ok(value)
            }
        })
    }

    fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.evaluate(|py| {
            let Some(hessp) = &self.calls.hessp else {
                return Err(PyTypeError::new_err("hessp: there is none"));
            };
            self.count(|c| c.hessian_product += 1);
            vector("hessp: its result", &self.call(py, hessp, &[x, d])?, product)
        })
    }

    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.evaluate(|py| {
            let Some(hess) = &self.calls.hess else {
                return Err(PyTypeError::new_err("hess: there is none"));
            };
            self.count(|c| c.hessian += 1);
            square("hess: its result", &self.call(py, hess, &[x])?, hessian)
        })
    }
}
