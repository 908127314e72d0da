//! Dense matrices.

use std::ops::{Index, IndexMut};

use crate::threads::Threads;
use crate::vector::Scalar;

/// A dense matrix, stored by columns, in double or single precision.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [0.0, 3.0]]);
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 1.0], &mut y);
/// assert_eq!(y, [3.0, 3.0]);
/// assert_eq!(a.column(1), [1.0, 3.0]);
///
/// let single: Matrix<f32> = a.to_precision();
/// assert_eq!(single.column(1), [1.0_f32, 3.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Matrix<T = f64> {
    rows: usize,
    columns: usize,
    entries: Vec<T>,
}

impl Matrix {
    /// The zero matrix in double precision.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self::filled(rows, columns, 0.0)
    }

    /// The identity in double precision.
    pub fn identity(n: usize) -> Self {
        Self::from_diagonal(&vec![1.0; n])
    }
}

impl<T: Scalar> Matrix<T> {
    /// The matrix with every entry `value`, which says the precision.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// assert_eq!(Matrix::filled(2, 1, 3.0_f32).column(0), [3.0, 3.0]);
    /// ```
    pub fn filled(rows: usize, columns: usize, value: T) -> Self {
        Self { rows, columns, entries: vec![value; rows * columns] }
    }

    /// The matrix with this diagonal and zeros beside it.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_diagonal(&[2.0_f32, 3.0]);
    /// assert_eq!(a.column(1), [0.0, 3.0]);
    /// ```
    pub fn from_diagonal(diagonal: &[T]) -> Self {
        let n = diagonal.len();
        Self::from_fn(n, n, |i, j| if i == j { diagonal[i] } else { T::ZERO })
    }

    /// The same numbers, rounded to the precision U.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let single: Matrix<f32> = Matrix::from_rows(&[[0.1, 0.25]]).to_precision();
    /// assert_eq!(single[(0, 0)], 0.1_f32);
    /// ```
    pub fn to_precision<U: Scalar>(&self) -> Matrix<U> {
        let entries = self.entries.iter().map(|a| U::narrow(a.wide())).collect();
        Matrix { rows: self.rows, columns: self.columns, entries }
    }

    /// Entry by entry.
    pub fn from_fn(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> T) -> Self {
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
    pub fn from_rows<R: AsRef<[T]>>(rows: &[R]) -> Self {
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
    pub fn from_entries(rows: usize, columns: usize, entries: Vec<T>) -> Self {
        assert_eq!(entries.len(), rows * columns, "one entry for each row and column");
        Self { rows, columns, entries }
    }

    /// The entries, column after column; without a copy.
    pub fn into_entries(self) -> Vec<T> {
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
    pub fn column(&self, j: usize) -> &[T] {
        &self.entries[j * self.rows..(j + 1) * self.rows]
    }

    /// Column j, to change.
    pub fn column_mut(&mut self, j: usize) -> &mut [T] {
        &mut self.entries[j * self.rows..(j + 1) * self.rows]
    }

    /// Multiplies each row by its factor.
    ///
    /// # Panics
    ///
    /// If there is not one factor a row.
    pub fn scale_rows(&mut self, factors: &[T]) {
        assert_eq!(factors.len(), self.rows, "scale_rows: one factor a row");
        for j in 0..self.columns {
            self.column_mut(j).iter_mut().zip(factors).for_each(|(a, &factor)| *a *= factor);
        }
    }

    /// All entries, by columns.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// All entries, by columns, to change.
    pub fn entries_mut(&mut self) -> &mut [T] {
        &mut self.entries
    }

    /// Sets every entry.
    pub fn fill(&mut self, value: T) {
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
        self.entries.resize(rows * columns, T::ZERO);
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
    pub fn multiply(&self, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), self.columns, "multiply: x has the wrong length");
        assert_eq!(y.len(), self.rows, "multiply: y has the wrong length");
        // Rows are split among threads: each entry is the same sum, whoever adds it up.
        let size = y.len().div_ceil(Threads::current().parts(self.entries.len())).max(1);
        let rows = |(k, y): (usize, &mut [T])| {
            y.fill(T::ZERO);
            for (j, &xj) in x.iter().enumerate() {
                for (y, &a) in y.iter_mut().zip(&self.column(j)[k * size..]) {
                    *y += a * xj;
                }
            }
        };
        if size >= y.len() {
            rows((0, y));
        } else {
            Threads::each(y.chunks_mut(size).enumerate().collect(), rows);
        }
    }

    /// `y = A' x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed(&self, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), self.rows, "multiply_transposed: x has the wrong length");
        assert_eq!(y.len(), self.columns, "multiply_transposed: y has the wrong length");
        let dot = |column: &[T]| column.iter().zip(x).map(|(&a, &x)| a * x).sum();
        self.measure_columns(y, dot);
    }

    /// `y_j = measure(column j)`, the columns split among threads.
    pub fn measure_columns(&self, y: &mut [T], measure: impl Fn(&[T]) -> T + Sync) {
        assert_eq!(y.len(), self.columns, "measure_columns: y has the wrong length");
        let size = y.len().div_ceil(Threads::current().parts(self.entries.len())).max(1);
        let columns = |(k, y): (usize, &mut [T])| {
            for (j, y) in y.iter_mut().enumerate() {
                *y = measure(self.column(k * size + j));
            }
        };
        if size >= y.len() {
            columns((0, y));
        } else {
            Threads::each(y.chunks_mut(size).enumerate().collect(), columns);
        }
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;

    fn index(&self, (i, j): (usize, usize)) -> &T {
        assert!(i < self.rows, "row {i} of a matrix with {} rows", self.rows);
        &self.entries[j * self.rows + i]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        assert!(i < self.rows, "row {i} of a matrix with {} rows", self.rows);
        &mut self.entries[j * self.rows + i]
    }
}
