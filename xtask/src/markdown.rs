//! The commands in a Markdown file, and whether their output is what the file shows.
//!
//! A fenced block marked `sh` is a script that must succeed. A block marked `console` shows lines
//! `$ command` and below each what it prints; there `...` stands for anything within a line, and
//! on a line of its own for any lines. A line without output shown is not compared. A second word
//! `exit-N` on the fence says how the commands of the block end.

/// A command or script to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// The line of the file on which it begins, from 1.
    pub line: usize,
    /// What to run.
    pub script: String,
    /// What it prints, where the file shows it.
    pub output: Option<String>,
    /// How it must end.
    pub exit: i32,
}

/// The commands of a file, in order.
///
/// # Errors
///
/// A fence that is not closed, or words on it that are not known.
pub fn shells(text: &str) -> Result<Vec<Shell>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((start, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let mut body = Vec::new();
        loop {
            let (_, line) =
                lines.next().ok_or_else(|| format!("line {}: not closed", start + 1))?;
            if line.trim() == "```" {
                break;
            }
            body.push(line);
        }
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or_default();
        if !matches!(language, "sh" | "console") {
            continue;
        }
        let exit = match words.next() {
            None => 0,
            Some(word) => word
                .strip_prefix("exit-")
                .and_then(|code| code.parse().ok())
                .ok_or_else(|| format!("line {}: what is `{word}`?", start + 1))?,
        };
        if language == "sh" {
            let script = body.join("\n");
            found.push(Shell { line: start + 2, script, output: None, exit });
        } else {
            found.extend(console(start + 2, &body, exit));
        }
    }
    Ok(found)
}

fn console(first: usize, body: &[&str], exit: i32) -> Vec<Shell> {
    let mut found: Vec<Shell> = Vec::new();
    for (offset, line) in body.iter().enumerate() {
        if let Some(command) = line.strip_prefix("$ ") {
            let script = command.to_owned();
            found.push(Shell { line: first + offset, script, output: None, exit });
        } else if let Some(last) = found.last_mut() {
            if last.script.ends_with('\\') {
                last.script = format!("{}\n{line}", last.script);
            } else {
                let output = last.output.get_or_insert_default();
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    found
}

/// Whether the lines of `output` are those `shown`, up to blanks at the ends of lines and of the
/// text.
pub fn agrees(shown: &str, output: &str) -> bool {
    fn lines(text: &str) -> Vec<&str> {
        text.trim_end().lines().map(str::trim_end).collect()
    }
    matches(
        &lines(shown),
        &lines(output),
        |&line| line == "...",
        |shown, line| {
            let pieces: Vec<&str> = shown.split("...").collect();
            within(&pieces, line)
        },
    )
}

/// Matches a pattern in which some items stand for any number of items.
fn matches<P, T>(
    pattern: &[P],
    items: &[T],
    any: impl Fn(&P) -> bool + Copy,
    equal: impl Fn(&P, &T) -> bool + Copy,
) -> bool {
    match pattern.split_first() {
        None => items.is_empty(),
        Some((first, rest)) if any(first) => {
            (0..=items.len()).any(|skipped| matches(rest, &items[skipped..], any, equal))
        }
        Some((first, rest)) => match items.split_first() {
            Some((item, items)) => equal(first, item) && matches(rest, items, any, equal),
            None => false,
        },
    }
}

/// Whether a line is the pieces in order with anything between them.
fn within(pieces: &[&str], line: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|&only| only == line);
    };
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_with_their_output_and_lines() {
        let text = "# A\n```console\n$ one\n1\n2\n$ two \\\n  more\n```\n\n```rust\nx\n```\n\
                    ```sh exit-2\nthree\nfour\n```\n";
        let found = shells(text).unwrap();
        let shell = |line, script: &str, output: Option<&str>, exit| Shell {
            line,
            script: script.to_owned(),
            output: output.map(str::to_owned),
            exit,
        };
        assert_eq!(
            found,
            [
                shell(3, "one", Some("1\n2\n"), 0),
                shell(6, "two \\\n  more", None, 0),
                shell(14, "three\nfour", None, 2)
            ]
        );
    }

    #[test]
    fn mistakes_in_fences_are_named_by_line() {
        assert_eq!(shells("a\n```sh\nb\n").unwrap_err(), "line 2: not closed");
        assert_eq!(shells("```sh exits\n```\n").unwrap_err(), "line 1: what is `exits`?");
    }

    #[test]
    fn dots_stand_for_anything_in_a_line_and_for_lines() {
        assert!(agrees("a\nb", "a  \nb\n\n"));
        assert!(!agrees("a\nb", "a\nc"));
        assert!(!agrees("a", "a\nb"));
        assert!(agrees("took ... s, ... steps", "took 0.5 s, 12 steps"));
        assert!(!agrees("took ... s, ... steps", "took 0.5 s, 12 stops"));
        assert!(!agrees("aba...aba", "aba"));
        assert!(agrees("a\n...\nz", "a\nz"));
        assert!(agrees("a\n...\nz", "a\nb\nc\nz"));
        assert!(!agrees("a\n...\nz", "a\nb\nc"));
    }
}
