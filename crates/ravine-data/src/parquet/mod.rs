//! Parquet files as tables of typed columns.

mod cells;
mod guard;
mod kind;
mod pass;
mod values;

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use ravine_linalg::Threads;

use crate::table_settings::{ColumnType, MissingCells, TableSettings};
use crate::{Column, DataError, Header, Table};

use cells::Cells;
use guard::unless_it_panics;
use kind::Kind;
pub(crate) use pass::parquet_pass;

/// Reads a Parquet file, row group by row group; several threads read columns side by side.
///
/// Whole numbers, decimal numbers, floating-point numbers and booleans (0 and 1) become numbers, texts
/// become categories, whether they are stored with a dictionary or not. What is null, and NaN among
/// numbers, is a missing cell; [`TableSettings::missing`] does not count, as no text stands for none.
/// Columns of other kinds (lists, structs, dates, times, bytes) are left out, and [`Table::note`] names
/// them.
///
/// # Errors
///
/// A file that is not sound, a table without rows or without a column that can be taken, a header that is
/// asked for, a column that is said to hold numbers and has texts that are none, an infinite number; with
/// [`MissingCells::Refuse`] a missing cell. Errors name file, column and row.
pub(crate) fn read_parquet_file(path: &Path, settings: &TableSettings) -> Result<Table, DataError> {
    let read = unless_it_panics(|| read_sound_file(path, settings));
    read.unwrap_or_else(|| Err(contradictory(&path.display().to_string())))
}

/// The decoder panics at some damages.
fn contradictory(file: &str) -> DataError {
    DataError::of_file(file, "is not a sound Parquet file: its parts contradict each other")
}

/// Columns of a file that can be taken: their places, names and kinds.
struct Taken {
    columns: Vec<(usize, String, Kind)>,
    /// What was left out.
    note: Option<String>,
}

/// Looks at the schema of a file.
fn taken(
    reader: &SerializedFileReader<File>,
    file: &str,
    settings: &TableSettings,
) -> Result<Taken, DataError> {
    if settings.header != Header::Automatic {
        let message = "is a Parquet file, which has no header; leave the choice of it out";
        return Err(DataError::of_file(file, message));
    }
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut left_out: Vec<(String, String)> = Vec::new();
    let mut columns = Vec::new();
    let mut names = HashSet::new();
    for (j, column) in schema.columns().iter().enumerate() {
        let (name, kind) = (column.path().parts()[0].clone(), Kind::of(column));
        match kind {
            Ok(kind) => columns.push((j, name.clone(), kind)),
            // Each part of a list or a struct is a column in the file.
            Err(_) if names.contains(&name) => {}
            Err(what) => left_out.push((name.clone(), what.to_owned())),
        }
        names.insert(name);
    }
    if let Some(name) = settings.types.keys().find(|name| !names.contains(*name)) {
        let message = "is said to be of a type, but there is no such column";
        return Err(DataError::of_column(file, None, name, message));
    }
    let in_words = |left_out: &[(String, String)]| {
        let some = left_out.iter().take(8).map(|(name, what)| format!("`{name}` ({what})"));
        let more = left_out.len().saturating_sub(8);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{rest}", some.collect::<Vec<_>>().join(", "))
    };
    if columns.is_empty() {
        let message = match left_out.is_empty() {
            true => "has no columns".to_owned(),
            false => format!("has no column of numbers or texts: {}", in_words(&left_out)),
        };
        return Err(DataError::of_file(file, message));
    }
    if reader.metadata().file_metadata().num_rows() == 0 {
        return Err(DataError::of_file(file, "has columns but no rows"));
    }
    let note = (!left_out.is_empty()).then(|| {
        format!("left out, as they hold neither numbers nor texts: {}", in_words(&left_out))
    });
    Ok(Taken { columns, note })
}

fn read_sound_file(path: &Path, settings: &TableSettings) -> Result<Table, DataError> {
    let file = path.display().to_string();
    let source = Source { path, file: &file };
    let Taken { columns: taken, note } = taken(&source.open()?, &file, settings)?;
    let threads = settings.threads.count().min(taken.len()).max(1);
    let all_columns_of = |t: usize| -> Result<Vec<Column>, DataError> {
        // Each with a file of its own: a shared one has one place to read from.
        let reader = source.open()?;
        let own = taken.iter().skip(t).step_by(threads);
        own.map(|(j, name, kind)| source.column(&reader, *j, name, *kind, settings)).collect()
    };
    // A thread of its own has to guard itself.
    let columns_of = |t: usize| {
        unless_it_panics(|| all_columns_of(t)).unwrap_or_else(|| Err(contradictory(&file)))
    };
    let found = match threads {
        1 => vec![columns_of(0)],
        _ => Threads::each((0..threads).collect(), columns_of),
    };
    let mut found: Vec<_> =
        found.into_iter().map(|own| own.map(Vec::into_iter)).collect::<Result<_, _>>()?;
    let columns: Vec<Column> = (0..taken.len()).filter_map(|k| found[k % threads].next()).collect();
    let names: Vec<String> = taken.into_iter().map(|(_, name, _)| name).collect();
    Ok(Table { file, names, columns, note, first: 0 })
}

/// A file by path.
struct Source<'a> {
    path: &'a Path,
    file: &'a str,
}

impl Source<'_> {
    fn open(&self) -> Result<SerializedFileReader<File>, DataError> {
        let file = File::open(self.path)
            .map_err(|error| DataError::of_file(self.file, error.to_string()))?;
        SerializedFileReader::new(file).map_err(|error| {
            DataError::of_file(self.file, format!("is not a sound Parquet file: {error}"))
        })
    }

    /// A column, row group after row group.
    fn column(
        &self,
        reader: &SerializedFileReader<File>,
        j: usize,
        name: &str,
        kind: Kind,
        settings: &TableSettings,
    ) -> Result<Column, DataError> {
        let wrong = |message: String| DataError::of_column(self.file, None, name, message);
        let unsound =
            |error: parquet::errors::ParquetError| wrong(format!("cannot be read: {error}"));
        let mut cells = Cells::new(kind, settings.allow == MissingCells::Keep);
        for g in 0..reader.num_row_groups() {
            let group = reader.get_row_group(g).map_err(unsound)?;
            let mut values = group.get_column_reader(j).map_err(unsound)?;
            let nullable = is_nullable(group.metadata(), j);
            let read = values::read(&mut values, nullable, usize::MAX, &mut cells);
            check_count(read.map_err(wrong)?, g, group.metadata()).map_err(wrong)?;
        }
        match settings.types.get(name) {
            Some(ColumnType::Text) => cells.into_texts().map_err(wrong),
            Some(ColumnType::Number) => cells.into_numbers().map_err(wrong),
            None => Ok(cells.finish()),
        }
    }
}

/// Whether cells of a column may be missing.
fn is_nullable(group: &RowGroupMetaData, j: usize) -> bool {
    group.column(j).column_descr().max_def_level() > 0
}

/// That a column has as many cells as its row group has rows.
fn check_count(read: usize, g: usize, group: &RowGroupMetaData) -> Result<(), String> {
    let expected = group.num_rows();
    match i64::try_from(read).ok() == Some(expected) {
        true => Ok(()),
        false => Err(format!(
            "cannot be read: row group {} has {read} cells in place of {expected}",
            g + 1
        )),
    }
}
