//! A run of a method as a Python object.

use std::rc::Rc;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::methods::named;
use ravine::minimize::{Counts, Stepping, Stopping};
use ravine::objective::{DynamicObjective, FiniteDifferences};
use send_wrapper::SendWrapper;

use crate::failure;
use crate::functions::{Evaluator, Functions};

/// A method on its way.
#[pyclass(unsendable, module = "ravine._core")]
pub struct Run {
    run: SendWrapper<Box<dyn Stepping>>,
    evaluator: SendWrapper<Rc<Evaluator>>,
}

#[pymethods]
impl Run {
    /// Starts `method` with settings and stopping rules as JSON objects.
    #[new]
    fn new(
        py: Python<'_>,
        functions: &Functions,
        method: &str,
        settings: &str,
        x0: PyReadonlyArray1<'_, f64>,
        stopping: &str,
    ) -> PyResult<Self> {
        let entry = named(method).map_err(|error| failure::argument(&error))?;
        let settings = serde_json::from_str(settings).map_err(json)?;
        let stopping: Stopping = serde_json::from_str(stopping).map_err(json)?;
        let x0 = x0.as_array().to_vec();
        let evaluator = Rc::new(functions.evaluator());
        let kept = SendWrapper::new(Rc::clone(&evaluator));
        let evaluator = SendWrapper::new(evaluator);
        let started = py.detach(move || {
            let evaluator = evaluator.take();
            let has_all = evaluator.derivatives().missing(entry.needs).is_empty();
            let objective: Box<dyn DynamicObjective> = if has_all {
                Box::new(evaluator)
            } else {
                Box::new(FiniteDifferences::new(evaluator))
            };
            SendWrapper::new(entry.start_owning(&settings, objective, &x0, stopping))
        });
        let started = started.take();
        if let Some(error) = kept.raised() {
            return Err(error);
        }
        let run = started.map_err(|error| failure::start(&error))?;
        Ok(Self { run: SendWrapper::new(run), evaluator: kept })
    }

    /// One iteration; the name of the status once the run has ended.
    fn step(&mut self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        let run = &mut self.run;
        let status = py.detach(|| run.step().map(ravine::Status::name));
        self.check(py)?;
        Ok(status)
    }

    /// Ends the run as stopped by the caller.
    fn stop(&mut self) {
        self.run.stop();
    }

    /// Iterations so far.
    #[getter]
    fn iteration(&self) -> u64 {
        self.run.progress().iteration
    }

    /// A copy of the current point.
    #[getter]
    fn x<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.run.progress().x)
    }

    /// The value there.
    #[getter]
    fn fun(&self) -> f64 {
        self.run.progress().value
    }

    /// How the run ended.
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let outcome = self.run.outcome();
        let Counts { value, gradient, hessian_product, hessian } = self.evaluator.counts();
        let object = PyDict::new(py);
        object.set_item("x", PyArray1::from_slice(py, &outcome.x))?;
        object.set_item("fun", outcome.value)?;
        object.set_item("gradient_norm", outcome.gradient_norm)?;
        object.set_item("nit", outcome.iterations)?;
        object.set_item("nfev", value)?;
        object.set_item("njev", gradient)?;
        object.set_item("nhev", hessian)?;
        object.set_item("nhpev", hessian_product)?;
        object.set_item("reason", outcome.status.name())?;
        object.set_item("message", outcome.status.to_string())?;
        object.set_item("seconds", outcome.seconds)?;
        object.set_item("seconds_in_objective", outcome.seconds_in_objective)?;
        Ok(object)
    }
}

impl Run {
    /// Raises what a function raised, or what a signal asks for.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        match self.evaluator.raised() {
            Some(error) => Err(error),
            None => py.check_signals(),
        }
    }
}

fn json(error: serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("options: {error}"))
}
