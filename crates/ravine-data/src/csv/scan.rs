//! Records of a CSV text.

use std::ops::Range;

use crate::stream::after_line;

/// A one, and the highest bit, in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// What is wrong, in which line of the text, from 1, and which cell of the record, from 0.
pub(super) struct Wrong {
    pub line: u64,
    pub cell: usize,
    pub message: String,
}

/// What stands at a place of a text.
pub(super) enum Step {
    /// A line of white space.
    Blank,
    /// A record, and the line it begins on.
    Record(u64),
    /// A record whose end has not been read, or nothing.
    Open,
}

/// The cells of a record, without white space around them.
#[derive(Default)]
pub(super) struct Record {
    cells: Vec<Cell>,
    /// What cells hold that do not stand in the text as they are.
    written: Vec<u8>,
}

enum Cell {
    Text(Range<usize>),
    Written(Range<usize>),
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn cell<'c>(&'c self, text: &'c [u8], k: usize) -> &'c [u8] {
        match &self.cells[k] {
            Cell::Text(range) => &text[range.clone()],
            Cell::Written(range) => &self.written[range.clone()],
        }
    }
}

/// A place in a text that moves from record to record.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    pub at: usize,
    /// Lines that end before it.
    pub lines: u64,
    delimiter: u8,
    /// What ends a cell without quotes, each byte in all eight of a word.
    stops: [u64; 3],
    /// Whether the text ends with the file, and not within it.
    last: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8], at: usize, delimiter: u8, last: bool) -> Self {
        let stops = [delimiter, b'\n', b'\r'].map(|byte| u64::from(byte) * ONES);
        Self { text, at, lines: 0, delimiter, stops, last }
    }

    /// White space around a cell, that ends no line.
    fn is_space(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t' | b'\x0c') && byte != self.delimiter
    }

    fn after_spaces(&self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(|&byte| self.is_space(byte)) {
            at += 1;
        }
        at
    }

    /// Whether a line ends at a place; `None` where more of the text has to be known.
    fn line_end(&self, at: usize) -> Option<bool> {
        match self.text.get(at) {
            None if !self.last => None,
            // An LF may follow that belongs to it.
            Some(b'\r') if at + 1 == self.text.len() && !self.last => None,
            None | Some(b'\n' | b'\r') => Some(true),
            Some(_) => Some(false),
        }
    }

    /// Moves past a line that ends at `at`.
    fn next_line(&mut self, at: usize) {
        self.lines += 1;
        self.at = if at == self.text.len() { at } else { after_line(self.text, at) };
    }

    /// Reads the next line or record; where it is open, nothing is moved.
    pub(super) fn step(&mut self, record: &mut Record) -> Result<Step, Wrong> {
        let (start, first) = (self.at, self.lines);
        if start == self.text.len() {
            return Ok(Step::Open);
        }
        let at = self.after_spaces(start);
        match self.line_end(at) {
            None => return Ok(Step::Open),
            Some(true) => {
                self.next_line(at);
                return Ok(Step::Blank);
            }
            Some(false) => {}
        }
        record.cells.clear();
        record.written.clear();
        let mut at = at;
        loop {
            at = self.after_spaces(at);
            at = if self.text.get(at) == Some(&b'"') {
                match self.quoted(at + 1, record)? {
                    Some(at) => at,
                    None => {
                        (self.at, self.lines) = (start, first);
                        return Ok(Step::Open);
                    }
                }
            } else {
                self.unquoted(at, record)
            };
            match self.line_end(at) {
                None => {
                    (self.at, self.lines) = (start, first);
                    return Ok(Step::Open);
                }
                Some(true) => {
                    self.next_line(at);
                    return Ok(Step::Record(first + 1));
                }
                Some(false) => at += 1,
            }
        }
    }

    /// The number of bytes before the first delimiter or end of line, eight bytes at a time.
    fn to_stop(&self, rest: &[u8]) -> usize {
        let (words, tail) = rest.as_chunks::<8>();
        for (k, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            // The high bit of each byte that is one of the stops; above the first, others may be set too.
            let found = self.stops.iter().fold(0, |found, stop| {
                let difference = word ^ stop;
                found | difference.wrapping_sub(ONES) & !difference
            }) & HIGHS;
            if found != 0 {
                return 8 * k + found.trailing_zeros() as usize / 8;
            }
        }
        let is_stop = |byte: &u8| self.stops.contains(&(u64::from(*byte) * ONES));
        rest.len() - tail.len() + tail.iter().position(is_stop).unwrap_or(tail.len())
    }

    /// The cell that begins at a place; the place of what ends it.
    fn unquoted(&self, start: usize, record: &mut Record) -> usize {
        let rest = &self.text[start..];
        let length = self.to_stop(rest);
        let mut end = start + length;
        while end > start && self.is_space(self.text[end - 1]) {
            end -= 1;
        }
        record.cells.push(Cell::Text(start..end));
        start + length
    }

    /// The cell whose opening quote stands before a place, up to the closing one, with two for one within
    /// and over as many lines as it takes; the place of what ends it, or `None` where the text ends.
    fn quoted(&mut self, mut at: usize, record: &mut Record) -> Result<Option<usize>, Wrong> {
        let (text, opened, cell) = (self.text, self.lines + 1, record.cells.len());
        let from = record.written.len();
        loop {
            let rest = &text[at..];
            let Some(stop) = rest.iter().position(|&b| matches!(b, b'"' | b'\n' | b'\r')) else {
                if !self.last {
                    return Ok(None);
                }
                let message =
                    "a quote is opened here and never closed; close it, or write the cell \
                               without quotes"
                        .to_owned();
                return Err(Wrong { line: opened, cell, message });
            };
            record.written.extend_from_slice(&rest[..stop]);
            at += stop;
            if text[at] != b'"' {
                if self.line_end(at).is_none() {
                    return Ok(None);
                }
                record.written.push(b'\n');
                at = after_line(text, at);
                self.lines += 1;
            } else if text.get(at + 1) == Some(&b'"') {
                record.written.push(b'"');
                at += 2;
            } else {
                at += 1;
                break;
            }
        }
        let content = &record.written[from..];
        let before = content.len() - content.trim_ascii_start().len();
        let end = from + before + content.trim_ascii().len();
        record.cells.push(Cell::Written(from + before..end));
        let at = self.after_spaces(at);
        let ended = match self.line_end(at) {
            None => return Ok(None),
            Some(ended) => ended || text[at] == self.delimiter,
        };
        if ended {
            return Ok(Some(at));
        }
        let mut message = "a quote is closed within a cell; a quote that belongs to the cell is \
                           written twice"
            .to_owned();
        let line = self.lines + 1;
        if line > opened {
            message.push_str(&format!(". The cell begins on line {opened}"));
        }
        Err(Wrong { line, cell, message })
    }
}

/// The most frequent of comma, semicolon and tab in a line outside quotes.
pub(super) fn delimiter(line: &[u8]) -> u8 {
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
