//! The adjoint of an operator.

use super::{Adjoint, LinearOperator, Structure};
use crate::error::Interrupt;
use crate::vector::Vector;

/// `A'`.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let transposed = a.transposed();
/// let mut x = vec![0.0; 2];
/// transposed.apply(&vec![1.0, 0.0, 1.0], &mut x)?;
/// assert_eq!(x, [6.0, 8.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transposed<A> {
    operator: A,
}

impl<A> Transposed<A> {
    /// The adjoint of `operator`.
    pub fn new(operator: A) -> Self {
        Self { operator }
    }

    /// The operator A itself.
    pub fn inner(&self) -> &A {
        &self.operator
    }
}

impl<V: Vector, A: Adjoint<V>> LinearOperator<V> for Transposed<A> {
    fn dimension(&self) -> usize {
        self.operator.rows()
    }

    fn rows(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.operator.structure()
    }

    fn range_like(&self, x: &V) -> V {
        self.operator.domain_like(x)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.operator.apply_adjoint(x, y)
    }

    fn apply_all(&self, x: &[V], y: &mut [V]) -> Result<(), Interrupt> {
        self.operator.apply_adjoint_all(x, y)
    }
}

impl<V: Vector, A: Adjoint<V>> Adjoint<V> for Transposed<A> {
    fn domain_like(&self, y: &V) -> V {
        self.operator.range_like(y)
    }

    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.operator.apply(y, x)
    }

    fn apply_adjoint_all(&self, y: &[V], x: &mut [V]) -> Result<(), Interrupt> {
        self.operator.apply_all(y, x)
    }
}
