//! Files of any size, batch by batch.

mod sparse;
mod table;

use std::io::BufReader;
use std::path::Path;

use crate::columnar::is_parquet;
use crate::file::head;
use crate::libsvm::LibsvmSettings;
use crate::unpacked::open;
use crate::{DataError, TableSettings};

pub use sparse::LibsvmBatches;
pub use table::TableBatches;

/// A file that is read in batches.
#[derive(Clone, Debug)]
pub enum Batches {
    /// Named columns.
    Table(TableBatches),
    /// A LIBSVM file.
    Sparse(LibsvmBatches),
}

/// Reads a file once to know what it holds: of the formats that [`open`](crate::open) takes, told apart as
/// there.
///
/// ```no_run
/// use ravine_data::{Batches, TableSettings, open_batches};
///
/// match open_batches("data.txt".as_ref(), &TableSettings::default())? {
///     Batches::Table(batches) => println!("{} rows of named columns", batches.rows()),
///     Batches::Sparse(batches) => println!("{} rows of {}", batches.rows(), batches.columns()),
/// }
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// Those of [`TableBatches::open`] and [`LibsvmBatches::open`].
pub fn open_batches(path: &Path, settings: &TableSettings) -> Result<Batches, DataError> {
    let file = path.display().to_string();
    check_is_file(path, &file)?;
    if !is_parquet(path)? && head(&mut BufReader::new(open(path, &file)?), &file)?.1 {
        let settings = LibsvmSettings { threads: settings.threads, ..LibsvmSettings::default() };
        return LibsvmBatches::open(path, &settings).map(Batches::Sparse);
    }
    TableBatches::open(path, settings).map(Batches::Table)
}

/// That a file can be read again.
fn check_is_file(path: &Path, file: &str) -> Result<(), DataError> {
    let metadata = std::fs::metadata(path);
    let metadata = metadata.map_err(|error| DataError::of_file(file, error.to_string()))?;
    match metadata.is_file() {
        true => Ok(()),
        false => Err(DataError::of_file(file, "is read several times, and must be a file")),
    }
}

fn changed(file: &str) -> DataError {
    DataError::of_file(file, "has changed while it was read")
}
