//! Why a run did not begin.

use ravine_linalg::{ArgumentError, FunctionError, Interrupt, StartError};

/// Why a run did not begin.
#[derive(Debug)]
pub enum Error {
    /// An argument or setting cannot be used.
    Argument(ArgumentError),
    /// What an argument asks for needs more memory than there is.
    Memory(ArgumentError),
    /// The user's function failed at the start.
    Objective(FunctionError),
    /// The run was stopped, or its budget spent, before the first evaluation came back.
    Interrupted,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(error) | Self::Memory(error) => error.fmt(f),
            Self::Objective(error) => write!(f, "the objective failed at the start: {error}"),
            Self::Interrupted => f.write_str("stopped before the first evaluation"),
        }
    }
}

impl std::error::Error for Error {}

impl From<ArgumentError> for Error {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Argument(error) => Self::Argument(error),
            StartError::Interrupt(Interrupt::Function(error)) => Self::Objective(error),
            StartError::Interrupt(_) => Self::Interrupted,
        }
    }
}
