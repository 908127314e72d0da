//! Numbers as reports write them.

use pyo3::prelude::*;
use ravine::text;

/// See [`text::short`].
#[pyfunction]
pub fn short(v: f64) -> String {
    text::short(v)
}

/// See [`text::scientific`].
#[pyfunction]
pub fn scientific(v: f64, digits: usize) -> String {
    text::scientific(v, digits)
}

/// See [`text::seconds`].
#[pyfunction]
pub fn seconds(s: f64) -> String {
    text::seconds(s)
}

/// See [`text::heading`].
#[pyfunction]
pub fn heading(title: &str, start: Vec<f64>) -> String {
    text::heading(title, &start)
}
