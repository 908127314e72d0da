//! The Python package of Ravine: what `import ravine` calls in Rust.
//!
//! No mathematics lives here. Python functions become objectives ([`functions`]), runs of methods
//! become Python objects ([`run`]); the rest of the package is Python over these.

mod failure;
mod functions;
mod run;

/// The extension module `ravine._core`.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::functions::Functions;
    #[pymodule_export]
    use crate::run::Run;
}
