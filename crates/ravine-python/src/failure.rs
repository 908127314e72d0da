//! Errors of the library as Python exceptions.

use pyo3::PyErr;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use ravine::minimize::{ArgumentError, Error};

/// An argument that cannot be used: `ValueError`, with the argument's name first.
pub fn argument(error: &ArgumentError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What kept a run from starting. An exception of the user's function is raised as it is, elsewhere.
pub fn start(error: &Error) -> PyErr {
    match error {
        Error::Argument(error) => argument(error),
        Error::Objective(_) | Error::Interrupted => PyRuntimeError::new_err(error.to_string()),
    }
}
