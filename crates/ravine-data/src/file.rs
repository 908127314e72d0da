//! Files by path.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::libsvm::read_libsvm;
use crate::table::read_csv;
use crate::{DataError, Dataset, Design, Selection, Target};

/// Reads a CSV or LIBSVM file. Which of the two it is follows from the first line that is not
/// blank: in LIBSVM, whatever comes after the label is of the form `index:value`.
///
/// # Errors
///
/// A file that cannot be opened, and what [`read_csv`], [`read_libsvm`] and
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
    let name = path.display().to_string();
    let open = || File::open(path).map_err(|error| DataError::of_file(&name, error.to_string()));
    if !is_libsvm(BufReader::new(open()?), &name)? {
        return read_csv(open()?, &name)?.select(selection);
    }
    if selection.target.is_some() {
        let message = "is a LIBSVM file, whose target stands first on each line; give none";
        return Err(DataError::of_file(&name, message));
    }
    if !selection.ignore.is_empty() {
        let message = "is a LIBSVM file, whose columns have no names; ignore none";
        return Err(DataError::of_file(&name, message));
    }
    let (matrix, labels) = read_libsvm(open()?, &name)?;
    let mut design = Design::sparse(matrix);
    if selection.intercept {
        design.add_intercept();
    }
    if selection.standardize {
        design.standardize();
    }
    Ok(Dataset { design, target: Target::Numbers(labels), target_name: "label".to_owned() })
}

fn is_libsvm(reader: impl BufRead, file: &str) -> Result<bool, DataError> {
    for line in reader.split(b'\n') {
        let line = line.map_err(|error| DataError::of_file(file, error.to_string()))?;
        let line = String::from_utf8_lossy(&line);
        let mut tokens = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        if tokens.next().is_none() {
            continue;
        }
        return Ok(tokens.next().is_some_and(|second| {
            second.split_once(':').is_some_and(|(index, value)| {
                index.parse::<u32>().is_ok() && !value.contains([',', ';'])
            })
        }));
    }
    Ok(false)
}
