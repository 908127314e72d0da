//! The sum of two operators.

use super::{Adjoint, LinearOperator, Scratch, Structure, ensure_dimension};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::Vector;

/// `A + B`.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Diagonal, LinearOperator};
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
/// let sum = a.plus(Diagonal::new(vec![10.0, 20.0]))?;
/// let mut y = vec![0.0; 2];
/// sum.apply(&vec![1.0, 1.0], &mut y).unwrap();
/// assert_eq!(y, [13.0, 24.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sum<A, B, V> {
    a: A,
    b: B,
    scratch: Scratch<V>,
    adjoint_scratch: Scratch<V>,
}

impl<V: Vector, A: LinearOperator<V>, B: LinearOperator<V>> Sum<A, B, V> {
    /// `A + B`.
    ///
    /// # Errors
    ///
    /// If the dimensions of A and B differ.
    pub fn new(a: A, b: B) -> Result<Self, ArgumentError> {
        ensure_dimension("second term", b.dimension(), a.dimension())?;
        ensure_dimension("rows of the second term", b.rows(), a.rows())?;
        Ok(Self { a, b, scratch: Scratch::default(), adjoint_scratch: Scratch::default() })
    }
}

impl<V: Vector, A: LinearOperator<V>, B: LinearOperator<V>> LinearOperator<V> for Sum<A, B, V> {
    fn dimension(&self) -> usize {
        self.a.dimension()
    }

    fn rows(&self) -> usize {
        self.a.rows()
    }

    fn structure(&self) -> Structure {
        self.a.structure().plus(self.b.structure())
    }

    fn range_like(&self, x: &V) -> V {
        self.a.range_like(x)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.a.apply(x, y)?;
        self.scratch.with(
            || self.b.range_like(x),
            |bx| {
                self.b.apply(x, bx)?;
                y.axpy(1.0, bx);
                Ok(())
            },
        )
    }
}

impl<V: Vector, A: Adjoint<V>, B: Adjoint<V>> Adjoint<V> for Sum<A, B, V> {
    fn domain_like(&self, y: &V) -> V {
        self.a.domain_like(y)
    }

    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.a.apply_adjoint(y, x)?;
        self.adjoint_scratch.with(
            || self.b.domain_like(y),
            |by| {
                self.b.apply_adjoint(y, by)?;
                x.axpy(1.0, by);
                Ok(())
            },
        )
    }
}
