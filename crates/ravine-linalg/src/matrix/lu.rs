//! LU factorization of square matrices.

use super::backend::PartialPivoting;
use super::{FactorizationError, Matrix, Precision};

/// `P A = L U` of a square A with row exchanges P: the direct solver where A is not symmetric.
///
/// ```
/// use ravine_linalg::matrix::{Lu, Matrix};
///
/// let a = Matrix::from_rows(&[[0.0, 2.0], [4.0, 1.0]]);
/// let factor = Lu::new(&a)?;
/// let mut x = [6.0, 7.0];
/// factor.solve(&mut x);
/// assert_eq!(x, [1.0, 3.0]);
/// factor.solve_transposed(&mut x);
/// assert_eq!(x, [1.375, 0.25]);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lu<T: Precision = f64> {
    factor: PartialPivoting<T>,
    dimension: usize,
}

impl<T: Precision> Lu<T> {
    /// Factorizes `a`.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotSquare`], [`FactorizationError::NotFinite`], or
    /// [`FactorizationError::Singular`] where a pivot is exactly zero.
    pub fn new(a: &Matrix<T>) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        if !a.is_finite() {
            return Err(FactorizationError::NotFinite);
        }
        let factor = T::partial_pivoting(a);
        for pivot in factor.pivots() {
            if pivot == T::ZERO {
                return Err(FactorizationError::Singular);
            }
            if !pivot.is_finite() {
                return Err(FactorizationError::NotFinite);
            }
        }
        Ok(Self { factor, dimension: a.rows() })
    }

    /// `x = A^-1 x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.dimension, "solve: x has the wrong length");
        T::solve(&self.factor, x);
    }

    /// `x = A^-T x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve_transposed(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.dimension, "solve_transposed: x has the wrong length");
        T::solve_transposed(&self.factor, x);
    }
}
