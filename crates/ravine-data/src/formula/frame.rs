//! What a formula gives for a table.

use crate::{Column, Design};

/// The left side of a formula, a value a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// There is none, or none was asked for.
    None,
    /// Numbers.
    Numbers(Vec<f64>),
    /// Classes by name: row i is of class `levels[codes[i]]`.
    Classes {
        /// The names.
        levels: Vec<String>,
        /// For each row, the place of its class among the levels.
        codes: Vec<u32>,
    },
    /// `cbind(successes, failures)`
    Counts {
        /// How often it happened.
        successes: Vec<f64>,
        /// How often it did not.
        failures: Vec<f64>,
    },
}

/// A design matrix and what belongs to its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The columns of the right side.
    pub design: Design,
    /// The left side.
    pub response: Response,
    /// The sum of the offsets, where there are any.
    pub offset: Option<Vec<f64>>,
    /// The rows of the table that were kept, from 0.
    pub rows: Vec<usize>,
    /// For each variable with missing values that made rows be left out, in how many rows it is missing;
    /// the most first.
    pub dropped: Vec<(String, usize)>,
    /// The number of rows of the table.
    pub table_rows: usize,
    /// The further columns that were asked for, along the kept rows.
    pub also: Vec<(String, Column)>,
    /// What was done that may surprise, in sentences.
    pub notes: Vec<String>,
}

impl Frame {
    /// How many rows were left out and why, as in `1,204 of 9,430 rows dropped: dep_delay (1,180),
    /// tailnum (24)`; `None` where none were.
    ///
    /// ```
    /// use ravine_data::{Column, Formula, FrameSettings, Table};
    ///
    /// let columns = vec![Column::Numbers(vec![1.0, 2.0, 4.0]), Column::Numbers(vec![5.0, f64::NAN, 7.0])];
    /// let table = Table::from_columns(vec!["y".into(), "x".into()], columns)?;
    /// let (_, frame) = Formula::parse("y ~ x")?.fit(&table, &FrameSettings::default())?;
    /// assert_eq!(frame.dropped_in_words().unwrap(), "1 of 3 rows dropped: x (1)");
    /// assert_eq!(frame.rows, [0, 2]);
    /// # Ok::<(), ravine_data::DataError>(())
    /// ```
    pub fn dropped_in_words(&self) -> Option<String> {
        dropped_in_words(self.table_rows - self.rows.len(), self.table_rows, &self.dropped)
    }
}

/// How many of all rows were left out and why; `None` where none were.
pub(super) fn dropped_in_words(
    dropped: usize,
    all: usize,
    missing: &[(String, usize)],
) -> Option<String> {
    let words = || {
        let (dropped, all) = (in_digits(dropped), in_digits(all));
        format!("{dropped} of {all} rows dropped: {}", missing_in_words(missing))
    };
    (dropped > 0).then(words)
}

/// `dep_delay (1,180), tailnum (24)`
pub(super) fn missing_in_words(missing: &[(String, usize)]) -> String {
    let each = missing.iter().map(|(name, count)| format!("{name} ({})", in_digits(*count)));
    each.collect::<Vec<_>>().join(", ")
}

/// A count with commas between thousands.
fn in_digits(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
