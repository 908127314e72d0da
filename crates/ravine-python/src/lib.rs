//! The Python package of Ravine: what `import ravine` calls in Rust.
//!
//! No mathematics lives here. What is minimized comes as an [`objective`], of Python functions
//! ([`functions`]) or of the library ([`watched`]); runs of methods become Python objects ([`run`]);
//! the rest of the package is Python over these.

mod convert;
mod failure;
mod functions;
mod objective;
mod one_thread;
mod record;
mod run;
mod watched;

/// The extension module `ravine._core`.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::objective::Objective;
    #[pymodule_export]
    use crate::run::Run;
}
