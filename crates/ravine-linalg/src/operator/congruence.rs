//! Operators that are symmetric by their form: `A'A` and `A'MA`.

use super::{Adjoint, LinearOperator, Scratch, Structure, ensure_dimension, ensure_square};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::Vector;

/// `A'A`, positive semidefinite: of the normal equations of a least-squares problem, whose
/// condition number is the square of that of A.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator, Structure};
///
/// let gram = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).gram();
/// assert_eq!(gram.structure(), Structure::Semidefinite);
/// let mut y = vec![0.0; 2];
/// gram.apply(&vec![1.0, 0.0], &mut y)?;
/// assert_eq!(y, [35.0, 44.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gram<A, V> {
    operator: A,
    image: Scratch<V>,
}

impl<V: Vector, A: Adjoint<V>> Gram<A, V> {
    /// `A'A` of `operator`.
    pub fn new(operator: A) -> Self {
        Self { operator, image: Scratch::default() }
    }

    /// The operator A.
    pub fn inner(&self) -> &A {
        &self.operator
    }
}

impl<V: Vector, A: Adjoint<V>> LinearOperator<V> for Gram<A, V> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.image.with(
            || self.operator.range_like(x),
            |image| {
                self.operator.apply(x, image)?;
                self.operator.apply_adjoint(image, y)
            },
        )
    }
}

impl<V: Vector, A: Adjoint<V>> Adjoint<V> for Gram<A, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

/// `A'MA` with a square M: symmetric where M is, semidefinite where M is.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Congruence, Diagonal, LinearOperator, Structure};
///
/// let jacobian = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let weighted = Congruence::new(jacobian, Diagonal::new(vec![2.0, 1.0, 0.0]))?;
/// assert_eq!(weighted.structure(), Structure::Semidefinite);
/// let mut y = vec![0.0; 2];
/// weighted.apply(&vec![1.0, 0.0], &mut y).unwrap();
/// assert_eq!(y, [11.0, 16.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Congruence<A, M, V> {
    outer: A,
    inner: M,
    images: [Scratch<V>; 2],
}

impl<V: Vector, A: Adjoint<V>, M: LinearOperator<V>> Congruence<A, M, V> {
    /// `outer' inner outer`.
    ///
    /// # Errors
    ///
    /// If the inner operator is not square or does not fit.
    pub fn new(outer: A, inner: M) -> Result<Self, ArgumentError> {
        ensure_square("inner operator", &inner)?;
        ensure_dimension("inner operator", inner.dimension(), outer.rows())?;
        Ok(Self::fitting(outer, inner))
    }

    /// Where the caller knows that the dimensions fit.
    pub fn fitting(outer: A, inner: M) -> Self {
        Self { outer, inner, images: Default::default() }
    }

    /// A and M.
    pub fn parts(&self) -> (&A, &M) {
        (&self.outer, &self.inner)
    }

    fn through(
        &self,
        x: &V,
        y: &mut V,
        inner: impl FnOnce(&V, &mut V) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        let [first, second] = &self.images;
        first.with(
            || self.outer.range_like(x),
            |image| {
                self.outer.apply(x, image)?;
                second.with(
                    || image.zeros_like(),
                    |weighted| {
                        inner(image, weighted)?;
                        self.outer.apply_adjoint(weighted, y)
                    },
                )
            },
        )
    }
}

impl<V, A, M> LinearOperator<V> for Congruence<A, M, V>
where
    V: Vector,
    A: Adjoint<V>,
    M: LinearOperator<V>,
{
    fn dimension(&self) -> usize {
        self.outer.dimension()
    }

    fn structure(&self) -> Structure {
        self.inner.structure().min(Structure::Semidefinite)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.through(x, y, |image, weighted| self.inner.apply(image, weighted))
    }
}

impl<V: Vector, A: Adjoint<V>, M: Adjoint<V>> Adjoint<V> for Congruence<A, M, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.through(y, x, |image, weighted| self.inner.apply_adjoint(image, weighted))
    }
}
