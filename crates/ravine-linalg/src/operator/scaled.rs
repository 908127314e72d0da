//! A multiple of an operator.

use super::{Adjoint, LinearOperator, Structure};
use crate::error::Interrupt;
use crate::vector::Vector;

/// `c A`.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator};
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]).scaled(-0.5);
/// let mut y = vec![0.0; 2];
/// a.apply(&vec![2.0, 0.0], &mut y)?;
/// assert_eq!(y, [-2.0, -1.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scaled<A> {
    operator: A,
    factor: f64,
}

impl<A> Scaled<A> {
    /// `factor A`. A factor that is not finite gives products that are not.
    pub fn new(operator: A, factor: f64) -> Self {
        Self { operator, factor }
    }

    /// The operator A.
    pub fn inner(&self) -> &A {
        &self.operator
    }

    /// The factor c.
    pub fn factor(&self) -> f64 {
        self.factor
    }
}

impl<V: Vector, A: LinearOperator<V>> LinearOperator<V> for Scaled<A> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn rows(&self) -> usize {
        self.operator.rows()
    }

    fn structure(&self) -> Structure {
        self.operator.structure().scaled(self.factor)
    }

    fn range_like(&self, x: &V) -> V {
        self.operator.range_like(x)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.operator.apply(x, y)?;
        y.scale(self.factor);
        Ok(())
    }
}

impl<V: Vector, A: Adjoint<V>> Adjoint<V> for Scaled<A> {
    fn domain_like(&self, y: &V) -> V {
        self.operator.domain_like(y)
    }

    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.operator.apply_adjoint(y, x)?;
        x.scale(self.factor);
        Ok(())
    }
}
