//! What is wrong with an expression, and where.

/// The text is not an expression.
///
/// Printed, it shows the text around the place with a caret under the character:
///
/// ```
/// let error = ravine_problems::Expression::parse("1/2x").unwrap_err();
/// assert_eq!(error.position(), 3);
/// assert_eq!(
///     error.message(),
///     "unclear after a division: put parentheses around the product, or write `*` before `x`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    source: String,
    position: usize,
    message: String,
}

/// How many characters are shown on each side of the place.
const CONTEXT: usize = 36;

impl ExpressionError {
    pub(super) fn new(source: &str, position: usize, message: impl Into<String>) -> Self {
        // Only what is shown is kept: the text may be long.
        let first = position.saturating_sub(CONTEXT);
        let mut shown: String = source
            .chars()
            .skip(first)
            .take(position - first + CONTEXT + 1)
            .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
            .collect();
        if first > 0 {
            shown.insert_str(0, "...");
        }
        if source.chars().nth(position + CONTEXT + 1).is_some() {
            shown.push_str("...");
        }
        Self { source: shown, position, message: message.into() }
    }

    /// The place, in characters from the beginning, counted from 0; the length of the text where
    /// it ends too early.
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = self.position.saturating_sub(CONTEXT);
        let before = self.position - first + if first > 0 { 3 } else { 0 };
        writeln!(f, "{}, at character {}:", self.message, self.position + 1)?;
        writeln!(f, "  {}", self.source)?;
        write!(f, "  {:before$}^", "")
    }
}

impl std::error::Error for ExpressionError {}
