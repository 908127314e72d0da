//! Products of dense matrices with each other.

use super::{Matrix, Precision};
use crate::vector::Scalar;

impl<T: Precision> Matrix<T> {
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
    pub fn multiply_all(&self, x: &[Vec<T>], y: &mut [Vec<T>]) {
        let shape = (self.rows(), self.columns());
        multiply_columns(shape, x, y, |c, x| T::multiply(c, self.entries(), x, shape.0, shape.1));
    }

    /// `y_k = A' x_k` for all k, as one product of matrices.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed_all(&self, x: &[Vec<T>], y: &mut [Vec<T>]) {
        let shape = (self.columns(), self.rows());
        multiply_columns(shape, x, y, |c, x| T::multiply_transposed(c, self, x));
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
        let n = a.columns();
        assert_eq!(
            (self.rows(), self.columns()),
            (n, n),
            "add_gram: the result has the wrong shape"
        );
        T::add_gram(self, a);
    }
}

/// Results of `rows` entries from vectors of `columns`, all by one call of `product(c, x)`.
fn multiply_columns<T: Scalar>(
    (rows, columns): (usize, usize),
    x: &[Vec<T>],
    y: &mut [Vec<T>],
    product: impl FnOnce(&mut [T], &[T]),
) {
    let count = x.len();
    assert_eq!(y.len(), count, "multiply_all: as many results as vectors");
    assert!(x.iter().all(|x| x.len() == columns), "multiply_all: an x has the wrong length");
    assert!(y.iter().all(|y| y.len() == rows), "multiply_all: a y has the wrong length");
    let mut results = Matrix::filled(rows, count, T::ZERO);
    if rows > 0 && columns > 0 {
        product(results.entries_mut(), &x.concat());
    }
    for (k, y) in y.iter_mut().enumerate() {
        y.copy_from_slice(results.column(k));
    }
}
