//! Shapes of tensors.

use std::fmt;

/// The shape of a tensor: of one case, where it has one for each case of a batch.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    /// Whether there is one for each case.
    pub by_case: bool,
    /// The lengths of the axes, those of the cases not among them.
    pub sizes: Vec<usize>,
}

impl Shape {
    /// One for each case.
    pub fn by_case(sizes: impl AsRef<[usize]>) -> Self {
        Self { by_case: true, sizes: sizes.as_ref().to_vec() }
    }

    /// One for all.
    pub fn fixed(sizes: impl AsRef<[usize]>) -> Self {
        Self { by_case: false, sizes: sizes.as_ref().to_vec() }
    }

    /// Entries, of one case.
    pub fn entries(&self) -> usize {
        self.sizes.iter().product()
    }

    /// Entries, with so many cases.
    pub fn length(&self, cases: usize) -> usize {
        self.entries() * if self.by_case { cases } else { 1 }
    }

    /// The length of the last axis.
    pub fn width(&self) -> usize {
        self.sizes.last().copied().unwrap_or(1)
    }

    /// Rows of the last axis, of one case.
    pub fn rows(&self) -> usize {
        self.entries() / self.width().max(1)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        let sizes = if sizes.is_empty() { "one number".to_owned() } else { sizes.join(" x ") };
        if self.by_case { write!(f, "cases x {sizes}") } else { write!(f, "{sizes}") }
    }
}
