//! Operators from operators, one call after another.

use super::{
    Adjoint, Assumed, Composed, Damped, Diagonal, Gram, LinearOperator, Power, Restricted, Scaled,
    Shifted, Structure, Sum, Transposed,
};
use crate::error::{ArgumentError, StartError};
use crate::matrix::Matrix;
use crate::vector::{Pointwise, Vector};

/// The dimension up to which [`Algebra::dense`] forms a matrix.
pub const LARGEST_DENSE: usize = 5000;

/// What can be made of any operator.
///
/// Every method takes the operator; `(&a).scaled(2.0)` borrows it. Dimensions are checked when an
/// operator is made, so that applying it cannot go wrong.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Invert, LinearOperator, Structure};
///
/// let hessian = Matrix::from_rows(&[[4.0, 2.0], [2.0, 1.0]]).assume(Structure::Semidefinite)?;
/// let damped = hessian.scaled(0.5).shifted(1.0)?;
/// assert_eq!(damped.structure(), Structure::Definite);
/// let identity = (&damped).then(damped.inverse().unwrap())?.dense().unwrap();
/// assert!((identity[(0, 0)] - 1.0).abs() < 1e-15 && identity[(0, 1)].abs() < 1e-15);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
pub trait Algebra<V: Vector>: LinearOperator<V> + Sized {
    /// `factor A`.
    fn scaled(self, factor: f64) -> Scaled<Self> {
        Scaled::new(self, factor)
    }

    /// `A + shift I`.
    ///
    /// # Errors
    ///
    /// If A is not square, or the shift not finite.
    fn shifted(self, shift: f64) -> Result<Shifted<Self>, ArgumentError> {
        Shifted::new(self, shift)
    }

    /// `A + damping diagonal`.
    ///
    /// # Errors
    ///
    /// If A is not square, the dimensions differ, or the damping is not finite.
    fn damped(self, damping: f64, diagonal: Diagonal<V>) -> Result<Damped<Self, V>, ArgumentError>
    where
        V: Pointwise,
    {
        Damped::new(self, damping, diagonal)
    }

    /// `A + B`.
    ///
    /// # Errors
    ///
    /// If the dimensions differ.
    fn plus<B: LinearOperator<V>>(self, b: B) -> Result<Sum<Self, B, V>, ArgumentError> {
        Sum::new(self, b)
    }

    /// `B A`: first this operator, then `b`.
    ///
    /// # Errors
    ///
    /// If the dimensions do not fit.
    fn then<B: LinearOperator<V>>(self, b: B) -> Result<Composed<Self, B, V>, ArgumentError> {
        Composed::new(self, b)
    }

    /// `A'`.
    fn transposed(self) -> Transposed<Self>
    where
        Self: Adjoint<V>,
    {
        Transposed::new(self)
    }

    /// `A'A`.
    fn gram(self) -> Gram<Self, V>
    where
        Self: Adjoint<V>,
    {
        Gram::new(self)
    }

    /// `A^exponent`.
    ///
    /// # Errors
    ///
    /// If A is not square.
    fn power(self, exponent: u32) -> Result<Power<Self, V>, ArgumentError> {
        Power::new(self, exponent)
    }

    /// The block in the rows and columns `indices`.
    ///
    /// # Errors
    ///
    /// If A is not square, or an index is too large or comes twice.
    fn restricted(self, indices: &[usize]) -> Result<Restricted<Self>, ArgumentError>
    where
        Self: LinearOperator<Vec<f64>>,
    {
        Restricted::new(self, indices)
    }

    /// The block in some rows and some columns.
    ///
    /// # Errors
    ///
    /// If an index is too large or comes twice.
    fn block(self, rows: &[usize], columns: &[usize]) -> Result<Restricted<Self>, ArgumentError>
    where
        Self: LinearOperator<Vec<f64>>,
    {
        Restricted::block(self, rows, columns)
    }

    /// A, which the caller knows to have `structure`.
    ///
    /// # Errors
    ///
    /// If the structure is general, or A not square.
    fn assume(self, structure: Structure) -> Result<Assumed<Self>, ArgumentError> {
        Assumed::new(self, structure)
    }

    /// The matrix of A, by one product a column.
    ///
    /// # Errors
    ///
    /// If A has more than [`LARGEST_DENSE`] rows or columns, or a product is interrupted.
    fn dense(&self) -> Result<Matrix, StartError>
    where
        Self: LinearOperator<Vec<f64>>,
    {
        let (rows, columns) =
            (LinearOperator::<Vec<f64>>::rows(self), LinearOperator::<Vec<f64>>::dimension(self));
        let largest = rows.max(columns);
        let allowed = format!("at most {LARGEST_DENSE} for a dense matrix");
        ArgumentError::check(largest <= LARGEST_DENSE, "dimension", largest, &allowed)?;
        let mut matrix = Matrix::zeros(rows, columns);
        let (mut unit, mut product) = (vec![0.0; columns], vec![0.0; rows]);
        for j in 0..columns {
            unit[j] = 1.0;
            LinearOperator::<Vec<f64>>::apply(self, &unit, &mut product)?;
            matrix.column_mut(j).copy_from_slice(&product);
            unit[j] = 0.0;
        }
        Ok(matrix)
    }
}

impl<V: Vector, A: LinearOperator<V>> Algebra<V> for A {}
