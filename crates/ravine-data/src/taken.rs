//! Batches of rows as the readers of tables give them.

use crate::{Column, DataError};

/// The cells of a column in a batch: numbers or codes.
pub(crate) struct Taken<'a> {
    pub numbers: Vec<f64>,
    /// Places among the levels.
    pub codes: Vec<u32>,
    /// Those of all batches so far, in the order in which they came; `None` of numbers.
    pub levels: Option<&'a [String]>,
}

impl Taken<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.numbers.len() + self.codes.len()
    }

    /// How many cells are missing.
    pub(crate) fn missing(&self) -> usize {
        let numbers = self.numbers.iter().filter(|x| x.is_nan()).count();
        numbers + self.codes.iter().filter(|&&code| code == Column::MISSING).count()
    }
}

/// Takes a batch of rows, with the names of the columns.
pub(crate) type Visit<'a> = dyn FnMut(&[String], Vec<Taken<'_>>) -> Result<(), DataError> + 'a;

/// What is known when a file has been read.
pub(crate) struct Passed {
    pub names: Vec<String>,
    /// The levels of each column of texts, in the order in which they came.
    pub levels: Vec<Option<Vec<String>>>,
    /// Columns of numbers and texts, whose cells are not what they were.
    pub mixed: Vec<String>,
    pub note: Option<String>,
}
