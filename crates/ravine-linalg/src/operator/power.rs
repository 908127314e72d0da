//! Integer powers.

use super::{Adjoint, LinearOperator, Scratch, Structure, ensure_square};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::Vector;

/// `A^k` for a whole number k, by k products. For other powers see [`Spectral`](super::Spectral) and
/// [`LanczosFunction`](crate::krylov::LanczosFunction).
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator};
///
/// let cube = Matrix::from_rows(&[[1.0, 1.0], [0.0, 1.0]]).power(3)?;
/// let mut y = vec![0.0; 2];
/// cube.apply(&vec![0.0, 1.0], &mut y).unwrap();
/// assert_eq!(y, [3.0, 1.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Power<A, V> {
    operator: A,
    exponent: u32,
    scratch: Scratch<V>,
}

impl<V: Vector, A: LinearOperator<V>> Power<A, V> {
    /// `operator^exponent`; the identity where the exponent is zero.
    ///
    /// # Errors
    ///
    /// If the operator is not square.
    pub fn new(operator: A, exponent: u32) -> Result<Self, ArgumentError> {
        ensure_square("operator", &operator)?;
        Ok(Self { operator, exponent, scratch: Scratch::default() })
    }

    fn repeat(
        &self,
        x: &V,
        y: &mut V,
        apply: impl Fn(&V, &mut V) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        if self.exponent == 0 {
            y.copy_from(x);
            return Ok(());
        }
        apply(x, y)?;
        if self.exponent == 1 {
            return Ok(());
        }
        self.scratch.with(
            || x.zeros_like(),
            |last| {
                for _ in 1..self.exponent {
                    std::mem::swap(last, y);
                    apply(last, y)?;
                }
                Ok(())
            },
        )
    }
}

impl<V: Vector, A: LinearOperator<V>> LinearOperator<V> for Power<A, V> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.operator.structure().power(self.exponent)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.repeat(x, y, |x, y| self.operator.apply(x, y))
    }
}

impl<V: Vector, A: Adjoint<V>> Adjoint<V> for Power<A, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.repeat(y, x, |y, x| self.operator.apply_adjoint(y, x))
    }
}
