//! Linear operators: what can be applied to a vector.

mod structure;

pub use structure::Structure;

use crate::matrix::{Matrix, SparseMatrix};
use crate::minimize::Interrupt;
use crate::vector::Vector;

/// A linear operator A between spaces of `V`, square unless [`rows`](Self::rows) says otherwise.
///
/// Applying it may evaluate the user's function (a Hessian product does), so it may be
/// interrupted.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::operator::LinearOperator;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
/// let mut y = vec![0.0; 2];
/// a.apply(&vec![1.0, 1.0], &mut y)?;
/// assert_eq!(y, [3.0, 4.0]);
/// # Ok::<(), ravine::minimize::Interrupt>(())
/// ```
pub trait LinearOperator<V: Vector> {
    /// The dimension of the space of x in `y = A x`.
    fn dimension(&self) -> usize;

    /// The dimension of the space of y; that of x unless A is not square.
    fn rows(&self) -> usize {
        self.dimension()
    }

    /// What is known of A: what chooses a solver.
    fn structure(&self) -> Structure {
        Structure::General
    }

    /// `y = A x`; `y` has the shape of the result, its old content does not matter.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt>;
}

/// A linear operator whose adjoint can be applied too.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::operator::{Adjoint, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// assert_eq!((LinearOperator::<Vec<f64>>::rows(&a), a.dimension()), (3, 2));
/// let mut x = vec![0.0; 2];
/// a.apply_adjoint(&vec![1.0, 0.0, 1.0], &mut x)?;
/// assert_eq!(x, [6.0, 8.0]);
/// # Ok::<(), ravine::minimize::Interrupt>(())
/// ```
pub trait Adjoint<V: Vector>: LinearOperator<V> {
    /// `x = A'y`; `x` has the shape of the result, its old content does not matter.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt>;
}

impl LinearOperator<Vec<f64>> for Matrix {
    fn dimension(&self) -> usize {
        self.columns()
    }

    fn rows(&self) -> usize {
        self.rows()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Matrix {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply_transposed(y, x);
        Ok(())
    }
}

impl LinearOperator<Vec<f64>> for SparseMatrix {
    fn dimension(&self) -> usize {
        self.columns()
    }

    fn rows(&self) -> usize {
        self.rows()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for SparseMatrix {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply_transposed(y, x);
        Ok(())
    }
}

// What points to an operator is one.

macro_rules! forward {
    ($pointer:ty) => {
        impl<V: Vector, A: LinearOperator<V> + ?Sized> LinearOperator<V> for $pointer {
            fn dimension(&self) -> usize {
                (**self).dimension()
            }

            fn rows(&self) -> usize {
                (**self).rows()
            }

            fn structure(&self) -> Structure {
                (**self).structure()
            }

            fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
                (**self).apply(x, y)
            }
        }

        impl<V: Vector, A: Adjoint<V> + ?Sized> Adjoint<V> for $pointer {
            fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
                (**self).apply_adjoint(y, x)
            }
        }
    };
}

forward!(&A);
forward!(Box<A>);
