//! The linear model of residuals at a point, which Gauss-Newton and Levenberg-Marquardt share.

use super::LossCurvature;
use crate::objective::{Loss, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{FactorizationError, Matrix, Qr};
use ravine_linalg::vector::Vector;

/// A point with its residuals and their Jacobian.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ResidualPoint {
    pub(crate) iterate: Iterate<Vec<f64>>,
    pub(crate) residuals: Vec<f64>,
    pub(crate) jacobian: Matrix,
}

impl ResidualPoint {
    /// Room for a point with m residuals, not evaluated yet.
    pub(crate) fn new(x: Vec<f64>, m: usize) -> Self {
        let n = x.len();
        let iterate = Iterate { value: 0.0, gradient: vec![0.0; n], gradient_norm: 0.0, x };
        Self { iterate, residuals: vec![0.0; m], jacobian: Matrix::zeros(m, n) }
    }

    /// Evaluates residuals and Jacobian at `x`; the value and gradient of the objective follow.
    pub(crate) fn evaluate<O>(oracle: &Oracle<'_, O>, x: Vec<f64>) -> Result<Self, Interrupt>
    where
        O: Residuals + ?Sized,
    {
        let mut point = Self::new(x, oracle.objective().residual_count());
        point.evaluate_again(oracle)?;
        Ok(point)
    }

    /// Evaluates at the point that `iterate.x` was moved to.
    pub(crate) fn evaluate_again<O>(&mut self, oracle: &Oracle<'_, O>) -> Result<(), Interrupt>
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

    /// Whether the residuals and all derivatives here are numbers.
    pub(crate) fn is_finite(&self) -> bool {
        self.iterate.value.is_finite()
            && self.iterate.gradient_norm.is_finite()
            && self.jacobian.is_finite()
    }
}

/// The model `|r + J p|^2 - |r|^2` of the change of the objective (rows weighted for the loss), in
/// the scaled variables `q = D p`: `J D^-1 P = Q R`, and `c = -Q'r`.
///
/// D makes the columns comparable, so that the rank does not depend on the units of the variables.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Model {
    pub qr: Qr,
    pub c: Vec<f64>,
    /// The factor on each row of J; empty for squares, where all are 1.
    pub row_factors: Vec<f64>,
}

impl Model {
    pub fn new(
        point: &ResidualPoint,
        scale: &[f64],
        loss: Loss,
        curvature: LossCurvature,
    ) -> Result<Self, FactorizationError> {
        let mut c: Vec<f64> = point.residuals.iter().map(|r| -r).collect();
        let mut scaled = point.jacobian.clone();
        let mut row_factors = Vec::new();
        if loss != Loss::Squares {
            row_factors.reserve(c.len());
            for (c, &r) in c.iter_mut().zip(&point.residuals) {
                let (on_row, on_residual) = curvature.factors(loss, r);
                *c *= on_residual;
                row_factors.push(on_row);
            }
        }
        for (j, &d) in scale.iter().enumerate() {
            scaled.column_mut(j).iter_mut().for_each(|a| *a /= d);
            for (a, w) in scaled.column_mut(j).iter_mut().zip(&row_factors) {
                *a *= w;
            }
        }
        let qr = Qr::new(scaled)?;
        qr.multiply_q_transposed(&mut c);
        Ok(Self { qr, c, row_factors })
    }

    /// The norms of the columns of J, weighted for the loss: the natural scale of each variable. A
    /// column of zeros gets 1.
    pub fn column_norms(point: &ResidualPoint, loss: Loss, curvature: LossCurvature) -> Vec<f64> {
        let mut column = vec![0.0; point.residuals.len()];
        (0..point.jacobian.columns())
            .map(|j| {
                column.copy_from_slice(point.jacobian.column(j));
                if loss != Loss::Squares {
                    for (a, &r) in column.iter_mut().zip(&point.residuals) {
                        *a *= curvature.factors(loss, r).0;
                    }
                }
                let norm = column.norm();
                if norm > 0.0 && norm.is_finite() { norm } else { 1.0 }
            })
            .collect()
    }

    /// The q that minimizes `|A q - c|`, the basic solution where the rank is not full.
    pub fn least_squares(&self) -> Vec<f64> {
        let mut right = self.c.clone();
        self.qr.multiply_q(&mut right);
        self.qr.solve(&right)
    }

    /// `|J p|^2` for `q = D p`.
    pub fn image_square(&self, q: &[f64]) -> f64 {
        let n = self.qr.columns();
        let pivots = self.qr.pivots();
        (0..self.qr.rows().min(n))
            .map(|i| (i..n).map(|k| self.qr.r(i, k) * q[pivots[k]]).sum::<f64>().powi(2))
            .sum()
    }

    /// `D^-1 J'r`, half the gradient in the scaled variables.
    pub fn half_gradient(&self) -> Vec<f64> {
        let n = self.qr.columns();
        let mut gradient = vec![0.0; n];
        for (k, &pivot) in self.qr.pivots().iter().enumerate() {
            let rows = (k + 1).min(self.qr.rows());
            gradient[pivot] = -(0..rows).map(|i| self.qr.r(i, k) * self.c[i]).sum::<f64>();
        }
        gradient
    }

    /// The length, in the scaled variables, of the step along the gradient that minimizes the
    /// model; 0 where there is no gradient.
    pub fn cauchy_length(&self) -> f64 {
        let h = self.half_gradient();
        let length = h.norm();
        let image = self.image_square(&h).sqrt();
        if length > 0.0 && image > 0.0 { length * (length / image).powi(2) } else { 0.0 }
    }
}
