//! Inverses of operators by iteration, one call after another.

use super::{KrylovInverse, KrylovSettings, LeastSquaresInverse};
use crate::error::ArgumentError;
use crate::operator::{Adjoint, LinearOperator};
use crate::vector::Vector;

/// What products with any operator make of it: the counterpart of
/// [`Algebra`](crate::operator::Algebra) for what iterates.
///
/// ```
/// use ravine_linalg::krylov::{Inverses, KrylovSettings};
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator, Structure};
///
/// let a = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]).assume(Structure::Definite)?;
/// let mut x = vec![0.0_f64; 2];
/// a.krylov_inverse(KrylovSettings::default())?.apply(&vec![1.0, 2.0], &mut x).unwrap();
/// assert!((x[0] - 1.0 / 11.0).abs() < 1e-10 && (x[1] - 7.0 / 11.0).abs() < 1e-10);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
pub trait Inverses<V: Vector>: LinearOperator<V> + Sized {
    /// `A^-1` by a Krylov method, of a symmetric operator.
    ///
    /// # Errors
    ///
    /// If A is not known to be symmetric, or a setting cannot be used.
    fn krylov_inverse(
        self,
        settings: KrylovSettings,
    ) -> Result<KrylovInverse<Self, V>, ArgumentError> {
        KrylovInverse::new(self, settings)
    }

    /// `A^+` by a Krylov method, of any operator with an adjoint.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    fn least_squares_inverse(
        self,
        settings: KrylovSettings,
    ) -> Result<LeastSquaresInverse<Self, V>, ArgumentError>
    where
        Self: Adjoint<V>,
    {
        LeastSquaresInverse::new(self, settings)
    }
}

impl<V: Vector, A: LinearOperator<V>> Inverses<V> for A {}
