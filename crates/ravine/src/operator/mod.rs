//! Linear operators: what can be applied to a vector.

use crate::matrix::{Matrix, SparseMatrix};
use crate::minimize::Interrupt;
use crate::vector::Vector;

/// A square linear operator A on the space of `V`.
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
    /// The dimension of the space.
    fn dimension(&self) -> usize;

    /// `y = A x`; `y` has the shape of `x`, its old content does not matter.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt>;
}

impl LinearOperator<Vec<f64>> for Matrix {
    fn dimension(&self) -> usize {
        self.rows()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }
}

impl LinearOperator<Vec<f64>> for SparseMatrix {
    fn dimension(&self) -> usize {
        self.rows()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }
}
