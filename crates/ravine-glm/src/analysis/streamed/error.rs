//! What keeps a model of batches from being fitted.

use ravine::ArgumentError;
use ravine_data::DataError;

/// What kept a model of batches from being fitted.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamError {
    /// The file.
    Data(DataError),
    /// The settings, or the target.
    Argument(ArgumentError),
}

impl std::fmt::Display for StreamError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(error) => error.fmt(f),
            Self::Argument(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StreamError {}

impl From<DataError> for StreamError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<ArgumentError> for StreamError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}
