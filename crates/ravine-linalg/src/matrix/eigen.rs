//! Eigenvalues and eigenvectors of symmetric matrices.

use super::{FactorizationError, Matrix, Precision, check_square};
use crate::{Interrupt, Watch};

/// `A = Q diag(lambda) Q'` of a symmetric A: eigenvalues ascending, eigenvectors in the columns
/// of the orthogonal Q.
///
/// ```
/// use ravine_linalg::matrix::{Matrix, SymmetricEigen};
///
/// let a: Matrix = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
/// let eigen = SymmetricEigen::new(&a)?;
/// assert!((eigen.values()[0] - 1.0).abs() < 1e-14);
/// assert!((eigen.values()[1] - 3.0).abs() < 1e-14);
/// assert!((eigen.vectors()[(0, 1)].abs() - 0.5f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SymmetricEigen<T = f64> {
    values: Vec<f64>,
    vectors: Matrix<T>,
}

impl<T: Precision> SymmetricEigen<T> {
    /// Decomposes `a`; only its lower triangle is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`], or [`FactorizationError::NoConvergence`] (not seen in
    /// practice for finite matrices).
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn new(a: &Matrix<T>) -> Result<Self, FactorizationError> {
        Watch::nobody(|watch| Self::watched(a, watch))
    }

    /// [`new`](Self::new), which `watch` may end.
    ///
    /// # Errors
    ///
    /// The interrupt; within, those of [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn watched(
        a: &Matrix<T>,
        watch: Watch<'_>,
    ) -> Result<Result<Self, FactorizationError>, Interrupt> {
        let n = check_square(a);
        if !a.is_finite() {
            return Ok(Err(FactorizationError::NotFinite));
        }
        if n == 0 {
            return Ok(Ok(Self::default()));
        }
        // Where squares of entries would leave the range of numbers, by a power of two.
        let largest = a.entries().iter().fold(0.0, |m: f64, v| m.max(v.wide().abs()));
        let far = T::MAX.cbrt();
        let extreme = largest > far || (largest > 0.0 && largest < 1.0 / far);
        let scale = if extreme { 2f64.powi(largest.log2() as i32) } else { 1.0 };
        let scaled =
            extreme.then(|| Matrix::from_fn(n, n, |i, j| T::narrow(a[(i, j)].wide() / scale)));
        let pairs = T::symmetric_eigen(scaled.as_ref().unwrap_or(a), watch)?;
        Ok(pairs.and_then(|(mut values, vectors)| {
            values.iter_mut().for_each(|v| *v *= scale);
            if values.iter().all(|v| v.is_finite()) && vectors.is_finite() {
                Ok(Self { values, vectors })
            } else {
                Err(FactorizationError::NotFinite)
            }
        }))
    }

    /// The eigenvalues, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The eigenvectors, in columns, in the order of the eigenvalues.
    pub fn vectors(&self) -> &Matrix<T> {
        &self.vectors
    }

    /// Eigenvalues and eigenvectors.
    pub fn into_parts(self) -> (Vec<f64>, Matrix<T>) {
        (self.values, self.vectors)
    }

    /// The largest absolute eigenvalue.
    pub fn norm(&self) -> f64 {
        self.values.iter().fold(0.0, |m, v| m.max(v.abs()))
    }

    /// `y = Q diag(f(lambda)) Q' x`: a function of A applied to x.
    ///
    /// ```
    /// use ravine_linalg::matrix::{Matrix, SymmetricEigen};
    ///
    /// let a: Matrix = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
    /// let mut root = [0.0; 2];
    /// SymmetricEigen::new(&a)?.apply(f64::sqrt, &[1.0, 1.0], &mut root);
    /// assert!((root[0] - 3f64.sqrt()).abs() < 1e-14);
    /// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn apply(&self, f: impl Fn(f64) -> f64, x: &[T], y: &mut [T]) {
        let mut coefficients = vec![T::ZERO; self.values.len()];
        self.vectors.multiply_transposed(x, &mut coefficients);
        for (c, &lambda) in coefficients.iter_mut().zip(&self.values) {
            *c = T::narrow(c.wide() * f(lambda));
        }
        self.vectors.multiply(&coefficients, y);
    }
}
