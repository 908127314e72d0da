//! Cholesky factorization within the envelope of a sparse matrix.

use crate::matrix::FactorizationError;
use crate::matrix::lower_triangle::LowerTriangle;

/// Where the rows of the factor begin: at the first entry of the same row of A. Nothing fills in
/// before it, whatever the order of the rows; it is kept as it is.
#[derive(Clone, Debug)]
pub(in crate::matrix) struct SparsePattern {
    /// The first column of each row.
    first: Vec<usize>,
    /// The number of entries before each row, and of all.
    starts: Vec<usize>,
}

/// The factor L, row by row from its first entry to the diagonal.
#[derive(Clone, Debug)]
pub(in crate::matrix) struct SparseFactor {
    pattern: SparsePattern,
    entries: Vec<f64>,
}

impl SparsePattern {
    /// Of the pattern alone.
    pub fn analyze(lower: &LowerTriangle) -> Result<Self, FactorizationError> {
        let (n, column_starts) = (lower.dimension(), lower.column_starts());
        let mut first: Vec<usize> = (0..n).collect();
        for j in 0..n {
            for &i in &lower.row_indices()[column_starts[j]..column_starts[j + 1]] {
                first[i] = first[i].min(j);
            }
        }
        let mut starts = vec![0];
        for i in 0..n {
            starts.push(starts[i] + i + 1 - first[i]);
        }
        Ok(Self { first, starts })
    }

    /// The number of entries of the factor.
    pub fn stored(&self, _lower: &LowerTriangle) -> usize {
        self.starts[self.first.len()]
    }

    /// Columns from the first and entries of row i.
    fn row<'e>(&self, i: usize, entries: &'e [f64]) -> (usize, &'e [f64]) {
        (self.first[i], &entries[self.starts[i]..self.starts[i + 1]])
    }
}

impl SparseFactor {
    /// Factorizes a matrix of this pattern.
    pub fn new(pattern: &SparsePattern, lower: &LowerTriangle) -> Result<Self, FactorizationError> {
        let n = pattern.first.len();
        let (rows, values) = (lower.row_indices(), lower.values());
        let stored = pattern.starts[n];
        let mut entries = Vec::new();
        entries.try_reserve_exact(stored).map_err(|_| FactorizationError::TooLarge)?;
        entries.resize(stored, 0.0);
        for j in 0..n {
            let range = lower.column_starts()[j]..lower.column_starts()[j + 1];
            for (&i, &value) in rows[range.clone()].iter().zip(&values[range]) {
                entries[pattern.starts[i] + j - pattern.first[i]] = value;
            }
        }
        for i in 0..n {
            let (before, rest) = entries.split_at_mut(pattern.starts[i]);
            let (first, row) = (pattern.first[i], &mut rest[..i + 1 - pattern.first[i]]);
            for j in first..i {
                let (start, other) = pattern.row(j, before);
                let from = first.max(start);
                let sum = product(&row[from - first..j - first], &other[from - start..j - start]);
                row[j - first] = (row[j - first] - sum) / other[j - start];
            }
            let pivot = row[i - first] - product(&row[..i - first], &row[..i - first]);
            if pivot <= 0.0 {
                return Err(FactorizationError::NotPositiveDefinite { pivot: i });
            }
            row[i - first] = pivot.sqrt();
        }
        Ok(Self { pattern: pattern.clone(), entries })
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        let n = x.len();
        for i in 0..n {
            let (first, row) = self.pattern.row(i, &self.entries);
            let (last, row) = (row[i - first], &row[..i - first]);
            x[i] = (x[i] - product(row, &x[first..i])) / last;
        }
        for i in (0..n).rev() {
            let (first, row) = self.pattern.row(i, &self.entries);
            x[i] /= row[i - first];
            let known = x[i];
            for (x, l) in x[first..i].iter_mut().zip(row) {
                *x -= l * known;
            }
        }
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
