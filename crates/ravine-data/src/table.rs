//! Tables of typed columns.

use std::collections::HashMap;

use crate::DataError;

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// All cells are finite numbers, or NaN where a cell is missing.
    Numbers(Vec<f64>),
    /// All cells are texts: cell i is `levels[codes[i]]`. The levels are sorted where a file was read, and
    /// in the order that was declared where a program made the column.
    Texts {
        /// The distinct texts.
        levels: Vec<String>,
        /// For each row, the place of its text among the levels, or [`Column::MISSING`].
        codes: Vec<u32>,
    },
}

impl Column {
    /// The code of a missing text.
    pub const MISSING: u32 = u32::MAX;

    /// The number of cells.
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts { codes, .. } => codes.len(),
        }
    }

    /// Whether cell i is missing.
    ///
    /// ```
    /// use ravine_data::Column;
    ///
    /// assert!(Column::Numbers(vec![1.0, f64::NAN]).is_missing(1));
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no such cell.
    pub fn is_missing(&self, i: usize) -> bool {
        match self {
            Self::Numbers(numbers) => numbers[i].is_nan(),
            Self::Texts { codes, .. } => codes[i] == Self::MISSING,
        }
    }

    /// A column of texts, the levels brought in order.
    pub(crate) fn with_sorted_levels(mut levels: Vec<String>, mut codes: Vec<u32>) -> Self {
        let mut order: Vec<u32> = (0..).take(levels.len()).collect();
        order.sort_by(|&a, &b| levels[a as usize].cmp(&levels[b as usize]));
        let mut place = vec![0u32; order.len()];
        for (new, &old) in (0u32..).zip(&order) {
            place[old as usize] = new;
        }
        for code in codes.iter_mut().filter(|code| **code != Self::MISSING) {
            *code = place[*code as usize];
        }
        levels.sort();
        Self::Texts { levels, codes }
    }

    /// The cells of the named rows, in their order.
    pub(crate) fn of_rows(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|&i| numbers[i]).collect()),
            Self::Texts { levels, codes } => {
                let codes = rows.iter().map(|&i| codes[i]).collect();
                Self::Texts { levels: levels.clone(), codes }
            }
        }
    }
}

/// A table, read from a file or made of columns: named columns of equal length, at least one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(crate) file: String,
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) note: Option<String>,
    /// Of a batch: the rows of the file before it.
    pub(crate) first: usize,
}

/// Whether the first record of a table names its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Header {
    /// It does unless one of its cells is a number.
    #[default]
    Automatic,
    /// It does, whatever it holds, as in a table by years.
    Names,
    /// It is a row like the others.
    None,
}

impl Table {
    /// The names of the columns: those of the header, or `column 1`, `column 2`, ...
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How the file was taken, where that may surprise: the first record was all numbers, and so no
    /// header.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The number of rows, without the header.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::rows)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.names.iter().position(|other| other == name).map(|j| &self.columns[j])
    }

    /// The columns by name, the first of them, in print.
    pub(crate) fn names_in_words(&self) -> String {
        const MOST: usize = 12;
        let some = self.names.iter().take(MOST).map(|name| format!("`{name}`"));
        let mut text = some.collect::<Vec<_>>().join(", ");
        if self.names.len() > MOST {
            text.push_str(&format!(" and {} more", self.names.len() - MOST));
        }
        text
    }

    /// What may have been meant by a name that no column has, in words.
    pub(crate) fn instead_of(&self, name: &str) -> String {
        let distances =
            self.names.iter().map(|other| (strsim::damerau_levenshtein(name, other), other));
        let near = distances.min().filter(|&(distance, other)| distance <= 1 + other.len() / 3);
        match near {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None => format!("there are {}", self.names_in_words()),
        }
    }

    /// A table of columns in memory. Errors speak of `the table`.
    ///
    /// ```
    /// use ravine_data::{Column, Table};
    ///
    /// let x = Column::Numbers(vec![1.0, f64::NAN]);
    /// let g = Column::Texts { levels: vec!["low".into(), "high".into()], codes: vec![1, 0] };
    /// let table = Table::from_columns(vec!["x".into(), "g".into()], vec![x, g])?;
    /// assert_eq!(table.rows(), 2);
    /// assert!(Table::from_columns(vec!["x".into()], vec![Column::Numbers(vec![])]).is_err());
    /// # Ok::<(), ravine_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No columns or no rows, another number of names than of columns, two columns of one name, columns of
    /// different lengths, an infinite number, a level that is there twice, a code that is of no level.
    pub fn from_columns(names: Vec<String>, columns: Vec<Column>) -> Result<Self, DataError> {
        const FILE: &str = "the table";
        if names.len() != columns.len() {
            let message = format!("has {} columns, but {} names", columns.len(), names.len());
            return Err(DataError::of_file(FILE, message));
        }
        let Some(rows) = columns.first().map(Column::rows) else {
            return Err(DataError::of_file(FILE, "has no columns"));
        };
        if rows == 0 {
            return Err(DataError::of_file(FILE, "has no rows"));
        }
        let mut places = HashMap::new();
        for (j, (name, column)) in names.iter().zip(&columns).enumerate() {
            let wrong = |message: String| Err(DataError::of_column(FILE, None, name, message));
            if let Some(i) = places.insert(name, j) {
                let (i, j) = (i + 1, j + 1);
                return wrong(format!("columns {i} and {j} are called so; rename one of them"));
            }
            if column.rows() != rows {
                return wrong(format!(
                    "has {} rows, but the first column has {rows}",
                    column.rows()
                ));
            }
            if let Err(message) = check(column) {
                return wrong(message);
            }
        }
        Ok(Self { file: FILE.to_owned(), names, columns, note: None, first: 0 })
    }
}

/// Whether a column keeps what [`Column`] says.
fn check(column: &Column) -> Result<(), String> {
    match column {
        Column::Numbers(numbers) => match numbers.iter().position(|x| x.is_infinite()) {
            Some(i) => Err(format!("row {} is {}, not a finite number", i + 1, numbers[i])),
            None => Ok(()),
        },
        Column::Texts { levels, codes } => {
            let mut known = HashMap::new();
            for (k, level) in levels.iter().enumerate() {
                if let Some(other) = known.insert(level, k) {
                    return Err(format!("levels {} and {} are both `{level}`", other + 1, k + 1));
                }
            }
            let wrong = |code: &u32| *code != Column::MISSING && *code as usize >= levels.len();
            match codes.iter().position(wrong) {
                Some(i) => {
                    let (row, code, count) = (i + 1, codes[i], levels.len());
                    Err(format!("row {row} has the code {code}, but there are {count} levels"))
                }
                None => Ok(()),
            }
        }
    }
}
