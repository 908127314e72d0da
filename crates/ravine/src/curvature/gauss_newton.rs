//! The Gauss-Newton matrix.

use super::LossCurvature;
use crate::objective::{Loss, Residuals};
use crate::oracle::Oracle;
use ravine_linalg::matrix::{FactorizationError, Matrix, Qr};
use ravine_linalg::operator::{
    Adjoint, Congruence, Diagonal, Invert, InvertShifted, LinearOperator, Structure,
};
use ravine_linalg::{ArgumentError, Interrupt};

/// The Gauss-Newton approximation of the Hessian of `f(x) = sum_i rho(r_i(x)^2)`,
///
/// `B = 2 J' W J`,
///
/// with the Jacobian J of the residuals and the weights `w_i = rho' + 2 rho'' r_i^2` of their losses
/// ([`LossCurvature`]; all one for squares). At the scale of the objective, which has no factor one
/// half: what is missing to the Hessian are only the second derivatives of the residuals. Positive
/// semidefinite.
///
/// A product is one with J and one with J', and J may be any operator with an adjoint. Where it is
/// a matrix, the inverse of B, or of B damped, is by a QR factorization of `sqrt(2 W) J`, whose
/// condition number is the root of that of B.
///
/// Source: Nocedal and Wright (2006), section 10.3; Triggs et al., Bundle Adjustment (2000),
/// section 4.3.
///
/// ```
/// use ravine::curvature::{GaussNewton, LossCurvature};
/// use ravine::oracle::Oracle;
/// use ravine::operator::{Algebra, Invert, LinearOperator};
/// use ravine::residuals;
///
/// let f = residuals!(2, |x| [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
/// let oracle = Oracle::new(&f, ravine::Stopping::default());
/// let b = GaussNewton::at(&oracle, &[1.0, 1.0], LossCurvature::Second)?;
/// // At a zero of the residuals it is the Hessian.
/// let mut y = vec![0.0; 2];
/// b.apply(&vec![1.0, 0.0], &mut y)?;
/// assert_eq!(y, [802.0, -400.0]);
/// // Damped and inverted.
/// let step = b.shifted(0.5)?.inverse()?;
/// step.apply(&y, &mut vec![0.0; 2])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussNewton<J = Matrix> {
    product: Congruence<J, Diagonal<Vec<f64>>, Vec<f64>>,
}

impl GaussNewton {
    /// At the point x: one evaluation of residuals and Jacobian.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn at<O: Residuals + ?Sized>(
        oracle: &Oracle<'_, O>,
        x: &[f64],
        curvature: LossCurvature,
    ) -> Result<Self, Interrupt> {
        let m = oracle.objective().residual_count();
        let (mut residuals, mut jacobian) = (vec![0.0; m], Matrix::zeros(m, oracle.dimension()));
        oracle.residuals_and_jacobian(x, &mut residuals, &mut jacobian)?;
        let weights = weights(&residuals, oracle.objective().loss(), curvature);
        Ok(Self { product: Congruence::fitting(jacobian, weights) })
    }
}

/// `2 w_i` of each residual.
fn weights(residuals: &[f64], loss: Loss, curvature: LossCurvature) -> Diagonal<Vec<f64>> {
    let weight = |&r: &f64| 2.0 * curvature.factors(loss, r).0.powi(2);
    Diagonal::new(residuals.iter().map(weight).collect())
}

impl<J: Adjoint<Vec<f64>>> GaussNewton<J> {
    /// From the Jacobian as an operator, and the residuals, which with the loss give the weights.
    ///
    /// # Errors
    ///
    /// If there is not one residual a row of the Jacobian.
    pub fn new(
        jacobian: J,
        residuals: &[f64],
        loss: Loss,
        curvature: LossCurvature,
    ) -> Result<Self, ArgumentError> {
        let product = Congruence::new(jacobian, weights(residuals, loss, curvature))?;
        Ok(Self { product })
    }

    /// The Jacobian J, one row a residual.
    pub fn jacobian(&self) -> &J {
        self.product.parts().0
    }
}

impl<J: Adjoint<Vec<f64>>> LinearOperator<Vec<f64>> for GaussNewton<J> {
    fn dimension(&self) -> usize {
        self.product.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.product.apply(x, y)
    }
}

impl<J: Adjoint<Vec<f64>>> Adjoint<Vec<f64>> for GaussNewton<J> {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.product.apply(y, x)
    }
}

impl Invert<Vec<f64>> for GaussNewton {
    type Inverse = GramInverse;

    fn inverse_as(&self, structure: Structure) -> Result<GramInverse, FactorizationError> {
        self.shifted_inverse_as(0.0, structure)
    }
}

impl InvertShifted<Vec<f64>> for GaussNewton {
    type ShiftedInverse = GramInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        _structure: Structure,
    ) -> Result<GramInverse, FactorizationError> {
        let (jacobian, weights) = self.product.parts();
        let root = |i: usize, j: usize| weights.entries()[i].sqrt() * jacobian[(i, j)];
        GramInverse::new(jacobian.rows(), jacobian.columns(), root, shift)
    }
}

/// `(A'A + shift I)^-1` by a QR factorization of A, with `sqrt(shift) I` below it: the inverse of a
/// [`GaussNewton`] matrix.
#[derive(Clone, Debug)]
pub struct GramInverse {
    qr: Qr,
}

impl GramInverse {
    /// Of A, m by n, given entry by entry.
    fn new(
        m: usize,
        n: usize,
        a: impl Fn(usize, usize) -> f64,
        shift: f64,
    ) -> Result<Self, FactorizationError> {
        if shift < 0.0 {
            return Err(FactorizationError::NotPositiveDefinite { pivot: 0 });
        }
        // Rows of zeros where there are fewer than columns: the rank tells.
        let rows = if shift > 0.0 { m + n } else { m.max(n) };
        let root = shift.sqrt();
        let stacked = Matrix::from_fn(rows, n, |i, j| {
            if i < m {
                a(i, j)
            } else if i - m == j && shift > 0.0 {
                root
            } else {
                0.0
            }
        });
        let qr = Qr::new(stacked)?;
        let singular = shift == 0.0 && qr.rank() < n;
        if singular { Err(FactorizationError::Singular) } else { Ok(Self { qr }) }
    }
}

impl LinearOperator<Vec<f64>> for GramInverse {
    fn dimension(&self) -> usize {
        self.qr.columns()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        y.copy_from_slice(x);
        self.qr.solve_gram(y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for GramInverse {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
