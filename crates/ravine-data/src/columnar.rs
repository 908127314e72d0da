//! Parquet files, where this build reads them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a Parquet file begins with.
const MAGIC: &[u8] = b"PAR1";

/// Whether a file, not a pipe, is of the Parquet format: by its first bytes, whatever its name. What follows
/// the letters is the head of a page, whose first byte no text has.
pub(crate) fn is_parquet(path: &Path) -> bool {
    let mut head = [0; MAGIC.len() + 1];
    let read =
        path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok();
    let follows = head[MAGIC.len()];
    read && head.starts_with(MAGIC) && follows < b' ' && !b"\t\r\n".contains(&follows)
}

#[cfg(feature = "parquet")]
pub(crate) use crate::parquet::read_parquet_file;

/// Says how a build comes by what it lacks.
#[cfg(not(feature = "parquet"))]
pub(crate) fn read_parquet_file(
    path: &Path,
    _: &crate::TableSettings,
) -> Result<crate::Table, crate::DataError> {
    let message = "is a Parquet file, which this build does not read: build it with \
                   `--features parquet`, or write the table as CSV";
    Err(crate::DataError::of_file(&path.display().to_string(), message))
}
