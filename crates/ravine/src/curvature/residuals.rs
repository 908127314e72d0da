//! Residuals at a point, and their linear model there.

use std::sync::Arc;

use super::LossCurvature;
use crate::objective::{Loss, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{Damped, Matrix, Qr, SparseMatrix, SparseQr, SparseQrPattern};
use ravine_linalg::operator::{Adjoint, LinearOperator};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// The Jacobian of residuals, as the objective gives it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub enum Jacobian {
    Dense(Matrix),
    Sparse(SparseMatrix),
}

impl Jacobian {
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        match self {
            Self::Dense(j) => j.multiply(x, y),
            Self::Sparse(j) => j.multiply(x, y),
        }
    }

    fn multiply_transposed(&self, x: &[f64], y: &mut [f64]) {
        match self {
            Self::Dense(j) => j.multiply_transposed(x, y),
            Self::Sparse(j) => j.multiply_transposed(x, y),
        }
    }

    /// The entries of column j, each times the factor of its row, where there are factors.
    fn weigh_column(&self, j: usize, factors: &[f64], column: &mut Vec<f64>) {
        column.clear();
        match self {
            Self::Dense(a) => {
                column.extend_from_slice(a.column(j));
                column.iter_mut().zip(factors).for_each(|(a, factor)| *a *= factor);
            }
            Self::Sparse(a) => {
                let range = a.column_starts()[j]..a.column_starts()[j + 1];
                column.extend_from_slice(&a.values()[range.clone()]);
                if !factors.is_empty() {
                    let rows = &a.row_indices()[range];
                    column.iter_mut().zip(rows).for_each(|(a, &i)| *a *= factors[i]);
                }
            }
        }
    }

    fn is_finite(&self) -> bool {
        match self {
            Self::Dense(j) => j.is_finite(),
            Self::Sparse(j) => j.values().iter().all(|v| v.is_finite()),
        }
    }
}

impl LinearOperator<Vec<f64>> for Jacobian {
    fn dimension(&self) -> usize {
        match self {
            Self::Dense(j) => j.columns(),
            Self::Sparse(j) => j.columns(),
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Dense(j) => j.rows(),
            Self::Sparse(j) => j.rows(),
        }
    }

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.rows()]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Jacobian {
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.dimension()]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply_transposed(y, x);
        Ok(())
    }
}

/// What is known of a point before its Jacobian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Evaluated {
    #[default]
    Nothing,
    Residuals,
}

/// A point with its residuals and their Jacobian.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct ResidualPoint {
    pub iterate: Iterate<Vec<f64>>,
    pub residuals: Vec<f64>,
    pub jacobian: Jacobian,
}

impl ResidualPoint {
    /// Room for a point with m residuals, not evaluated yet.
    pub fn new(x: Vec<f64>, m: usize) -> Self {
        let n = x.len();
        let iterate = Iterate { value: 0.0, gradient: vec![0.0; n], gradient_norm: 0.0, x };
        Self { iterate, residuals: vec![0.0; m], jacobian: Jacobian::Dense(Matrix::zeros(0, 0)) }
    }

    /// Evaluates at the point that `iterate.x` was moved to; where the residuals there are `known`, the Jacobian
    /// alone if that is to be had.
    pub fn evaluate_again<O>(
        &mut self,
        oracle: &Oracle<'_, O>,
        known: Evaluated,
    ) -> Result<(), Interrupt>
    where
        O: Residuals + ?Sized,
    {
        let Self { iterate, residuals, jacobian } = self;
        let n = iterate.x.len();
        if jacobian.dimension() != n {
            *jacobian = match oracle.sparse_jacobian_pattern(&iterate.x)? {
                Some(pattern) => Jacobian::Sparse(pattern),
                None => Jacobian::Dense(Matrix::zeros(residuals.len(), n)),
            };
        }
        let loss = oracle.objective().loss();
        match jacobian {
            Jacobian::Dense(dense) => {
                let x = &iterate.x;
                if known == Evaluated::Nothing || !oracle.jacobian_alone(x, dense)? {
                    oracle.residuals_and_jacobian(x, residuals, dense)?;
                }
                loss.gradient(residuals, dense, &mut iterate.gradient);
            }
            Jacobian::Sparse(sparse) => {
                oracle.residuals_and_sparse_jacobian(&iterate.x, residuals, sparse)?;
                loss.sparse_gradient(residuals, sparse, &mut iterate.gradient);
            }
        }
        iterate.value = loss.total(residuals);
        iterate.gradient_norm = iterate.gradient.norm_max();
        Ok(())
    }

    /// Writes the norms of the columns of J, weighted for the loss: the natural scale of each variable. A
    /// column of zeros gets 1. `column` is room for one.
    pub fn column_norms(
        &self,
        loss: Loss,
        curvature: LossCurvature,
        column: &mut Vec<f64>,
        norms: &mut Vec<f64>,
    ) {
        let factors: Vec<f64> = match loss {
            Loss::Squares => Vec::new(),
            _ => self.residuals.iter().map(|&r| curvature.factors(loss, r).0).collect(),
        };
        norms.clear();
        norms.extend((0..self.iterate.x.len()).map(|j| {
            self.jacobian.weigh_column(j, &factors, column);
            let norm = column.norm();
            if norm > 0.0 && norm.is_finite() { norm } else { 1.0 }
        }));
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
#[derive(Clone, Debug)]
pub struct LinearResiduals {
    pub(crate) factors: Factors,
    /// The diagonal of W.
    pub(crate) weights: Vec<f64>,
    /// The factor on each row of J; empty for squares, where all are 1.
    row_factors: Vec<f64>,
    columns: Vec<f64>,
}

/// Orthogonal factors of `J C^-1`, and of the residuals what they leave to solve for.
#[derive(Clone, Debug)]
pub(crate) enum Factors {
    /// With `c = -Q'r`.
    Dense { qr: Qr, c: Vec<f64> },
    /// Of the matrix itself, since Q is not kept.
    Sparse { matrix: SparseMatrix, pattern: Arc<SparseQrPattern>, qr: SparseQr },
}

/// What is done without damping where J lacks rank: a damping of this share of the largest entry of
/// R, whose columns have length one.
const FAINT: f64 = 1e-8;

/// The largest weight: its square is a number, and so is its product with a length.
const HEAVIEST: f64 = 1e150;

impl Default for LinearResiduals {
    /// Of nothing yet.
    fn default() -> Self {
        Self {
            factors: Factors::Dense { qr: Qr::default(), c: Vec::new() },
            weights: Vec::new(),
            row_factors: Vec::new(),
            columns: Vec::new(),
        }
    }
}

impl LinearResiduals {
    /// Becomes the model at this point, with these scales D, in the same memory; it is of no use after an
    /// interrupt, and where `false` says that its numbers overflow. `room` is for a column.
    pub(super) fn renew(
        &mut self,
        point: &ResidualPoint,
        pattern: &mut Option<Arc<SparseQrPattern>>,
        scale: &[f64],
        (loss, curvature): (Loss, LossCurvature),
        room: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<bool, Interrupt> {
        let Self { factors, weights, row_factors, columns } = self;
        point.column_norms(loss, curvature, room, columns);
        weights.clear();
        weights.extend(scale.iter().zip(&*columns).map(|(d, c)| (d / c).min(HEAVIEST)));
        row_factors.clear();
        let mut right = match factors {
            Factors::Dense { c, .. } => std::mem::take(c),
            Factors::Sparse { .. } => Vec::new(),
        };
        right.clear();
        right.extend(point.residuals.iter().map(|r| -r));
        if loss != Loss::Squares {
            for (c, &r) in right.iter_mut().zip(&point.residuals) {
                let (on_row, on_residual) = curvature.factors(loss, r);
                *c *= on_residual;
                row_factors.push(on_row);
            }
        }
        match &point.jacobian {
            Jacobian::Dense(jacobian) => {
                let write = |scaled: &mut Matrix| {
                    if (scaled.rows(), scaled.columns()) == (jacobian.rows(), jacobian.columns()) {
                        scaled.entries_mut().copy_from_slice(jacobian.entries());
                    } else {
                        scaled.clone_from(jacobian);
                    }
                    for (j, &norm) in columns.iter().enumerate() {
                        let column = scaled.column_mut(j);
                        column.iter_mut().for_each(|a| *a /= norm);
                        column.iter_mut().zip(&*row_factors).for_each(|(a, w)| *a *= w);
                    }
                };
                let mut qr = match factors {
                    Factors::Dense { qr, .. } => std::mem::take(qr),
                    Factors::Sparse { .. } => Qr::default(),
                };
                let finite = qr.refactor(write, watch)?.is_ok();
                if finite {
                    qr.multiply_q_transposed(&mut right);
                }
                *factors = Factors::Dense { qr, c: right };
                Ok(finite)
            }
            Jacobian::Sparse(jacobian) => {
                let mut matrix = jacobian.clone();
                for (j, &norm) in columns.iter().enumerate() {
                    for place in jacobian.column_starts()[j]..jacobian.column_starts()[j + 1] {
                        let row = jacobian.row_indices()[place];
                        let factor = row_factors.get(row).copied().unwrap_or(1.0);
                        matrix.values_mut()[place] *= factor / norm;
                    }
                }
                let pattern = pattern.get_or_insert_with(|| SparseQrPattern::new(jacobian));
                let pattern = Arc::clone(pattern);
                let Ok(qr) = pattern.factor(&matrix, &right, watch)? else { return Ok(false) };
                *factors = Factors::Sparse { matrix, pattern, qr };
                Ok(true)
            }
        }
    }

    /// The diagonal of C.
    pub(crate) fn columns(&self) -> &[f64] {
        &self.columns
    }

    /// `p = C^-1 q`.
    pub(crate) fn unscale(&self, q: &[f64], p: &mut Vec<f64>) {
        p.clear();
        p.extend(q.iter().zip(&self.columns).map(|(q, c)| q / c));
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
    ///
    /// # Errors
    ///
    /// The interrupt of `watch`.
    pub fn damped(&self, damping: f64, watch: Watch<'_>) -> Result<Vec<f64>, Interrupt> {
        let diagonal = self.diagonal(damping);
        Ok(match &self.factors {
            Factors::Dense { qr, c } => Damped::new(qr, c, &diagonal).solution().to_vec(),
            Factors::Sparse { qr, .. } => qr.damped(&diagonal, watch)?.solve(),
        })
    }

    /// The diagonal of `sqrt(damping) W`.
    pub(crate) fn diagonal(&self, damping: f64) -> Vec<f64> {
        self.weights.iter().map(|w| damping.sqrt() * w).collect()
    }

    /// The same for another right-hand side, one number a residual.
    pub(super) fn damped_for(
        &self,
        mut b: Vec<f64>,
        damping: f64,
        watch: Watch<'_>,
    ) -> Result<Vec<f64>, Interrupt> {
        for (b, w) in b.iter_mut().zip(&self.row_factors) {
            *b *= w;
        }
        let diagonal = self.diagonal(damping);
        Ok(match &self.factors {
            Factors::Dense { qr, .. } => {
                qr.multiply_q_transposed(&mut b);
                Damped::new(qr, &b, &diagonal).solution().to_vec()
            }
            Factors::Sparse { matrix, pattern, .. } => match pattern.factor(matrix, &b, watch)? {
                Ok(qr) => qr.damped(&diagonal, watch)?.solve(),
                Err(_) => vec![f64::NAN; diagonal.len()],
            },
        })
    }

    /// The q that minimizes `|R P'q - c|`; of all of them the shortest where the rank is not full.
    ///
    /// # Errors
    ///
    /// The interrupt of `watch`.
    pub(crate) fn least_squares(&self, watch: Watch<'_>) -> Result<Vec<f64>, Interrupt> {
        Ok(match &self.factors {
            Factors::Dense { qr, c } => {
                let mut right = c.clone();
                qr.multiply_q(&mut right);
                qr.solve(&right)
            }
            Factors::Sparse { qr, .. } if qr.has_full_rank() => qr.solve(),
            Factors::Sparse { qr, .. } => qr.damped(&vec![FAINT; qr.columns()], watch)?.solve(),
        })
    }

    /// `|J p|^2` for `q = C p`.
    pub(crate) fn image_square(&self, q: &[f64]) -> f64 {
        let qr = match &self.factors {
            Factors::Dense { qr, .. } => qr,
            Factors::Sparse { qr, .. } => return qr.image_square(q),
        };
        let n = qr.columns();
        let pivots = qr.pivots();
        (0..qr.rows().min(n))
            .map(|i| (i..n).map(|k| qr.r(i, k) * q[pivots[k]]).sum::<f64>().powi(2))
            .sum()
    }

    /// `D^-1 J'r`, half the gradient in the scales of the variables.
    pub(crate) fn half_gradient(&self, gradient: &mut Vec<f64>) {
        gradient.clear();
        gradient.resize(self.weights.len(), 0.0);
        match &self.factors {
            Factors::Dense { qr, c } => {
                for (k, &pivot) in qr.pivots().iter().enumerate() {
                    let rows = (k + 1).min(qr.rows());
                    gradient[pivot] = -(0..rows).map(|i| qr.r(i, k) * c[i]).sum::<f64>();
                }
            }
            Factors::Sparse { qr, .. } => {
                gradient.iter_mut().zip(qr.gradient()).for_each(|(g, of_sparse)| *g = -of_sparse);
            }
        }
        gradient.iter_mut().zip(&self.weights).for_each(|(g, w)| *g /= w);
    }
}

/// `|W q|`.
pub(crate) fn length(q: &[f64], weights: &[f64]) -> f64 {
    let square: f64 = q.iter().zip(weights).map(|(q, w)| (q * w).powi(2)).sum();
    if square > 1e-280 && square < 1e300 {
        return square.sqrt();
    }
    // Without avoidable overflow or underflow.
    q.iter().zip(weights).map(|(q, w)| q * w).collect::<Vec<f64>>().norm()
}
