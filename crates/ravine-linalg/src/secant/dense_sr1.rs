//! A dense approximation of the Hessian by symmetric rank-one updates.

use crate::error::Interrupt;
use crate::matrix::{FactorizationError, Matrix};
use crate::operator::{Adjoint, DenseInverse, Invert, InvertShifted, LinearOperator, Structure};
use crate::vector::Vector;

/// The symmetric rank-one approximation B of the Hessian,
///
/// `B <- B + (y - Bs)(y - Bs)' / (y - Bs)'s`,
///
/// which may be indefinite, as the Hessian may. On a quadratic, B is the Hessian after n independent
/// steps. Before the first pair it is zero, or the multiple of the identity that it was set to; the
/// first pair with `s'y > 0` scales it to `y'y / s'y`.
///
/// Source: Nocedal and Wright (2006), section 6.2.
///
/// ```
/// use ravine_linalg::secant::DenseSr1;
/// use ravine_linalg::matrix::Matrix;
///
/// // Two pairs of the Hessian [[1, 2], [2, -3]]: indefinite, and found.
/// let mut b = DenseSr1::new(2);
/// b.update(&vec![1.0, 0.0], vec![1.0, 2.0], 1e-8);
/// b.update(&vec![0.0, 1.0], vec![2.0, -3.0], 1e-8);
/// for (found, exact) in b.matrix().entries().iter().zip([1.0, 2.0, 2.0, -3.0]) {
///     assert!((found - exact).abs() < 1e-14);
/// }
/// ```
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DenseSr1 {
    b: Matrix,
    /// Pairs seen so far.
    pairs: u64,
}

impl DenseSr1 {
    /// Zero.
    pub fn new(n: usize) -> Self {
        Self { b: Matrix::zeros(n, n), pairs: 0 }
    }

    /// The approximation of the Hessian.
    pub fn matrix(&self) -> &Matrix {
        &self.b
    }

    /// Whether no pair has been seen.
    pub fn is_initial(&self) -> bool {
        self.pairs == 0
    }

    /// Forgets all pairs, so that the next one scales B again.
    pub fn forget(&mut self) {
        self.pairs = 0;
    }

    /// Becomes a multiple of the identity.
    pub fn set_multiple_of_identity(&mut self, value: f64) {
        self.b.fill(0.0);
        for j in 0..self.b.rows() {
            self.b[(j, j)] = value;
        }
    }

    /// Takes in the pair `s = x_new - x`, `y = g_new - g`. The update is skipped, and false given,
    /// where its denominator is lost in rounding: where `|s'(y - Bs)| <= skip |s| |y - Bs|`.
    ///
    /// # Panics
    ///
    /// If the lengths disagree.
    pub fn update(&mut self, s: &Vec<f64>, mut y: Vec<f64>, skip: f64) -> bool {
        let curvature = s.dot(&y);
        if self.pairs == 0 && curvature > 0.0 {
            self.set_multiple_of_identity(y.dot(&y) / curvature);
        }
        self.pairs += 1;
        let mut bs = vec![0.0; y.len()];
        self.b.multiply(s, &mut bs);
        // From here on y - B s.
        y.axpy(-1.0, &bs);
        let denominator = s.dot(&y);
        let lost = skip * s.norm() * y.norm();
        if denominator.abs() <= lost || !denominator.is_finite() {
            return false;
        }
        for (j, &yj) in y.iter().enumerate() {
            let factor = yj / denominator;
            for (b, &yi) in self.b.column_mut(j).iter_mut().zip(&y) {
                *b += factor * yi;
            }
        }
        true
    }
}

/// The Hessian's approximation B.
impl LinearOperator<Vec<f64>> for DenseSr1 {
    fn dimension(&self) -> usize {
        self.b.columns()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.b.multiply(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for DenseSr1 {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl Invert<Vec<f64>> for DenseSr1 {
    type Inverse = DenseInverse;

    fn inverse_as(&self, structure: Structure) -> Result<DenseInverse, FactorizationError> {
        self.b.inverse_as(structure)
    }
}

impl InvertShifted<Vec<f64>> for DenseSr1 {
    type ShiftedInverse = DenseInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<DenseInverse, FactorizationError> {
        self.b.shifted_inverse_as(shift, structure)
    }
}
