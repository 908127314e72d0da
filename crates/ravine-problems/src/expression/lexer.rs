//! Text into tokens.

use super::error::ExpressionError;
use crate::decimal;

/// Digits that raise to a power, by their value.
const SUPERSCRIPTS: &str =
    "\u{2070}\u{b9}\u{b2}\u{b3}\u{2074}\u{2075}\u{2076}\u{2077}\u{2078}\u{2079}";

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    Plus,
    Minus,
    Times,
    Over,
    Power,
    Open,
    Close,
    Comma,
    End,
}

impl Token {
    /// How it is called in messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Number(number) => format!("`{number}`"),
            Self::Name(name) => format!("`{name}`"),
            Self::Plus => "`+`".to_owned(),
            Self::Minus => "`-`".to_owned(),
            Self::Times => "`*`".to_owned(),
            Self::Over => "`/`".to_owned(),
            Self::Power => "`^`".to_owned(),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

/// The tokens with the characters they start at, the end included.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, ExpressionError> {
    let characters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let start = at;
        at += 1;
        let token = match c {
            c if c.is_whitespace() => continue,
            '+' => Token::Plus,
            '-' | '\u{2212}' => Token::Minus,
            '*' if characters.get(at) == Some(&'*') => {
                at += 1;
                Token::Power
            }
            '*' | '\u{b7}' | '\u{d7}' => Token::Times,
            '/' => Token::Over,
            '^' => Token::Power,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            c if c.is_ascii_digit() || c == '.' => {
                at = end_of_number(&characters, start);
                let text: String = characters[start..at].iter().collect();
                match decimal::read(&text) {
                    // `1_000` is no product with `_000`, nor `0x10` with `x10`.
                    Some(_)
                        if characters.get(at).is_some_and(|&next| {
                            next == '_' || text == "0" && next.is_alphabetic()
                        }) =>
                    {
                        let message = "a number has decimal digits only";
                        return Err(ExpressionError::new(source, start, message));
                    }
                    Some(number) if number.is_finite() => Token::Number(number),
                    Some(_) => {
                        let message = format!("the number `{text}` is too large");
                        return Err(ExpressionError::new(source, start, message));
                    }
                    None => {
                        let message = format!("`{text}` is not a number");
                        return Err(ExpressionError::new(source, start, message));
                    }
                }
            }
            c if SUPERSCRIPTS.contains(c) => {
                let digit = |c: char| SUPERSCRIPTS.chars().position(|s| s == c);
                at = start;
                let mut power = 0.0;
                while let Some(digit) = characters.get(at).and_then(|&c| digit(c)) {
                    power = 10.0 * power + digit as f64;
                    at += 1;
                }
                // (x^2)^3 or x^(2^3)?
                if characters.get(at) == Some(&'^') {
                    let message = "put parentheses around a power of a power";
                    return Err(ExpressionError::new(source, at, message));
                }
                tokens.push((Token::Power, start));
                Token::Number(power)
            }
            c if c.is_alphabetic() || c == '_' => {
                let belongs =
                    |c: &char| c.is_alphanumeric() && !SUPERSCRIPTS.contains(*c) || *c == '_';
                while characters.get(at).is_some_and(belongs) {
                    at += 1;
                }
                Token::Name(characters[start..at].iter().collect())
            }
            '[' | ']' | '{' | '}' => {
                let message = format!("use `(` and `)` instead of `{c}`");
                return Err(ExpressionError::new(source, start, message));
            }
            '=' => {
                let message = "an expression has no `=`: give the function alone";
                return Err(ExpressionError::new(source, start, message));
            }
            c => {
                let message = format!("`{}` does not belong here", c.escape_debug());
                return Err(ExpressionError::new(source, start, message));
            }
        };
        tokens.push((token, start));
    }
    tokens.push((Token::End, characters.len()));
    Ok(tokens)
}

/// Where the number that starts at `at` ends: digits, at most one point, and an exponent if it has
/// digits (so that `2e` is two times e).
fn end_of_number(characters: &[char], mut at: usize) -> usize {
    let digits = |mut at: usize| {
        while characters.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
        }
        at
    };
    at = digits(at);
    // A second point belongs to the number, too, so that `1.2.3` is named as a whole.
    while characters.get(at) == Some(&'.') {
        at = digits(at + 1);
    }
    if matches!(characters.get(at), Some('e' | 'E')) {
        let signed = matches!(characters.get(at + 1), Some('+' | '-'));
        let first = at + 1 + usize::from(signed);
        let end = digits(first);
        if end > first {
            return end;
        }
    }
    at
}
