//! Files of either format.

use std::io::{BufReader, Read};
use std::path::Path;

use ravine_linalg::matrix::SparseRows;

use crate::csv::read_table;
use crate::file::head;
use crate::libsvm::read_libsvm;
use crate::table_file::source;
use crate::{DataError, Table, TableSettings};

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// Named columns.
    Table(Table),
    /// A LIBSVM file: its matrix and its labels.
    Sparse(SparseRows, Vec<f64>),
}

/// Reads a CSV or LIBSVM file, compressed where its name ends in `.gz`. Which of the two it is follows
/// from the first line that is neither blank nor a label alone, as in [`read`](crate::read).
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
    let name = path.display().to_string();
    let mut reader = BufReader::new(source(path, &name)?);
    let (head, is_libsvm) = head(&mut reader, &name)?;
    let whole = head.chain(reader);
    if is_libsvm {
        return read_libsvm(whole, &name).map(|(matrix, labels)| Opened::Sparse(matrix, labels));
    }
    read_table(whole, &name, settings).map(Opened::Table)
}
