//! Room kept from one application to the next.

use std::cell::Cell;

/// Room of an operator, which is applied by `&self`: made at the first use, kept after it. A copy of
/// it is empty.
///
/// ```
/// use ravine_linalg::operator::Scratch;
///
/// let room = Scratch::default();
/// assert_eq!(room.with(|| vec![0.0; 3], |v: &mut Vec<f64>| v.len()), 3);
/// assert!(room.take().is_some());
/// ```
pub struct Scratch<V>(Cell<Option<V>>);

impl<V> Scratch<V> {
    /// Runs `f` with the vector kept, or with the one that `make` gives.
    pub fn with<T>(&self, make: impl FnOnce() -> V, f: impl FnOnce(&mut V) -> T) -> T {
        let mut vector = self.0.take().unwrap_or_else(make);
        let result = f(&mut vector);
        self.0.set(Some(vector));
        result
    }

    /// Takes the vector out, if there is one.
    pub fn take(&self) -> Option<V> {
        self.0.take()
    }

    /// Keeps the vector.
    pub fn put(&self, vector: V) {
        self.0.set(Some(vector));
    }
}

impl<V> Default for Scratch<V> {
    fn default() -> Self {
        Self(Cell::new(None))
    }
}

/// Nothing in scratch is worth copying.
impl<V> Clone for Scratch<V> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<V> std::fmt::Debug for Scratch<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}
