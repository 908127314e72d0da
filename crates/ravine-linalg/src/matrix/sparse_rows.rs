//! Sparse matrices by rows, which grow.

use super::SparseRows;

impl SparseRows {
    /// Appends a row, `(column, value)` for each stored entry; the matrix becomes as wide as the
    /// row needs.
    pub fn push_row(&mut self, entries: &[(u32, f64)]) {
        // Parts may be longer than what they are said to hold.
        let end = self.starts[self.rows];
        self.indices.truncate(end);
        self.values.truncate(end);
        for &(j, value) in entries {
            self.columns = self.columns.max(j as usize + 1);
            self.indices.push(j);
            self.values.push(value);
        }
        self.end_row();
    }

    /// Becomes the named rows of `other`, in their order, and as wide; the memory is kept.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    ///
    /// ```
    /// use ravine_linalg::matrix::SparseRows;
    ///
    /// let mut x = SparseRows::default();
    /// x.push_row(&[(0, 2.0)]);
    /// x.push_row(&[(0, 1.0), (2, 3.0)]);
    /// let mut chosen = SparseRows::default();
    /// chosen.select_rows(&x, &[0, 0]);
    /// assert_eq!((chosen.rows(), chosen.columns(), chosen.stored()), (2, 3, 2));
    /// ```
    pub fn select_rows(&mut self, other: &Self, rows: &[usize]) {
        (self.rows, self.columns) = (0, other.columns);
        self.starts.truncate(1);
        self.indices.clear();
        self.values.clear();
        for &i in rows {
            let (columns, values) = other.row(i);
            self.indices.extend_from_slice(columns);
            self.values.extend_from_slice(values);
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        self.rows += 1;
        self.starts.push(self.values.len());
    }

    /// Makes the matrix at least so many columns wide, the new ones empty.
    ///
    /// ```
    /// use ravine_linalg::matrix::SparseRows;
    ///
    /// let mut x = SparseRows::default();
    /// x.push_row(&[(0, 2.0)]);
    /// x.widen(3);
    /// assert_eq!((x.columns(), x.stored()), (3, 1));
    /// ```
    pub fn widen(&mut self, columns: usize) {
        self.columns = self.columns.max(columns);
    }

    /// Column indices and values of row i.
    pub fn row(&self, i: usize) -> (&[u32], &[f64]) {
        self.line(i)
    }

    /// Multiplies column j by `factors[j]`.
    ///
    /// # Panics
    ///
    /// If `factors` is shorter than the matrix is wide.
    pub fn scale_columns(&mut self, factors: &[f64]) {
        for (&j, value) in self.indices.iter().zip(&mut self.values) {
            *value *= factors[j as usize];
        }
    }
}
