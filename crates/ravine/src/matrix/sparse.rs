//! Sparse matrices.

/// A sparse matrix in compressed columns: the entries of column j are
/// `values[column_starts[j]..column_starts[j + 1]]`, in the rows given by `row_indices` at the
/// same places, ascending.
///
/// ```
/// use ravine::matrix::SparseMatrix;
///
/// let a = SparseMatrix::from_triplets(2, 2, &[(0, 0, 2.0), (1, 0, 1.0), (1, 1, 3.0), (1, 1, 1.0)]);
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 1.0], &mut y);
/// assert_eq!(y, [2.0, 5.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SparseMatrix {
    rows: usize,
    columns: usize,
    column_starts: Vec<usize>,
    row_indices: Vec<usize>,
    values: Vec<f64>,
}

impl SparseMatrix {
    /// From `(row, column, value)`; entries at the same place are added.
    ///
    /// # Panics
    ///
    /// If a row or column is out of range.
    pub fn from_triplets(rows: usize, columns: usize, triplets: &[(usize, usize, f64)]) -> Self {
        let mut sorted: Vec<_> = triplets.to_vec();
        sorted.sort_by_key(|&(i, j, _)| (j, i));
        let mut matrix = Self {
            rows,
            columns,
            column_starts: vec![0; columns + 1],
            row_indices: Vec::with_capacity(sorted.len()),
            values: Vec::with_capacity(sorted.len()),
        };
        let mut last = None;
        for (i, j, v) in sorted {
            assert!(i < rows && j < columns, "entry ({i}, {j}) outside {rows} by {columns}");
            if last == Some((i, j)) {
                if let Some(sum) = matrix.values.last_mut() {
                    *sum += v;
                }
                continue;
            }
            last = Some((i, j));
            matrix.column_starts[j + 1] += 1;
            matrix.row_indices.push(i);
            matrix.values.push(v);
        }
        for j in 0..columns {
            matrix.column_starts[j + 1] += matrix.column_starts[j];
        }
        matrix
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of stored entries.
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    /// Where each column starts; one more than there are columns.
    pub fn column_starts(&self) -> &[usize] {
        &self.column_starts
    }

    /// The row of each stored entry.
    pub fn row_indices(&self) -> &[usize] {
        &self.row_indices
    }

    /// The stored entries.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The stored entries, to change.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Row indices and values of column j.
    pub fn column(&self, j: usize) -> (&[usize], &[f64]) {
        let range = self.column_starts[j]..self.column_starts[j + 1];
        (&self.row_indices[range.clone()], &self.values[range])
    }

    /// `y = A x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.columns, "multiply: x has the wrong length");
        assert_eq!(y.len(), self.rows, "multiply: y has the wrong length");
        y.fill(0.0);
        for (j, &xj) in x.iter().enumerate() {
            let (rows, values) = self.column(j);
            for (&i, &a) in rows.iter().zip(values) {
                y[i] += a * xj;
            }
        }
    }
}
