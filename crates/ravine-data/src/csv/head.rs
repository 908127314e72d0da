//! The names of columns and the delimiter.

use std::collections::HashMap;
use std::io::Read;

use super::cells::text;
use super::scan::{Record, Scanner, Step, delimiter};
use crate::numbers::number;
use crate::stream::{Stream, after_line};
use crate::{DataError, Header};

/// A table of more columns is taken for a mistake: each has a name and memory of its own.
const MOST_COLUMNS: usize = 100_000;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What the beginning of a file says.
pub(super) struct Head {
    pub names: Vec<String>,
    pub delimiter: u8,
    /// Lines before the first row.
    pub lines: u64,
    pub note: Option<String>,
}

/// Reads up to the first row.
pub(super) fn head(
    stream: &mut Stream<'_, impl Read>,
    given: Header,
    block: usize,
) -> Result<Head, DataError> {
    let file = stream.file();
    let mut wanted = (block / 16 + 1).max(BYTE_ORDER_MARK.len());
    let mut lines = 0;
    stream.fill(wanted)?;
    if stream.text().starts_with(BYTE_ORDER_MARK) {
        stream.consume(BYTE_ORDER_MARK.len());
    }
    // Where the line begins that is looked at.
    let mut at = 0;
    loop {
        stream.fill(wanted)?;
        let (source, last) = (stream.text(), stream.ended);
        // The first line that is not blank tells the delimiter.
        let end = source[at..].iter().position(|&b| b == b'\n' || b == b'\r').map(|end| at + end);
        let sure = end.is_some_and(|end| end + 1 < source.len() || source[end] == b'\n');
        if !sure && !last {
            wanted = 2 * wanted.max(source.len());
            continue;
        }
        let line = &source[at..end.unwrap_or(source.len())];
        if line.trim_ascii().is_empty() {
            let Some(end) = end else { return Err(DataError::of_file(file, "is empty")) };
            at = after_line(source, end);
            lines += 1;
            continue;
        }
        let delimiter = delimiter(line);
        let mut scanner = Scanner::new(source, at, delimiter, last);
        let mut record = Record::default();
        match scanner.step(&mut record) {
            Ok(Step::Record(_)) => {}
            Ok(Step::Blank | Step::Open) => {
                wanted = 2 * wanted.max(source.len());
                continue;
            }
            Err(wrong) => {
                let column = column_name(&[], wrong.cell);
                let line = Some(lines + wrong.line);
                return Err(DataError::of_column(file, line, &column, wrong.message));
            }
        }
        let cells: Vec<&[u8]> = (0..record.len()).map(|k| record.cell(source, k)).collect();
        if cells.len() > MOST_COLUMNS {
            let message = format!(
                "has {} columns, more than {MOST_COLUMNS}; a LIBSVM file holds as many",
                cells.len()
            );
            return Err(DataError::of_line(file, lines + 1, message));
        }
        let is_number = |cell: &&[u8]| number(cell).is_some();
        let is_header = match given {
            Header::Automatic => !cells.iter().any(is_number),
            Header::Names => true,
            Header::None => false,
        };
        if is_header {
            let names = header(&cells, file, lines + 1)?;
            let (used, after) = (scanner.at, lines + scanner.lines);
            stream.consume(used);
            return Ok(Head { names, delimiter, lines: after, note: None });
        }
        let names = (0..cells.len()).map(|j| column_name(&[], j)).collect();
        let surprising = given == Header::Automatic && cells.iter().all(is_number);
        stream.consume(at);
        let note = surprising.then(|| {
            "the first line is all numbers and was taken for a row, the columns for `column 1`, \
             `column 2`, ...; say so if it names them"
                .to_owned()
        });
        return Ok(Head { names, delimiter, lines, note });
    }
}

/// The names of the columns.
fn header(cells: &[&[u8]], file: &str, line: u64) -> Result<Vec<String>, DataError> {
    let mut names = Vec::with_capacity(cells.len());
    let mut places = HashMap::new();
    for (j, cell) in cells.iter().enumerate() {
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

/// What a column is called: by its number where it has no name.
pub(super) fn column_name(names: &[String], j: usize) -> String {
    names.get(j).cloned().unwrap_or_else(|| format!("column {}", j + 1))
}
