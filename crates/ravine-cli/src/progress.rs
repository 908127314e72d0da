//! A line on the terminal while there is nothing else to see.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_millis(400);
const PERIOD: Duration = Duration::from_millis(100);

/// Shows what is going on, on standard error, if that is a terminal and if it takes long.
pub struct Ticker {
    next: Option<Instant>,
    shown: bool,
}

impl Ticker {
    /// Silent where standard error is not a terminal.
    pub fn new() -> Self {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + WAIT);
        Self { next, shown: false }
    }

    /// Replaces the line, at most ten times a second.
    pub fn show(&mut self, text: impl FnOnce() -> String) {
        let Some(next) = self.next else { return };
        let now = Instant::now();
        if now >= next {
            let text: String = text().chars().take(78).collect();
            // The line is a courtesy: nothing depends on it.
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
            let _ = std::io::stderr().flush();
            self.next = Some(now + PERIOD);
            self.shown = true;
        }
    }

    /// Removes the line.
    pub fn clear(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
            let _ = std::io::stderr().flush();
            self.shown = false;
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.clear();
    }
}
