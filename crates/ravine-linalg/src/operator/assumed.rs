//! What the user knows of an operator.

use super::{Adjoint, LinearOperator, Structure, ensure_square};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::Vector;

/// An operator that is claimed to be symmetric, and perhaps more; the claim is not checked here, but
/// a factorization or solver that finds it false says so.
///
/// Its adjoint is itself: with the claim, an operator that can only be applied has one.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Invert, LinearOperator, Structure};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// assert_eq!(a.structure(), Structure::General);
/// assert_eq!((&a).assume(Structure::Symmetric)?.structure(), Structure::Symmetric);
/// // Eigenvalues 3 and -1.
/// assert!(a.assume(Structure::Definite)?.inverse().is_err());
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Assumed<A> {
    operator: A,
    structure: Structure,
}

impl<A> Assumed<A> {
    /// `operator`, known to have `structure`.
    ///
    /// # Errors
    ///
    /// If the structure is general, which says nothing, or the operator is not square.
    pub fn new<V: Vector>(operator: A, structure: Structure) -> Result<Self, ArgumentError>
    where
        A: LinearOperator<V>,
    {
        let holds = structure.is_symmetric();
        ArgumentError::check(holds, "structure", structure, "Symmetric or more")?;
        ensure_square("operator", &operator)?;
        Ok(Self { operator, structure })
    }

    /// Where the caller knows that the operator is square.
    pub fn known(operator: A, structure: Structure) -> Self {
        Self { operator, structure }
    }

    /// The operator.
    pub fn inner(&self) -> &A {
        &self.operator
    }

    /// Takes the operator out.
    pub fn into_inner(self) -> A {
        self.operator
    }
}

impl<V: Vector, A: LinearOperator<V>> LinearOperator<V> for Assumed<A> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.structure.max(self.operator.structure())
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.operator.apply(x, y)
    }

    fn apply_all(&self, x: &[V], y: &mut [V]) -> Result<(), Interrupt> {
        self.operator.apply_all(x, y)
    }
}

impl<V: Vector, A: LinearOperator<V>> Adjoint<V> for Assumed<A> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.operator.apply(y, x)
    }
}
