//! Factorization of sparse symmetric indefinite matrices.

use super::backend::SparseBunchKaufman;
use super::lower_triangle::LowerTriangle;
use super::{FactorizationError, Inertia, SparseMatrix};
use crate::random::Random;
use crate::vector::Pointwise;

/// `P (A + shift I) P' = L B L'` of a sparse symmetric A: L unit lower triangular, B block diagonal
/// with blocks of one or two rows, P an ordering that keeps L sparse (approximate minimum degree).
///
/// Pivots are chosen inside blocks of columns with the same pattern only. Where none of those is
/// large enough the factorization loses accuracy, for matrices that are far from singular too;
/// every factorization is checked by a solve, and refused if it is not one of a matrix within
/// `1e-8 |A|` of the given one. So the inertia is right unless an eigenvalue is as near to zero as
/// that. A small shift helps where it is refused.
///
/// Source: Bunch and Kaufman (1977); Sylvester's law of inertia.
///
/// ```
/// use ravine_linalg::matrix::{Inertia, SparseLblt, SparseMatrix};
///
/// // Second differences, whose eigenvalues are 2 - 2 cos(k pi / 101).
/// let n = 100;
/// let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.0)).collect();
/// entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
/// let a = SparseMatrix::from_triplets(n, n, &entries);
///
/// // How many are below 1.1: those with k < 101 arccos(0.45) / pi = 35.5.
/// let factor = SparseLblt::new(&a, -1.1)?;
/// assert_eq!(factor.inertia(), Inertia { positive: 65, negative: 35, zero: 0 });
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseLblt {
    factor: SparseBunchKaufman,
    dimension: usize,
}

impl SparseLblt {
    /// Factorizes `a + shift I`; only the lower triangle is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotSquare`], [`FactorizationError::NotFinite`],
    /// [`FactorizationError::TooLarge`], or [`FactorizationError::Singular`] if the matrix is
    /// singular to working precision, or no pivot could be found that keeps the factorization
    /// accurate.
    pub fn new(a: &SparseMatrix, shift: f64) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        let mut lower = LowerTriangle::new(a);
        lower.set(a, shift)?;
        let factor = Self { factor: SparseBunchKaufman::new(&lower)?, dimension: a.columns() };
        if factor.is_accurate(&lower) { Ok(factor) } else { Err(FactorizationError::Singular) }
    }

    /// Whether a solve has a small residual relative to the matrix and the solution.
    fn is_accurate(&self, lower: &LowerTriangle) -> bool {
        let n = self.dimension();
        let mut b = vec![0.0; n];
        b.fill_normal(&mut Random::new(0));
        let mut x = b.clone();
        self.solve(&mut x);
        let largest = |v: &[f64]| v.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let norm = lower.subtract_product(&x, &mut b);
        // False for NaN as well.
        largest(&b) <= 1e-8 * norm * largest(&x) && x.iter().all(|v| v.is_finite())
    }

    /// The dimension n.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// `x = (A + shift I)^-1 x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [f64]) {
        assert_eq!(x.len(), self.dimension, "solve: x has the wrong length");
        self.factor.solve(x);
    }

    /// The signs of the eigenvalues of `A + shift I`.
    ///
    /// The number of negative ones is the number of eigenvalues of A below `-shift`.
    pub fn inertia(&self) -> Inertia {
        self.factor.inertia()
    }
}
