//! Parquet files, where this build reads them.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::DataError;

/// What a Parquet file begins and ends with.
const MAGIC: &[u8] = b"PAR1";

/// So many bytes of a file that is no text hold one that no text has.
const HEAD: u64 = 256;

/// Whether a file, not a pipe, is of the Parquet format: by its first bytes, whatever its name. What follows
/// the letters is the head of a page, whose first byte no text has.
///
/// # Errors
///
/// If the file ends as one, or is called so and is no text, but does not begin as one.
pub(crate) fn is_parquet(path: &Path) -> Result<bool, DataError> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut head = Vec::new();
    let mut tail = [0; MAGIC.len()];
    let Ok(mut file) = File::open(path) else { return Ok(false) };
    let read = file.by_ref().take(HEAD).read_to_end(&mut head).is_ok();
    if !read || head.len() <= MAGIC.len() {
        return Ok(false);
    }
    let follows = head[MAGIC.len()];
    if head.starts_with(MAGIC) && follows < b' ' && !b"\t\r\n".contains(&follows) {
        return Ok(true);
    }
    let is_text = !head.contains(&0);
    let ends = !is_text
        && file.seek(SeekFrom::End(-(MAGIC.len() as i64))).is_ok()
        && file.read_exact(&mut tail).is_ok()
        && tail == MAGIC;
    let called = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("parquet"));
    if ends || called && !is_text {
        let message = "is not a sound Parquet file: it does not begin with `PAR1` and a page";
        return Err(DataError::of_file(&path.display().to_string(), message));
    }
    Ok(false)
}

#[cfg(feature = "parquet")]
pub(crate) use crate::parquet::{parquet_pass, read_parquet_file};

#[cfg(not(feature = "parquet"))]
pub(crate) fn read_parquet_file(
    path: &Path,
    _: &crate::TableSettings,
) -> Result<crate::Table, DataError> {
    Err(not_built_in(path))
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn parquet_pass(
    path: &Path,
    _: &crate::TableSettings,
    _: usize,
    _: &mut crate::taken::Visit<'_>,
) -> Result<crate::taken::Passed, DataError> {
    Err(not_built_in(path))
}

/// Says how a build comes by what it lacks.
#[cfg(not(feature = "parquet"))]
fn not_built_in(path: &Path) -> DataError {
    let message = "is a Parquet file, which this build does not read: build it with \
                   `--features parquet`, or write the table as CSV";
    DataError::of_file(&path.display().to_string(), message)
}
