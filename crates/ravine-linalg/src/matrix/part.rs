//! Parts of matrices in slices.

/// A part of a matrix in a slice.
#[derive(Clone, Copy)]
pub struct Part<'a, T> {
    pub entries: &'a [T],
    pub shape: [usize; 2],
    /// From row to row, and from column to column.
    pub strides: [usize; 2],
}
