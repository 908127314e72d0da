//! Records of a CSV file with the lines they begin on.

use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::DataError;

/// The records of a stream, one after the other; blank lines are passed over.
pub(crate) struct Records<'a, R> {
    reader: R,
    file: &'a str,
    parser: Reader,
    /// The lines read.
    lines: u64,
    line: Vec<u8>,
    /// The cells of the record, one after the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl<'a, R: BufRead> Records<'a, R> {
    /// Reads up to the first line that is not blank and takes the delimiter from it.
    pub(crate) fn new(reader: R, file: &'a str) -> Result<Self, DataError> {
        let mut records = Self {
            reader,
            file,
            parser: Reader::new(),
            lines: 0,
            line: Vec::new(),
            cells: Vec::new(),
            ends: Vec::new(),
            count: 0,
        };
        records.fill()?;
        if let Some(rest) = records.line.strip_prefix("\u{feff}".as_bytes()) {
            records.line = rest.to_vec();
        }
        while records.is_blank() && records.fill()? {}
        records.parser = ReaderBuilder::new().delimiter(delimiter(&records.line)).build();
        Ok(records)
    }

    /// Reads the next line; whether there was one.
    fn fill(&mut self) -> Result<bool, DataError> {
        self.line.clear();
        let read = self
            .reader
            .read_until(b'\n', &mut self.line)
            .map_err(|error| DataError::of_file(self.file, error.to_string()))?;
        self.lines += u64::from(read > 0);
        if self.line.ends_with(b"\r\n") {
            let end = self.line.len() - 2;
            self.line.truncate(end);
            self.line.push(b'\n');
        }
        Ok(read > 0)
    }

    fn is_blank(&self) -> bool {
        self.line.trim_ascii().is_empty()
    }

    /// Moves to the next record; the line it begins on, or `None` at the end.
    pub(crate) fn advance(&mut self) -> Result<Option<u64>, DataError> {
        while self.is_blank() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        let first = self.lines;
        let (mut written, mut input) = (0, 0);
        self.count = 0;
        loop {
            let (result, read, wrote, ended) = self.parser.read_record(
                &self.line[input..],
                &mut self.cells[written..],
                &mut self.ends[self.count..],
            );
            input += read;
            written += wrote;
            self.count += ended;
            match result {
                ReadRecordResult::OutputFull => self.cells.resize(2 * self.cells.len() + 64, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len() + 16, 0),
                // The end of the file, or a quoted cell that goes on in the next line.
                ReadRecordResult::InputEmpty => {
                    self.fill()?;
                    input = 0;
                }
                ReadRecordResult::Record => {
                    self.line.clear();
                    return Ok(Some(first));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// The cells of the record, without white space around them.
    pub(crate) fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.count).map(|k| {
            let start = if k == 0 { 0 } else { self.ends[k - 1] };
            self.cells[start..self.ends[k]].trim_ascii()
        })
    }
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
