//! The secular equation in a Krylov space, where the Hessian is tridiagonal.

use std::convert::Infallible;

use super::secular::{Extent, Lengths, Null, Root, Shifted, Target, solve};

/// Solves the secular equation for the tridiagonal T with the given `diagonal` and `off_diagonal`
/// and the gradient `(gradient, 0, ..., 0)`, in O(k) a factorization; the step is left in `step`.
pub(crate) fn solve_tridiagonal(
    diagonal: &[f64],
    off_diagonal: &[f64],
    gradient: f64,
    target: Target,
    accuracy: f64,
    step: &mut Vec<f64>,
) -> Root {
    let k = diagonal.len();
    step.clear();
    step.resize(k, 0.0);
    let (pivots, null, work) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
    let off_diagonal = &off_diagonal[..k - 1];
    let mut system = Tridiagonal { diagonal, off_diagonal, gradient, pivots, step, null, work };
    let Ok(root) = solve(&mut system, target, accuracy);
    root
}

/// `(T + lambda I) h = -gradient e_1`, with `T + lambda I = L D L'`.
struct Tridiagonal<'a> {
    diagonal: &'a [f64],
    off_diagonal: &'a [f64],
    gradient: f64,
    /// D; the entries of L below its unit diagonal are `off_diagonal / pivots`.
    pivots: Vec<f64>,
    step: &'a mut Vec<f64>,
    null: Vec<f64>,
    work: Vec<f64>,
}

impl Shifted for Tridiagonal<'_> {
    fn extent(&self) -> Extent {
        let k = self.diagonal.len();
        let mut extent = Extent {
            gradient: self.gradient,
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
            least_diagonal: f64::INFINITY,
        };
        for (j, &diagonal) in self.diagonal.iter().enumerate() {
            let before = if j > 0 { self.off_diagonal[j - 1].abs() } else { 0.0 };
            let after = if j + 1 < k { self.off_diagonal[j].abs() } else { 0.0 };
            extent.lowest = extent.lowest.min(diagonal - before - after);
            extent.highest = extent.highest.max(diagonal + before + after);
            extent.least_diagonal = extent.least_diagonal.min(diagonal);
        }
        extent
    }

    type Ended = Infallible;

    fn factorize(&mut self, lambda: f64) -> Result<Result<(), f64>, Infallible> {
        for j in 0..self.diagonal.len() {
            let mut pivot = self.diagonal[j] + lambda;
            if j > 0 {
                pivot -= self.off_diagonal[j - 1] * (self.off_diagonal[j - 1] / self.pivots[j - 1]);
            }
            if pivot <= 0.0 || !pivot.is_finite() {
                // v = L^-T e_j has v'(T + lambda I)v = pivot.
                let (mut entry, mut square) = (1.0, 1.0);
                for i in (0..j).rev() {
                    entry *= -self.off_diagonal[i] / self.pivots[i];
                    square += entry * entry;
                }
                let curvature = pivot / square;
                return Ok(Err(if curvature < 0.0 { lambda - curvature } else { lambda }));
            }
            self.pivots[j] = pivot;
        }
        Ok(Ok(()))
    }

    fn solve(&mut self) -> Lengths {
        self.step.fill(0.0);
        self.step[0] = -self.gradient;
        solve_lower(self.off_diagonal, &self.pivots, self.step);
        let energy = weighted_square(self.step, &self.pivots);
        solve_upper(self.off_diagonal, &self.pivots, self.step);
        self.work.copy_from_slice(self.step);
        solve_lower(self.off_diagonal, &self.pivots, &mut self.work);
        let length = self.step.iter().map(|h| h * h).sum::<f64>().sqrt();
        Lengths { length, energy, compliance: weighted_square(&self.work, &self.pivots) }
    }

    fn find_null(&mut self) -> Null {
        let k = self.null.len();
        if self.null.iter().all(|&z| z == 0.0) {
            // Signs that make the solution of L w = e grow.
            let mut last = 0.0;
            for j in 0..k {
                let carried =
                    if j > 0 { -self.off_diagonal[j - 1] / self.pivots[j - 1] * last } else { 0.0 };
                last = carried + 1f64.copysign(carried);
                self.null[j] = last;
            }
            solve_upper(self.off_diagonal, &self.pivots, &mut self.null);
            normalize(&mut self.null);
        }
        for _ in 0..3 {
            solve_lower(self.off_diagonal, &self.pivots, &mut self.null);
            solve_upper(self.off_diagonal, &self.pivots, &mut self.null);
            normalize(&mut self.null);
        }
        let mut energy = 0.0;
        for j in 0..k {
            let mut entry = self.null[j];
            if j + 1 < k {
                entry += self.off_diagonal[j] / self.pivots[j] * self.null[j + 1];
            }
            energy += self.pivots[j] * entry * entry;
        }
        let overlap = self.step.iter().zip(&self.null).map(|(p, z)| p * z).sum();
        Null { energy, overlap }
    }

    fn add_null(&mut self, tau: f64) {
        self.step.iter_mut().zip(&self.null).for_each(|(p, z)| *p += tau * z);
    }
}

/// `x = L^-1 x`.
fn solve_lower(off_diagonal: &[f64], pivots: &[f64], x: &mut [f64]) {
    for j in 1..x.len() {
        x[j] -= off_diagonal[j - 1] / pivots[j - 1] * x[j - 1];
    }
}

/// `x = L^-T D^-1 x`.
fn solve_upper(off_diagonal: &[f64], pivots: &[f64], x: &mut [f64]) {
    let k = x.len();
    for j in (0..k).rev() {
        x[j] /= pivots[j];
        if j + 1 < k {
            x[j] -= off_diagonal[j] / pivots[j] * x[j + 1];
        }
    }
}

/// `x'D^-1 x`.
fn weighted_square(x: &[f64], pivots: &[f64]) -> f64 {
    x.iter().zip(pivots).map(|(x, d)| x * (x / d)).sum()
}

fn normalize(x: &mut [f64]) {
    let largest = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    x.iter_mut().for_each(|v| *v /= largest);
    let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
    x.iter_mut().for_each(|v| *v /= norm);
}
