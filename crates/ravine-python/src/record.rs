//! What happened to an objective in one run.

use std::sync::Arc;

use pyo3::prelude::*;
use ravine::objective::Evaluation;

use crate::watch::{Signals, Watch};

/// The exception that ended a run, if one did.
#[derive(Default)]
pub struct Record {
    watch: Arc<Watch>,
    signals: Signals,
}

impl Record {
    /// Takes the exception that was raised, if one was.
    pub fn raised(&self) -> Option<PyErr> {
        self.watch.take()
    }

    /// What keeps the exception: for whatever else calls Python in the run.
    pub fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// Evaluates in Python; an exception is kept, and ends the run.
    pub fn evaluate<T>(&self, body: impl FnOnce(Python<'_>) -> PyResult<T>) -> Evaluation<T> {
        Ok(self.watch.attached(body)?)
    }

    /// Whether the run is to end: there was an exception, or one comes with a signal, as Ctrl-C's does.
    /// Signals are looked for now and then.
    pub fn interrupts(&self) -> bool {
        self.signals.look(&self.watch).is_err()
    }
}
