//! Tables by path.

use std::path::Path;

use crate::columnar::{is_parquet, read_parquet_file};
use crate::csv::{read, read_again, read_table};
use crate::unpacked::open;
use crate::{DataError, Table, TableSettings};

/// Reads a CSV table with missing cells, compressed where the name ends in `.gz`, or a Parquet file where
/// the feature `parquet` is on.
///
/// Delimiter, header, quotes and ends of lines are as in [`read_csv`](crate::read_csv). A column holds
/// numbers if all its cells are numbers or missing, else texts, unless
/// [`types`](TableSettings::types) says it.
///
/// A Parquet file is known by its first bytes. Its whole numbers, decimal numbers, floating-point numbers and
/// booleans (0 and 1) are numbers, its texts categories, whether stored with a dictionary or not; what is
/// null, and NaN among numbers, is a missing cell. Columns of other kinds (lists, structures, dates, times,
/// bytes) are left out, and [`Table::note`] names them.
///
/// ```no_run
/// use ravine_data::{TableSettings, read_table_file};
///
/// let table = read_table_file("flights.csv.gz".as_ref(), &TableSettings::default())?;
/// println!("{} rows", table.rows());
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// A file that cannot be opened, or ends within its compressed data; what
/// [`read_table`] refuses.
pub fn read_table_file(path: &Path, settings: &TableSettings) -> Result<Table, DataError> {
    let name = path.display().to_string();
    let wrong = |error: std::io::Error| DataError::of_file(&name, error.to_string());
    if is_parquet(path)? {
        return read_parquet_file(path, settings);
    }
    // What is no file, as a pipe, can be read once only.
    if !std::fs::metadata(path).map_err(wrong)?.is_file() {
        return read_table(open(path, &name)?, &name, settings);
    }
    read_again(|settings| read(open(path, &name)?, &name, settings), settings)
}
