//! Diagonal operators.

use super::{Adjoint, LinearOperator, Structure};
use crate::error::{ArgumentError, Interrupt};
use crate::vector::{Pointwise, Vector};

/// `diag(d)`: each entry by its own factor.
///
/// ```
/// use ravine_linalg::operator::{Diagonal, LinearOperator, Structure};
///
/// // An estimate of a Hessian's diagonal, as it is, and as a preconditioner.
/// let d = Diagonal::new(vec![4.0, -2.0, 0.0]);
/// assert_eq!(d.structure(), Structure::Symmetric);
/// let safe = d.absolute(0.5)?;
/// assert_eq!(safe.entries(), &[4.5, 2.5, 0.5]);
/// assert_eq!(safe.structure(), Structure::Definite);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Diagonal<V> {
    entries: V,
    structure: Structure,
}

impl<V: Pointwise> Diagonal<V> {
    /// `diag(entries)`.
    pub fn new(entries: V) -> Self {
        let structure = Structure::of_eigenvalues([entries.smallest()]);
        Self { entries, structure }
    }

    /// The diagonal d.
    pub fn entries(&self) -> &V {
        &self.entries
    }

    /// `diag(|d_i| + damping)`: positive definite for a positive damping, so that to divide by it
    /// goes downhill even where the curvature is negative.
    ///
    /// # Errors
    ///
    /// If the damping is negative or not finite.
    pub fn absolute(&self, damping: f64) -> Result<Self, ArgumentError> {
        let holds = damping >= 0.0 && damping.is_finite();
        ArgumentError::check(holds, "damping", damping, "zero or positive, and finite")?;
        let mut entries = self.entries.clone();
        entries.abs();
        entries.add_scalar(damping);
        Ok(Self::new(entries))
    }
}

impl<V: Pointwise> LinearOperator<V> for Diagonal<V> {
    fn dimension(&self) -> usize {
        self.entries.dimension()
    }

    fn structure(&self) -> Structure {
        self.structure
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        y.copy_from(x);
        y.multiply(&self.entries);
        Ok(())
    }
}

impl<V: Pointwise> Adjoint<V> for Diagonal<V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

/// The identity.
///
/// ```
/// use ravine_linalg::operator::{Identity, LinearOperator};
///
/// let mut y = vec![0.0; 2];
/// Identity::new(2).apply(&vec![3.0, 4.0], &mut y)?;
/// assert_eq!(y, [3.0, 4.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    dimension: usize,
}

impl Identity {
    /// On a space of that dimension.
    pub fn new(dimension: usize) -> Self {
        Self { dimension }
    }
}

impl<V: Vector> LinearOperator<V> for Identity {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        y.copy_from(x);
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for Identity {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
