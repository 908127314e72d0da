//! Texts of reports.

use pyo3::prelude::*;

/// See [`ravine_text::heading`].
#[pyfunction]
pub fn heading(title: &str, start: Vec<f64>) -> String {
    ravine_text::heading(title, &start)
}
