//! What standard output is: how wide, and whether it takes colours.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{Ansi256Color, Style};
use unicode_width::UnicodeWidthStr;

/// Standard output as a medium.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Characters in a line.
    pub width: usize,
    /// Characters that a line may have: without limit where there is no terminal.
    pub limit: usize,
    /// Whether there may be colours: on a terminal, unless `NO_COLOR` is set.
    pub color: bool,
}

impl Screen {
    /// Standard output as it is.
    pub fn of_stdout() -> Self {
        let stdout = std::io::stdout();
        let width = terminal_size::terminal_size().filter(|_| stdout.is_terminal());
        Self {
            width: width.map_or(100, |(width, _)| usize::from(width.0)),
            limit: width.map_or(usize::MAX, |(width, _)| usize::from(width.0)),
            color: AutoStream::choice(&stdout) != ColorChoice::Never,
        }
    }

    /// Whether all lines of a text fit.
    pub fn fits(&self, text: &str) -> bool {
        text.lines().all(|line| width(line) <= self.limit)
    }

    fn styled(&self, text: &str, style: Style) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// In one of the 256 colours.
    pub fn colored(&self, text: &str, color: u8) -> String {
        self.styled(text, Style::new().fg_color(Some(Ansi256Color(color).into())))
    }

    /// Bold.
    pub fn bold(&self, text: &str) -> String {
        self.styled(text, Style::new().bold())
    }

    /// Less bright.
    pub fn dim(&self, text: &str) -> String {
        self.styled(text, Style::new().dimmed())
    }
}

/// How wide a text is, without the signs that colour it.
pub fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).map(UnicodeWidthStr::width).sum()
}

/// Reports with long sentences broken between words, so that they fit on the terminal.
pub struct Wrapped<W: Write> {
    out: W,
    limit: usize,
    line: Vec<u8>,
}

impl<W: Write> Wrapped<W> {
    /// With lines of at most so many characters where words allow it.
    pub fn new(out: W, limit: usize) -> Self {
        Self { out, limit, line: Vec::new() }
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        if width(&line) <= self.limit {
            return self.out.write_all(line.as_bytes());
        }
        let (mut used, mut space) = (0, "");
        for word in line.split_inclusive(' ') {
            let trimmed = word.trim_end_matches(' ');
            if used > 0 && used + space.len() + width(trimmed) > self.limit {
                self.out.write_all(b"\n")?;
                used = 0;
            } else {
                self.out.write_all(space.as_bytes())?;
                used += space.len();
            }
            self.out.write_all(trimmed.as_bytes())?;
            used += width(trimmed);
            space = &word[trimmed.len()..];
        }
        Ok(())
    }
}

impl<W: Write> Write for Wrapped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.limit == usize::MAX {
            return self.out.write(bytes);
        }
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.line.pop();
                self.end_line()?;
                self.out.write_all(b"\n")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_line()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        let mut out = Vec::new();
        let mut wrapped = Wrapped::new(&mut out, 10);
        write!(wrapped, "one two\n\x1b[1mthree four\x1b[0m\nfive six seven\nend").unwrap();
        wrapped.flush().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "one two\n\x1b[1mthree four\x1b[0m\nfive six\nseven\nend");
    }
}
