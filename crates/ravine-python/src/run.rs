//! A run of a method as a Python object.

use std::rc::Rc;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::methods::{Family, automatic, named};
use ravine::minimize::{Counts, Error, Stepping, Stopping};
use send_wrapper::SendWrapper;
use serde_json::Value;

use crate::failure;
use crate::objective::Objective;
use crate::one_thread::OneThread;
use crate::record::Record;

/// A method on its way.
#[pyclass(module = "ravine._core")]
pub struct Run {
    started: OneThread<Started>,
}

struct Started {
    run: Box<dyn Stepping>,
    record: Rc<Record>,
    method: &'static str,
    /// Why the method was chosen, where it was.
    because: Option<String>,
}

/// Opens `objective` and starts the method on it; an exception of the caller's functions comes first.
fn start(
    objective: &Objective,
    method: &str,
    settings: Value,
    x0: &[f64],
    stopping: Stopping,
) -> PyResult<Started> {
    let argument = |error| failure::argument(&error);
    let mut entry = named(method).map_err(argument)?;
    let opened = objective.open().map_err(argument)?;
    let record = Rc::clone(&opened.record);
    let raised = |error: Error| record.raised().unwrap_or_else(|| failure::start(&error));
    let (mut settings, mut because) = (settings, None);
    if entry.family == Family::Automatic {
        let choice = automatic(opened.objective.as_ref(), x0).map_err(raised)?;
        entry = choice.entry;
        settings = choice.settings;
        because = Some(choice.reason);
    }
    let objective = opened.supplying(entry.needs).map_err(argument)?.objective;
    let run = entry.start_owning(&settings, objective, x0, stopping).map_err(raised)?;
    Ok(Started { run, record, method: entry.name, because })
}

#[pymethods]
impl Run {
    /// Starts `method` with settings and stopping rules as JSON objects.
    #[new]
    fn new(
        py: Python<'_>,
        objective: &Objective,
        method: &str,
        settings: &str,
        x0: PyReadonlyArray1<'_, f64>,
        stopping: &str,
    ) -> PyResult<Self> {
        let settings = serde_json::from_str(settings).map_err(json)?;
        let stopping: Stopping = serde_json::from_str(stopping).map_err(json)?;
        let x0 = x0.as_array().to_vec();
        let started =
            py.detach(|| SendWrapper::new(start(objective, method, settings, &x0, stopping)));
        Ok(Self { started: OneThread::new(started.take()?) })
    }

    /// One iteration; the name of the status once the run has ended.
    fn step(&mut self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        let started = self.started.get_mut()?;
        let status = py.detach(|| started.run.step().map(ravine::Status::name));
        self.check(py)?;
        Ok(status)
    }

    /// Ends the run as stopped by the caller.
    fn stop(&mut self) -> PyResult<()> {
        self.started.get_mut()?.run.stop();
        Ok(())
    }

    /// The method's name in the catalogue.
    #[getter]
    fn method(&self) -> PyResult<&'static str> {
        Ok(self.started.get()?.method)
    }

    /// Why the method was chosen, where it was.
    #[getter]
    fn because(&self) -> PyResult<Option<String>> {
        Ok(self.started.get()?.because.clone())
    }

    /// Iterations so far.
    #[getter]
    fn iteration(&self) -> PyResult<u64> {
        Ok(self.started.get()?.run.progress().iteration)
    }

    /// A copy of the current point.
    #[getter]
    fn x<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(py, self.started.get()?.run.progress().x))
    }

    /// The value there.
    #[getter]
    fn fun(&self) -> PyResult<f64> {
        Ok(self.started.get()?.run.progress().value)
    }

    /// How the run ended.
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let started = self.started.get()?;
        let outcome = started.run.outcome();
        let Counts { value, gradient, hessian_product, hessian } = started.record.counts();
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
        match self.started.get()?.record.raised() {
            Some(error) => Err(error),
            None => py.check_signals(),
        }
    }
}

fn json(error: serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("options: {error}"))
}
