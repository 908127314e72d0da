//! An operator on some of the variables, the others held.

use super::{Adjoint, LinearOperator, Scratch, Structure, ensure_square};
use crate::error::{ArgumentError, Interrupt};

/// `P A P` with the projection P that sets all but the kept entries to zero: the block of A in
/// the kept variables, on vectors of the whole space. [`Restricted`](super::Restricted) is the same
/// block on vectors of its own dimension.
///
/// A vector that vanishes where nothing is kept already, as all those of a Krylov method do that
/// starts from one, is not copied.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{LinearOperator, Masked};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
/// let block = Masked::new(&a, &[true, false, true])?;
/// let mut y = vec![0.0; 3];
/// block.apply(&vec![1.0, 100.0, 10.0], &mut y).unwrap();
/// assert_eq!(y, [31.0, 0.0, 97.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Masked<'m, A> {
    operator: A,
    kept: &'m [bool],
    projected: Scratch<Vec<f64>>,
}

impl<'m, A: LinearOperator<Vec<f64>>> Masked<'m, A> {
    /// `operator` on the entries for which `kept` is true.
    ///
    /// # Errors
    ///
    /// If the operator is not square, or there is not one flag an entry.
    pub fn new(operator: A, kept: &'m [bool]) -> Result<Self, ArgumentError> {
        ensure_square("operator", &operator)?;
        super::ensure_dimension("kept", kept.len(), operator.dimension())?;
        Ok(Self::fitting(operator, kept))
    }

    /// Where the caller knows that the dimensions fit.
    pub fn fitting(operator: A, kept: &'m [bool]) -> Self {
        Self { operator, kept, projected: Scratch::default() }
    }

    fn through(
        &self,
        x: &Vec<f64>,
        y: &mut Vec<f64>,
        apply: impl Fn(&Vec<f64>, &mut Vec<f64>) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        let vanishes = x.iter().zip(self.kept).all(|(&x, &kept)| kept || x == 0.0);
        if vanishes {
            apply(x, y)?;
        } else {
            self.projected.with(Vec::new, |projected| {
                projected.clone_from(x);
                mask(projected, self.kept);
                apply(projected, y)
            })?;
        }
        mask(y, self.kept);
        Ok(())
    }
}

/// Sets what is not kept to zero.
pub fn mask(x: &mut [f64], kept: &[bool]) {
    x.iter_mut().zip(kept).filter(|(_, kept)| !**kept).for_each(|(x, _)| *x = 0.0);
}

impl<A: LinearOperator<Vec<f64>>> LinearOperator<Vec<f64>> for Masked<'_, A> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    /// On the whole space; on the kept variables it is that of A.
    fn structure(&self) -> Structure {
        let all = self.kept.iter().all(|&kept| kept);
        let structure = self.operator.structure();
        if all { structure } else { structure.min(Structure::Semidefinite) }
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.through(x, y, |x, y| self.operator.apply(x, y))
    }
}

impl<A: Adjoint<Vec<f64>>> Adjoint<Vec<f64>> for Masked<'_, A> {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.through(y, x, |y, x| self.operator.apply_adjoint(y, x))
    }
}
