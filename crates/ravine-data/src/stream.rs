//! A stream in blocks, whose parts are read by several threads.

use std::io::Read;
use std::ops::Range;

use ravine_linalg::Threads;

use crate::DataError;

/// Bytes that a thread is given at a time.
pub(crate) const BLOCK: usize = 2 << 20;

/// What was read of a stream and not yet used.
pub(crate) struct Stream<'a, R> {
    reader: R,
    file: &'a str,
    buffer: Vec<u8>,
    /// Where what is not yet used begins.
    start: usize,
    /// Whether there is no more to come.
    pub ended: bool,
}

impl<'a, R: Read> Stream<'a, R> {
    pub(crate) fn new(reader: R, file: &'a str) -> Self {
        Self { reader, file, buffer: Vec::new(), start: 0, ended: false }
    }

    /// Reads until so many bytes are not yet used, or the stream ends.
    pub(crate) fn fill(&mut self, wanted: usize) -> Result<(), DataError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let missing = wanted.saturating_sub(self.buffer.len()) as u64;
        if missing == 0 || self.ended {
            return Ok(());
        }
        let read = self.reader.by_ref().take(missing).read_to_end(&mut self.buffer);
        let read = read.map_err(|error| DataError::of_file(self.file, error.to_string()))?;
        self.ended = (read as u64) < missing;
        Ok(())
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Moves past bytes that were used.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    pub(crate) fn file(&self) -> &'a str {
        self.file
    }
}

/// What came of a part of a text.
pub(crate) trait Part {
    /// Where the next part has to begin: the first record that does not begin within this one, or one
    /// whose end is not in the text.
    fn end(&self) -> usize;

    /// Whether it ends with an error.
    fn failed(&self) -> bool;
}

/// Reads a text in parts of about `size` bytes by as many threads as there are parts, each part from the
/// beginning of a line. `read(range)` reads the records that begin in a range. A part that turns out not to
/// begin where the one before ended, as where a quoted cell goes over the bound, is read again from there:
/// what is returned is what one thread would have read from the front.
pub(crate) fn in_parts<P: Part + Send>(
    text: &[u8],
    threads: Threads,
    size: usize,
    read: impl Fn(Range<usize>) -> P + Sync,
) -> Vec<P> {
    let count = threads.count().min(text.len() / size.max(1)).max(1);
    let bound = |k: usize| text.len() / count * k;
    let mut starts: Vec<usize> = (0..count).map(|k| line_start(text, bound(k))).collect();
    starts.push(text.len());
    let ranges: Vec<Range<usize>> = starts.windows(2).map(|pair| pair[0]..pair[1]).collect();
    let parts = Threads::each(ranges.clone(), &read);
    let mut sound: Vec<P> = Vec::with_capacity(count);
    let mut at = 0;
    for (range, part) in ranges.into_iter().zip(parts) {
        if at >= range.end && !range.is_empty() {
            continue;
        }
        let part = if range.start == at { part } else { read(at..range.end) };
        at = part.end();
        let stops = part.failed() || at < range.end;
        sound.push(part);
        if stops {
            break;
        }
    }
    sound
}

/// The first beginning of a line from `at` on.
fn line_start(text: &[u8], at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let from = at - 1;
    let Some(end) = text[from..].iter().position(|&b| b == b'\n' || b == b'\r') else {
        return text.len();
    };
    after_line(text, from + end)
}

/// The place after an end of line that begins at `end`: LF, CR LF or CR.
pub(crate) fn after_line(text: &[u8], end: usize) -> usize {
    end + if text[end] == b'\r' && text.get(end + 1) == Some(&b'\n') { 2 } else { 1 }
}
