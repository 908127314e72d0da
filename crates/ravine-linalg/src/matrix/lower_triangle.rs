//! The lower triangle of a sparse symmetric matrix, as factorizations read it.

use super::{FactorizationError, SparseMatrix};

/// The lower triangle with its whole diagonal, so that a shift finds its place even where the
/// matrix has no entry.
#[derive(Clone, Debug)]
pub(super) struct LowerTriangle {
    column_starts: Vec<usize>,
    row_indices: Vec<usize>,
    values: Vec<f64>,
}

impl LowerTriangle {
    /// The pattern of `a`, which is square.
    pub fn new(a: &SparseMatrix) -> Self {
        let mut column_starts = vec![0];
        let mut row_indices = Vec::new();
        for j in 0..a.columns() {
            row_indices.push(j);
            row_indices.extend(a.column(j).0.iter().copied().filter(|&i| i > j));
            column_starts.push(row_indices.len());
        }
        let values = vec![0.0; row_indices.len()];
        Self { column_starts, row_indices, values }
    }

    /// The dimension.
    pub fn dimension(&self) -> usize {
        self.column_starts.len() - 1
    }

    /// Takes the values of `a + shift I`; an error if one is not finite.
    ///
    /// # Panics
    ///
    /// If `a` has another pattern.
    pub fn set(&mut self, a: &SparseMatrix, shift: f64) -> Result<(), FactorizationError> {
        let n = self.dimension();
        assert_eq!((a.rows(), a.columns()), (n, n), "factorize: another dimension");
        if !shift.is_finite() || !a.values().iter().all(|v| v.is_finite()) {
            return Err(FactorizationError::NotFinite);
        }
        for j in 0..n {
            let range = self.column_starts[j]..self.column_starts[j + 1];
            let (rows, values) = (&self.row_indices[range.clone()], &mut self.values[range]);
            values[0] = shift;
            let mut next = 1;
            let (given_rows, given) = a.column(j);
            for (&i, &v) in given_rows.iter().zip(given) {
                if i == j {
                    values[0] += v;
                } else if i > j {
                    assert!(rows.get(next) == Some(&i), "factorize: another pattern");
                    values[next] = v;
                    next += 1;
                }
            }
            assert_eq!(next, rows.len(), "factorize: another pattern");
        }
        Ok(())
    }

    /// `b = b - A x` of the symmetric matrix; gives the largest sum of magnitudes in a column.
    pub fn subtract_product(&self, x: &[f64], b: &mut [f64]) -> f64 {
        let mut sums = vec![0.0; x.len()];
        for j in 0..self.dimension() {
            let range = self.column_starts[j]..self.column_starts[j + 1];
            for (&i, &a) in self.row_indices[range.clone()].iter().zip(&self.values[range]) {
                b[i] -= a * x[j];
                sums[i] += a.abs();
                if i != j {
                    b[j] -= a * x[i];
                    sums[j] += a.abs();
                }
            }
        }
        sums.into_iter().fold(0.0, f64::max)
    }

    /// Where each column starts, and the number of all entries.
    pub fn column_starts(&self) -> &[usize] {
        &self.column_starts
    }

    /// The row of each entry, ascending in a column, so that the diagonal comes first.
    pub fn row_indices(&self) -> &[usize] {
        &self.row_indices
    }

    /// The entries.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}
