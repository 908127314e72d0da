//! Places in the text of a formula.

use crate::DataError;

/// Where something stands in the text that it was read from, in bytes: no part of what it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At(pub usize);

impl PartialEq for At {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// What errors of formulas call the file.
pub(super) const FORMULA: &str = "formula";

/// An error at a place of a formula: the message, the formula, and a caret below the place.
pub(super) fn mistake(text: &str, at: usize, message: impl Into<String>) -> DataError {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let before = text.char_indices().take_while(|&(place, _)| place < at).count();
    let message = format!("{}\n  {line}\n  {}^", message.into(), " ".repeat(before));
    DataError::of_file(FORMULA, message)
}
