//! What belongs to the thread that made it.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use send_wrapper::SendWrapper;

/// A value that only the thread that made it may use: elsewhere a Python error, and where it is
/// dropped elsewhere it is left to the end of the process.
pub struct OneThread<T> {
    value: Option<SendWrapper<T>>,
}

impl<T> OneThread<T> {
    /// Belongs to this thread.
    pub fn new(value: T) -> Self {
        Self { value: Some(SendWrapper::new(value)) }
    }

    /// The value.
    pub fn get(&self) -> PyResult<&SendWrapper<T>> {
        self.value.as_ref().filter(|value| value.valid()).ok_or_else(elsewhere)
    }

    /// The value, to change.
    pub fn get_mut(&mut self) -> PyResult<&mut SendWrapper<T>> {
        self.value.as_mut().filter(|value| value.valid()).ok_or_else(elsewhere)
    }
}

impl<T> Drop for OneThread<T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take()
            && !value.valid()
        {
            std::mem::forget(value);
        }
    }
}

fn elsewhere() -> PyErr {
    PyRuntimeError::new_err("a run belongs to the thread that started it")
}
