//! Why a checkpoint was not written, or not taken up.

use std::path::{Path, PathBuf};

use crate::minimize;

/// Why a checkpoint was not written, or not taken up.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file cannot be written; what was there before still is.
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not a checkpoint of what was asked for.
    Refused {
        /// The file.
        path: PathBuf,
        /// What is in it, and what was asked for.
        why: String,
    },
    /// The run does not go on.
    Run(minimize::Error),
}

impl Error {
    pub(super) fn refused(path: &Path, why: impl Into<String>) -> Self {
        Self::Refused { path: path.to_owned(), why: why.into() }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Write { path, error } => {
                write!(f, "{}: the checkpoint cannot be written: {error}", path.display())
            }
            Self::Refused { path, why } => write!(f, "{}: {why}", path.display()),
            Self::Run(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<minimize::Error> for Error {
    fn from(error: minimize::Error) -> Self {
        Self::Run(error)
    }
}
