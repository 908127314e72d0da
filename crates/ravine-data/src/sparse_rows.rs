//! Sparse matrices by rows.

use ravine_linalg::ArgumentError;

/// A sparse matrix in compressed rows: a case a row, as data files give them.
///
/// ```
/// use ravine_data::SparseRows;
///
/// let mut x = SparseRows::default();
/// x.push_row(&[(0, 2.0)]);
/// x.push_row(&[(0, 1.0), (2, 3.0)]);
/// let mut y = [0.0; 2];
/// x.multiply(&[1.0, 5.0, 1.0], &mut y);
/// assert_eq!(y, [2.0, 4.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    columns: usize,
    row_starts: Vec<usize>,
    column_indices: Vec<u32>,
    values: Vec<f64>,
}

impl Default for SparseRows {
    fn default() -> Self {
        Self { columns: 0, row_starts: vec![0], column_indices: Vec::new(), values: Vec::new() }
    }
}

impl SparseRows {
    /// From compressed rows: the entries of row i have the places `row_starts[i]` to before
    /// `row_starts[i + 1]` among `column_indices` and `values`.
    ///
    /// ```
    /// use ravine_data::SparseRows;
    ///
    /// let x = SparseRows::from_parts(3, vec![0, 1, 3], vec![0, 0, 2], vec![2.0, 1.0, 3.0])?;
    /// assert_eq!(x.row(1), (&[0, 2][..], &[1.0, 3.0][..]));
    /// assert!(SparseRows::from_parts(2, vec![0, 1], vec![2], vec![1.0]).is_err());
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Starts that do not ascend from 0 to the number of entries, as many indices as values, or an
    /// index that is no column.
    pub fn from_parts(
        columns: usize,
        row_starts: Vec<usize>,
        column_indices: Vec<u32>,
        values: Vec<f64>,
    ) -> Result<Self, ArgumentError> {
        let (indices, stored) = (column_indices.len(), values.len());
        let allowed = format!("one a value, {stored}");
        ArgumentError::check(indices == stored, "column_indices", indices, &allowed)?;
        let ends = (row_starts.first(), row_starts.last());
        let ascend = ends == (Some(&0), Some(&stored)) && row_starts.is_sorted();
        let allowed = format!("ascending from 0 to {stored}");
        ArgumentError::check(ascend, "row_starts", ends, &allowed)?;
        let outside = column_indices.iter().find(|&&j| j as usize >= columns);
        let allowed = format!("below {columns}");
        ArgumentError::check(outside.is_none(), "column_indices", outside, &allowed)?;
        Ok(Self { columns, row_starts, column_indices, values })
    }

    /// Where the entries of each row start, the columns of all entries, and the entries: see
    /// [`from_parts`](Self::from_parts).
    pub fn into_parts(self) -> (Vec<usize>, Vec<u32>, Vec<f64>) {
        (self.row_starts, self.column_indices, self.values)
    }

    /// Appends a row, `(column, value)` for each stored entry; the matrix becomes as wide as the
    /// row needs.
    pub fn push_row(&mut self, entries: &[(u32, f64)]) {
        for &(j, value) in entries {
            self.columns = self.columns.max(j as usize + 1);
            self.column_indices.push(j);
            self.values.push(value);
        }
        self.row_starts.push(self.values.len());
    }

    /// Becomes the named rows of `other`, in their order, and as wide; the memory is kept.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    ///
    /// ```
    /// use ravine_data::SparseRows;
    ///
    /// let mut x = SparseRows::default();
    /// x.push_row(&[(0, 2.0)]);
    /// x.push_row(&[(0, 1.0), (2, 3.0)]);
    /// let mut chosen = SparseRows::default();
    /// chosen.select_rows(&x, &[0, 0]);
    /// assert_eq!((chosen.rows(), chosen.columns(), chosen.stored()), (2, 3, 2));
    /// ```
    pub fn select_rows(&mut self, other: &Self, rows: &[usize]) {
        self.columns = other.columns;
        self.row_starts.clear();
        self.row_starts.push(0);
        self.column_indices.clear();
        self.values.clear();
        for &i in rows {
            let (columns, values) = other.row(i);
            self.column_indices.extend_from_slice(columns);
            self.values.extend_from_slice(values);
            self.row_starts.push(self.values.len());
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.row_starts.len() - 1
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of stored entries.
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    /// Column indices and values of row i.
    pub fn row(&self, i: usize) -> (&[u32], &[f64]) {
        let range = self.row_starts[i]..self.row_starts[i + 1];
        (&self.column_indices[range.clone()], &self.values[range])
    }

    /// Multiplies column j by `factors[j]`.
    ///
    /// # Panics
    ///
    /// If `factors` is shorter than the matrix is wide.
    pub fn scale_columns(&mut self, factors: &[f64]) {
        for (&j, value) in self.column_indices.iter().zip(&mut self.values) {
            *value *= factors[j as usize];
        }
    }

    /// `y = X w`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply(&self, w: &[f64], y: &mut [f64]) {
        assert_eq!(w.len(), self.columns, "multiply: w has the wrong length");
        assert_eq!(y.len(), self.rows(), "multiply: y has the wrong length");
        for (i, y) in y.iter_mut().enumerate() {
            let (columns, values) = self.row(i);
            *y = columns.iter().zip(values).map(|(&j, &x)| x * w[j as usize]).sum();
        }
    }

    /// `g = X' r`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed(&self, r: &[f64], g: &mut [f64]) {
        assert_eq!(r.len(), self.rows(), "multiply_transposed: r has the wrong length");
        assert_eq!(g.len(), self.columns, "multiply_transposed: g has the wrong length");
        g.fill(0.0);
        for (i, &r) in r.iter().enumerate() {
            let (columns, values) = self.row(i);
            for (&j, &x) in columns.iter().zip(values) {
                g[j as usize] += x * r;
            }
        }
    }
}
