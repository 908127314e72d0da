//! Files of any format.

use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use ravine_linalg::matrix::SparseRows;

use crate::columnar::{is_parquet, read_parquet_file};
use crate::csv::read_table;
use crate::file::head;
use crate::libsvm::{LibsvmSettings, read_libsvm_file, read_libsvm_with};
use crate::table_file::read_table_file;
use crate::unpacked::open as source;
use crate::{DataError, Table, TableSettings};

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// Named columns.
    Table(Table),
    /// A LIBSVM file: its matrix and its labels.
    Sparse(SparseRows, Vec<f64>),
}

/// Reads a CSV or LIBSVM file, compressed where its name ends in `.gz`, or a Parquet file where the feature
/// `parquet` is on. Which of the first two it is follows from the first line that is neither blank nor a
/// label alone, as in [`read`](crate::read).
///
/// ```no_run
/// use ravine_data::{Opened, TableSettings, open};
///
/// match open("data.txt".as_ref(), &TableSettings::default())? {
///     Opened::Table(table) => println!("{} named columns", table.names().len()),
///     Opened::Sparse(matrix, _) => println!("{} entries", matrix.stored()),
/// }
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// Those of [`read_table_file`](crate::read_table_file) and [`read_libsvm`](crate::read_libsvm).
pub fn open(path: &Path, settings: &TableSettings) -> Result<Opened, DataError> {
    if is_parquet(path)? {
        return read_parquet_file(path, settings).map(Opened::Table);
    }
    let name = path.display().to_string();
    let mut reader = BufReader::new(source(path, &name)?);
    let (head, is_libsvm) = head(&mut reader, &name)?;
    // A file is read anew, in parts; what is none, as a pipe, goes on from where it is.
    let is_file = path.is_file();
    if is_libsvm {
        let settings = LibsvmSettings { threads: settings.threads, ..LibsvmSettings::default() };
        let read = match is_file {
            true => read_libsvm_file(path, &settings),
            false => read_libsvm_with(Cursor::new(head).chain(reader), &name, &settings),
        };
        return read.map(|(matrix, labels)| Opened::Sparse(matrix, labels));
    }
    let table = match is_file {
        true => read_table_file(path, settings),
        false => read_table(Cursor::new(head).chain(reader), &name, settings),
    };
    table.map(Opened::Table)
}
