//! Lines of a text, whatever ends them.

use std::io::{BufRead, Cursor, ErrorKind, Read};

use crate::DataError;

/// The lines of a stream, one after the other: ended by LF, CR LF or CR alone, without a byte order
/// mark.
pub(crate) struct Lines<'a, R> {
    reader: std::io::Chain<Cursor<Vec<u8>>, R>,
    file: &'a str,
    /// The number of the last line, from 1.
    pub number: u64,
    /// The last line, without what ended it.
    pub line: Vec<u8>,
    /// Whether a CR ended the last line, so that an LF that follows belongs to it.
    after_return: bool,
}

impl<'a, R: BufRead> Lines<'a, R> {
    pub(crate) fn new(reader: R, file: &'a str) -> Self {
        Self::after(Vec::new(), reader, file)
    }

    /// The lines of `head`, and then of `reader`.
    pub(crate) fn after(head: Vec<u8>, reader: R, file: &'a str) -> Self {
        let reader = Cursor::new(head).chain(reader);
        Self { reader, file, number: 0, line: Vec::new(), after_return: false }
    }

    /// Reads the next line; whether there was one.
    pub(crate) fn advance(&mut self) -> Result<bool, DataError> {
        self.line.clear();
        let mut any = false;
        loop {
            let part = match self.reader.fill_buf() {
                Ok(part) => part,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(DataError::of_file(self.file, error.to_string())),
            };
            if part.is_empty() {
                break;
            }
            if std::mem::take(&mut self.after_return) && part[0] == b'\n' {
                self.reader.consume(1);
                continue;
            }
            any = true;
            let end = part.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            self.line.extend_from_slice(&part[..end.unwrap_or(part.len())]);
            let Some(end) = end else {
                let read = part.len();
                self.reader.consume(read);
                continue;
            };
            self.after_return = part[end] == b'\r';
            self.reader.consume(end + 1);
            break;
        }
        self.number += u64::from(any);
        if self.number == 1 && self.line.starts_with("\u{feff}".as_bytes()) {
            self.line.drain(.."\u{feff}".len());
        }
        Ok(any)
    }

    /// The name of the file.
    pub(crate) fn file(&self) -> &'a str {
        self.file
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::Lines;

    #[test]
    fn any_end_of_line_is_one_also_across_buffers() {
        for text in ["a\r\nbc\r\n\r\nd", "a\nbc\n\nd\n", "a\rbc\r\rd\r", "\u{feff}a\r\nbc\n\rd"] {
            for size in 1..8 {
                let mut lines =
                    Lines::new(BufReader::with_capacity(size, text.as_bytes()), "a.csv");
                let mut found = Vec::new();
                while lines.advance().unwrap() {
                    found.push(String::from_utf8(lines.line.clone()).unwrap());
                }
                assert_eq!(found, ["a", "bc", "", "d"], "{text:?}");
                assert_eq!(lines.number, 4);
            }
        }
    }
}
