//! Cholesky factorization.

use super::{FactorizationError, Matrix, Precision, check_square, plain};
use crate::{Interrupt, Watch};

/// Up to this dimension a plain loop over columns is faster than a blocked algorithm, whose set-up
/// costs more than the arithmetic of a small matrix.
const SMALL: usize = 16;

/// The factor L of a positive definite `A = L L'`, L lower triangular.
///
/// ```
/// use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix};
///
/// let a = Matrix::from_rows(&[[4.0, 2.0], [2.0, 5.0]]);
/// let mut x = [8.0, 12.0];
/// Cholesky::new(&a)?.solve(&mut x);
/// assert_eq!(x, [1.0, 2.0]);
///
/// let indefinite = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let error = Cholesky::new(&indefinite).unwrap_err();
/// assert_eq!(error, FactorizationError::NotPositiveDefinite { pivot: 1 });
/// # Ok::<(), FactorizationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cholesky<T = f64> {
    /// L in the lower triangle, zero above.
    lower: Matrix<T>,
}

impl<T: Precision> Cholesky<T> {
    /// Factorizes `a`; only its lower triangle is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`] or [`FactorizationError::NotPositiveDefinite`].
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn new(a: &Matrix<T>) -> Result<Self, FactorizationError> {
        let mut factor = Self::default();
        factor.refactor(a, 0.0)?;
        Ok(factor)
    }

    /// Factorizes `a + shift I` in the memory of this factor. After an error the factor is of no
    /// use until the next success.
    ///
    /// # Errors
    ///
    /// See [`Cholesky::new`].
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn refactor(&mut self, a: &Matrix<T>, shift: f64) -> Result<(), FactorizationError> {
        Watch::nobody(|watch| self.refactor_watched(a, shift, watch))
    }

    /// [`refactor`](Self::refactor), which `watch` may end.
    ///
    /// # Errors
    ///
    /// The interrupt; within, those of [`Cholesky::new`].
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn refactor_watched(
        &mut self,
        a: &Matrix<T>,
        shift: f64,
        watch: Watch<'_>,
    ) -> Result<Result<(), FactorizationError>, Interrupt> {
        let n = check_square(a);
        if (self.lower.rows(), self.lower.columns()) != (n, n) {
            self.lower = Matrix::filled(n, n, T::ZERO);
        }
        for j in 0..n {
            let column = self.lower.column_mut(j);
            column[..j].fill(T::ZERO);
            column[j..].copy_from_slice(&a.column(j)[j..]);
            column[j] = T::narrow(column[j].wide() + shift);
            // A pivot is compared with zero only after others were divided by it: NaN must not
            // get that far.
            if !column[j..].iter().all(|v| v.is_finite()) {
                return Ok(Err(FactorizationError::NotFinite));
            }
        }
        let factored = if n <= SMALL {
            plain::cholesky(&mut self.lower)
        } else {
            T::cholesky(&mut self.lower, watch)?
        };
        let finite = factored.is_err() || self.lower.is_finite();
        Ok(if finite { factored } else { Err(FactorizationError::NotFinite) })
    }

    /// A factor known already: lower triangular with a positive diagonal.
    pub(super) fn from_lower(lower: Matrix<T>) -> Result<Self, FactorizationError> {
        if lower.is_finite() { Ok(Self { lower }) } else { Err(FactorizationError::NotFinite) }
    }

    /// The dimension n.
    pub fn dimension(&self) -> usize {
        self.lower.rows()
    }

    /// The factor L, zero above the diagonal.
    pub fn lower(&self) -> &Matrix<T> {
        &self.lower
    }

    /// `x = A^-1 x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [T]) {
        self.solve_lower(x);
        self.solve_lower_transposed(x);
    }

    /// `x = L^-1 x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve_lower(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.dimension(), "solve: x has the wrong length");
        for j in 0..x.len() {
            let (head, tail) = x.split_at_mut(j + 1);
            let column = &self.lower.column(j)[j..];
            head[j] /= column[0];
            for (t, l) in tail.iter_mut().zip(&column[1..]) {
                *t -= *l * head[j];
            }
        }
    }

    /// `x = L^-T x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve_lower_transposed(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.dimension(), "solve: x has the wrong length");
        for j in (0..x.len()).rev() {
            let column = &self.lower.column(j)[j..];
            let sum: T = column[1..].iter().zip(&x[j + 1..]).map(|(&l, &x)| l * x).sum();
            x[j] = (x[j] - sum) / column[0];
        }
    }

    /// `x = A x = L (L' x)`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn multiply(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.dimension(), "multiply: x has the wrong length");
        for j in 0..x.len() {
            x[j] = self.lower.column(j)[j..].iter().zip(&x[j..]).map(|(&l, &x)| l * x).sum();
        }
        for j in (0..x.len()).rev() {
            let (head, tail) = x.split_at_mut(j + 1);
            let column = &self.lower.column(j)[j..];
            for (t, l) in tail.iter_mut().zip(&column[1..]) {
                *t += *l * head[j];
            }
            head[j] *= column[0];
        }
    }

    /// `ln det A = 2 sum_j ln L_jj`.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.dimension()).map(|j| self.lower[(j, j)].wide().ln()).sum::<f64>()
    }
}
