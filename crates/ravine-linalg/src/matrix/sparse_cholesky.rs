//! Cholesky factorization of sparse matrices.

use super::backend::{SparseFactor, SparsePattern};
use super::lower_triangle::LowerTriangle;
use super::{FactorizationError, SparseMatrix};

/// The Cholesky factorization of `A + shift I` for sparse symmetric A of one pattern: the ordering
/// (approximate minimum degree) and the pattern of the factor are found once, then the numbers are
/// computed as often as needed.
///
/// ```
/// use ravine_linalg::matrix::{SparseCholesky, SparseMatrix};
///
/// let a = SparseMatrix::from_triplets(2, 2, &[(0, 0, 4.0), (0, 1, 2.0), (1, 0, 2.0), (1, 1, 5.0)]);
/// let mut factor = SparseCholesky::analyze(&a)?;
/// factor.factorize(&a, 0.0)?;
/// let mut x = [8.0, 12.0];
/// factor.solve(&mut x);
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
///
/// // 4 and 5 are not enough against -6: not definite without a shift.
/// let a = SparseMatrix::from_triplets(2, 2, &[(0, 0, 4.0), (0, 1, -6.0), (1, 0, -6.0), (1, 1, 5.0)]);
/// assert!(factor.factorize(&a, 0.0).is_err());
/// factor.factorize(&a, 2.0)?;
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseCholesky {
    lower: LowerTriangle,
    symbolic: SparsePattern,
    numeric: Option<SparseFactor>,
}

impl SparseCholesky {
    /// Finds the ordering and the pattern of the factor; the values of `a` do not matter. Only the
    /// lower triangle is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::TooLarge`] if the factor does not fit into memory.
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn analyze(a: &SparseMatrix) -> Result<Self, FactorizationError> {
        let n = a.columns();
        assert_eq!(a.rows(), n, "only a square matrix has this factorization");
        let lower = LowerTriangle::new(a);
        let symbolic = SparsePattern::analyze(&lower)?;
        Ok(Self { lower, symbolic, numeric: None })
    }

    /// The dimension n.
    pub fn dimension(&self) -> usize {
        self.lower.dimension()
    }

    /// The number of entries of the factor, zeros that its blocks store included. Takes as long as
    /// [`analyze`](Self::analyze).
    ///
    /// ```
    /// use ravine_linalg::matrix::{SparseCholesky, SparseMatrix};
    ///
    /// let a = SparseMatrix::from_triplets(2, 2, &[(0, 0, 4.0), (0, 1, 2.0), (1, 0, 2.0), (1, 1, 5.0)]);
    /// assert!(SparseCholesky::analyze(&a)?.stored() >= 3);
    /// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
    /// ```
    pub fn stored(&self) -> usize {
        self.symbolic.stored(&self.lower)
    }

    /// Factorizes `a + shift I`.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`], [`FactorizationError::NotPositiveDefinite`] or
    /// [`FactorizationError::TooLarge`]; the factor is then of no use until the next success.
    ///
    /// # Panics
    ///
    /// If `a` has not the pattern that was analyzed.
    pub fn factorize(&mut self, a: &SparseMatrix, shift: f64) -> Result<(), FactorizationError> {
        self.numeric = None;
        self.lower.set(a, shift)?;
        self.numeric = Some(SparseFactor::new(&self.symbolic, &self.lower)?);
        Ok(())
    }

    /// `x = (A + shift I)^-1 x`; NaN where there is no factor.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [f64]) {
        assert_eq!(x.len(), self.dimension(), "solve: x has the wrong length");
        match &self.numeric {
            Some(factor) => factor.solve(x),
            None => x.fill(f64::NAN),
        }
    }
}
