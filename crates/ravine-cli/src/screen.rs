//! What standard output is: how wide, and whether it takes colours.

use std::io::IsTerminal;

use anstream::{AutoStream, ColorChoice};
use anstyle::{Ansi256Color, Style};

/// Standard output as a medium.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Characters in a line.
    pub width: usize,
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
            color: AutoStream::choice(&stdout) != ColorChoice::Never,
        }
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
