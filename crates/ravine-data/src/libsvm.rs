//! The LIBSVM format.

use std::io::{BufRead, BufReader, Read};

use ravine_linalg::matrix::SparseRows;

use crate::DataError;

/// The largest index.
const MOST_COLUMNS: u32 = 1 << 24;

/// Reads a LIBSVM file as a stream: on each line a label, then `index:value` with indices from 1,
/// ascending; `#` starts a comment. Gives the matrix and the labels; `file` is the name that
/// errors carry.
///
/// At most 2^24 columns: a larger index is taken for a mistake rather than allocated.
///
/// Format: <https://www.csie.ntu.edu.tw/~cjlin/libsvm/faq.html>.
///
/// # Errors
///
/// Nothing to read; with its line: a label or value that is not a finite number, an index that is
/// not a whole number from 1, or not above the one before it.
///
/// ```
/// use ravine_data::read_libsvm;
///
/// let (x, labels) = read_libsvm("+1 1:0.5 3:2\n-1 2:1 # second\n".as_bytes(), "a.svm")?;
/// assert_eq!((x.rows(), x.columns(), x.stored()), (2, 3, 3));
/// assert_eq!(labels, [1.0, -1.0]);
/// # Ok::<(), ravine_data::DataError>(())
/// ```
pub fn read_libsvm(reader: impl Read, file: &str) -> Result<(SparseRows, Vec<f64>), DataError> {
    let mut matrix = SparseRows::default();
    let mut labels = Vec::new();
    let mut row = Vec::new();
    for (line, text) in (1u64..).zip(BufReader::new(reader).lines()) {
        let wrong = |message: String| DataError::of_line(file, line, message);
        let text = text.map_err(|error| wrong(error.to_string()))?;
        let content = text.split('#').next().unwrap_or_default();
        let mut tokens = content.split_ascii_whitespace();
        let Some(label) = tokens.next() else { continue };
        labels.push(number(label, "label").map_err(wrong)?);
        row.clear();
        for token in tokens {
            row.push(entry(token, row.last().map(|&(j, _)| j)).map_err(wrong)?);
        }
        matrix.push_row(&row);
    }
    if labels.is_empty() {
        return Err(DataError::of_file(file, "is empty"));
    }
    if matrix.columns() == 0 {
        return Err(DataError::of_file(file, "has labels but no `index:value`"));
    }
    Ok((matrix, labels))
}

fn number(text: &str, what: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(format!("the {what} `{text}` is not a finite number")),
        Err(_) => Err(format!("the {what} `{text}` is not a number")),
    }
}

/// `index:value` as a column from 0 and its entry.
fn entry(token: &str, last: Option<u32>) -> Result<(u32, f64), String> {
    let Some((index, value)) = token.split_once(':') else {
        return Err(format!("`{token}` is not of the form `index:value`"));
    };
    let column = index.parse::<u32>().ok().and_then(|index| index.checked_sub(1));
    let Some(column) = column else {
        return Err(format!("the index `{index}` is not a whole number from 1"));
    };
    if column >= MOST_COLUMNS {
        return Err(format!("the index {index} is above {MOST_COLUMNS}"));
    }
    if let Some(last) = last.filter(|&last| column <= last) {
        return Err(format!(
            "the index {} comes after {}; indices must ascend within a line",
            column + 1,
            last + 1
        ));
    }
    Ok((column, number(value, "value")?))
}
