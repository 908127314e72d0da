//! What a method that is written in Python may ask, while a call of it lasts.

use std::cell::RefCell;

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyBaseException, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use ravine::Interrupt;
use ravine::matrix::Matrix;
use ravine::objective::{Gradient, Hessian, HessianProduct};
use ravine::oracle::{self, Iterate};
use scoped_tls_hkt::scoped_thread_local;
use send_wrapper::SendWrapper;

use crate::convert;
use crate::watch::Watch;

pyo3::create_exception!(
    ravine,
    Interrupted,
    PyBaseException,
    "A run ends inside a step: a budget is spent, or it was stopped. A method lets it pass."
);

/// An oracle of the library, without its type.
#[expect(clippy::ptr_arg, reason = "what oracles take as their points")]
pub trait Asked {
    fn dimension(&self) -> usize;
    fn value(&self, x: &Vec<f64>) -> Result<f64, Interrupt>;
    fn iterate(&self, x: Vec<f64>) -> Result<Iterate<Vec<f64>>, Interrupt>;
    /// `product = H(x) d`; None where the method's need is less.
    fn hessian_product(
        &self,
        x: &Vec<f64>,
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Option<Result<(), Interrupt>>;
    /// H(x); None where the method's need is less.
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Option<Result<(), Interrupt>>;
}

/// What a method sees of an objective, by its need.
pub trait Needed: Gradient<Point = Vec<f64>> {
    fn product(
        _oracle: &oracle::Oracle<'_, Self>,
        _x: &Vec<f64>,
        _d: &Vec<f64>,
        _product: &mut Vec<f64>,
    ) -> Option<Result<(), Interrupt>> {
        None
    }

    fn matrix(
        _oracle: &oracle::Oracle<'_, Self>,
        _x: &[f64],
        _hessian: &mut Matrix,
    ) -> Option<Result<(), Interrupt>> {
        None
    }
}

impl Needed for dyn Gradient<Point = Vec<f64>> + '_ {}

impl Needed for dyn HessianProduct<Point = Vec<f64>> + '_ {
    fn product(
        oracle: &oracle::Oracle<'_, Self>,
        x: &Vec<f64>,
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Option<Result<(), Interrupt>> {
        Some(oracle.hessian_product(x, d, product))
    }
}

impl Needed for dyn Hessian + '_ {
    fn product(
        oracle: &oracle::Oracle<'_, Self>,
        x: &Vec<f64>,
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Option<Result<(), Interrupt>> {
        Some(oracle.hessian_product(x, d, product))
    }

    fn matrix(
        oracle: &oracle::Oracle<'_, Self>,
        x: &[f64],
        hessian: &mut Matrix,
    ) -> Option<Result<(), Interrupt>> {
        Some(oracle.hessian(x, hessian))
    }
}

impl<O: Needed + ?Sized> Asked for oracle::Oracle<'_, O> {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Result<f64, Interrupt> {
        self.value(x)
    }

    fn iterate(&self, x: Vec<f64>) -> Result<Iterate<Vec<f64>>, Interrupt> {
        Iterate::evaluate(self, x)
    }

    fn hessian_product(
        &self,
        x: &Vec<f64>,
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Option<Result<(), Interrupt>> {
        O::product(self, x, d, product)
    }

    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Option<Result<(), Interrupt>> {
        O::matrix(self, x, hessian)
    }
}

/// Value and gradient at the best point of a call and at the last, one of which is mostly where it ends.
#[derive(Default)]
struct Seen {
    lowest: Option<Iterate<Vec<f64>>>,
    last: Option<Iterate<Vec<f64>>>,
}

impl Seen {
    fn keep(&mut self, new: Iterate<Vec<f64>>) {
        if self.lowest.as_ref().is_none_or(|lowest| new.value <= lowest.value) {
            *self = Self { lowest: Some(new), last: None };
        } else {
            self.last = Some(new);
        }
    }
}

/// One call of a method.
pub struct Asking<'a> {
    asked: &'a dyn Asked,
    watch: &'a Watch,
    /// Where the call begins.
    now: Option<&'a Iterate<Vec<f64>>>,
    seen: RefCell<Seen>,
    /// Why an evaluation was refused.
    refused: RefCell<Option<Interrupt>>,
}

/// The calls that go on in this thread, the innermost first: a method may minimize within a step.
struct Frame<'a> {
    number: u64,
    asking: &'a Asking<'a>,
    outer: Option<&'a Frame<'a>>,
}

scoped_thread_local!(static FRAMES: for<'a> &'a Frame<'a>);

impl<'a> Asking<'a> {
    pub fn new(asked: &'a dyn Asked, watch: &'a Watch, now: Option<&'a Iterate<Vec<f64>>>) -> Self {
        Self { asked, watch, now, seen: RefCell::default(), refused: RefCell::default() }
    }

    /// Runs Python code that may ask the oracle of this number.
    ///
    /// # Errors
    ///
    /// An interrupt where it raised an exception, or where the run ends, whatever the code made of that.
    pub fn call<T>(
        &self,
        number: u64,
        body: impl FnOnce(Python<'_>) -> PyResult<T>,
    ) -> Result<T, Interrupt> {
        let returned = self.watch.attached(|py| {
            let call = |outer: Option<&Frame<'_>>| {
                FRAMES.set(&Frame { number, asking: self, outer }, || body(py))
            };
            let called = match FRAMES.is_set() {
                true => FRAMES.with(|outer| call(Some(outer))),
                false => call(None),
            };
            match called {
                Err(error) if error.is_instance_of::<Interrupted>(py) => Ok(None),
                called => called.map(Some),
            }
        })?;
        self.watch.look()?;
        match (self.refused.take(), returned) {
            (None, Some(returned)) => Ok(returned),
            (refused, _) => Err(refused.unwrap_or(Interrupt::Cancelled)),
        }
    }

    /// Value and gradient where the call ended, evaluated where they are not known.
    pub fn arrive(&self, x: Vec<f64>) -> Result<Iterate<Vec<f64>>, Interrupt> {
        match self.known(&x, Clone::clone) {
            Some(known) => Ok(known),
            None => self.asked.iterate(x),
        }
    }

    fn known<T>(&self, x: &[f64], read: impl Fn(&Iterate<Vec<f64>>) -> T) -> Option<T> {
        let Seen { lowest, last } = &*self.seen.borrow();
        let mut there = [self.now, lowest.as_ref(), last.as_ref()].into_iter().flatten();
        there.find(|iterate| iterate.x == x).map(read)
    }

    /// A finite array of as many numbers as there are variables.
    fn vector(&self, what: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        let mut vector = vec![0.0; self.asked.dimension()];
        convert::vector(&format!("{what}:"), value, &mut vector)?;
        match vector.iter().position(|entry| !entry.is_finite()) {
            None => Ok(vector),
            Some(i) => Err(PyValueError::new_err(format!(
                "{what}: entry {i} is {}, but all must be finite",
                vector[i]
            ))),
        }
    }

    /// What the oracle answers; while it works, other threads may use the interpreter.
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&dyn Asked) -> Result<T, Interrupt>,
    ) -> PyResult<T> {
        let question = SendWrapper::new((self.asked, question));
        let answer = py.detach(move || {
            let (asked, question) = question.take();
            question(asked)
        });
        answer.map_err(|interrupt| {
            let raised = self.watch.raised(py);
            let error = raised.unwrap_or_else(|| Interrupted::new_err(interrupt.to_string()));
            self.refused.borrow_mut().get_or_insert(interrupt);
            error
        })
    }

    /// [`ask`](Self::ask), of what the method must need.
    fn ask_needed(
        &self,
        py: Python<'_>,
        what: &str,
        question: impl FnOnce(&dyn Asked) -> Option<Result<(), Interrupt>>,
    ) -> PyResult<()> {
        self.ask(py, |asked| question(asked).transpose())?.ok_or_else(|| {
            PyTypeError::new_err(format!("{what}: is for methods with needs = '{what}'"))
        })
    }
}

/// The function that is minimized, as a :class:`ravine.CustomMethod` sees it.
///
/// Points are arrays of n finite numbers; arrays that are returned belong to the method. The library
/// counts what is evaluated, and takes by differences what the function lacks; value and gradient at the
/// current point, at the lowest one of a step and at its last are known, and not evaluated again. Where
/// the run has to end, a call raises :class:`ravine.Interrupted`, and what the function itself raises is
/// passed on; a method lets both pass.
#[pyclass(frozen, module = "ravine")]
pub struct Oracle {
    pub number: u64,
}

impl Oracle {
    fn with<T>(&self, body: impl FnOnce(&Asking<'_>) -> PyResult<T>) -> PyResult<T> {
        let over = || {
            PyRuntimeError::new_err(
                "oracle: answers only while `start` or `step` of its run is called",
            )
        };
        if !FRAMES.is_set() {
            return Err(over());
        }
        FRAMES.with(|frame| {
            let mut frames = std::iter::successors(Some(frame), |frame| frame.outer);
            body(frames.find(|frame| frame.number == self.number).ok_or_else(over)?.asking)
        })
    }
}

#[pymethods]
impl Oracle {
    /// The number of variables n.
    #[getter]
    fn dimension(&self) -> PyResult<usize> {
        self.with(|asking| Ok(asking.asked.dimension()))
    }

    /// The value at x.
    fn value(&self, py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<f64> {
        self.with(|asking| {
            let x = asking.vector("x", x)?;
            match asking.known(&x, |iterate| iterate.value) {
                Some(value) => Ok(value),
                None => asking.ask(py, |asked| asked.value(&x)),
            }
        })
    }

    /// The value and the gradient at x.
    fn value_and_gradient<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<(f64, Bound<'py, PyArray1<f64>>)> {
        let pair = |at: &Iterate<Vec<f64>>| (at.value, PyArray1::from_slice(py, &at.gradient));
        self.with(|asking| {
            let x = asking.vector("x", x)?;
            if let Some(known) = asking.known(&x, pair) {
                return Ok(known);
            }
            let new = asking.ask(py, |asked| asked.iterate(x))?;
            let answer = pair(&new);
            asking.seen.borrow_mut().keep(new);
            Ok(answer)
        })
    }

    /// The Hessian at x times v, of methods that need Hessian products or Hessians.
    fn hessian_product<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.with(|asking| {
            let (x, v) = (asking.vector("x", x)?, asking.vector("v", v)?);
            let mut product = vec![0.0; x.len()];
            asking.ask_needed(py, "hessian_product", |asked| {
                asked.hessian_product(&x, &v, &mut product)
            })?;
            Ok(PyArray1::from_vec(py, product))
        })
    }

    /// The Hessian at x, n by n, of methods that need Hessians.
    fn hessian<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.with(|asking| {
            let x = asking.vector("x", x)?;
            let n = x.len();
            let mut hessian = Matrix::zeros(n, n);
            asking.ask_needed(py, "hessian", |asked| asked.hessian(&x, &mut hessian))?;
            // Symmetric: columns are rows.
            PyArray1::from_slice(py, hessian.entries()).reshape([n, n])
        })
    }
}
