//! Inverses by factorization, and of what is made of parts by the inverses of its parts.

use super::{
    Assumed, BlockDiagonal, Composed, Diagonal, Identity, Kronecker, LinearOperator, LowRank,
    Scaled, Shifted, Spectral, Structure, Transposed,
};
use crate::matrix::{FactorizationError, Matrix, Precision};
use crate::vector::{Pointwise, Scalar, Vector};

/// An operator with an exact inverse.
///
/// What is known of the operator chooses the factorization: see
/// [`DenseInverse`](super::DenseInverse) and [`SparseInverse`](super::SparseInverse). Where there is
/// none, see [`KrylovInverse`](crate::krylov::KrylovInverse) and
/// [`LeastSquaresInverse`](crate::krylov::LeastSquaresInverse).
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Invert, Kronecker, LinearOperator};
///
/// let a: Matrix = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
/// let b: Matrix = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let inverse = Kronecker::new(a, b).scaled(2.0).inverse()?;
/// let mut x = vec![0.0; 4];
/// inverse.apply(&vec![30.0, 30.0, 0.0, 0.0], &mut x).unwrap();
/// for (x, exact) in x.iter().zip([3.0, 3.0, -1.0, -1.0]) {
///     assert!((x - exact).abs() < 1e-14);
/// }
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
pub trait Invert<V: Vector>: LinearOperator<V> {
    /// What the inverse is.
    type Inverse: LinearOperator<V>;

    /// `A^-1`.
    ///
    /// # Errors
    ///
    /// If A is singular, not square, not finite, or has not the structure that it should have.
    fn inverse(&self) -> Result<Self::Inverse, FactorizationError> {
        self.inverse_as(self.structure())
    }

    /// `A^-1`, where A is known to have `structure`, which may be more than it knows of itself.
    ///
    /// # Errors
    ///
    /// As for [`inverse`](Self::inverse).
    fn inverse_as(&self, structure: Structure) -> Result<Self::Inverse, FactorizationError>;
}

/// An operator for which `A + lambda I` has an exact inverse for any lambda.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Invert, InvertShifted, LinearOperator};
///
/// let a: Matrix = Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0]]);
/// let mut x = vec![0.0; 2];
/// a.shifted_inverse(5.0)?.apply(&vec![10.0, 20.0], &mut x).unwrap();
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
/// // The same in two words.
/// assert!(a.shifted(5.0).unwrap().inverse().is_ok());
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
pub trait InvertShifted<V: Vector>: LinearOperator<V> {
    /// What the inverse is.
    type ShiftedInverse: LinearOperator<V>;

    /// `(A + shift I)^-1`.
    ///
    /// # Errors
    ///
    /// As for [`Invert::inverse`].
    fn shifted_inverse(&self, shift: f64) -> Result<Self::ShiftedInverse, FactorizationError> {
        self.shifted_inverse_as(shift, self.structure().shifted(shift))
    }

    /// `(A + shift I)^-1`, where `A + shift I` is known to have `structure`.
    ///
    /// # Errors
    ///
    /// As for [`Invert::inverse`].
    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<Self::ShiftedInverse, FactorizationError>;
}

pub(super) fn reciprocal(value: f64) -> Result<f64, FactorizationError> {
    if value == 0.0 {
        Err(FactorizationError::Singular)
    } else if value.is_finite() {
        Ok(value.recip())
    } else {
        Err(FactorizationError::NotFinite)
    }
}

// Operators of one piece.

impl<V: Vector> Invert<V> for Identity {
    type Inverse = Self;

    fn inverse_as(&self, _structure: Structure) -> Result<Self, FactorizationError> {
        Ok(*self)
    }
}

impl<V: Vector> InvertShifted<V> for Identity {
    type ShiftedInverse = Scaled<Self>;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        _structure: Structure,
    ) -> Result<Scaled<Self>, FactorizationError> {
        Ok(Scaled::new(*self, reciprocal(1.0 + shift)?))
    }
}

impl<V: Pointwise> Invert<V> for Diagonal<V> {
    type Inverse = Self;

    fn inverse_as(&self, structure: Structure) -> Result<Self, FactorizationError> {
        self.shifted_inverse_as(0.0, structure)
    }
}

impl<V: Pointwise> InvertShifted<V> for Diagonal<V> {
    type ShiftedInverse = Self;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        _structure: Structure,
    ) -> Result<Self, FactorizationError> {
        let mut entries = self.entries().clone();
        entries.add_scalar(shift);
        if !entries.is_finite() {
            return Err(FactorizationError::NotFinite);
        }
        entries.reciprocal();
        if !entries.is_finite() {
            return Err(FactorizationError::Singular);
        }
        Ok(Self::new(entries))
    }
}

impl<V: Vector> Invert<V> for LowRank<V> {
    type Inverse = Self;

    fn inverse_as(&self, _structure: Structure) -> Result<Self, FactorizationError> {
        self.inverted()
    }
}

impl<V: Vector> InvertShifted<V> for LowRank<V> {
    type ShiftedInverse = Self;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        _structure: Structure,
    ) -> Result<Self, FactorizationError> {
        self.map(|lambda| lambda + shift).inverted()
    }
}

impl<T: Precision> Invert<Vec<T>> for Spectral<T> {
    type Inverse = Self;

    fn inverse_as(&self, structure: Structure) -> Result<Self, FactorizationError> {
        self.shifted_inverse_as(0.0, structure)
    }
}

impl<T: Precision> InvertShifted<Vec<T>> for Spectral<T> {
    type ShiftedInverse = Self;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        _structure: Structure,
    ) -> Result<Self, FactorizationError> {
        self.values().iter().try_for_each(|lambda| reciprocal(lambda + shift).map(|_| ()))?;
        Ok(self.map(|lambda| (lambda + shift).recip()))
    }
}

// Operators made of others.

impl<V: Vector, A: Invert<V> + ?Sized> Invert<V> for &A {
    type Inverse = A::Inverse;

    fn inverse_as(&self, structure: Structure) -> Result<A::Inverse, FactorizationError> {
        (**self).inverse_as(structure)
    }
}

impl<V: Vector, A: InvertShifted<V> + ?Sized> InvertShifted<V> for &A {
    type ShiftedInverse = A::ShiftedInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<A::ShiftedInverse, FactorizationError> {
        (**self).shifted_inverse_as(shift, structure)
    }
}

impl<V: Vector, A: Invert<V>> Invert<V> for Assumed<A> {
    type Inverse = A::Inverse;

    fn inverse_as(&self, structure: Structure) -> Result<A::Inverse, FactorizationError> {
        self.inner().inverse_as(structure.max(self.structure()))
    }
}

impl<V: Vector, A: InvertShifted<V>> InvertShifted<V> for Assumed<A> {
    type ShiftedInverse = A::ShiftedInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<A::ShiftedInverse, FactorizationError> {
        self.inner().shifted_inverse_as(shift, structure.max(self.structure().shifted(shift)))
    }
}

impl<V: Vector, A: InvertShifted<V>> Invert<V> for Shifted<A> {
    type Inverse = A::ShiftedInverse;

    fn inverse_as(&self, structure: Structure) -> Result<A::ShiftedInverse, FactorizationError> {
        self.inner().shifted_inverse_as(self.shift(), structure)
    }
}

impl<V: Vector, A: InvertShifted<V>> InvertShifted<V> for Shifted<A> {
    type ShiftedInverse = A::ShiftedInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<A::ShiftedInverse, FactorizationError> {
        self.inner().shifted_inverse_as(self.shift() + shift, structure)
    }
}

impl<V: Vector, A: Invert<V>> Invert<V> for Scaled<A> {
    type Inverse = Scaled<A::Inverse>;

    fn inverse_as(&self, structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        let factor = reciprocal(self.factor())?;
        let inner = structure.scaled(factor).max(self.inner().structure());
        Ok(Scaled::new(self.inner().inverse_as(inner)?, factor))
    }
}

/// `c A + lambda I = c (A + lambda / c I)`.
impl<V: Vector, A: InvertShifted<V>> InvertShifted<V> for Scaled<A> {
    type ShiftedInverse = Scaled<A::ShiftedInverse>;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<Self::ShiftedInverse, FactorizationError> {
        let factor = reciprocal(self.factor())?;
        let shift = shift * factor;
        let inner = structure.scaled(factor).max(self.inner().structure().shifted(shift));
        Ok(Scaled::new(self.inner().shifted_inverse_as(shift, inner)?, factor))
    }
}

impl<V, A> Invert<V> for Transposed<A>
where
    V: Vector,
    A: Invert<V> + super::Adjoint<V>,
    A::Inverse: super::Adjoint<V>,
{
    type Inverse = Transposed<A::Inverse>;

    fn inverse_as(&self, structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        Ok(Transposed::new(self.inner().inverse_as(structure)?))
    }
}

/// `(B A)^-1 = A^-1 B^-1`.
impl<V: Vector, A: Invert<V>, B: Invert<V>> Invert<V> for Composed<A, B, V> {
    type Inverse = Composed<B::Inverse, A::Inverse, V>;

    fn inverse_as(&self, _structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        let (first, second) = self.parts();
        let (rows, columns) = (second.rows(), first.dimension());
        Composed::new(second.inverse()?, first.inverse()?)
            .map_err(|_| FactorizationError::NotSquare { rows, columns })
    }
}

/// A block of an operator has the structure of the whole.
impl<T: Scalar, A: Invert<Vec<T>>> Invert<Vec<T>> for BlockDiagonal<A, T> {
    type Inverse = BlockDiagonal<A::Inverse, T>;

    fn inverse_as(&self, structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        let of_block = |block: &A| block.inverse_as(structure.max(block.structure()));
        let blocks: Result<_, _> = self.blocks().iter().map(of_block).collect();
        Ok(BlockDiagonal::new(blocks?))
    }
}

impl<T: Scalar, A: InvertShifted<Vec<T>>> InvertShifted<Vec<T>> for BlockDiagonal<A, T> {
    type ShiftedInverse = BlockDiagonal<A::ShiftedInverse, T>;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<Self::ShiftedInverse, FactorizationError> {
        let of_block = |block: &A| {
            block.shifted_inverse_as(shift, structure.max(block.structure().shifted(shift)))
        };
        let blocks: Result<_, _> = self.blocks().iter().map(of_block).collect();
        Ok(BlockDiagonal::new(blocks?))
    }
}

/// `(A (x) B)^-1 = A^-1 (x) B^-1`.
impl<T, A, B> Invert<Vec<T>> for Kronecker<A, B, T>
where
    T: Scalar,
    A: Invert<Vec<T>>,
    B: Invert<Vec<T>>,
{
    type Inverse = Kronecker<A::Inverse, B::Inverse, T>;

    fn inverse_as(&self, _structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        let (a, b) = self.factors();
        Ok(Kronecker::new(a.inverse()?, b.inverse()?))
    }
}

/// The entries of a shifted matrix.
pub(super) fn shifted_matrix<T: Scalar>(a: &Matrix<T>, shift: f64) -> Matrix<T> {
    let mut shifted = a.clone();
    for j in 0..a.columns().min(a.rows()) {
        shifted[(j, j)] = T::narrow(shifted[(j, j)].wide() + shift);
    }
    shifted
}
