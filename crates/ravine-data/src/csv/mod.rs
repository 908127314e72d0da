//! CSV files as tables of typed columns.

mod cells;
mod head;
mod part;
mod pass;
mod scan;

use std::io::Read;

use crate::stream::{BLOCK, Part, Stream, in_parts};
use crate::table_settings::{ColumnType, TableSettings};
use crate::{DataError, Header, Table};

use cells::{Cells, Known, Rules};
use head::head;
use part::{Format, Rows};
pub(crate) use pass::pass;

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
    // Where missing cells are refused, so are columns of numbers and texts.
    read(reader, file, &TableSettings::refusing(header)).map(|reading| reading.table)
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
/// cell; with [`MissingCells::Refuse`](crate::MissingCells::Refuse) also what [`read_csv`] refuses.
pub fn read_table(
    mut reader: impl Read,
    file: &str,
    settings: &TableSettings,
) -> Result<Table, DataError> {
    let mut text = Vec::new();
    reader.read_to_end(&mut text).map_err(|error| DataError::of_file(file, error.to_string()))?;
    read_again(|settings| read(text.as_slice(), file, settings), settings)
}

/// Reads once, and a second time where columns turned out to be mixed: the texts of the numbers that came
/// before the first text are taken from the file again.
pub(crate) fn read_again(
    mut read: impl FnMut(&TableSettings) -> Result<Reading, DataError>,
    settings: &TableSettings,
) -> Result<Table, DataError> {
    let reading = read(settings)?;
    if reading.mixed.is_empty() {
        return Ok(reading.table);
    }
    let mut settings = settings.clone();
    settings.types.extend(reading.mixed.into_iter().map(|name| (name, ColumnType::Text)));
    read(&settings).map(|reading| reading.table)
}

/// A table, and the names of the columns that hold numbers and texts, whose cells are not what they were.
pub(crate) struct Reading {
    table: Table,
    mixed: Vec<String>,
}

/// Reads a stream once.
pub(crate) fn read(
    reader: impl Read,
    file: &str,
    settings: &TableSettings,
) -> Result<Reading, DataError> {
    read_in_blocks(reader, file, settings, BLOCK)
}

/// [`read`] with blocks of some size a thread.
fn read_in_blocks(
    reader: impl Read,
    file: &str,
    settings: &TableSettings,
    block: usize,
) -> Result<Reading, DataError> {
    let Through { names, columns, note } =
        read_through(reader, file, settings, block, &mut |_, _| Ok(()))?;
    let mixed = mixed(&names, &columns);
    let columns = columns.into_iter().map(Cells::finish).collect();
    Ok(Reading { table: Table { file: file.to_owned(), names, columns, note, first: 0 }, mixed })
}

/// What is left when a stream has been read.
struct Through {
    names: Vec<String>,
    columns: Vec<Cells>,
    note: Option<String>,
}

/// The names of the columns that hold numbers and texts.
fn mixed(names: &[String], columns: &[Cells]) -> Vec<String> {
    let mixed = columns.iter().zip(names).filter(|(column, _)| column.mixed);
    mixed.map(|(_, name)| name.clone()).collect()
}

/// Looks at the columns after a block, and may take cells away.
type After<'a> = dyn FnMut(&[String], &mut [Cells]) -> Result<(), DataError> + 'a;

/// Reads a stream once, block after block.
fn read_through(
    reader: impl Read,
    file: &str,
    settings: &TableSettings,
    block: usize,
    after: &mut After<'_>,
) -> Result<Through, DataError> {
    let mut stream = Stream::new(reader, file);
    let head = head(&mut stream, settings.header, block)?;
    let names = head.names;
    if let Some(name) = settings.types.keys().find(|name| !names.contains(name)) {
        let message = "is said to be of a type, but there is no such column";
        return Err(DataError::of_column(file, None, name, message));
    }
    let rules = Rules::new(settings);
    let format = Format { delimiter: head.delimiter, rules: &rules };
    let known =
        |name: &String| settings.types.get(name).map_or(Known::Nothing, |&t| Known::Said(t));
    let mut columns: Vec<Cells> = names.iter().map(|name| Cells::new(known(name))).collect();
    let (mut lines, mut rows) = (head.lines, 0);
    // A first small part by one thread says what the columns hold.
    let mut wanted = block / 16 + 1;
    loop {
        stream.fill(wanted)?;
        let (text, last) = (stream.text(), stream.ended);
        let known: Vec<Known> = columns.iter().map(Cells::known).collect();
        let read = |range| Rows::read(text, range, &format, &known, last);
        let mut used = 0;
        for part in in_parts(text, settings.threads, block / 16 + 1, read) {
            // What a column holds is known only since the part before: the rest is read again with that.
            if columns.iter().zip(&known).any(|(column, known)| column.known() != *known) {
                break;
            }
            if let Some(wrong) = part.wrong {
                let column = head::column_name(&names, wrong.cell);
                let line = Some(lines + wrong.line);
                return Err(DataError::of_column(file, line, &column, wrong.message));
            }
            used = part.end();
            (lines, rows) = (lines + part.lines, rows + part.rows);
            for ((column, cells), name) in columns.iter_mut().zip(part.columns).zip(&names) {
                let appended = column.append(cells);
                appended.map_err(|message| DataError::of_column(file, None, name, message))?;
            }
        }
        stream.consume(used);
        after(&names, &mut columns)?;
        let left = stream.text().len();
        if last && left == 0 {
            break;
        }
        // A record that is longer than what was read needs more.
        let full = block * settings.threads.count();
        wanted = if used == 0 { 2 * wanted.max(left) } else { full.max(left + block / 2) };
    }
    if rows == 0 {
        return Err(DataError::of_file(file, "has a header but no rows"));
    }
    Ok(Through { names, columns, note: head.note })
}

#[cfg(test)]
mod tests {
    use ravine_linalg::Threads;

    use super::read_in_blocks;
    use crate::table_settings::{MissingCells, TableSettings};

    #[test]
    fn what_is_read_depends_neither_on_blocks_nor_on_threads() {
        let cells = [
            "1",
            "-2.5",
            "a",
            "b c",
            "",
            "NA",
            "\"x,y\"",
            "\"two\nlines\"",
            "\"a \"\"quote\"\"\"",
            "  7 ",
            "\" 8 \"",
            "01",
            "\"r\r\nn\"",
            "\"open",
            "in\"side",
            "\"a\"b",
            "1,5",
            "inf",
        ];
        let ends = ["\n", "\r\n", "\r", "\n\n", "\n \n"];
        let mut state = 11u64;
        let mut below = |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let (mut good, mut bad) = (0, 0);
        for round in 0..600 {
            let columns = 1 + below(3);
            let mut text = (0..columns).map(|j| format!("c{j}")).collect::<Vec<_>>().join(",");
            text.push_str(ends[below(5)]);
            // Some columns are of numbers at first.
            let kinds: Vec<usize> = (0..columns).map(|_| [2, 4, 13][below(3)]).collect();
            let rows = below(30);
            for _ in 0..rows {
                let row = kinds.iter().map(|&kind| match below(150) {
                    0 => cells[below(cells.len())],
                    1..4 => "NA",
                    _ => cells[below(kind)],
                });
                text.push_str(&row.collect::<Vec<_>>().join(","));
                text.push_str(ends[below(5)]);
            }
            if below(3) == 0 {
                text.truncate(text.trim_end().len());
            }
            let allow = [MissingCells::Keep, MissingCells::Keep, MissingCells::Refuse][below(3)];
            let read = |block: usize, threads: usize| {
                let threads = Threads::new(threads).unwrap();
                let settings = TableSettings { allow, threads, ..TableSettings::default() };
                read_in_blocks(text.as_bytes(), "a.csv", &settings, block)
                    .map(|reading| (format!("{:?}", reading.table), reading.mixed))
                    .map_err(|error| error.to_string())
            };
            let whole = read(1 << 20, 1);
            *(if whole.is_ok() { &mut good } else { &mut bad }) += 1;
            for (block, threads) in [(1, 1), (1, 3), (20, 2), (100, 3), (700, 4), (1 << 20, 3)] {
                assert_eq!(
                    read(block, threads),
                    whole,
                    "round {round}, {block}, {threads}: {text:?}"
                );
            }
        }
        assert!(good > 100 && bad > 100, "{good} {bad}");
    }
}
