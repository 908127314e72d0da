//! The diagonal as a preconditioner.

use crate::error::{ArgumentError, Interrupt};
use crate::matrix::SparseMatrix;
use crate::operator::{Adjoint, LinearOperator, Structure};
use crate::vector::Entries;

/// The Jacobi preconditioner `M = diag(1 / d_i)`: of all diagonal ones it makes the condition
/// number smallest to within a factor of n, and of at most q where A has at most q entries a row.
///
/// Source: van der Sluis, Condition numbers and equilibration of matrices (1969).
///
/// ```
/// use ravine_linalg::krylov::Jacobi;
/// use ravine_linalg::operator::LinearOperator;
///
/// let m = Jacobi::new(&[4.0, 0.5])?;
/// let mut z = vec![0.0; 2];
/// m.apply(&vec![2.0, 2.0], &mut z)?;
/// assert_eq!(z, [0.5, 4.0]);
/// let error = Jacobi::new(&[4.0, -1.0]).unwrap_err();
/// assert_eq!(error.to_string(), "diagonal[1]: is -1.0, but must be positive and finite");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Jacobi {
    inverse: Vec<f64>,
}

impl Jacobi {
    /// From the diagonal of A.
    ///
    /// # Errors
    ///
    /// If an entry is not positive and finite.
    pub fn new(diagonal: &[f64]) -> Result<Self, ArgumentError> {
        for (i, &d) in diagonal.iter().enumerate() {
            let usable = d > 0.0 && (1.0 / d).is_normal();
            ArgumentError::check(usable, &format!("diagonal[{i}]"), d, "positive and finite")?;
        }
        Ok(Self { inverse: diagonal.iter().map(|d| 1.0 / d).collect() })
    }

    /// From the diagonal of a sparse matrix.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new); an entry that is not stored is zero.
    pub fn of_sparse(a: &SparseMatrix) -> Result<Self, ArgumentError> {
        Self::new(&(0..a.columns()).map(|j| a.get(j, j)).collect::<Vec<_>>())
    }
}

impl<V: Entries> LinearOperator<V> for Jacobi {
    fn dimension(&self) -> usize {
        self.inverse.len()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        for (i, m) in self.inverse.iter().enumerate() {
            y.set(i, m * x.get(i));
        }
        Ok(())
    }
}

impl<V: Entries> Adjoint<V> for Jacobi {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
