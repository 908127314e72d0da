//! Bunch-Kaufman factorization of symmetric indefinite matrices.

use super::backend::BunchKaufman;
use super::{FactorizationError, Matrix, Precision, check_square};

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

/// How many eigenvalues are positive, negative, zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Inertia {
    /// The number of positive eigenvalues.
    pub positive: usize,
    /// The number of negative eigenvalues.
    pub negative: usize,
    /// The number of zero eigenvalues.
    pub zero: usize,
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
        check_square(a);
        if !a.is_finite() {
            return Err(FactorizationError::NotFinite);
        }
        let factor = T::bunch_kaufman(a);
        let (diagonal, below) = factor.blocks();
        if diagonal.iter().chain(&below).all(|v| v.is_finite()) {
            Ok(Self { factor, diagonal, below })
        } else {
            Err(FactorizationError::NotFinite)
        }
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

/// Counts the signs of the eigenvalues of a block diagonal matrix.
#[derive(Default)]
pub(super) struct BlockSigns {
    pub inertia: Inertia,
}

impl BlockSigns {
    /// Adds those of n rows with this diagonal and these entries below it.
    pub fn count(
        &mut self,
        n: usize,
        diagonal: impl Fn(usize) -> f64,
        below: impl Fn(usize) -> f64,
    ) {
        let mut j = 0;
        while j < n {
            if j + 1 < n && below(j) != 0.0 {
                // Pivoting leaves only blocks of negative determinant.
                let (a, b) = (diagonal(j), diagonal(j + 1));
                let (mean, radius) = (0.5 * (a + b), (0.5 * (a - b)).hypot(below(j)));
                self.add(mean + radius);
                self.add(mean - radius);
                j += 2;
            } else {
                self.add(diagonal(j));
                j += 1;
            }
        }
    }

    fn add(&mut self, eigenvalue: f64) {
        if eigenvalue > 0.0 {
            self.inertia.positive += 1;
        } else if eigenvalue < 0.0 {
            self.inertia.negative += 1;
        } else {
            self.inertia.zero += 1;
        }
    }
}
