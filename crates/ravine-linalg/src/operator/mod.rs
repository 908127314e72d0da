//! Linear operators: what can be applied to a vector, and the algebra of them.
//!
//! [`LinearOperator`] is the contract; [`Algebra`] makes operators from operators, [`Invert`] their
//! inverses by factorization, [`Structure`] says what is known of them.

mod algebra;
mod assumed;
mod block_diagonal;
mod composed;
mod congruence;
mod diagonal;
mod factored;
mod from_fn;
mod inverse;
mod kronecker;
mod kronecker_spectral;
mod low_rank;
mod masked;
mod matrices;
mod power;
mod restricted;
mod scaled;
mod scratch;
mod shifted;
mod spectral;
mod structure;
mod sum;
mod transposed;

pub use algebra::{Algebra, LARGEST_DENSE};
pub use assumed::Assumed;
pub use block_diagonal::BlockDiagonal;
pub use composed::Composed;
pub use congruence::{Congruence, Gram};
pub use diagonal::{Diagonal, Identity};
pub use factored::{DenseInverse, SparseInverse};
pub use from_fn::{FromFn, FromFns, Product, from_fn, from_fns};
pub use inverse::{Invert, InvertShifted};
pub use kronecker::Kronecker;
pub use kronecker_spectral::KroneckerSpectral;
pub use low_rank::LowRank;
pub use masked::{Masked, mask};
pub use power::Power;
pub use restricted::Restricted;
pub use scaled::Scaled;
pub use scratch::Scratch;
pub use shifted::{Damped, Shifted};
pub use spectral::Spectral;
pub use structure::Structure;
pub use sum::Sum;
pub use transposed::Transposed;

use crate::error::{ArgumentError, Interrupt};
use crate::vector::Vector;

/// A linear operator A between spaces of `V`, square unless [`rows`](Self::rows) says otherwise.
///
/// Applying it may evaluate the user's function (a Hessian product does), so it may be
/// interrupted.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::LinearOperator;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
/// let mut y = vec![0.0; 2];
/// a.apply(&vec![1.0, 1.0], &mut y)?;
/// assert_eq!(y, [3.0, 4.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub trait LinearOperator<V: Vector> {
    /// The dimension of the space of x in `y = A x`.
    fn dimension(&self) -> usize;

    /// The dimension of the space of y; that of x unless A is not square.
    fn rows(&self) -> usize {
        self.dimension()
    }

    /// What is known of A: what chooses a solver.
    fn structure(&self) -> Structure {
        Structure::General
    }

    /// A vector of the shape of `A x`, for scratch; its content does not matter. An operator that is
    /// not square must say it.
    fn range_like(&self, x: &V) -> V {
        x.zeros_like()
    }

    /// `y = A x`; `y` has the shape of the result, its old content does not matter.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt>;

    /// `y_k = A x_k` for all k, where it pays in one pass: of a dense matrix, one product of
    /// matrices.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply_all(&self, x: &[V], y: &mut [V]) -> Result<(), Interrupt> {
        x.iter().zip(y).try_for_each(|(x, y)| self.apply(x, y))
    }
}

/// A linear operator whose adjoint can be applied too.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Adjoint, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// assert_eq!((LinearOperator::<Vec<f64>>::rows(&a), a.dimension()), (3, 2));
/// let mut x = vec![0.0; 2];
/// a.apply_adjoint(&vec![1.0, 0.0, 1.0], &mut x)?;
/// assert_eq!(x, [6.0, 8.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub trait Adjoint<V: Vector>: LinearOperator<V> {
    /// A vector of the shape of `A'y`, for scratch; its content does not matter. An operator that is
    /// not square must say it.
    fn domain_like(&self, y: &V) -> V {
        y.zeros_like()
    }

    /// `x = A'y`; `x` has the shape of the result, its old content does not matter.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt>;

    /// `x_k = A'y_k` for all k, where it pays in one pass.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply_adjoint_all(&self, y: &[V], x: &mut [V]) -> Result<(), Interrupt> {
        y.iter().zip(x).try_for_each(|(y, x)| self.apply_adjoint(y, x))
    }
}

/// Checks a dimension that an operator is made with.
///
/// ```
/// let error = ravine_linalg::operator::ensure_dimension("weights", 3, 4).unwrap_err();
/// assert_eq!(error.to_string(), "weights: is 3, but must be of dimension 4");
/// ```
///
/// # Errors
///
/// If it is not `needed`.
pub fn ensure_dimension(argument: &str, found: usize, needed: usize) -> Result<(), ArgumentError> {
    ArgumentError::check(found == needed, argument, found, &format!("of dimension {needed}"))
}

pub(crate) fn ensure_square<V: Vector>(
    argument: &str,
    a: &(impl LinearOperator<V> + ?Sized),
) -> Result<(), ArgumentError> {
    let (rows, columns) = (a.rows(), a.dimension());
    ArgumentError::check(rows == columns, argument, (rows, columns), "square (rows, columns)")
}

// What points to an operator is one.

macro_rules! forward {
    ($pointer:ty) => {
        impl<V: Vector, A: LinearOperator<V> + ?Sized> LinearOperator<V> for $pointer {
            fn dimension(&self) -> usize {
                (**self).dimension()
            }

            fn rows(&self) -> usize {
                (**self).rows()
            }

            fn structure(&self) -> Structure {
                (**self).structure()
            }

            fn range_like(&self, x: &V) -> V {
                (**self).range_like(x)
            }

            fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
                (**self).apply(x, y)
            }

            fn apply_all(&self, x: &[V], y: &mut [V]) -> Result<(), Interrupt> {
                (**self).apply_all(x, y)
            }
        }

        impl<V: Vector, A: Adjoint<V> + ?Sized> Adjoint<V> for $pointer {
            fn domain_like(&self, y: &V) -> V {
                (**self).domain_like(y)
            }

            fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
                (**self).apply_adjoint(y, x)
            }

            fn apply_adjoint_all(&self, y: &[V], x: &mut [V]) -> Result<(), Interrupt> {
                (**self).apply_adjoint_all(y, x)
            }
        }
    };
}

forward!(&A);
forward!(Box<A>);
