//! Files by path.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use crate::columnar::{is_parquet, read_parquet_file};
use crate::csv::read_csv_with;
use crate::libsvm::{read_libsvm, recognize};
use crate::{DataError, Dataset, Design, Header, Selection, TableSettings, Target};

/// Reads a CSV or LIBSVM file, once and from the front, so that it may be a pipe. Which of the two it
/// is follows from the first line that is neither blank nor a label alone: in LIBSVM, what comes after
/// the label is of the form `index:value` or `qid:number`. A Parquet file is read too, where the feature
/// `parquet` is on.
///
/// # Errors
///
/// A file that cannot be opened, and what [`read_csv`](crate::read_csv), [`read_libsvm`](crate::read_libsvm) and
/// [`Table::select`](crate::Table::select) refuse.
///
/// ```no_run
/// use ravine_data::{Selection, read};
///
/// let selection = Selection { target: Some("price".into()), ..Selection::default() };
/// let data = read("homes.csv".as_ref(), &selection)?;
/// println!("{} cases, {} coefficients", data.design.rows(), data.design.coefficients());
/// # Ok::<(), ravine_data::DataError>(())
/// ```
pub fn read(path: &Path, selection: &Selection) -> Result<Dataset, DataError> {
    if is_parquet(path)? {
        return read_parquet_file(path, &TableSettings::refusing(selection.header))?
            .select(selection);
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| DataError::of_file(&name, error.to_string()))?;
    let mut reader = BufReader::new(file);
    let (head, is_libsvm) = head(&mut reader, &name)?;
    let reader = Cursor::new(head).chain(reader);
    if !is_libsvm {
        return read_csv_with(reader, &name, selection.header)?.select(selection);
    }
    if selection.target.is_some() {
        let message = "is a LIBSVM file, whose target stands first on each line; give none";
        return Err(DataError::of_file(&name, message));
    }
    if !selection.ignore.is_empty() {
        let message = "is a LIBSVM file, whose columns have no names; ignore none";
        return Err(DataError::of_file(&name, message));
    }
    if selection.header != Header::Automatic {
        let message = "is a LIBSVM file, which has no header; leave the choice of it out";
        return Err(DataError::of_file(&name, message));
    }
    let (matrix, labels) = read_libsvm(reader, &name)?;
    let mut design = Design::sparse(matrix);
    if selection.intercept {
        design.add_intercept();
    }
    if selection.standardize {
        design.standardize();
    }
    let target = Target::Numbers(labels);
    Ok(Dataset { design, target, target_name: "label".to_owned(), note: None })
}

/// As much of the stream as tells the formats apart, and whether it is LIBSVM.
pub(crate) fn head(reader: &mut impl BufRead, file: &str) -> Result<(Vec<u8>, bool), DataError> {
    let mut head = Vec::new();
    // Where the line begins that is not yet judged.
    let mut start = 0;
    loop {
        let read = reader
            .read_until(b'\n', &mut head)
            .map_err(|error| DataError::of_file(file, error.to_string()))?;
        if start == 0 && head.starts_with("\u{feff}".as_bytes()) {
            start = "\u{feff}".len();
        }
        for line in head[start..].split(|&byte| byte == b'\n' || byte == b'\r') {
            if let Some(is_libsvm) = recognize(line) {
                return Ok((head, is_libsvm));
            }
        }
        if read == 0 {
            return Ok((head, false));
        }
        start = head.len();
    }
}
