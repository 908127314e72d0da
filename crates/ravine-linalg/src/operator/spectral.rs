//! Functions of a dense symmetric matrix.

use super::{Adjoint, LinearOperator, Scratch, Structure};
use crate::error::Interrupt;
use crate::matrix::{FactorizationError, Matrix, Precision, SymmetricEigen};

/// `f(A) = Q diag(f(lambda)) Q'` of a dense symmetric `A = Q diag(lambda) Q'`: powers, roots,
/// logarithm, the absolute value `|A|` of saddle-free Newton.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{LinearOperator, Spectral};
///
/// // Eigenvalues 9 and 1.
/// let a: Matrix = Matrix::from_rows(&[[5.0, 4.0], [4.0, 5.0]]);
/// let root = Spectral::power(&a, 0.5)?;
/// let mut y = vec![0.0; 2];
/// root.apply(&vec![1.0, 1.0], &mut y).unwrap();
/// assert!((y[0] - 3.0).abs() < 1e-14 && (y[1] - 3.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Spectral<T = f64> {
    vectors: Matrix<T>,
    values: Vec<f64>,
    coefficients: Scratch<Vec<T>>,
}

impl<T: Precision> Spectral<T> {
    /// A itself by its eigenvectors; only the lower triangle of `a` is read.
    ///
    /// # Errors
    ///
    /// If `a` is not square, not finite, or the eigenvalues do not converge.
    pub fn new(a: &Matrix<T>) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        Ok(Self::from_eigen(SymmetricEigen::new(a)?))
    }

    /// From eigenvalues and eigenvectors.
    pub fn from_eigen(eigen: SymmetricEigen<T>) -> Self {
        let (values, vectors) = eigen.into_parts();
        Self { vectors, values, coefficients: Scratch::default() }
    }

    /// `A^p` of a semidefinite A, any real p: eigenvalues that are negative, or zero within rounding
    /// `n e |A|`, count as zero, and for a negative p are left out, as in the pseudo-inverse.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); [`FactorizationError::NotPositiveDefinite`] where A has a negative
    /// eigenvalue beyond rounding.
    pub fn power(a: &Matrix<T>, p: f64) -> Result<Self, FactorizationError> {
        let spectral = Self::new(a)?;
        let largest = spectral.values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let zero = a.rows() as f64 * T::EPSILON * largest;
        if let Some(pivot) = spectral.values.iter().position(|&lambda| lambda < -zero) {
            return Err(FactorizationError::NotPositiveDefinite { pivot });
        }
        Ok(spectral.map(|lambda| match lambda <= zero {
            true if p == 0.0 => 1.0,
            true => 0.0,
            false => lambda.powf(p),
        }))
    }

    /// `f` of this operator: the same eigenvectors, each eigenvalue through f.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let values = self.values.iter().map(|&lambda| f(lambda)).collect();
        Self { values, ..self.clone() }
    }

    /// The eigenvalues, in the order of [`vectors`](Self::vectors).
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The eigenvectors, in columns.
    pub fn vectors(&self) -> &Matrix<T> {
        &self.vectors
    }
}

impl<T: Precision> LinearOperator<Vec<T>> for Spectral<T> {
    fn dimension(&self) -> usize {
        self.values.len()
    }

    fn structure(&self) -> Structure {
        Structure::of_eigenvalues(self.values.iter().copied())
    }

    fn apply(&self, x: &Vec<T>, y: &mut Vec<T>) -> Result<(), Interrupt> {
        self.coefficients.with(
            || vec![T::ZERO; self.values.len()],
            |coefficients| {
                self.vectors.multiply_transposed(x, coefficients);
                for (c, lambda) in coefficients.iter_mut().zip(&self.values) {
                    *c = T::narrow(c.wide() * lambda);
                }
                self.vectors.multiply(coefficients, y);
            },
        );
        Ok(())
    }
}

impl<T: Precision> Adjoint<Vec<T>> for Spectral<T> {
    fn apply_adjoint(&self, y: &Vec<T>, x: &mut Vec<T>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
