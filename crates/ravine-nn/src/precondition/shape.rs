//! A parameter that is a matrix, in a slice.

use ravine_linalg::matrix::{MatrixSlice, MatrixSliceMut, Precision};

/// The shape of a matrix parameter. Its entries, its gradient and its directions are slices that hold
/// row after row.
///
/// ```
/// use ravine_nn::precondition::Shape;
///
/// let shape = Shape::new(3, 2);
/// assert_eq!((shape.entries(), shape.smaller(), shape.transposed()), (6, 2, Shape::new(2, 3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// The number of rows; outputs, where `y = W a`.
    pub rows: usize,
    /// The number of columns; inputs, where `y = W a`.
    pub columns: usize,
}

impl Shape {
    /// So many rows and columns.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns }
    }

    /// The number of entries.
    pub fn entries(self) -> usize {
        self.rows * self.columns
    }

    /// The smaller of the two dimensions.
    pub fn smaller(self) -> usize {
        self.rows.min(self.columns)
    }

    /// The larger of the two dimensions.
    pub fn larger(self) -> usize {
        self.rows.max(self.columns)
    }

    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows }
    }

    /// These entries as a matrix.
    ///
    /// # Panics
    ///
    /// If there are not as many.
    pub fn view<T>(self, entries: &[T]) -> MatrixSlice<'_, T> {
        MatrixSlice::by_rows(entries, self.rows, self.columns)
    }

    /// These entries as a matrix to change.
    ///
    /// # Panics
    ///
    /// If there are not as many.
    pub fn view_mut<T: Precision>(self, entries: &mut [T]) -> MatrixSliceMut<'_, T> {
        MatrixSliceMut::by_rows(entries, self.rows, self.columns)
    }

    pub(super) fn check<T>(self, what: &str, entries: &[T]) {
        let Self { rows, columns } = self;
        let n = entries.len();
        assert_eq!(n, rows * columns, "{what}: {n} entries for {rows} by {columns}");
    }
}
