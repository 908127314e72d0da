//! The LIBSVM format.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use ravine_linalg::Threads;
use ravine_linalg::matrix::{ByRows, SparseRows};

use crate::DataError;
use crate::numbers::number;
use crate::stream::{BLOCK, Part, Stream, after_line, in_parts};
use crate::unpacked::open;

/// The largest index.
const MOST_COLUMNS: u32 = 1 << 24;

/// What the first column is called in a LIBSVM file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexBase {
    /// 1, as the format says.
    #[default]
    One,
    /// 0, as some programs write it.
    Zero,
}

/// How a LIBSVM file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LibsvmSettings {
    /// The index of the first column. Default [`IndexBase::One`].
    pub base: IndexBase,
    /// How many threads read together; what is read does not depend on it. Default one.
    pub threads: Threads,
}

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
    read_libsvm_with(reader, file, &LibsvmSettings::default())
}

/// [`read_libsvm`] of a file, compressed where the name ends in `.gz`.
///
/// ```no_run
/// use ravine_data::{LibsvmSettings, read_libsvm_file};
///
/// let (x, labels) = read_libsvm_file("rcv1.svm.gz".as_ref(), &LibsvmSettings::default())?;
/// println!("{} rows, {} entries", labels.len(), x.stored());
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// A file that cannot be opened or ends within its compressed data; see also [`read_libsvm`].
pub fn read_libsvm_file(
    path: &Path,
    settings: &LibsvmSettings,
) -> Result<(SparseRows, Vec<f64>), DataError> {
    let name = path.display().to_string();
    read_libsvm_with(open(path, &name)?, &name, settings)
}

/// [`read_libsvm`] with settings.
///
/// ```
/// use ravine_data::{IndexBase, LibsvmSettings, read_libsvm_with};
///
/// let settings = LibsvmSettings { base: IndexBase::Zero, ..LibsvmSettings::default() };
/// let (x, _) = read_libsvm_with("1 0:0.5 2:2\n".as_bytes(), "a.svm", &settings)?;
/// assert_eq!(x.row(0), (&[0, 2][..], &[0.5, 2.0][..]));
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// See [`read_libsvm`].
pub fn read_libsvm_with(
    reader: impl Read,
    file: &str,
    settings: &LibsvmSettings,
) -> Result<(SparseRows, Vec<f64>), DataError> {
    read_in_blocks(reader, file, settings, BLOCK)
}

/// [`read_libsvm_with`] with blocks of some size a thread.
fn read_in_blocks(
    reader: impl Read,
    file: &str,
    settings: &LibsvmSettings,
    block: usize,
) -> Result<(SparseRows, Vec<f64>), DataError> {
    let mut all = Rows::default();
    let mut append = |part| {
        all.append(part);
        Ok(())
    };
    read_through(reader, file, settings, block, &mut append)?;
    let (rows, columns) = (all.count(), all.columns());
    Rows::check(rows, columns, file)?;
    all.finish(columns, file)
}

/// Reads a stream once, and gives the rows of each part of a block, in their order, to `visit`.
pub(crate) fn read_through(
    reader: impl Read,
    file: &str,
    settings: &LibsvmSettings,
    block: usize,
    visit: &mut dyn FnMut(Rows) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut stream = Stream::new(reader, file);
    let first = match settings.base {
        IndexBase::One => 1,
        IndexBase::Zero => 0,
    };
    let mut wanted = block.max(8) * settings.threads.count();
    stream.fill(wanted)?;
    if stream.text().starts_with("\u{feff}".as_bytes()) {
        stream.consume("\u{feff}".len());
    }
    let mut lines = 0;
    loop {
        stream.fill(wanted)?;
        let (text, last) = (stream.text(), stream.ended);
        let read = |range| Rows::read(text, range, first, last);
        let mut used = 0;
        for mut part in in_parts(text, settings.threads, block / 16 + 1, read) {
            if let Some(Wrong { line, place, message }) = part.wrong.take() {
                return Err(DataError::of_column(file, Some(lines + line), &place, message));
            }
            (used, lines) = (part.end, lines + part.lines);
            visit(part)?;
        }
        stream.consume(used);
        let left = stream.text().len();
        if last && left == 0 {
            return Ok(());
        }
        // A line that is longer than what was read needs more.
        wanted = if used == 0 { 2 * wanted.max(left) } else { wanted.max(left + block / 2) };
    }
}

/// What is wrong, in which line of the text, from 1, and where in it.
#[derive(Clone, Debug)]
struct Wrong {
    line: u64,
    place: String,
    message: String,
}

/// The rows of a part of a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Where each row ends among the entries.
    starts: Vec<usize>,
    columns: Vec<u32>,
    entries: Vec<f64>,
    labels: Vec<f64>,
    lines: u64,
    wrong: Option<Wrong>,
    end: usize,
}

impl Part for Rows {
    fn end(&self) -> usize {
        self.end
    }

    fn failed(&self) -> bool {
        self.wrong.is_some()
    }
}

impl Rows {
    pub(crate) fn count(&self) -> usize {
        self.labels.len()
    }

    /// The columns up to the last that has an entry.
    pub(crate) fn columns(&self) -> usize {
        self.columns.iter().max().map_or(0, |&most| most as usize + 1)
    }

    /// Adds to the counts of the entries of each column, as many as there are columns.
    pub(crate) fn count_entries(&self, counts: &mut Vec<usize>) {
        counts.resize(counts.len().max(self.columns()), 0);
        self.columns.iter().for_each(|&j| counts[j as usize] += 1);
    }

    /// That a file of so many rows and columns has some of both.
    pub(crate) fn check(rows: usize, columns: usize, file: &str) -> Result<(), DataError> {
        match (rows, columns) {
            (0, _) => Err(DataError::of_file(file, "is empty")),
            (_, 0) => Err(DataError::of_file(file, "has labels but no `index:value`")),
            _ => Ok(()),
        }
    }

    /// The matrix of the rows, with so many columns, and the labels.
    pub(crate) fn finish(
        mut self,
        columns: usize,
        file: &str,
    ) -> Result<(SparseRows, Vec<f64>), DataError> {
        self.starts.insert(0, 0);
        let shape = (self.labels.len(), columns);
        let matrix = SparseRows::new(shape, ByRows, self.starts, self.columns, self.entries);
        let matrix = matrix.map_err(|error| DataError::of_file(file, error.to_string()))?;
        Ok((matrix, self.labels))
    }

    /// Adds rows of another part until there are so many.
    pub(crate) fn take_from(&mut self, other: &Self, most: usize) {
        let wanted = most.saturating_sub(self.count()).min(other.count());
        let Some(last) = wanted.checked_sub(1) else { return };
        let (before, end) = (self.entries.len(), other.starts[last]);
        self.starts.extend(other.starts[..wanted].iter().map(|start| before + start));
        self.columns.extend_from_slice(&other.columns[..end]);
        self.entries.extend_from_slice(&other.entries[..end]);
        self.labels.extend_from_slice(&other.labels[..wanted]);
    }

    fn read(text: &[u8], range: Range<usize>, first: u32, last: bool) -> Self {
        let mut rows = Self { end: range.start, ..Self::default() };
        while rows.end < range.end {
            let rest = &text[rows.end..];
            let length = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            // A line whose end was not read, or that may end with an LF more.
            let open = length.is_none_or(|end| end + 1 == rest.len() && rest[end] == b'\r');
            if open && !last {
                break;
            }
            let line = &rest[..length.unwrap_or(rest.len())];
            if let Err((place, message)) = rows.push(line, first) {
                rows.wrong = Some(Wrong { line: rows.lines + 1, place, message });
                break;
            }
            rows.lines += 1;
            rows.end = match length {
                Some(length) => after_line(text, rows.end + length),
                None => text.len(),
            };
        }
        rows
    }

    /// Takes a line; an error is where in it something is wrong, and what.
    fn push(&mut self, line: &[u8], first: u32) -> Result<(), (String, String)> {
        let mut tokens = tokens(line).peekable();
        let Some(label) = tokens.next() else { return Ok(()) };
        let label = finite(label).map_err(|message| ("label".to_owned(), message))?;
        tokens.next_if(|token| is_query(token));
        let mut before = None;
        for (k, token) in tokens.enumerate() {
            let (column, entry) = entry(token, before, first).map_err(|message| {
                let message = text(token).err().unwrap_or(message);
                (format!("entry {}", k + 1), message)
            })?;
            self.columns.push(column);
            self.entries.push(entry);
            before = Some(column);
        }
        self.labels.push(label);
        self.starts.push(self.entries.len());
        Ok(())
    }

    fn append(&mut self, other: Self) {
        let before = self.entries.len();
        self.starts.extend(other.starts.into_iter().map(|start| before + start));
        self.columns.extend(other.columns);
        self.entries.extend(other.entries);
        self.labels.extend(other.labels);
    }
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

fn finite(token: &[u8]) -> Result<f64, String> {
    match number(token) {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => Err(format!("`{}` is not a finite number", text(token)?)),
        None => Err(format!("`{}` is not a number", text(token)?)),
    }
}

/// `index:value` as a column from 0 and its entry.
fn entry(token: &[u8], before: Option<u32>, first: u32) -> Result<(u32, f64), String> {
    let Some(colon) = token.iter().position(|&byte| byte == b':') else {
        return Err(format!("`{}` is not of the form `index:value`", text(token)?));
    };
    let (index, value) = (&token[..colon], &token[colon + 1..]);
    let Some(column) = whole(index).and_then(|index| index.checked_sub(first)) else {
        return Err(format!("the index `{}` is not a whole number from {first}", text(index)?));
    };
    if column >= MOST_COLUMNS {
        return Err(format!("the index {} is above {}", text(index)?, MOST_COLUMNS - 1 + first));
    }
    if let Some(before) = before.filter(|&before| column <= before) {
        let (given, before) = (column + first, before + first);
        return Err(format!(
            "the index {given} comes after {before}; indices must ascend within a line"
        ));
    }
    let value = finite(value);
    Ok((
        column,
        value.map_err(|message| format!("the value of index {}: {message}", column + first))?,
    ))
}

fn whole(digits: &[u8]) -> Option<u32> {
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |value: u64, digit: &u8| (10 * value + u64::from(digit - b'0')).min(1 << 40);
    u32::try_from(digits.iter().fold(0u64, add)).ok()
}

#[cfg(test)]
mod tests {
    use ravine_linalg::Threads;

    use super::{LibsvmSettings, read_in_blocks};

    #[test]
    fn what_is_read_depends_neither_on_blocks_nor_on_threads() {
        let pieces = [
            "1 1:0.5 3:2",
            "-1 qid:7 2:1e-3 # a comment",
            "",
            "# nothing but a comment",
            "0",
            "  +1\t4:.5  ",
            "2 3:1 2:1",
            "x 1:1",
            "1 0:1",
            "1 1:",
            "1 1:nan",
            "1 20000000:1",
            "1 1:1 1:2",
            "1 +2:1",
        ];
        let ends = ["\n", "\r\n", "\r"];
        let mut state = 7u64;
        let mut below = |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let (mut good, mut bad) = (0, 0);
        for round in 0..300 {
            let text: String = (0..below(40))
                .map(|_| {
                    // Mistakes are rare.
                    let kinds = if below(60) == 0 { pieces.len() } else { 6 };
                    format!("{}{}", pieces[below(kinds)], ends[below(3)])
                })
                .collect();
            let read = |block: usize, threads: usize| {
                let threads = Threads::new(threads).unwrap();
                let settings = LibsvmSettings { threads, ..LibsvmSettings::default() };
                read_in_blocks(text.as_bytes(), "a.svm", &settings, block)
                    .map_err(|e| e.to_string())
            };
            let whole = read(1 << 20, 1);
            *(if whole.is_ok() { &mut good } else { &mut bad }) += 1;
            for (block, threads) in [(1, 1), (5, 3), (40, 2), (1 << 20, 3)] {
                assert_eq!(
                    read(block, threads),
                    whole,
                    "round {round}, {block}, {threads}: {text:?}"
                );
            }
        }
        assert!(good > 100 && bad > 30, "{good} {bad}");
    }
}
