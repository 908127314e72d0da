//! The LIBSVM format.

use std::io::{BufRead, BufReader, Read};

use ravine_linalg::matrix::SparseRows;

use crate::DataError;
use crate::lines::Lines;

/// The largest index.
const MOST_COLUMNS: u32 = 1 << 24;

/// Reads a LIBSVM file as a stream: on each line a label, then `index:value` with indices from 1,
/// ascending; `#` starts a comment, and a query `qid:number` after the label is passed over. Gives the
/// matrix and the labels; `file` is the name that errors carry.
///
/// At most 2^24 columns: a larger index is taken for a mistake rather than allocated.
///
/// Format: <https://www.csie.ntu.edu.tw/~cjlin/libsvm/faq.html>.
///
/// # Errors
///
/// Nothing to read; with its line and which entry: a label or value that is not a finite number, an index that is
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
    read_lines(Lines::new(BufReader::new(reader), file))
}

/// [`read_libsvm`] of lines.
pub(crate) fn read_lines(
    mut lines: Lines<'_, impl BufRead>,
) -> Result<(SparseRows, Vec<f64>), DataError> {
    let file = lines.file();
    let mut matrix = SparseRows::default();
    let mut labels = Vec::new();
    let mut row = Vec::new();
    while lines.advance()? {
        let wrong = |column: &str, message: String| {
            DataError::of_column(file, Some(lines.number), column, message)
        };
        let mut tokens = tokens(&lines.line).peekable();
        let Some(label) = tokens.next() else { continue };
        let label = text(label).and_then(number).map_err(|message| wrong("label", message))?;
        labels.push(label);
        tokens.next_if(|token| is_query(token));
        row.clear();
        for (k, token) in tokens.enumerate() {
            let entry = text(token).and_then(|token| entry(token, row.last().map(|&(j, _)| j)));
            row.push(entry.map_err(|message| wrong(&format!("entry {}", k + 1), message))?);
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

/// The words of a line up to a comment.
fn tokens(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let content = line.split(|&byte| byte == b'#').next().unwrap_or_default();
    content.split(u8::is_ascii_whitespace).filter(|token| !token.is_empty())
}

fn text(token: &[u8]) -> Result<&str, String> {
    str::from_utf8(token).map_err(|_| "is not UTF-8 text".to_owned())
}

/// Whether a token says which query a row is of, as files for ranking do: nothing that a fit uses.
fn is_query(token: &[u8]) -> bool {
    let query = token.strip_prefix(b"qid:").and_then(|query| str::from_utf8(query).ok());
    query.is_some_and(|query| query.parse::<u64>().is_ok())
}

/// What a line says about the format: `None` where it may be of either.
pub(crate) fn recognize(line: &[u8]) -> Option<bool> {
    let mut tokens = tokens(line);
    let label = tokens.next()?;
    match tokens.next() {
        Some(second) => Some(is_query(second) || looks_like_an_entry(second)),
        // A label alone is a row of zeros, or the only column of a table.
        None if str::from_utf8(label).is_ok_and(|label| label.parse::<f64>().is_ok()) => None,
        None => Some(false),
    }
}

/// A whole number, a colon, and what is no cell of a table.
fn looks_like_an_entry(token: &[u8]) -> bool {
    let Some(colon) = token.iter().position(|&byte| byte == b':') else { return false };
    let (index, value) = token.split_at(colon);
    let whole = str::from_utf8(index).is_ok_and(|index| index.parse::<u32>().is_ok());
    whole && !value.iter().any(|byte| matches!(byte, b',' | b';'))
}

fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(format!("`{text}` is not a finite number")),
        Err(_) => Err(format!("`{text}` is not a number")),
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
    Ok((column, number(value).map_err(|message| format!("the value of index {index}: {message}"))?))
}
