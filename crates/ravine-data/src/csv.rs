//! CSV files as tables of typed columns.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use crate::lines::Lines;
use crate::records::{Records, column_name};
use crate::table_settings::{ColumnType, MissingCells, TableSettings};
use crate::{Column, DataError, Header, Table};

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
    read_stream(Lines::new(BufReader::new(reader), file), header)
}

/// [`read_csv_with`] of lines.
pub(crate) fn read_stream(
    lines: Lines<'_, impl BufRead>,
    header: Header,
) -> Result<Table, DataError> {
    read_lines(lines, &TableSettings::refusing(header)).map(|(table, _)| table)
}

/// Reads a CSV table as [`read_table_file`](crate::read_table_file) does; `file` is the name that errors
/// carry.
///
/// ```
/// use ravine_data::{Column, TableSettings, read_table};
///
/// let text = "x,g\n1,a\nNA,\n2,b\n";
/// let table = read_table(text.as_bytes(), "a.csv", &TableSettings::default())?;
/// assert!(table.columns()[0].is_missing(1) && table.columns()[1].is_missing(1));
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// Nothing to read, a header alone, records of different lengths, two columns of one name, a cell that is
/// infinite or not UTF-8, or not a number in a column that is said to hold numbers; a name among
/// [`types`](TableSettings::types) that no column has; a quote that is never closed, or closed within a
/// cell; with [`MissingCells::Refuse`] also what [`read_csv`] refuses.
pub fn read_table(
    mut reader: impl Read,
    file: &str,
    settings: &TableSettings,
) -> Result<Table, DataError> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(|error| DataError::of_file(file, error.to_string()))?;
    let (table, mixed) = read_lines(Lines::new(text.as_slice(), file), settings)?;
    if mixed.is_empty() {
        return Ok(table);
    }
    // The texts of the numbers before the first text are taken from the file again.
    let mut settings = settings.clone();
    settings.types.extend(mixed.into_iter().map(|name| (name, ColumnType::Text)));
    read_lines(Lines::new(text.as_slice(), file), &settings).map(|(table, _)| table)
}

/// A table, and the columns that began with numbers and hold texts too: their cells are not kept.
fn read_lines(
    lines: Lines<'_, impl BufRead>,
    settings: &TableSettings,
) -> Result<(Table, Vec<String>), DataError> {
    let given = settings.header;
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
                columns.push(Growing::starting_with(cell, settings.types.get(&names[j]), settings));
            }
            columns[j].push(cell, settings).map_err(wrong)?;
        }
        rows += 1;
    }
    if names.is_empty() {
        return Err(DataError::of_file(file, "is empty"));
    }
    if rows == 0 {
        return Err(DataError::of_file(file, "has a header but no rows"));
    }
    if let Some(name) = settings.types.keys().find(|name| !names.contains(name)) {
        let message = "is said to be of a type, but there is no such column";
        return Err(DataError::of_column(file, None, name, message));
    }
    let mixed = |(column, name): (&Growing, &String)| column.mixed.then(|| name.clone());
    let mixed = columns.iter().zip(&names).filter_map(mixed).collect();
    let columns = columns.into_iter().map(Growing::finish).collect();
    Ok((Table { file: file.to_owned(), names, columns, note }, mixed))
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
struct Growing {
    cells: Cells,
    /// Whether its type was said.
    given: bool,
    /// Whether a text came after numbers in a column whose type was not said.
    mixed: bool,
}

enum Cells {
    Numbers(Vec<f64>),
    Texts { codes: Vec<u32>, known: HashMap<String, u32> },
}

impl Growing {
    fn starting_with(cell: &str, given: Option<&ColumnType>, settings: &TableSettings) -> Self {
        let number = match given {
            Some(given) => *given == ColumnType::Number,
            None if settings.allow == MissingCells::Keep => {
                settings.is_missing(cell) || cell.parse::<f64>().is_ok()
            }
            None => cell.parse::<f64>().is_ok(),
        };
        let cells = match number {
            true => Cells::Numbers(Vec::new()),
            false => Cells::Texts { codes: Vec::new(), known: HashMap::new() },
        };
        Self { cells, given: given.is_some(), mixed: false }
    }

    fn push(&mut self, cell: &str, settings: &TableSettings) -> Result<(), String> {
        if settings.is_missing(cell) {
            if settings.allow == MissingCells::Keep {
                match &mut self.cells {
                    Cells::Numbers(numbers) => numbers.push(f64::NAN),
                    Cells::Texts { codes, .. } => codes.push(Column::MISSING),
                }
                return Ok(());
            }
            let what = if cell.is_empty() { "the cell is empty".to_owned() } else { cell.into() };
            return Err(format!(
                "missing value ({what}); fill it in, or remove the row or the column"
            ));
        }
        match &mut self.cells {
            Cells::Numbers(numbers) => match cell.parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                Ok(_) => return Err(format!("`{cell}` is not a finite number")),
                Err(_) if has_decimal_comma(cell) => return Err(decimal_comma(cell)),
                Err(_) if self.given => {
                    return Err(format!(
                        "`{cell}` is not a number, but the column is said to hold \
                                        numbers"
                    ));
                }
                Err(_) if settings.allow == MissingCells::Keep => {
                    self.mixed = true;
                    numbers.push(f64::NAN);
                }
                Err(_) => {
                    return Err(format!(
                        "`{cell}` is not a number, but the column began with numbers; correct it, or \
                         ignore the column"
                    ));
                }
            },
            // In a column of other texts, it is one of them.
            Cells::Texts { codes, .. }
                if codes.is_empty() && !self.given && has_decimal_comma(cell) =>
            {
                return Err(decimal_comma(cell));
            }
            Cells::Texts { codes, known } => {
                let code = match known.get(cell) {
                    Some(&code) => code,
                    None => {
                        let code = u32::try_from(known.len())
                            .ok()
                            .filter(|&code| code != Column::MISSING)
                            .ok_or_else(|| "has too many distinct texts".to_owned())?;
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
        match self.cells {
            Cells::Numbers(numbers) => Column::Numbers(numbers),
            Cells::Texts { mut codes, known } => {
                let mut levels: Vec<_> = known.into_iter().collect();
                levels.sort();
                let mut place = vec![0u32; levels.len()];
                for (new, (_, old)) in (0u32..).zip(&levels) {
                    place[*old as usize] = new;
                }
                for code in codes.iter_mut().filter(|code| **code != Column::MISSING) {
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
