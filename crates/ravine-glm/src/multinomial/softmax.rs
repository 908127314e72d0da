//! The multinomial objective: values, gradients, information and bounds.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::vector::{axpy, dot};
use ravine_data::Design;

use crate::solve::Interrupter;
use crate::solve::rests::Rests;

/// Rows of a tile: their numbers of all classes stay in the first caches.
const TILE: usize = 256;

/// The objective of a multinomial model.
#[derive(Debug)]
pub(super) struct Softmax<'a> {
    pub(super) design: &'a Design,
    pub(super) classes: &'a [usize],
    pub(super) count: usize,
    /// Summing to one.
    pub(super) weights: Vec<f64>,
    pub(super) intercept: bool,
    pub(super) l1: f64,
    pub(super) l2: f64,
    /// The class without coefficients, where there is no penalty.
    pub(super) fixed: Option<usize>,
    /// What was subtracted from the columns; nothing where there are none.
    pub(super) shifts: Vec<f64>,
    /// Columns whose coefficients stay zero: combinations of others.
    pub(super) held: Vec<bool>,
    /// Columns in place of which there are rests.
    pub(super) rests: Rests,
    pub(super) interrupter: Interrupter,
}

/// Coefficients and linear predictors, class by class.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) intercepts: Vec<f64>,
    pub(super) b: Vec<Vec<f64>>,
    pub(super) z: Vec<Vec<f64>>,
}

/// The rows at linear predictors.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// The loss of each row.
    pub(super) values: Vec<f64>,
    /// Probabilities, class by class.
    pub(super) p: Vec<Vec<f64>>,
    pub(super) mean: f64,
}

impl Point {
    pub(super) fn zero(problem: &Softmax<'_>) -> Self {
        let (k, n, p) = (problem.count, problem.classes.len(), problem.design.columns());
        Self { intercepts: vec![0.0; k], b: vec![vec![0.0; p]; k], z: vec![vec![0.0; n]; k] }
    }

    /// Becomes a start, in which a class without coefficients of its own has zeros.
    pub(super) fn start_at(
        &mut self,
        problem: &Softmax<'_>,
        intercepts: &[f64],
        coefficients: &[Vec<f64>],
    ) -> Result<(), ArgumentError> {
        let (count, p) = (self.b.len(), problem.design.columns());
        let fits = intercepts.len() == count
            && coefficients.len() == count
            && coefficients.iter().all(|b| b.len() == p);
        let allowed = format!("of {count} classes and {p} columns");
        ArgumentError::check(fits, "start", "of other sizes", &allowed)?;
        let base = |value: &dyn Fn(usize) -> f64| problem.fixed.map_or(0.0, value);
        if problem.intercept {
            let first = base(&|k| intercepts[k]);
            self.intercepts = intercepts.iter().map(|b| b - first).collect();
        }
        for j in 0..p {
            let first = base(&|k| coefficients[k][j]);
            (0..count).for_each(|k| self.b[k][j] = coefficients[k][j] - first);
        }
        Ok(())
    }
}

impl Softmax<'_> {
    pub(super) fn rows(&self) -> usize {
        self.classes.len()
    }

    pub(super) fn penalty(&self, b: &[Vec<f64>]) -> f64 {
        b.iter().flatten().map(|b| self.l1 * b.abs() + 0.5 * self.l2 * b * b).sum()
    }

    pub(super) fn refresh(&self, point: &mut Point) {
        self.predictors(&point.intercepts, &point.b, &mut point.z);
    }

    /// `z_k = X b_k + b0_k`, class by class.
    pub(super) fn predictors(&self, intercepts: &[f64], b: &[Vec<f64>], z: &mut [Vec<f64>]) {
        self.design.multiply_columns_all(b, z);
        for (z, b0) in z.iter_mut().zip(intercepts) {
            z.iter_mut().for_each(|z| *z += b0);
        }
    }

    /// Evaluates all rows; the change of the mean loss from the values that `before` has.
    pub(super) fn evaluate(
        &self,
        z: &[Vec<f64>],
        along: Option<(f64, &[Vec<f64>], &Rows)>,
        rows: &mut Rows,
    ) -> f64 {
        let n = self.rows();
        rows.values.resize(n, 0.0);
        rows.p.resize(self.count, Vec::new());
        rows.p.iter_mut().for_each(|p| p.resize(n, 0.0));
        let (mut mean, mut change) = (0.0, 0.0);
        for first in (0..n).step_by(TILE) {
            let range = first..(first + TILE).min(n);
            let (mut most, mut sum) = ([f64::NEG_INFINITY; TILE], [0.0; TILE]);
            for (k, p) in rows.p.iter_mut().enumerate() {
                let p = &mut p[range.clone()];
                p.copy_from_slice(&z[k][range.clone()]);
                if let Some((t, d, _)) = along {
                    axpy(p, t, &d[k][range.clone()]);
                }
                most.iter_mut().zip(p).for_each(|(most, z)| *most = z.max(*most));
            }
            let own = range.clone().map(|i| rows.p[self.classes[i]][i]);
            rows.values[range.clone()]
                .iter_mut()
                .zip(own)
                .zip(&most)
                .for_each(|((value, own), most)| *value = most - own);
            for p in &mut rows.p {
                for ((p, most), sum) in p[range.clone()].iter_mut().zip(&most).zip(&mut sum) {
                    *p = (*p - most).exp();
                    *sum += *p;
                }
            }
            for p in &mut rows.p {
                p[range.clone()].iter_mut().zip(&sum).for_each(|(p, sum)| *p /= sum);
            }
            for (i, sum) in range.zip(&sum) {
                rows.values[i] += sum.ln();
                mean += self.weights[i] * rows.values[i];
                if let Some((_, _, before)) = along {
                    change += self.weights[i] * (rows.values[i] - before.values[i]);
                }
            }
        }
        rows.mean = mean;
        change
    }

    /// `w_i (p_ik - [y_i = k])`, class by class.
    pub(super) fn slopes(&self, rows: &Rows) -> Vec<Vec<f64>> {
        let weighted = |p: &Vec<f64>| p.iter().zip(&self.weights).map(|(p, w)| p * w).collect();
        let mut slopes: Vec<Vec<f64>> = rows.p.iter().map(weighted).collect();
        for (i, &own) in self.classes.iter().enumerate() {
            // 1 - p as the sum of the others.
            let others = (0..self.count).filter(|&k| k != own).map(|k| slopes[k][i]);
            slopes[own][i] = -others.sum::<f64>();
        }
        slopes
    }

    /// The gradient of the mean loss, class by class, and by the intercepts.
    pub(super) fn gradient(&self, rows: &Rows) -> (Vec<Vec<f64>>, Vec<f64>) {
        let slopes = self.slopes(rows);
        let mut gradients = vec![vec![0.0; self.design.columns()]; self.count];
        let mut of_intercepts = vec![0.0; self.count];
        self.design.multiply_columns_transposed_all(&slopes, &mut gradients);
        if self.intercept {
            let sums = slopes.iter().map(|slopes| slopes.iter().sum());
            of_intercepts.iter_mut().zip(sums).for_each(|(g, sum)| *g = sum);
        }
        if let Some(k) = self.fixed {
            gradients[k].fill(0.0);
            of_intercepts[k] = 0.0;
        }
        (gradients, of_intercepts)
    }

    /// `sum_i w_i (diag(p_i) - p_i p_i')`: the Hessian by the intercepts.
    pub(super) fn between_classes(&self, rows: &Rows) -> Matrix {
        let mut sums = Matrix::zeros(self.count, self.count);
        for k in 0..self.count {
            let weighted: Vec<f64> =
                rows.p[k].iter().zip(&self.weights).map(|(p, w)| p * w).collect();
            for l in 0..k {
                let sum = dot(&weighted, &rows.p[l]);
                (sums[(k, l)], sums[(l, k)]) = (-sum, -sum);
                // 1 - p as the sum of the others.
                sums[(k, k)] += sum;
                sums[(l, l)] += sum;
            }
        }
        sums
    }

    /// Turns changes u of the linear predictors into those of the slopes, `w p_k (u_k - sum_l p_l u_l)`;
    /// both of the named classes alone, the changes of all others being zero.
    pub(super) fn curve(&self, rows: &Rows, classes: &[usize], u: &mut [Vec<f64>]) {
        let n = self.rows();
        for first in (0..n).step_by(TILE) {
            let range = first..(first + TILE).min(n);
            let w = &self.weights[range.clone()];
            let mut means = [0.0; TILE];
            for (u, &k) in u.iter_mut().zip(classes) {
                let (u, p) = (&u[range.clone()], &rows.p[k][range.clone()]);
                means.iter_mut().zip(u).zip(p).for_each(|((m, u), p)| *m += p * u);
            }
            for (u, &k) in u.iter_mut().zip(classes) {
                let (u, p) = (&mut u[range.clone()], &rows.p[k][range.clone()]);
                let numbers = u.iter_mut().zip(p).zip(w).zip(&means);
                numbers.for_each(|(((u, p), w), m)| *u = w * p * (*u - m));
            }
        }
    }

    /// Weights of the block of classes k and l of the Hessian: `w p_k ([k = l] - p_l)`.
    pub(super) fn block(&self, rows: &Rows, k: usize, l: usize) -> Vec<f64> {
        (0..self.rows())
            .map(|i| {
                let (w, p) = (self.weights[i], rows.p[k][i]);
                if k == l {
                    let others: f64 =
                        (0..self.count).filter(|&m| m != k).map(|m| rows.p[m][i]).sum();
                    w * p * others
                } else {
                    -w * p * rows.p[l][i]
                }
            })
            .collect()
    }

    /// The Hessian of the mean loss over the chosen columns, for each class the intercept and then the
    /// columns.
    pub(super) fn hessian(&self, rows: &Rows, chosen: &[usize]) -> Matrix {
        let m = chosen.len() + 1;
        let mut hessian = Matrix::zeros(self.count * m, self.count * m);
        let mut gram = Matrix::zeros(m - 1, m - 1);
        let mut products = vec![0.0; m - 1];
        for k in 0..self.count {
            for l in 0..=k {
                let mut d = self.block(rows, k, l);
                // Weights of one sign are those of a Gram matrix of scaled rows.
                let sign = if k == l { 1.0 } else { -1.0 };
                d.iter_mut().for_each(|d| *d *= sign);
                self.design.gram_of_chosen(chosen, &d, &mut gram);
                self.design.multiply_chosen_transposed(chosen, &d, &mut products);
                let total: f64 = d.iter().sum();
                let mut set = |i: usize, j: usize, value: f64| {
                    hessian[(k * m + i, l * m + j)] = sign * value;
                    hessian[(l * m + j, k * m + i)] = sign * value;
                };
                set(0, 0, total);
                for i in 0..m - 1 {
                    set(0, i + 1, products[i]);
                    set(i + 1, 0, products[i]);
                    for j in 0..m - 1 {
                        set(i + 1, j + 1, gram[(i, j)]);
                    }
                }
            }
        }
        hessian
    }

    /// A bound of `F - F*` from the scaled dual point `c (p - e_y)`, the intercepts being exact; infinite
    /// where nothing is penalized.
    pub(super) fn gap(&self, point: &Point, rows: &Rows, gradients: &[Vec<f64>]) -> f64 {
        if self.l1 == 0.0 && self.l2 == 0.0 {
            return f64::INFINITY;
        }
        let most = gradients.iter().flatten().fold(0.0_f64, |most, g| g.abs().max(most));
        let scale = match self.l2 == 0.0 && most > self.l1 {
            true => self.l1 / most * (1.0 - 4.0 * f64::EPSILON),
            false => 1.0,
        };
        let mut gap = 0.0;
        if scale < 1.0 {
            let x_log_x = |t: f64| if t > 0.0 { t * t.ln() } else { 0.0 };
            for i in 0..self.rows() {
                let (mut conjugate, mut product) = (0.0, 0.0);
                for k in 0..self.count {
                    let own = f64::from(self.classes[i] == k);
                    let v = scale * (rows.p[k][i] - own);
                    conjugate += x_log_x(v + own);
                    product += v * point.z[k][i];
                }
                gap += self.weights[i] * (rows.values[i] + conjugate - product);
            }
        }
        for (b, g) in point.b.iter().flatten().zip(gradients.iter().flatten()) {
            let q = scale * g;
            let excess = (q.abs() - self.l1).max(0.0);
            let conjugate = if excess > 0.0 { 0.5 * excess * excess / self.l2 } else { 0.0 };
            gap += if self.l1 == 0.0 {
                0.5 * (q + self.l2 * b).powi(2) / self.l2
            } else {
                self.l1 * b.abs() + 0.5 * self.l2 * b * b + conjugate + q * b
            };
        }
        gap.max(0.0)
    }

    /// The distance of zero from the subdifferential by one coefficient.
    pub(super) fn violation(&self, b: f64, gradient: f64) -> f64 {
        let g = gradient + self.l2 * b;
        if b == 0.0 { (g.abs() - self.l1).max(0.0) } else { (g + self.l1 * b.signum()).abs() }
    }

    /// The derivative of the mean loss along a direction of the linear predictors.
    pub(super) fn slope_along(&self, rows: &Rows, dz: &[Vec<f64>]) -> f64 {
        self.slopes(rows).iter().zip(dz).map(|(slopes, dz)| dot(slopes, dz)).sum()
    }
}
