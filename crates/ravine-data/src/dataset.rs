//! What a fit needs of a data file: a design matrix and a target.

use ravine_linalg::matrix::Matrix;

use crate::table::{Column, Header, Table};
use crate::{DataError, Design};

/// Above this many texts a column names its rows rather than groups them.
const MOST_LEVELS: usize = 100;

/// The values to be explained.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Classes by name: case i is of class `levels[codes[i]]`. The levels are sorted.
    Classes {
        /// The distinct names.
        levels: Vec<String>,
        /// For each case, the place of its class among the levels.
        codes: Vec<u32>,
    },
}

/// Which columns of a file to use, and how.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// The target's column, by name or by its number from 1. A LIBSVM file has its target first
    /// and takes none. Default `None`.
    pub target: Option<String>,
    /// Columns to leave out, by name or by number from 1. Default none.
    pub ignore: Vec<String>,
    /// Whether the design matrix has a column of ones, as its first. Default `true`.
    pub intercept: bool,
    /// Whether columns are brought to mean 0 (where there is an intercept) and standard deviation
    /// 1: see [`Design::standardize`]. Default `false`.
    pub standardize: bool,
    /// Whether the first row of a CSV file names the columns. Default [`Header::Automatic`].
    pub header: Header,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            target: None,
            ignore: Vec::new(),
            intercept: true,
            standardize: false,
            header: Header::Automatic,
        }
    }
}

/// A design matrix and a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// A row a case.
    pub design: Design,
    /// A value or class a case.
    pub target: Target,
    /// What the target is called.
    pub target_name: String,
    /// How the file was taken, where that may surprise.
    pub note: Option<String>,
}

impl Table {
    /// The design matrix of all columns but the target and those to ignore. A text column with the
    /// levels a < b < c becomes the indicator columns `name=b` and `name=c`; the first level is
    /// dropped, since with an intercept it would be redundant.
    ///
    /// # Errors
    ///
    /// No target given, a column that is not there (the nearest name is suggested), or a text
    /// column with more than 100 levels.
    pub fn select(self, selection: &Selection) -> Result<Dataset, DataError> {
        let Some(target) = &selection.target else {
            let message =
                format!("which column is the target? There are {}", self.names_in_words());
            return Err(DataError::of_file(&self.file, message));
        };
        let target = self.position(target)?;
        let mut unused = vec![false; self.names.len()];
        for name in &selection.ignore {
            unused[self.position(name)?] = true;
        }
        if unused[target] {
            let message = "is the target and cannot be ignored";
            return Err(DataError::of_column(&self.file, None, &self.names[target], message));
        }
        unused[target] = true;

        let names = feature_names(&self, &unused)?;
        let mut entries = Matrix::zeros(self.rows(), names.len());
        let mut next = 0;
        let mut chosen = None;
        // Columns are dropped as they are copied, so that the data is in memory about once.
        for (i, column) in self.columns.into_iter().enumerate() {
            if i == target {
                chosen = Some(column);
            } else if !unused[i] {
                next = write(&column, &mut entries, next);
            }
        }
        let mut design = Design::dense(entries, names);
        if selection.intercept {
            design.add_intercept();
        }
        if selection.standardize {
            design.standardize();
        }
        let target_name = self.names[target].clone();
        let target = match chosen {
            Some(Column::Texts { levels, codes }) => Target::Classes { levels, codes },
            Some(Column::Numbers(numbers)) => Target::Numbers(numbers),
            None => Target::Numbers(Vec::new()),
        };
        Ok(Dataset { design, target, target_name, note: self.note })
    }

    /// The column of that name, or else of that number from 1.
    fn position(&self, name: &str) -> Result<usize, DataError> {
        if let Some(i) = self.names.iter().position(|other| other == name) {
            return Ok(i);
        }
        if let Some(i) = name.parse::<usize>().ok().and_then(|i| i.checked_sub(1))
            && i < self.names.len()
        {
            return Ok(i);
        }
        let message = format!("there is no such column; {}", self.instead_of(name));
        Err(DataError::of_column(&self.file, None, name, message))
    }
}

fn feature_names(table: &Table, unused: &[bool]) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for ((name, column), &unused) in table.names.iter().zip(&table.columns).zip(unused) {
        match column {
            _ if unused => {}
            Column::Numbers(_) => names.push(name.clone()),
            Column::Texts { levels, .. } if levels.len() > MOST_LEVELS => {
                let message = format!(
                    "has {} distinct texts, more than {MOST_LEVELS}; \
                     if it only names the rows, ignore it",
                    levels.len()
                );
                return Err(DataError::of_column(&table.file, None, name, message));
            }
            Column::Texts { levels, .. } => {
                names.extend(levels[1..].iter().map(|level| format!("{name}={level}")));
            }
        }
    }
    Ok(names)
}

/// Writes a column at `next`, a text column as indicators; the place after it.
fn write(column: &Column, entries: &mut Matrix, next: usize) -> usize {
    match column {
        Column::Numbers(numbers) => {
            entries.column_mut(next).copy_from_slice(numbers);
            next + 1
        }
        Column::Texts { levels, codes } => {
            for (i, &code) in codes.iter().enumerate() {
                if code > 0 {
                    entries[(i, next + code as usize - 1)] = 1.0;
                }
            }
            next + levels.len() - 1
        }
    }
}
