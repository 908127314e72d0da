//! Threads, as a setting of a block.

use pyo3::prelude::*;
use ravine::Threads;

use crate::failure::argument;

/// Makes `count` threads those of this thread, and gives the number before.
#[pyfunction]
pub fn set_threads(count: usize) -> PyResult<usize> {
    Ok(Threads::new(count).map_err(|error| argument(&error))?.replace_current().count())
}
