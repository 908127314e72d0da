//! Why a command ends without a result.

/// What goes wrong, and which exit status says so.
#[derive(Debug)]
pub enum Failure {
    /// The input cannot be used: exit status 2.
    Input(String),
    /// The reader of standard output is gone, as in `ravine methods | head -1`: nothing to say.
    Closed,
}

impl Failure {
    /// An input that cannot be used.
    pub fn input(message: impl std::fmt::Display) -> Self {
        Self::Input(message.to_string())
    }

    /// A file that cannot be written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Input(format!("{}: {error}", path.display()))
    }
}

impl From<std::io::Error> for Failure {
    /// Of standard output: files have [`Failure::file`].
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Input(format!("standard output: {error}")),
        }
    }
}

impl From<ravine::minimize::Error> for Failure {
    fn from(error: ravine::minimize::Error) -> Self {
        Self::input(error)
    }
}

impl From<ravine::checkpoint::Error> for Failure {
    fn from(error: ravine::checkpoint::Error) -> Self {
        Self::input(error)
    }
}

impl From<ravine::ArgumentError> for Failure {
    fn from(error: ravine::ArgumentError) -> Self {
        Self::input(error)
    }
}

impl From<ravine_data::DataError> for Failure {
    fn from(error: ravine_data::DataError) -> Self {
        Self::input(error)
    }
}
