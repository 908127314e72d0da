//! Dense matrices.

use std::ops::{Index, IndexMut};

use super::backend;

/// A dense matrix, stored by columns.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [0.0, 3.0]]);
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 1.0], &mut y);
/// assert_eq!(y, [3.0, 3.0]);
/// assert_eq!(a.column(1), [1.0, 3.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    entries: Vec<f64>,
}

impl Matrix {
    /// The zero matrix.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, entries: vec![0.0; rows * columns] }
    }

    /// The identity.
    pub fn identity(n: usize) -> Self {
        Self::from_fn(n, n, |i, j| f64::from(i == j))
    }

    /// Entry by entry.
    pub fn from_fn(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> f64) -> Self {
        let mut entries = Vec::with_capacity(rows * columns);
        for j in 0..columns {
            for i in 0..rows {
                entries.push(f(i, j));
            }
        }
        Self { rows, columns, entries }
    }

    /// From rows of equal length.
    ///
    /// # Panics
    ///
    /// If the rows have different lengths.
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Self {
        let columns = rows.first().map_or(0, |r| r.as_ref().len());
        assert!(rows.iter().all(|r| r.as_ref().len() == columns), "rows of different lengths");
        Self::from_fn(rows.len(), columns, |i, j| rows[i].as_ref()[j])
    }

    /// From its entries, column after column; without a copy.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_entries(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// assert_eq!(a.column(2), [5.0, 6.0]);
    /// assert_eq!(a.into_entries(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// If there are not `rows * columns` entries.
    pub fn from_entries(rows: usize, columns: usize, entries: Vec<f64>) -> Self {
        assert_eq!(entries.len(), rows * columns, "one entry for each row and column");
        Self { rows, columns, entries }
    }

    /// The entries, column after column; without a copy.
    pub fn into_entries(self) -> Vec<f64> {
        self.entries
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Column j.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.entries[j * self.rows..(j + 1) * self.rows]
    }

    /// Column j, to change.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.entries[j * self.rows..(j + 1) * self.rows]
    }

    /// All entries, by columns.
    pub fn entries(&self) -> &[f64] {
        &self.entries
    }

    /// All entries, by columns, to change.
    pub fn entries_mut(&mut self) -> &mut [f64] {
        &mut self.entries
    }

    /// Sets every entry.
    pub fn fill(&mut self, value: f64) {
        self.entries.fill(value);
    }

    /// Becomes a matrix of this shape; the memory is reused, and the entries are whatever was there.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let mut a = Matrix::identity(4);
    /// a.resize(2, 3);
    /// assert_eq!((a.rows(), a.columns()), (2, 3));
    /// ```
    pub fn resize(&mut self, rows: usize, columns: usize) {
        self.entries.resize(rows * columns, 0.0);
        (self.rows, self.columns) = (rows, columns);
    }

    /// Whether all entries are finite.
    pub fn is_finite(&self) -> bool {
        self.entries.iter().all(|v| v.is_finite())
    }

    /// Whether `A = A'`, entry by entry.
    pub fn is_symmetric(&self) -> bool {
        self.rows == self.columns
            && (0..self.columns).all(|j| (0..j).all(|i| self[(i, j)] == self[(j, i)]))
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
            for (y, &a) in y.iter_mut().zip(self.column(j)) {
                *y += a * xj;
            }
        }
    }

    /// `y = A' x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.rows, "multiply_transposed: x has the wrong length");
        assert_eq!(y.len(), self.columns, "multiply_transposed: y has the wrong length");
        for (j, y) in y.iter_mut().enumerate() {
            *y = self.column(j).iter().zip(x).map(|(a, x)| a * x).sum();
        }
    }

    /// `y_k = A x_k` for all k, as one product of matrices.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_rows(&[[2.0, 1.0], [0.0, 3.0]]);
    /// let mut y = [vec![0.0; 2], vec![0.0; 2]];
    /// a.multiply_all(&[vec![1.0, 0.0], vec![1.0, 1.0]], &mut y);
    /// assert_eq!(y, [vec![2.0, 0.0], vec![3.0, 3.0]]);
    /// ```
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_all(&self, x: &[Vec<f64>], y: &mut [Vec<f64>]) {
        let shape = (self.rows, self.columns);
        multiply_columns(shape, x, y, |c, x| {
            super::multiply(c, &self.entries, x, shape.0, shape.1)
        });
    }

    /// `y_k = A' x_k` for all k, as one product of matrices.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed_all(&self, x: &[Vec<f64>], y: &mut [Vec<f64>]) {
        let shape = (self.columns, self.rows);
        multiply_columns(shape, x, y, |c, x| backend::multiply_transposed(c, self, x));
    }

    /// `self += A'A`, in the lower triangle; nothing above the diagonal changes.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_rows(&[[1.0, 2.0], [0.0, 3.0], [1.0, 1.0]]);
    /// let mut gram = Matrix::identity(2);
    /// gram.add_gram(&a);
    /// assert_eq!((gram[(0, 0)], gram[(1, 0)], gram[(1, 1)]), (3.0, 3.0, 15.0));
    /// assert_eq!(gram[(0, 1)], 0.0);
    /// ```
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn add_gram(&mut self, a: &Self) {
        let n = a.columns;
        assert_eq!((self.rows, self.columns), (n, n), "add_gram: the result has the wrong shape");
        backend::add_gram(self, a);
    }
}

/// Results of `rows` entries from vectors of `columns`, all by one call of `product(c, x)`.
fn multiply_columns(
    (rows, columns): (usize, usize),
    x: &[Vec<f64>],
    y: &mut [Vec<f64>],
    product: impl FnOnce(&mut [f64], &[f64]),
) {
    let count = x.len();
    assert_eq!(y.len(), count, "multiply_all: as many results as vectors");
    assert!(x.iter().all(|x| x.len() == columns), "multiply_all: an x has the wrong length");
    assert!(y.iter().all(|y| y.len() == rows), "multiply_all: a y has the wrong length");
    let mut results = Matrix::zeros(rows, count);
    if rows > 0 && columns > 0 {
        product(&mut results.entries, &x.concat());
    }
    for (k, y) in y.iter_mut().enumerate() {
        y.copy_from_slice(results.column(k));
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        assert!(i < self.rows, "row {i} of a matrix with {} rows", self.rows);
        &self.entries[j * self.rows + i]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        assert!(i < self.rows, "row {i} of a matrix with {} rows", self.rows);
        &mut self.entries[j * self.rows + i]
    }
}
