//! Residuals at a point, and their linear model there.

use super::LossCurvature;
use crate::objective::{Loss, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Damped, FactorizationError, Matrix, Qr};
use ravine_linalg::vector::Vector;

/// A point with its residuals and their Jacobian.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct ResidualPoint {
    pub iterate: Iterate<Vec<f64>>,
    pub residuals: Vec<f64>,
    pub jacobian: Matrix,
}

impl ResidualPoint {
    /// Room for a point with m residuals, not evaluated yet.
    pub fn new(x: Vec<f64>, m: usize) -> Self {
        let n = x.len();
        let iterate = Iterate { value: 0.0, gradient: vec![0.0; n], gradient_norm: 0.0, x };
        Self { iterate, residuals: vec![0.0; m], jacobian: Matrix::zeros(m, n) }
    }

    /// Evaluates at the point that `iterate.x` was moved to.
    pub fn evaluate_again<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
    where
        O: Residuals + ?Sized,
    {
        let iterate = &mut self.iterate;
        oracle.residuals_and_jacobian(&iterate.x, &mut self.residuals, &mut self.jacobian)?;
        let loss = oracle.objective().loss();
        iterate.value = loss.total(&self.residuals);
        loss.gradient(&self.residuals, &self.jacobian, &mut iterate.gradient);
        iterate.gradient_norm = iterate.gradient.norm_max();
        Ok(())
    }

    /// The norms of the columns of J, weighted for the loss: the natural scale of each variable. A
    /// column of zeros gets 1.
    pub fn column_norms(&self, loss: Loss, curvature: LossCurvature) -> Vec<f64> {
        let mut column = vec![0.0; self.residuals.len()];
        (0..self.jacobian.columns())
            .map(|j| {
                column.copy_from_slice(self.jacobian.column(j));
                if loss != Loss::Squares {
                    for (a, &r) in column.iter_mut().zip(&self.residuals) {
                        *a *= curvature.factors(loss, r).0;
                    }
                }
                let norm = column.norm();
                if norm > 0.0 && norm.is_finite() { norm } else { 1.0 }
            })
            .collect()
    }

    /// Whether the residuals and all derivatives here are numbers.
    pub fn is_finite(&self) -> bool {
        self.iterate.value.is_finite()
            && self.iterate.gradient_norm.is_finite()
            && self.jacobian.is_finite()
    }
}

/// The model `|r + J p|^2 - |r|^2` of the change of the objective (rows weighted for the loss), in
/// variables `q = C p` in which every column of J has norm 1: `J C^-1 P = Q R`, and `c = -Q'r`. So the
/// rank depends neither on the units of the variables nor on what J was elsewhere.
///
/// Steps are measured as `|D p| = |W q|`, with the scales D of the variables
/// ([`GaussNewtonCurvature`](super::GaussNewtonCurvature)), and `W = D C^-1`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LinearResiduals {
    pub(crate) qr: Qr,
    pub(crate) c: Vec<f64>,
    /// The diagonal of W.
    pub(crate) weights: Vec<f64>,
    /// The factor on each row of J; empty for squares, where all are 1.
    row_factors: Vec<f64>,
    columns: Vec<f64>,
}

/// The largest weight: its square is a number, and so is its product with a length.
const HEAVIEST: f64 = 1e150;

impl LinearResiduals {
    /// With these scales D.
    pub(super) fn new(
        point: &ResidualPoint,
        scale: &[f64],
        loss: Loss,
        curvature: LossCurvature,
    ) -> Result<Self, FactorizationError> {
        let mut c: Vec<f64> = point.residuals.iter().map(|r| -r).collect();
        let mut scaled = point.jacobian.clone();
        let columns = point.column_norms(loss, curvature);
        let mut row_factors = Vec::new();
        if loss != Loss::Squares {
            row_factors.reserve(c.len());
            for (c, &r) in c.iter_mut().zip(&point.residuals) {
                let (on_row, on_residual) = curvature.factors(loss, r);
                *c *= on_residual;
                row_factors.push(on_row);
            }
        }
        for (j, &norm) in columns.iter().enumerate() {
            scaled.column_mut(j).iter_mut().for_each(|a| *a /= norm);
            for (a, w) in scaled.column_mut(j).iter_mut().zip(&row_factors) {
                *a *= w;
            }
        }
        let qr = Qr::new(scaled)?;
        qr.multiply_q_transposed(&mut c);
        let weights = scale.iter().zip(&columns).map(|(d, c)| (d / c).min(HEAVIEST)).collect();
        Ok(Self { qr, c, weights, row_factors, columns })
    }

    /// The diagonal of C.
    pub(crate) fn columns(&self) -> &[f64] {
        &self.columns
    }

    /// `p = C^-1 q`.
    pub(crate) fn unscaled(&self, q: &[f64]) -> Vec<f64> {
        q.iter().zip(&self.columns).map(|(q, c)| q / c).collect()
    }

    /// `q = C p`.
    pub(crate) fn scaled(&self, p: &[f64]) -> Vec<f64> {
        p.iter().zip(&self.columns).map(|(p, c)| p * c).collect()
    }

    /// `|D p|` for `q = C p`.
    pub(crate) fn length(&self, q: &[f64]) -> f64 {
        length(q, &self.weights)
    }

    /// The q that minimizes `|R P'q - c|^2 + damping |W q|^2`, by the QR factors stacked on the damping,
    /// which must be positive where the rank is not full.
    pub fn damped(&self, damping: f64) -> Vec<f64> {
        self.damped_from(&self.c, damping)
    }

    fn damped_from(&self, c: &[f64], damping: f64) -> Vec<f64> {
        let diagonal: Vec<f64> = self.weights.iter().map(|w| damping.sqrt() * w).collect();
        Damped::new(&self.qr, c, &diagonal).solution().to_vec()
    }

    /// The same for another right-hand side, one number a residual.
    pub(super) fn damped_for(&self, mut b: Vec<f64>, damping: f64) -> Vec<f64> {
        for (b, w) in b.iter_mut().zip(&self.row_factors) {
            *b *= w;
        }
        self.qr.multiply_q_transposed(&mut b);
        self.damped_from(&b, damping)
    }

    /// The q that minimizes `|R P'q - c|`, the basic solution where the rank is not full.
    pub(crate) fn least_squares(&self) -> Vec<f64> {
        let mut right = self.c.clone();
        self.qr.multiply_q(&mut right);
        self.qr.solve(&right)
    }

    /// `|J p|^2` for `q = C p`.
    pub(crate) fn image_square(&self, q: &[f64]) -> f64 {
        let n = self.qr.columns();
        let pivots = self.qr.pivots();
        (0..self.qr.rows().min(n))
            .map(|i| (i..n).map(|k| self.qr.r(i, k) * q[pivots[k]]).sum::<f64>().powi(2))
            .sum()
    }

    /// `D^-1 J'r`, half the gradient in the scales of the variables.
    pub(crate) fn half_gradient(&self) -> Vec<f64> {
        let n = self.qr.columns();
        let mut gradient = vec![0.0; n];
        for (k, &pivot) in self.qr.pivots().iter().enumerate() {
            let rows = (k + 1).min(self.qr.rows());
            let sum = (0..rows).map(|i| self.qr.r(i, k) * self.c[i]).sum::<f64>();
            gradient[pivot] = -sum / self.weights[pivot];
        }
        gradient
    }
}

/// `|W q|`.
pub(crate) fn length(q: &[f64], weights: &[f64]) -> f64 {
    q.iter().zip(weights).map(|(q, w)| q * w).collect::<Vec<f64>>().norm()
}
