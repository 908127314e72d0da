//! One operator after another.

use super::{Adjoint, LinearOperator, Scratch, ensure_dimension};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::Vector;

/// `B A`: first A, then B.
///
/// Nothing is known of its structure even where both are symmetric; of `A'A` and `A'MA` it is: see
/// [`Gram`](super::Gram) and [`Congruence`](super::Congruence).
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let b = Matrix::from_rows(&[[1.0, 0.0, -1.0]]);
/// let ba = (&a).then(&b)?;
/// assert_eq!((ba.rows(), ba.dimension()), (1, 2));
/// let mut y = vec![0.0];
/// ba.apply(&vec![1.0, 1.0], &mut y).unwrap();
/// assert_eq!(y, [-8.0]);
/// assert!(b.then(a).is_err());
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Composed<A, B, V> {
    first: A,
    second: B,
    /// Between the two.
    scratch: Scratch<V>,
}

impl<V: Vector, A: LinearOperator<V>, B: LinearOperator<V>> Composed<A, B, V> {
    /// `second first`, the product in which `first` is applied first.
    ///
    /// # Errors
    ///
    /// If the dimensions do not fit.
    pub fn new(first: A, second: B) -> Result<Self, ArgumentError> {
        ensure_dimension("second operator", second.dimension(), first.rows())?;
        Ok(Self { first, second, scratch: Scratch::default() })
    }

    /// What is applied first, and what then.
    pub fn parts(&self) -> (&A, &B) {
        (&self.first, &self.second)
    }
}

impl<V, A, B> LinearOperator<V> for Composed<A, B, V>
where
    V: Vector,
    A: LinearOperator<V>,
    B: LinearOperator<V>,
{
    fn dimension(&self) -> usize {
        self.first.dimension()
    }

    fn rows(&self) -> usize {
        self.second.rows()
    }

    fn range_like(&self, x: &V) -> V {
        self.second.range_like(&self.first.range_like(x))
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.scratch.with(
            || self.first.range_like(x),
            |between| {
                self.first.apply(x, between)?;
                self.second.apply(between, y)
            },
        )
    }
}

impl<V: Vector, A: Adjoint<V>, B: Adjoint<V>> Adjoint<V> for Composed<A, B, V> {
    fn domain_like(&self, y: &V) -> V {
        self.first.domain_like(&self.second.domain_like(y))
    }

    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.scratch.with(
            || self.second.domain_like(y),
            |between| {
                self.second.apply_adjoint(y, between)?;
                self.first.apply_adjoint(between, x)
            },
        )
    }
}
