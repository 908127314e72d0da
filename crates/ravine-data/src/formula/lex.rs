//! The words of a formula.

use super::position::mistake;
use crate::DataError;

/// A word, and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub token: Token,
    /// In bytes.
    pub at: usize,
    /// Whether nothing stands between the word before and this one.
    pub joined: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, bare or in backquotes.
    Name {
        name: String,
        quoted: bool,
    },
    /// A number as it was written.
    Number(String),
    /// What stood in quotes.
    Text(String),
    Symbol(&'static str),
    End,
}

/// Longer ones before those that they begin with.
const SYMBOLS: &[&str] = &[
    "%in%", "**", "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "^", ":", "~", "(", ")",
    "[", "]", "{", "}", ",", "=", "|", "%", "<", ">", "!", "&", "@", ";", "?", "$", ".",
];

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

pub(super) fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// Takes a formula apart; the last word is [`Token::End`].
pub(super) fn words(text: &str) -> Result<Vec<Word>, DataError> {
    let mut words = Vec::new();
    let mut at = 0;
    let mut end = 0;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            words.push(Word { token: Token::End, at, joined: false });
            return Ok(words);
        };
        let second = rest[first.len_utf8()..].chars().next().unwrap_or(' ');
        let (token, length) = if is_name_start(first) || first == '.' && is_name_start(second) {
            let length = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
            (Token::Name { name: rest[..length].to_owned(), quoted: false }, length)
        } else if first.is_ascii_digit() || first == '.' && second.is_ascii_digit() {
            number(text, at)?
        } else if matches!(first, '`' | '\'' | '"') {
            quoted(text, at, first)?
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else {
            return Err(mistake(text, at, format!("`{first}` has no meaning in a formula")));
        };
        words.push(Word { token, at, joined: at == end && at > 0 });
        at += length;
        end = at;
    }
}

/// The number at that place, and its length.
fn number(text: &str, at: usize) -> Result<(Token, usize), DataError> {
    let rest = &text.as_bytes()[at..];
    let digits =
        |from: usize| from + rest[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.get(length) == Some(&b'.') {
        length = digits(length + 1);
    }
    if matches!(rest.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
        let end = digits(length + 1 + sign);
        if end > length + 1 + sign {
            length = end;
        }
    }
    if text[at + length..].starts_with(is_name_part) {
        let message = "a name does not begin with a digit; write such a name in backquotes";
        return Err(mistake(text, at, message));
    }
    Ok((Token::Number(text[at..at + length].to_owned()), length))
}

/// What stands in quotes at that place, and the length with them. A backslash makes the next
/// character one of the text.
fn quoted(text: &str, at: usize, quote: char) -> Result<(Token, usize), DataError> {
    let mut content = String::new();
    let mut characters = text[at + 1..].char_indices();
    while let Some((place, c)) = characters.next() {
        if c == quote {
            let length = place + 2;
            if quote != '`' {
                return Ok((Token::Text(content), length));
            }
            if content.is_empty() {
                return Err(mistake(text, at, "there is no name in the backquotes"));
            }
            return Ok((Token::Name { name: content, quoted: true }, length));
        }
        match c {
            '\\' => match characters.next() {
                Some((_, next)) => content.push(next),
                None => break,
            },
            c => content.push(c),
        }
    }
    Err(mistake(text, at, "a quote is opened here and never closed"))
}
