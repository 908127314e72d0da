//! Sparse matrices by columns, as factorizations take them.

use super::{ByColumns, Matrix, SparseMatrix};

impl SparseMatrix {
    /// From `(row, column, value)`; entries at the same place are added.
    ///
    /// # Panics
    ///
    /// If a row or column is out of range.
    pub fn from_triplets(rows: usize, columns: usize, triplets: &[(usize, usize, f64)]) -> Self {
        // By columns first, by counting: sorting all of them at once is much slower.
        let mut places = vec![0; columns + 1];
        for &(i, j, _) in triplets {
            assert!(i < rows && j < columns, "entry ({i}, {j}) outside {rows} by {columns}");
            places[j + 1] += 1;
        }
        for j in 0..columns {
            places[j + 1] += places[j];
        }
        let mut by_column = vec![(0, 0.0); triplets.len()];
        for &(i, j, v) in triplets {
            by_column[places[j]] = (i, v);
            places[j] += 1;
        }
        let mut matrix = Self {
            rows,
            columns,
            lines: ByColumns,
            starts: Vec::with_capacity(columns + 1),
            indices: Vec::with_capacity(triplets.len()),
            values: Vec::with_capacity(triplets.len()),
        };
        matrix.starts.push(0);
        let mut start = 0;
        for &end in &places[..columns] {
            let column = &mut by_column[start..end];
            // Stable, so that entries at one place are added in the order given.
            column.sort_by_key(|&(i, _)| i);
            for same in column.chunk_by(|a, b| a.0 == b.0) {
                matrix.indices.push(same[0].0);
                matrix.values.push(same.iter().map(|(_, v)| v).sum());
            }
            matrix.starts.push(matrix.indices.len());
            start = end;
        }
        matrix
    }

    /// Where each column starts; one more than there are columns.
    pub fn column_starts(&self) -> &[usize] {
        &self.starts
    }

    /// The row of each stored entry.
    pub fn row_indices(&self) -> &[usize] {
        &self.indices
    }

    /// The stored entries, to change.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Multiplies each row by its factor.
    ///
    /// # Panics
    ///
    /// If there is not one factor a row.
    pub fn scale_rows(&mut self, factors: &[f64]) {
        assert_eq!(factors.len(), self.rows, "scale_rows: one factor a row");
        for (value, &i) in self.values.iter_mut().zip(&self.indices) {
            *value *= factors[i];
        }
    }

    /// Writes all entries, zeros too.
    ///
    /// # Panics
    ///
    /// If the shapes differ.
    pub fn write_dense(&self, dense: &mut Matrix) {
        let shape = (self.rows, self.columns);
        assert_eq!((dense.rows(), dense.columns()), shape, "write_dense: another shape");
        for j in 0..self.columns {
            let (rows, values) = self.column(j);
            let column = dense.column_mut(j);
            column.fill(0.0);
            rows.iter().zip(values).for_each(|(&i, &value)| column[i] += value);
        }
    }

    /// Row indices and values of column j.
    pub fn column(&self, j: usize) -> (&[usize], &[f64]) {
        self.line(j)
    }

    /// `a_ij`; zero where it is not stored.
    ///
    /// ```
    /// use ravine_linalg::matrix::SparseMatrix;
    ///
    /// let a = SparseMatrix::from_triplets(2, 2, &[(0, 1, 3.0)]);
    /// assert_eq!((a.get(0, 1), a.get(1, 1)), (3.0, 0.0));
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no column j.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let (rows, values) = self.column(j);
        rows.binary_search(&i).map_or(0.0, |k| values[k])
    }

    /// Whether `A = A'`, entry by entry, stored zeros included or not.
    ///
    /// ```
    /// use ravine_linalg::matrix::SparseMatrix;
    ///
    /// let a = SparseMatrix::from_triplets(2, 2, &[(0, 1, 3.0), (1, 0, 3.0), (1, 1, 1.0)]);
    /// assert!(a.is_symmetric());
    /// assert!(!SparseMatrix::from_triplets(2, 2, &[(0, 1, 3.0)]).is_symmetric());
    /// ```
    pub fn is_symmetric(&self) -> bool {
        self.rows == self.columns
            && (0..self.columns).all(|j| {
                let (rows, values) = self.column(j);
                rows.iter().zip(values).all(|(&i, &value)| value == self.get(j, i))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::SparseMatrix;
    use crate::matrix::Matrix;

    #[test]
    fn triplets_in_any_order_are_added_up_by_columns() {
        let (rows, columns) = (7, 5);
        let mut dense = Matrix::zeros(rows, columns);
        let triplets: Vec<_> = (0..40)
            .map(|k: usize| ((k * k + 3) % rows, (5 * k + k / 3) % (columns - 1), k as f64 - 11.5))
            .collect();
        for &(i, j, value) in &triplets {
            dense[(i, j)] += value;
        }
        let sparse = SparseMatrix::from_triplets(rows, columns, &triplets);
        assert_eq!(sparse.column_starts().len(), columns + 1);
        assert!(sparse.stored() < triplets.len());
        for j in 0..columns {
            let (indices, values) = sparse.column(j);
            assert!(indices.is_sorted_by(|a, b| a < b), "column {j}: {indices:?}");
            let mut column = vec![0.0; rows];
            for (&i, &value) in indices.iter().zip(values) {
                column[i] = value;
            }
            assert_eq!(column, dense.column(j));
        }
        // The last column is empty.
        assert!(sparse.column(columns - 1).0.is_empty());
        assert_eq!(SparseMatrix::from_triplets(2, 0, &[]).stored(), 0);
    }

    #[test]
    #[should_panic(expected = "entry (2, 0) outside 2 by 3")]
    fn places_outside_are_refused() {
        SparseMatrix::from_triplets(2, 3, &[(0, 1, 1.0), (2, 0, 1.0)]);
    }
}
