//! Newton's method and Fisher scoring by Cholesky factorizations of `X'WX`.

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::{axpy, dot};

use super::aliasing::SUSPICIOUS;
use super::line_search::backtrack;
use super::problem::{Point, Problem, Rows};
use super::separation::Watcher;
use super::solved::Solved;
use super::status::{Certificate, Limits, Status, Test};

/// The linear predictor is computed from scratch after so many updates.
const REFRESH: usize = 10;

/// `X'WX` plus the penalty, the intercept eliminated exactly and the diagonal scaled to one, and its
/// factor.
#[derive(Debug, Default)]
pub(crate) struct FactoredInformation {
    hessian: Matrix,
    factor: Cholesky,
    scales: Vec<f64>,
    /// `X'w`, and the sum of w where there is an intercept, else 0.
    products: Vec<f64>,
    total: f64,
    intercept: bool,
    pub(crate) shifted: bool,
}

impl FactoredInformation {
    /// Forms and factorizes the matrix with these weights of the rows. Where a pivot is lost to
    /// rounding, 1e-10 is added to the scaled diagonal.
    pub(crate) fn factorize(&mut self, problem: &Problem<'_>, weights: &[f64]) {
        let n = problem.columns();
        self.hessian.resize(n, n);
        self.products.clear();
        self.products.resize(n, 0.0);
        self.total = 0.0;
        self.intercept = problem.intercept;
        if problem.intercept {
            problem.design.gram_and_sums(weights, &mut self.hessian, &mut self.products);
            self.total = weights.iter().sum();
        } else {
            problem.design.gram_of_columns(weights, &mut self.hessian);
        }
        self.eliminate(&problem.l2, &problem.aliased);
    }

    /// The same of sums over rows that are not at hand: the lower triangle of `X'WX`, and `X'w` with the sum
    /// of w where there is an intercept.
    pub(crate) fn factorize_sums(
        &mut self,
        gram: &Matrix,
        of_intercept: Option<(&[f64], f64)>,
        l2: &[f64],
        held: &[bool],
    ) {
        let n = gram.columns();
        self.hessian.resize(n, n);
        for j in 0..n {
            self.hessian.column_mut(j)[j..].copy_from_slice(&gram.column(j)[j..]);
            for i in j + 1..n {
                self.hessian[(j, i)] = gram[(i, j)];
            }
        }
        self.intercept = of_intercept.is_some();
        self.products.clear();
        self.total = 0.0;
        match of_intercept {
            None => self.products.resize(n, 0.0),
            Some((products, total)) => {
                self.products.extend_from_slice(products);
                self.total = total;
            }
        }
        self.eliminate(l2, held);
    }

    /// Eliminates the intercept, adds the penalty, scales and factorizes.
    fn eliminate(&mut self, l2: &[f64], held: &[bool]) {
        let n = self.hessian.columns();
        if self.total > 0.0 {
            for j in 0..n {
                let c = -self.products[j] / self.total;
                axpy(self.hessian.column_mut(j), c, &self.products);
            }
        }
        for j in 0..n {
            self.hessian[(j, j)] += l2[j];
        }
        self.scales.clear();
        for j in 0..n {
            let diagonal = self.hessian[(j, j)];
            let usable = diagonal > 0.0 && !held[j];
            self.scales.push(if usable { 1.0 / diagonal.sqrt() } else { 0.0 });
        }
        for j in 0..n {
            let scale = self.scales[j];
            let column = self.hessian.column_mut(j);
            column.iter_mut().zip(&self.scales).for_each(|(h, s)| *h *= s * scale);
            column[j] = 1.0;
        }
        self.shifted = false;
        let mut shift = 0.0;
        while self.factor.refactor(&self.hessian, shift).is_err() && shift < 1.0 {
            shift = if shift == 0.0 { 1e-10 } else { 100.0 * shift };
            self.shifted = true;
        }
    }

    /// The Newton direction `(d0, d)` of a gradient, and half its decrement squared.
    pub(crate) fn direction(
        &self,
        gradient: &[f64],
        of_intercept: f64,
        d: &mut [f64],
    ) -> (f64, f64) {
        let free = self.intercept && self.total > 0.0;
        let share = if free { of_intercept / self.total } else { 0.0 };
        for (j, d) in d.iter_mut().enumerate() {
            *d = -(gradient[j] - share * self.products[j]) * self.scales[j];
        }
        self.factor.solve(d);
        d.iter_mut().zip(&self.scales).for_each(|(d, s)| *d *= s);
        let d0 = if free { -share - dot(&self.products, d) / self.total } else { 0.0 };
        let decrement = -0.5 * (dot(gradient, d) + of_intercept * d0);
        (d0, decrement)
    }

    /// Whether a pivot is so small beside the diagonal that it is rounding, or much of it.
    pub(crate) fn is_suspicious(&self) -> bool {
        let lower = self.factor.lower();
        let pivots = (0..self.scales.len()).filter(|&j| self.scales[j] > 0.0);
        self.shifted || pivots.into_iter().any(|j| lower[(j, j)].powi(2) < SUSPICIOUS)
    }

    /// `ln det` of the whole matrix, the intercept included; columns left out count as ones.
    pub(crate) fn log_determinant(&self) -> f64 {
        let scales = self.scales.iter().filter(|&&s| s > 0.0);
        let own = self.factor.log_determinant() - 2.0 * scales.map(|s| s.ln()).sum::<f64>();
        own + if self.intercept { self.total.ln() } else { 0.0 }
    }

    /// The inverse, the intercept first where there is one; zeros for columns left out.
    pub(crate) fn inverse(&self) -> Matrix {
        let n = self.scales.len();
        let first = usize::from(self.intercept);
        let mut inverse = Matrix::zeros(n + first, n + first);
        let means: Vec<f64> = self.products.iter().map(|q| q / self.total).collect();
        let mut column = vec![0.0; n];
        for j in (0..n).filter(|&j| self.scales[j] > 0.0) {
            column.fill(0.0);
            column[j] = 1.0;
            self.factor.solve(&mut column);
            for i in 0..n {
                inverse[(first + i, first + j)] = column[i] * self.scales[i] * self.scales[j];
            }
        }
        if self.intercept {
            // b0 = -m'b + independent part of variance 1 / total.
            for j in 0..n {
                let c = -dot(&means, &inverse.column(1 + j)[1..]);
                (inverse[(0, 1 + j)], inverse[(1 + j, 0)]) = (c, c);
            }
            let quadratic = -dot(&means, &inverse.column(0)[1..]);
            inverse[(0, 0)] = 1.0 / self.total + quadratic;
        }
        inverse
    }
}

/// Minimizes a smooth objective: `H d = -g` with `H = X'WX + diag(l2)` formed blockwise once an
/// iteration, then a line search along d.
pub(crate) fn solve(problem: &Problem<'_>, start: Point, limits: &Limits) -> Solved {
    let kind = problem.information();
    let mut point = start;
    let (mut rows, mut trial) = (Rows::default(), Rows::default());
    problem.evaluate(&point.z, None, kind, &mut rows);
    let n = problem.columns();
    let (mut gradient, mut full) = (vec![0.0; n], vec![0.0; n]);
    let (mut d, mut xd) = (vec![0.0; n], vec![0.0; problem.rows()]);
    let mut information = FactoredInformation::default();
    let mut watcher = Watcher::default();
    let mut notes = Vec::new();
    let mut certificate = Certificate::Violation(f64::INFINITY);
    let unpenalized = problem.is_unpenalized();
    let mut status = Status::IterationLimit;
    let mut recession = None;
    let mut iterations = 0;
    let mut history = Vec::new();
    while iterations < limits.iterations {
        history.push((iterations, rows.mean + problem.penalty(&point.b)));
        if problem.stopped() {
            status = Status::Stopped;
            break;
        }
        iterations += 1;
        let mut of_intercept = problem.gradient(&rows, &mut gradient);
        if !unpenalized && problem.is_convex() {
            // If the gap may be small enough already, X'WX need not be formed again.
            let value = rows.mean + problem.penalty(&point.b);
            if limits.gap_holds(problem.gap(&point, &rows, &gradient).value, value) {
                if problem.polish_intercept(&mut point, kind, &mut rows) {
                    of_intercept = problem.gradient(&rows, &mut gradient);
                }
                let gap = problem.gap(&point, &rows, &gradient).value;
                if limits.gap_holds(gap, rows.mean + problem.penalty(&point.b)) {
                    certificate = Certificate::Gap(gap);
                    status = Status::Converged(Test::Gap);
                    break;
                }
            }
        }
        full.iter_mut()
            .enumerate()
            .for_each(|(j, f)| *f = gradient[j] + problem.l2[j] * point.b[j]);
        information.factorize(problem, &rows.weights);
        let (d0, decrement) = information.direction(&full, of_intercept, &mut d);
        let value = rows.mean + problem.penalty(&point.b);
        problem.design.multiply_columns(&d, &mut xd);
        xd.iter_mut().for_each(|x| *x += d0);
        let model = -2.0 * decrement;
        let direction = (d0, &d[..], &xd[..]);
        let close = decrement <= limits.tolerance * value.abs().max(1.0);
        let in_errors =
            (2.0 * decrement.max(0.0) * limits.total_weight / dispersion(problem, &rows)).sqrt();
        // Of a fit without residuals there are no standard errors: there the decrement is rounding.
        let nothing_left = decrement <= 1e-20 * value.abs().max(limits.null.abs());
        let settled = nothing_left || in_errors <= 0.01 * limits.tolerance.sqrt();
        let taken = backtrack(problem, &mut point, &mut rows, &mut trial, direction, model, kind);
        certificate = if problem.is_convex() {
            Certificate::Decrement(decrement.max(0.0))
        } else {
            Certificate::Violation(problem.violation(&point.b, &gradient, of_intercept))
        };
        if unpenalized || !problem.is_convex() {
            if close && settled {
                let test = if problem.is_convex() { Test::Decrement } else { Test::Violation };
                status = Status::Converged(test);
                break;
            }
        } else if decrement <= limits.tolerance * value.abs().max(limits.null - value) {
            // What the dual point says, the intercept being exact.
            problem.polish_intercept(&mut point, kind, &mut rows);
            problem.gradient(&rows, &mut gradient);
            let gap = problem.gap(&point, &rows, &gradient).value;
            if gap.is_finite() {
                certificate = Certificate::Gap(gap);
                if limits.gap_holds(gap, rows.mean + problem.penalty(&point.b)) {
                    status = Status::Converged(Test::Gap);
                    break;
                }
            } else if close && settled {
                status = Status::Converged(Test::Decrement);
                break;
            }
        }
        let Some(step) = taken else {
            status = problem.without_step();
            break;
        };
        if unpenalized && watcher.separated(problem, &point.z, &xd, step) {
            status = Status::Separated;
            recession = Some((d0, d.clone(), xd.clone()));
            break;
        }
        if iterations % REFRESH == 0 {
            problem.refresh(&mut point);
            problem.evaluate(&point.z, None, kind, &mut rows);
        }
    }
    if information.shifted {
        notes.push("the information matrix is singular to rounding".to_owned());
    }
    problem.refresh(&mut point);
    problem.evaluate(&point.z, None, kind, &mut rows);
    Solved { point, rows, status, certificate, iterations, history, recession, notes }
}

/// The dispersion as the rows show it: Pearson's statistic by the number of rows.
fn dispersion(problem: &Problem<'_>, rows: &Rows) -> f64 {
    if !problem.loss.family().estimates_dispersion() {
        return 1.0;
    }
    let terms = rows.slopes.iter().zip(&rows.weights).zip(&problem.weights);
    let sum: f64 =
        terms.map(|((s, q), w)| if *q > 0.0 && *w > 0.0 { s * s / q } else { 0.0 }).sum();
    sum.max(f64::MIN_POSITIVE)
}
