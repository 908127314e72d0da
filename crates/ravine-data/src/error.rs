//! What is wrong with a file, and where.

/// An error in a data file: the file, the line where there is one, and what is wrong there.
///
/// ```
/// use ravine_data::read_csv;
///
/// let error = read_csv("x,y\n1,2\n3,oops\n".as_bytes(), "a.csv").unwrap_err();
/// assert_eq!(error.line(), Some(3));
/// assert!(error.to_string().starts_with("a.csv:3: column `y`: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    file: String,
    line: Option<u64>,
    column: Option<String>,
    message: String,
}

impl DataError {
    /// About the file as a whole.
    pub fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, column: None, message: message.into() }
    }

    /// About a line, counted from 1.
    pub fn of_line(file: &str, line: u64, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::of_file(file, message) }
    }

    /// About a column, at a line where `line` is given.
    pub fn of_column(
        file: &str,
        line: Option<u64>,
        column: &str,
        message: impl Into<String>,
    ) -> Self {
        Self { line, column: Some(column.to_owned()), ..Self::of_file(file, message) }
    }

    /// The file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// The name of the column.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }
}

impl std::fmt::Display for DataError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if let Some(column) = &self.column {
            write!(f, "column `{column}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DataError {}
