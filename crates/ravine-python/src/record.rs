//! What happened to an objective in one run.

use std::cell::Cell;
use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;
use ravine::FunctionError;
use ravine::objective::Counts;
use ravine::objective::Evaluation;

use crate::watch::{Signals, Watch};

/// How often each function was evaluated in one run, for differences too, and the exception that
/// ended it.
#[derive(Default)]
pub struct Record {
    watch: Watch,
    signals: Signals,
    counts: Cell<Counts>,
    /// Most values.
    limit: Cell<Option<u64>>,
}

impl Record {
    /// How often each function was evaluated.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// Counts an evaluation.
    pub fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        count(&mut counts);
        self.counts.set(counts);
    }

    /// From now on, refuses values beyond the first `most`.
    pub fn limit_values(&self, most: Option<u64>) {
        self.limit.set(most);
    }

    /// Whether as many values were computed as are allowed.
    pub fn values_spent(&self) -> bool {
        self.limit.get().is_some_and(|most| self.counts.get().value >= most)
    }

    /// An error where there may be no more values; asked before each.
    pub fn allow_value(&self) -> Evaluation {
        match self.values_spent() {
            true => Err(FunctionError::from("the evaluations are used up")),
            false => Ok(()),
        }
    }

    /// Takes the exception that was raised, if one was.
    pub fn raised(&self) -> Option<PyErr> {
        self.watch.take()
    }

    /// True once there was an exception: it cancels what else the caller began.
    pub fn ended(&self) -> &AtomicBool {
        self.watch.ended()
    }

    /// Evaluates in Python; an exception is kept, and ends the run.
    pub fn evaluate<T>(&self, body: impl FnOnce(Python<'_>) -> PyResult<T>) -> Evaluation<T> {
        Ok(self.watch.attached(body)?)
    }

    /// Looks for signals now and then; one that raises, as Ctrl-C does, ends the run.
    pub fn watch(&self) -> Evaluation {
        Ok(self.signals.look(&self.watch)?)
    }
}
