//! Damping: an operator plus a multiple of the identity, or plus a diagonal.

use super::{Adjoint, Diagonal, LinearOperator, Structure, ensure_square};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::{Pointwise, Vector};

/// `A + lambda I`.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator, Structure};
///
/// // Positive semidefinite, and definite once damped.
/// let a = Matrix::from_rows(&[[1.0, 1.0], [1.0, 1.0]]).assume(Structure::Semidefinite)?;
/// let damped = a.shifted(0.5)?;
/// assert_eq!(damped.structure(), Structure::Definite);
/// let mut y = vec![0.0; 2];
/// damped.apply(&vec![1.0, -1.0], &mut y).unwrap();
/// assert_eq!(y, [0.5, -0.5]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Shifted<A> {
    operator: A,
    shift: f64,
}

impl<A> Shifted<A> {
    /// `A + shift I`.
    ///
    /// # Errors
    ///
    /// If A is not square, or the shift not finite.
    pub fn new<V: Vector>(operator: A, shift: f64) -> Result<Self, ArgumentError>
    where
        A: LinearOperator<V>,
    {
        ensure_square("operator", &operator)?;
        ArgumentError::check(shift.is_finite(), "shift", shift, "finite")?;
        Ok(Self { operator, shift })
    }

    /// The operator A.
    pub fn inner(&self) -> &A {
        &self.operator
    }

    /// The shift lambda.
    pub fn shift(&self) -> f64 {
        self.shift
    }
}

impl<V: Vector, A: LinearOperator<V>> LinearOperator<V> for Shifted<A> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.operator.structure().shifted(self.shift)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.operator.apply(x, y)?;
        y.axpy(self.shift, x);
        Ok(())
    }
}

impl<V: Vector, A: Adjoint<V>> Adjoint<V> for Shifted<A> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.operator.apply_adjoint(y, x)?;
        x.axpy(self.shift, y);
        Ok(())
    }
}

/// `A + lambda diag(d)`: damping in the units of each variable, as by Marquardt.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Diagonal, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 400.0]]);
/// let damped = a.damped(0.1, Diagonal::new(vec![1.0, 400.0]))?;
/// let mut y = vec![0.0; 2];
/// damped.apply(&vec![0.0, 1.0], &mut y).unwrap();
/// assert_eq!(y, [2.0, 440.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Damped<A, V> {
    operator: A,
    damping: f64,
    diagonal: Diagonal<V>,
}

impl<A, V: Pointwise> Damped<A, V> {
    /// `A + damping diagonal`.
    ///
    /// # Errors
    ///
    /// If A is not square, the dimensions differ, or the damping is not finite.
    pub fn new(operator: A, damping: f64, diagonal: Diagonal<V>) -> Result<Self, ArgumentError>
    where
        A: LinearOperator<V>,
    {
        ensure_square("operator", &operator)?;
        super::ensure_dimension("diagonal", diagonal.dimension(), operator.dimension())?;
        ArgumentError::check(damping.is_finite(), "damping", damping, "finite")?;
        Ok(Self { operator, damping, diagonal })
    }
}

impl<V: Pointwise, A: LinearOperator<V>> LinearOperator<V> for Damped<A, V> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.operator.structure().plus(self.diagonal.structure().scaled(self.damping))
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.operator.apply(x, y)?;
        y.add_product(self.damping, self.diagonal.entries(), x);
        Ok(())
    }
}

impl<V: Pointwise, A: Adjoint<V>> Adjoint<V> for Damped<A, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.operator.apply_adjoint(y, x)?;
        x.add_product(self.damping, self.diagonal.entries(), y);
        Ok(())
    }
}
