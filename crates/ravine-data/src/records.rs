//! Records of a CSV file with the lines they begin on.

use std::io::BufRead;

use crate::DataError;
use crate::lines::Lines;

/// The records of a stream, one after the other; blank lines are passed over.
pub(crate) struct Records<'a, R> {
    lines: Lines<'a, R>,
    delimiter: u8,
    /// Whether the line that was read last is still to be taken apart.
    ready: bool,
    /// The cells of the record, one after the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a, R: BufRead> Records<'a, R> {
    /// Reads up to the first line that is not blank and takes the delimiter from it.
    pub(crate) fn new(mut lines: Lines<'a, R>) -> Result<Self, DataError> {
        let mut ready = lines.advance()?;
        while ready && lines.line.trim_ascii().is_empty() {
            ready = lines.advance()?;
        }
        let delimiter = delimiter(&lines.line);
        Ok(Self { lines, delimiter, ready, cells: Vec::new(), ends: Vec::new() })
    }

    /// Moves to the next record; the line it begins on, or `None` at the end. `names` are those of the
    /// columns that errors tell, as far as they are known.
    pub(crate) fn advance(&mut self, names: &[String]) -> Result<Option<u64>, DataError> {
        loop {
            if !std::mem::take(&mut self.ready) && !self.lines.advance()? {
                return Ok(None);
            }
            // In a table with tabs, a line of tabs is a record of empty cells.
            let line = &self.lines.line;
            if !line.iter().all(|&b| b.is_ascii_whitespace() && b != self.delimiter) {
                break;
            }
        }
        let first = self.lines.number;
        self.cells.clear();
        self.ends.clear();
        let mut at = 0;
        loop {
            at = self.cell(at, names)?;
            self.ends.push(self.cells.len());
            if at == self.lines.line.len() {
                return Ok(Some(first));
            }
            // The delimiter.
            at += 1;
        }
    }

    /// Reads the cell that begins at `at`, without white space around it; the place of the delimiter
    /// after it, or the end of the line.
    fn cell(&mut self, at: usize, names: &[String]) -> Result<usize, DataError> {
        let at = self.after_space(at);
        if self.lines.line.get(at) == Some(&b'"') {
            return self.quoted(at + 1, names);
        }
        let rest = &self.lines.line[at..];
        let length = rest.iter().position(|&b| b == self.delimiter).unwrap_or(rest.len());
        self.cells.extend_from_slice(rest[..length].trim_ascii_end());
        Ok(at + length)
    }

    /// The first place from `at` on that is no white space around a cell.
    fn after_space(&self, at: usize) -> usize {
        let rest = &self.lines.line[at..];
        let space = |b: &u8| b.is_ascii_whitespace() && *b != self.delimiter;
        at + rest.iter().position(|b| !space(b)).unwrap_or(rest.len())
    }

    /// [`cell`](Self::cell) after its opening quote: up to the closing one, with two for one within,
    /// over as many lines as it takes.
    fn quoted(&mut self, mut at: usize, names: &[String]) -> Result<usize, DataError> {
        let (file, opened) = (self.lines.file(), self.lines.number);
        let wrong = |cell, line, message: String| {
            DataError::of_column(file, Some(line), &column_name(names, cell), message)
        };
        let start = self.cells.len();
        loop {
            let rest = &self.lines.line[at..];
            let Some(quote) = rest.iter().position(|&b| b == b'"') else {
                self.cells.extend_from_slice(rest);
                self.cells.push(b'\n');
                if !self.lines.advance()? {
                    let message = "a quote is opened here and never closed; close it, or write the \
                                   cell without quotes";
                    return Err(wrong(self.ends.len(), opened, message.to_owned()));
                }
                at = 0;
                continue;
            };
            self.cells.extend_from_slice(&rest[..quote]);
            at += quote + 1;
            if self.lines.line.get(at) != Some(&b'"') {
                break;
            }
            self.cells.push(b'"');
            at += 1;
        }
        let cell = self.cells[start..].trim_ascii().to_vec();
        self.cells.truncate(start);
        self.cells.extend_from_slice(&cell);
        at = self.after_space(at);
        if self.lines.line.get(at).is_some_and(|&b| b != self.delimiter) {
            let number = self.lines.number;
            let mut message =
                "a quote is closed within a cell; a quote that belongs to the cell is \
                               written twice"
                    .to_owned();
            if number > opened {
                message.push_str(&format!(". The cell begins on line {opened}"));
            }
            return Err(wrong(self.ends.len(), number, message));
        }
        Ok(at)
    }

    /// The cells of the record, without white space around them.
    pub(crate) fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.ends.len()).map(|k| {
            let start = if k == 0 { 0 } else { self.ends[k - 1] };
            &self.cells[start..self.ends[k]]
        })
    }
}

/// What a column is called: by its number where it has no name.
pub(crate) fn column_name(names: &[String], j: usize) -> String {
    names.get(j).cloned().unwrap_or_else(|| format!("column {}", j + 1))
}

/// The most frequent of comma, semicolon and tab outside quotes.
fn delimiter(line: &[u8]) -> u8 {
    const CANDIDATES: [u8; 3] = *b",;\t";
    let mut quoted = false;
    let mut counts = [0usize; 3];
    for &byte in line {
        quoted ^= byte == b'"';
        if let (false, Some(k)) = (quoted, CANDIDATES.iter().position(|&c| c == byte)) {
            counts[k] += 1;
        }
    }
    let mut best = 0;
    for k in 1..CANDIDATES.len() {
        if counts[k] > counts[best] {
            best = k;
        }
    }
    CANDIDATES[best]
}
