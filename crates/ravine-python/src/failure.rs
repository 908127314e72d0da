//! Errors of the library as Python exceptions.

use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyValueError};
use ravine::ArgumentError;
use ravine::checkpoint;
use ravine::minimize::Error;

/// An argument that cannot be used: `ValueError`, with the argument's name first.
pub fn argument(error: &ArgumentError) -> PyErr {
    let message = error.to_string();
    // Python's name of the start is SciPy's.
    PyValueError::new_err(match message.strip_prefix("start: ") {
        Some(rest) => format!("x0: {rest}"),
        None => message,
    })
}

/// What kept a run from starting. An exception of the user's function is raised as it is, elsewhere.
pub fn start(error: &Error) -> PyErr {
    match error {
        Error::Argument(error) => argument(error),
        Error::Memory(error) => PyMemoryError::new_err(error.to_string()),
        Error::Objective(_) | Error::Interrupted => PyRuntimeError::new_err(error.to_string()),
    }
}

/// A checkpoint that is not written or not taken up: `OSError` of the file, or `ValueError`.
pub fn checkpoint(error: &checkpoint::Error) -> PyErr {
    use checkpoint::Error::{Read, Refused, Run, Write};
    let of_file = |argument: &str, kind| {
        // By its kind: `FileNotFoundError` and the like.
        std::io::Error::new(kind, format!("{argument}: {error}")).into()
    };
    match error {
        Read { error, .. } => of_file("resume", error.kind()),
        Write { error, .. } => of_file("checkpoint", error.kind()),
        Refused { .. } => PyValueError::new_err(format!("resume: {error}")),
        Run(error) => start(error),
    }
}

/// Settings that the Python part did not put together as it should.
pub fn settings(error: serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("settings: {error}"))
}

/// A word that is none of those that there are.
pub fn choice(argument: &str, given: &str, names: &[&str]) -> PyErr {
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    let names = names.join(", ");
    PyValueError::new_err(format!("{argument}: is '{given}', but must be one of {names}"))
}

/// Names of arguments of models here and in Python.
const MODEL_NAMES: [(&str, &str); 8] = [
    ("tolerance", "tol"),
    ("iterations", "max_iter"),
    ("weights", "sample_weight"),
    ("penalty_factors", "penalty_factor"),
    ("lower", "lower_bounds"),
    ("upper", "upper_bounds"),
    ("family.power", "power"),
    ("groups", "feature_groups"),
];

/// Names of arguments of `ravine.fit` here and in Python.
const FIT_NAMES: [(&str, &str); 3] =
    [("iterations", "max_iterations"), ("choice", "cv"), ("l1_ratio", "l1_ratios")];

/// An argument of a model that cannot be used, by its name in Python.
pub fn of_model(error: &ArgumentError) -> PyErr {
    renamed(error, &MODEL_NAMES)
}

/// The same of `ravine.fit`.
pub fn of_fit(error: &ArgumentError) -> PyErr {
    renamed(error, &FIT_NAMES)
}

fn renamed(error: &ArgumentError, names: &[(&str, &str)]) -> PyErr {
    let message = error.to_string();
    for (name, python) in names {
        if let Some(rest) = message.strip_prefix(name)
            && rest.starts_with([':', '[', '.'])
        {
            return PyValueError::new_err(format!("{python}{rest}"));
        }
    }
    PyValueError::new_err(message)
}
