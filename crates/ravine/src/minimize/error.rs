//! What can go wrong before a run has a point to give back.

use super::oracle::Interrupt;
use crate::objective::ObjectiveError;

/// An argument that cannot be used: which, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    argument: String,
    message: String,
}

impl ArgumentError {
    /// An error about `argument`.
    pub fn new(argument: impl Into<String>, message: impl Into<String>) -> Self {
        Self { argument: argument.into(), message: message.into() }
    }

    /// The argument's name.
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// Checks a setting: `Err` with the value and `allowed` unless `holds`.
    pub fn check(
        holds: bool,
        argument: &str,
        value: impl std::fmt::Debug,
        allowed: &str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::new(argument, format!("is {value:?}, but must be {allowed}")))
    }
}

impl std::fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.argument, self.message)
    }
}

impl std::error::Error for ArgumentError {}

/// Why a method could not start, or a computation that gives no part of its result did not end.
#[derive(Debug)]
pub enum StartError {
    /// An argument or setting cannot be used.
    Argument(ArgumentError),
    /// An evaluation did not come back: of a method, the first.
    Interrupt(Interrupt),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(error) => error.fmt(f),
            Self::Interrupt(interrupt) => interrupt.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

impl From<ArgumentError> for StartError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<Interrupt> for StartError {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

/// Why a run did not begin.
#[derive(Debug)]
pub enum Error {
    /// An argument or setting cannot be used.
    Argument(ArgumentError),
    /// The user's function failed at the start.
    Objective(ObjectiveError),
    /// The run was stopped, or its budget spent, before the first evaluation came back.
    Interrupted,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(error) => error.fmt(f),
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
            StartError::Interrupt(Interrupt::Objective(error)) => Self::Objective(error),
            StartError::Interrupt(_) => Self::Interrupted,
        }
    }
}
