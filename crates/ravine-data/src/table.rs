//! CSV files as tables of typed columns.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use crate::DataError;
use crate::lines::Lines;
use crate::records::{Records, column_name};

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// All cells are finite numbers.
    Numbers(Vec<f64>),
    /// All cells are texts: cell i is `levels[codes[i]]`. The levels are sorted.
    Texts {
        /// The distinct texts.
        levels: Vec<String>,
        /// For each row, the place of its text among the levels.
        codes: Vec<u32>,
    },
}

/// A table read from a file: named columns of equal length, at least one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub(crate) file: String,
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) note: Option<String>,
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
        match self.columns.first() {
            Some(Column::Numbers(numbers)) => numbers.len(),
            Some(Column::Texts { codes, .. }) => codes.len(),
            None => 0,
        }
    }
}

/// Reads a CSV table as a stream; `file` is the name that errors carry.
///
/// - The delimiter is the most frequent of comma, semicolon and tab in the first line, outside
///   quotes.
/// - The first record is a header unless one of its cells is a number.
///   ([`read_csv_with`] takes it for what it is told, [`Table::note`] says where it is all numbers).
/// - A column holds numbers if its first cell is one, else texts, numbers among them included. Numbers
///   are in Rust's decimal notation (`1`, `-2.5`, `3e-4`).
/// - Rows end with LF, CR LF or CR. Blank lines are passed over.
/// - A cell may stand in quotes, with two for one within.
///
/// # Errors
///
/// Nothing to read, a header alone, records of different lengths, two columns of one name, a cell
/// that is missing (empty, `NA`, `NaN`, `null`, `?`), not finite, not a number in a column that
/// began with numbers, a number with a decimal comma at the head of a column, or not UTF-8: with line
/// and column; a quote that is never closed, or closed within a cell.
pub fn read_csv(reader: impl Read, file: &str) -> Result<Table, DataError> {
    read_csv_with(reader, file, Header::Automatic)
}

/// [`read_csv`] with or without a header.
///
/// ```
/// use ravine_data::{Header, read_csv, read_csv_with};
///
/// let text = "2019,2020\n1,2\n3,4\n";
/// let table = read_csv_with(text.as_bytes(), "a.csv", Header::Names)?;
/// assert_eq!((table.names()[1].as_str(), table.rows()), ("2020", 2));
/// let table = read_csv(text.as_bytes(), "a.csv")?;
/// assert_eq!((table.names()[1].as_str(), table.rows()), ("column 2", 3));
/// assert!(table.note().unwrap().starts_with("the first line is all numbers"));
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// See [`read_csv`].
pub fn read_csv_with(reader: impl Read, file: &str, header: Header) -> Result<Table, DataError> {
    read_table(Lines::new(BufReader::new(reader), file), header)
}

/// [`read_csv_with`] of lines.
pub(crate) fn read_table(
    lines: Lines<'_, impl BufRead>,
    given: Header,
) -> Result<Table, DataError> {
    let file = lines.file();
    let mut records = Records::new(lines)?;
    let mut note = None;
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<Growing> = Vec::new();
    let mut rows = 0u64;
    while let Some(line) = records.advance(&names)? {
        if names.is_empty() {
            let is_header = match given {
                Header::Automatic => !records.cells().any(is_number),
                Header::Names => true,
                Header::None => false,
            };
            if is_header {
                names = header(records.cells(), file, line)?;
                continue;
            }
            names = (0..records.cells().len()).map(|j| column_name(&[], j)).collect();
            if given == Header::Automatic && records.cells().all(is_number) {
                let message = "the first line is all numbers and was taken for a row, the columns \
                               for `column 1`, `column 2`, ...; say so if it names them";
                note = Some(message.to_owned());
            }
        }
        let cells = records.cells();
        if cells.len() != names.len() {
            let (given, expected) = (cells.len(), names.len());
            let s = if given == 1 { "" } else { "s" };
            let message = format!("the row has {given} cell{s}, but {expected} are expected");
            let first = column_name(&names, given.min(expected));
            return Err(DataError::of_column(file, Some(line), &first, message));
        }
        for (j, cell) in cells.enumerate() {
            let wrong = |message| DataError::of_column(file, Some(line), &names[j], message);
            let cell = text(cell).map_err(wrong)?;
            if rows == 0 {
                columns.push(Growing::starting_with(cell));
            }
            columns[j].push(cell).map_err(wrong)?;
        }
        rows += 1;
    }
    if names.is_empty() {
        return Err(DataError::of_file(file, "is empty"));
    }
    if rows == 0 {
        return Err(DataError::of_file(file, "has a header but no rows"));
    }
    let columns = columns.into_iter().map(Growing::finish).collect();
    Ok(Table { file: file.to_owned(), names, columns, note })
}

fn is_number(cell: &[u8]) -> bool {
    str::from_utf8(cell).is_ok_and(|cell| cell.parse::<f64>().is_ok())
}

/// The names of the columns.
fn header<'c>(
    cells: impl ExactSizeIterator<Item = &'c [u8]>,
    file: &str,
    line: u64,
) -> Result<Vec<String>, DataError> {
    let mut names = Vec::with_capacity(cells.len());
    let mut places = HashMap::new();
    for (j, cell) in cells.enumerate() {
        let fallback = column_name(&[], j);
        let cell = text(cell)
            .map_err(|message| DataError::of_column(file, Some(line), &fallback, message))?;
        let name = if cell.is_empty() { fallback } else { cell.to_owned() };
        if let Some(i) = places.insert(name.clone(), j) {
            let message =
                format!("columns {} and {} are called so; rename one of them", i + 1, j + 1);
            return Err(DataError::of_column(file, Some(line), &name, message));
        }
        names.push(name);
    }
    Ok(names)
}

fn text(cell: &[u8]) -> Result<&str, String> {
    str::from_utf8(cell).map_err(|_| "is not UTF-8 text".to_owned())
}

/// A column while it is read.
enum Growing {
    Numbers(Vec<f64>),
    Texts { codes: Vec<u32>, known: HashMap<String, u32> },
}

impl Growing {
    fn starting_with(cell: &str) -> Self {
        if cell.parse::<f64>().is_ok() {
            Self::Numbers(Vec::new())
        } else {
            Self::Texts { codes: Vec::new(), known: HashMap::new() }
        }
    }

    fn push(&mut self, cell: &str) -> Result<(), String> {
        if is_missing(cell) {
            let what = if cell.is_empty() { "the cell is empty".to_owned() } else { cell.into() };
            return Err(format!(
                "missing value ({what}); fill it in, or remove the row or the column"
            ));
        }
        match self {
            Self::Numbers(numbers) => match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                Ok(_) => return Err(format!("`{cell}` is not a finite number")),
                Err(_) if has_decimal_comma(cell) => return Err(decimal_comma(cell)),
                Err(_) => {
                    return Err(format!(
                        "`{cell}` is not a number, but the column began with numbers; correct it, or \
                         ignore the column"
                    ));
                }
            },
            // In a column of other texts, it is one of them.
            Self::Texts { codes, .. } if codes.is_empty() && has_decimal_comma(cell) => {
                return Err(decimal_comma(cell));
            }
            Self::Texts { codes, known } => {
                let code = match known.get(cell) {
                    Some(&code) => code,
                    None => {
                        let code = u32::try_from(known.len())
                            .map_err(|_| "has too many distinct texts".to_owned())?;
                        known.insert(cell.to_owned(), code);
                        code
                    }
                };
                codes.push(code);
            }
        }
        Ok(())
    }

    fn finish(self) -> Column {
        match self {
            Self::Numbers(numbers) => Column::Numbers(numbers),
            Self::Texts { mut codes, known } => {
                let mut levels: Vec<_> = known.into_iter().collect();
                levels.sort();
                let mut place = vec![0u32; levels.len()];
                for (new, (_, old)) in (0u32..).zip(&levels) {
                    place[*old as usize] = new;
                }
                for code in &mut codes {
                    *code = place[*code as usize];
                }
                let levels = levels.into_iter().map(|(text, _)| text).collect();
                Column::Texts { levels, codes }
            }
        }
    }
}

fn has_decimal_comma(cell: &str) -> bool {
    cell.contains(',') && cell.replacen(',', ".", 1).parse::<f64>().is_ok()
}

fn decimal_comma(cell: &str) -> String {
    format!("`{cell}` looks like a number with a decimal comma; use a point")
}

fn is_missing(cell: &str) -> bool {
    cell.is_empty()
        || ["na", "n/a", "nan", "null", "none", "?"].iter().any(|m| cell.eq_ignore_ascii_case(m))
}
