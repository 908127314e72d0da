//! Minimization of the model over the variables that are free at the Cauchy point.

use super::cauchy::CauchyPoint;
use super::model::Model;
use crate::objective::Bounds;
use ravine_linalg::matrix::{Cholesky, Matrix};
use ravine_linalg::vector::Vector;

/// The minimizer of the model over the variables strictly between their bounds at the Cauchy
/// point, the others fixed there; then brought back within the bounds.
///
/// With F the free variables and r the reduced gradient of the model at `x^c`, the minimizer is
/// `x^c + d`, `B_FF d = -r`. By the formula of Sherman, Morrison and Woodbury
///
/// ```text
/// d = -r / theta - W_F v / theta^2,   K v = W_F'r,   K = M^-1 - W_F'W_F / theta
/// ```
///
/// and K, symmetric and indefinite, is solved by two Cholesky factorizations: of
/// `A = D + Y_F'Y_F / theta`, the negative of its first block, and of the Schur complement.
///
/// Sources: Byrd, Lu, Nocedal and Zhu (1995), section 5.1; Morales and Nocedal (2011).
#[derive(Clone, Debug, Default)]
pub(super) struct Subspace {
    /// The reduced gradient, then d; zero for variables that are not free.
    step: Vec<f64>,
    target: Vec<f64>,
    q: Vec<f64>,
    row: Vec<f64>,
    work: Vec<f64>,
    blocks: Blocks,
}

/// The blocks of `K = [-A  B'; B  C]` and the factors.
#[derive(Clone, Debug, Default)]
struct Blocks {
    a: Matrix,
    b: Matrix,
    c: Matrix,
    a_factor: Cholesky,
    schur: Matrix,
    schur_factor: Cholesky,
    column: Vec<f64>,
}

impl Subspace {
    /// The minimizer within the bounds, as a target for the line search from `x`.
    pub fn minimize(
        &mut self,
        model: &Model,
        bounds: &Bounds,
        cauchy: &CauchyPoint,
        x: &[f64],
        g: &[f64],
    ) -> &[f64] {
        let (lower, upper, xc) = (bounds.lower(), bounds.upper(), &cauchy.x);
        let free = |i: usize| lower[i] < xc[i] && xc[i] < upper[i];
        let count = (0..x.len()).filter(|&i| free(i)).count();
        self.target.clone_from(xc);
        if count == 0 {
            return &self.target;
        }
        let solved = if count == x.len() {
            // The minimizer over all variables does not depend on the Cauchy point.
            self.step.clear();
            self.step.extend_from_slice(g);
            model.solve(&mut self.step, &mut self.work);
            (0..x.len()).for_each(|i| self.step[i] = x[i] - self.step[i] - xc[i]);
            true
        } else {
            self.solve_reduced(model, cauchy, x, g, free)
        };
        if solved {
            self.bring_back(bounds, xc, x, g);
        }
        &self.target
    }

    /// `d` into `step`; false where rounding has made K singular.
    fn solve_reduced(
        &mut self,
        model: &Model,
        cauchy: &CauchyPoint,
        x: &[f64],
        g: &[f64],
        free: impl Fn(usize) -> bool,
    ) -> bool {
        let (t, theta) = (model.pairs(), model.theta());
        let Self { step, q, row, .. } = self;
        // r = g + theta (x^c - x) - W M c on the free variables.
        step.clear();
        step.extend((0..x.len()).map(|i| g[i] + theta * (cauchy.x[i] - x[i])));
        q.clone_from(&cauchy.c);
        model.middle(q);
        model.add_product(-1.0, q, step);
        (0..x.len()).filter(|&i| !free(i)).for_each(|i| step[i] = 0.0);
        if t > 0 {
            self.blocks.fill(model, x.len(), &free, row);
            model.transposed(step, q);
            if !self.blocks.solve(q) {
                return false;
            }
            model.add_product(1.0 / theta, q, step);
        }
        step.scale(-1.0 / theta);
        (0..x.len()).filter(|&i| !free(i)).for_each(|i| step[i] = 0.0);
        step.is_finite()
    }

    /// The target `P(x^c + d)` if it descends from x; else `x^c + a d` with the largest `a <= 1`
    /// that stays within the bounds (Morales and Nocedal, section 2).
    fn bring_back(&mut self, bounds: &Bounds, xc: &[f64], x: &[f64], g: &[f64]) {
        let Self { step, target, .. } = self;
        target.axpy(1.0, step);
        bounds.project(target);
        let slope: f64 = (0..x.len()).map(|i| (target[i] - x[i]) * g[i]).sum();
        if slope < 0.0 {
            return;
        }
        let mut a = 1.0f64;
        for i in 0..x.len() {
            if step[i] > 0.0 {
                a = a.min((bounds.upper()[i] - xc[i]) / step[i]);
            } else if step[i] < 0.0 {
                a = a.min((bounds.lower()[i] - xc[i]) / step[i]);
            }
        }
        (0..x.len()).for_each(|i| target[i] = xc[i] + a * step[i]);
        bounds.project(target);
    }
}

impl Blocks {
    /// `A = D + Y_F'Y_F / theta`, `B = S_N'Y_N` below the diagonal and `-S_F'Y_F` on and above it,
    /// `C = theta S_N'S_N`, where N are the variables that are not free: without cancellation.
    fn fill(&mut self, model: &Model, n: usize, free: impl Fn(usize) -> bool, row: &mut Vec<f64>) {
        let (t, theta) = (model.pairs(), model.theta());
        for block in [&mut self.a, &mut self.b, &mut self.c, &mut self.schur] {
            if block.rows() == t {
                block.fill(0.0);
            } else {
                *block = Matrix::zeros(t, t);
            }
        }
        for i in 0..n {
            model.row(i, row);
            let (y, s) = row.split_at(t);
            if free(i) {
                for j in 0..t {
                    let (a, b) = (self.a.column_mut(j), self.b.column_mut(j));
                    for k in j..t {
                        a[k] += y[k] * y[j] / theta;
                    }
                    for k in 0..=j {
                        b[k] -= s[k] * y[j] / theta;
                    }
                }
            } else {
                for j in 0..t {
                    let (b, c) = (self.b.column_mut(j), self.c.column_mut(j));
                    for k in j + 1..t {
                        b[k] += s[k] * y[j] / theta;
                    }
                    for k in j..t {
                        c[k] += s[k] * s[j] / theta;
                    }
                }
            }
        }
        for k in 0..t {
            self.a[(k, k)] += model.sy(k);
        }
    }

    /// `v = K^-1 q` in place.
    fn solve(&mut self, q: &mut [f64]) -> bool {
        let Self { a, b, c, a_factor, schur, schur_factor, column } = self;
        let t = a.rows();
        if a_factor.refactor(a, 0.0).is_err() {
            return false;
        }
        // X = L^-1 B', so that the Schur complement is C + X'X; X is kept in place of B, as B'.
        column.resize(t, 0.0);
        for i in 0..t {
            for k in 0..t {
                column[k] = b[(i, k)];
            }
            a_factor.solve_lower(column);
            for k in 0..t {
                b[(i, k)] = column[k];
            }
        }
        for j in 0..t {
            for i in j..t {
                schur[(i, j)] = c[(i, j)] + (0..t).map(|k| b[(i, k)] * b[(j, k)]).sum::<f64>();
            }
        }
        if schur_factor.refactor(schur, 0.0).is_err() {
            return false;
        }
        let (first, second) = q.split_at_mut(t);
        a_factor.solve_lower(first);
        for i in 0..t {
            second[i] += (0..t).map(|k| b[(i, k)] * first[k]).sum::<f64>();
        }
        schur_factor.solve(second);
        for k in 0..t {
            first[k] = (0..t).map(|i| b[(i, k)] * second[i]).sum::<f64>() - first[k];
        }
        a_factor.solve_lower_transposed(first);
        true
    }
}
