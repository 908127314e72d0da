//! Bunch-Kaufman factorization of symmetric indefinite matrices.

use super::backend::BunchKaufman;
use super::inertia::BlockSigns;
use super::{FactorizationError, Inertia, Matrix, Precision, check_square};
use crate::{Interrupt, Watch};

/// `P A P' = L B L'` of a symmetric A: L unit lower triangular, B block diagonal with blocks of
/// one or two rows, P a permutation. Exists for every finite A.
///
/// Source: Bunch and Kaufman (1977).
///
/// ```
/// use ravine_linalg::matrix::{Inertia, Lblt, Matrix};
///
/// let a = Matrix::from_rows(&[[0.0, 2.0], [2.0, 0.0]]);
/// let factor = Lblt::new(&a)?;
/// assert_eq!(factor.inertia(), Inertia { positive: 1, negative: 1, zero: 0 });
/// let mut x = [2.0, 6.0];
/// factor.solve(&mut x);
/// assert_eq!(x, [3.0, 1.0]);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lblt<T: Precision = f64> {
    factor: BunchKaufman<T>,
    /// The diagonal of B.
    diagonal: Vec<f64>,
    /// Its entries below the diagonal: that of row j + 1 at j.
    below: Vec<f64>,
}

impl<T: Precision> Lblt<T> {
    /// Factorizes `a`; only its lower triangle is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`].
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
        check_square(a);
        if !a.is_finite() {
            return Ok(Err(FactorizationError::NotFinite));
        }
        let factor = T::bunch_kaufman(a, watch)?;
        let (diagonal, below) = factor.blocks();
        let finite = diagonal.iter().chain(&below).all(|v| v.is_finite());
        let factor = Self { factor, diagonal, below };
        Ok(if finite { Ok(factor) } else { Err(FactorizationError::NotFinite) })
    }

    /// `x = A^-1 x`; not finite where A is singular.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [T]) {
        assert_eq!(x.len(), self.diagonal.len(), "solve: x has the wrong length");
        T::solve_symmetric(&self.factor, x);
    }

    /// The signs of the eigenvalues of A, which are those of B (Sylvester's law of inertia).
    pub fn inertia(&self) -> Inertia {
        let (diagonal, below) = (&self.diagonal, &self.below);
        let mut signs = BlockSigns::default();
        signs.count(diagonal.len(), |j| diagonal[j], |j| below[j]);
        signs.inertia
    }
}
