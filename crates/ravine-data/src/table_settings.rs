//! How a table is read.

use std::collections::BTreeMap;

use ravine_linalg::Threads;

use crate::Header;

/// What a reader does with missing cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingCells {
    /// They are errors that name line and column.
    Refuse,
    /// They are kept, as NaN among numbers and as [`Column::MISSING`](crate::Column::MISSING) among texts.
    #[default]
    Keep,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Numbers; a cell that is none is an error.
    Number,
    /// Texts, also where they look like numbers.
    Text,
}

/// How a table is read: see [`read_table_file`](crate::read_table_file).
///
/// ```
/// use ravine_data::{ColumnType, TableSettings};
///
/// let mut settings = TableSettings::default();
/// settings.types.insert("zip".into(), ColumnType::Text);
/// assert!(settings.missing.contains(&"NA".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableSettings {
    /// Whether the first record names the columns. Default [`Header::Automatic`].
    pub header: Header,
    /// The cells that are missing, whatever the case of their letters. Default the empty cell, `NA`,
    /// `NaN`, `null` and `?`.
    pub missing: Vec<String>,
    /// What is done with them. Default [`MissingCells::Keep`].
    pub allow: MissingCells,
    /// What columns hold, by name. A column not named here holds numbers if all its cells are numbers or
    /// missing, else texts. Default empty.
    pub types: BTreeMap<String, ColumnType>,
    /// How many threads read together; the table does not depend on it. Default one.
    pub threads: Threads,
}

impl Default for TableSettings {
    fn default() -> Self {
        Self {
            header: Header::Automatic,
            missing: ["", "NA", "NaN", "null", "?"].map(str::to_owned).into(),
            allow: MissingCells::Keep,
            types: BTreeMap::new(),
            threads: Threads::default(),
        }
    }
}

impl TableSettings {
    /// Those of [`read_csv`](crate::read_csv): a missing cell is an error.
    pub(crate) fn refusing(header: Header) -> Self {
        let missing = ["", "NA", "N/A", "NaN", "null", "none", "?"].map(str::to_owned).into();
        Self { header, missing, allow: MissingCells::Refuse, ..Self::default() }
    }
}
