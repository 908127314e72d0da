//! Newton's method with the whole softmax Hessian, smooth or proximal.

use std::cell::RefCell;

use ravine::Interrupt;
use ravine::krylov::{CgWork, ConjugateGradient, Jacobi, TrueResidual};
use ravine::matrix::{Cholesky, Matrix};
use ravine::operator::from_fn;
use ravine::vector::{axpy, dot};

use super::softmax::{Point, Rows, Softmax};
use crate::solve::problem::soft;
use crate::solve::{Certificate, Status, Test};

/// Up to so many parameters the Hessian is formed.
const DENSE: usize = 1_500;
/// The first working set of columns.
const FIRST: usize = 10;

pub(super) struct Solved {
    pub(super) point: Point,
    pub(super) mean: f64,
    pub(super) status: Status,
    pub(super) certificate: Certificate,
    pub(super) iterations: usize,
    pub(super) standard_errors: Option<Vec<Vec<f64>>>,
}

/// A direction: of the intercepts, the coefficients and the linear predictors.
struct Direction {
    intercepts: Vec<f64>,
    b: Vec<Vec<f64>>,
    z: Vec<Vec<f64>>,
}

/// When it ends.
pub(super) struct Limits {
    pub(super) tolerance: f64,
    pub(super) iterations: usize,
    /// The objective of the null model.
    pub(super) null: f64,
    /// The sum of the weights as given.
    pub(super) total: f64,
}

pub(super) fn solve(problem: &Softmax<'_>, start: Point, limits: &Limits) -> Solved {
    let &Limits { tolerance, iterations: most, null, total } = limits;
    let mut point = start;
    problem.refresh(&mut point);
    let (mut rows, mut trial) = (Rows::default(), Rows::default());
    problem.evaluate(&point.z, None, &mut rows);
    let unpenalized = problem.fixed.is_some();
    let mut status = Status::IterationLimit;
    let mut certificate = Certificate::Violation(f64::INFINITY);
    let mut iterations = 0;
    let mut size = FIRST;
    let mut recessions = 0;
    while iterations < most {
        if problem.interrupter.stops() {
            status = Status::Stopped;
            break;
        }
        polish_intercepts(problem, &mut point, &mut rows, &mut trial);
        let (gradients, of_intercepts) = problem.gradient(&rows);
        let value = rows.mean + problem.penalty(&point.b);
        let (gap, _) = problem.gap(&point, &rows, &gradients);
        if gap.is_finite() {
            certificate = Certificate::Gap(gap);
            if gap <= tolerance * value.abs().max(null - value) {
                status = Status::Converged(Test::Gap);
                break;
            }
        }
        iterations += 1;
        let (direction, model) = if problem.l1 > 0.0 {
            let (chosen, next) = working_set(problem, &point, &gradients, size);
            size = next;
            proximal_direction(problem, &point, &rows, &gradients, &of_intercepts, &chosen)
        } else {
            smooth_direction(problem, &point, &rows, &gradients, &of_intercepts)
        };
        let decrement = -0.5 * model;
        let taken = backtrack(problem, &mut point, &mut rows, &mut trial, &direction, model);
        if unpenalized {
            certificate = Certificate::Decrement(decrement.max(0.0));
            let in_errors = (2.0 * decrement.max(0.0) * total).sqrt();
            if decrement <= tolerance * value.abs().max(1.0) && in_errors <= 0.01 * tolerance.sqrt()
            {
                status = Status::Converged(Test::Decrement);
                break;
            }
            recessions = if taken == Some(1.0) && recedes(problem, &point, &direction) {
                recessions + 1
            } else {
                0
            };
            if recessions >= 3 {
                status = Status::Separated;
                break;
            }
        }
        if taken.is_none() {
            let stopped = problem.interrupter.stops();
            status = if stopped { Status::Stopped } else { Status::PrecisionLimit };
            break;
        }
        problem.refresh(&mut point);
        problem.evaluate(&point.z, None, &mut rows);
    }
    let errors = unpenalized && !matches!(status, Status::Separated | Status::Stopped);
    let standard_errors = if errors { standard_errors(problem, &rows, total) } else { None };
    Solved { point, mean: rows.mean, status, certificate, iterations, standard_errors }
}

/// Whether a step is a direction along which every row likes its own class ever better.
fn recedes(problem: &Softmax<'_>, point: &Point, direction: &Direction) -> bool {
    let most = |z: &[Vec<f64>]| z.iter().flatten().fold(0.0_f64, |most, z| z.abs().max(most));
    let length = most(&direction.z);
    if most(&point.z) <= 8.0 || length <= 0.5 {
        return false;
    }
    (0..problem.rows()).filter(|&i| problem.weights[i] > 0.0).all(|i| {
        let own = direction.z[problem.classes[i]][i];
        (0..problem.count).all(|k| own - direction.z[k][i] >= -1e-3 * length)
    })
}

/// Newton steps of the intercepts alone, until their slopes vanish.
fn polish_intercepts(problem: &Softmax<'_>, point: &mut Point, rows: &mut Rows, trial: &mut Rows) {
    if !problem.intercept || problem.fixed.is_some() {
        return;
    }
    let count = problem.count;
    for _ in 0..30 {
        let slopes: Vec<f64> = (0..count).map(|k| problem.slopes(rows, k).iter().sum()).collect();
        if slopes.iter().all(|s| s.abs() <= 1e-16 * count as f64) {
            return;
        }
        // The last intercept stays: a constant added to all changes nothing.
        let block = |k: usize, l: usize| problem.block(rows, k, l).iter().sum::<f64>();
        let matrix = Matrix::from_fn(count - 1, count - 1, block);
        let mut step: Vec<f64> = slopes[..count - 1].iter().map(|s| -s).collect();
        let Ok(factor) = Cholesky::new(&matrix) else { return };
        factor.solve(&mut step);
        step.push(0.0);
        let d: Vec<Vec<f64>> = step.iter().map(|&s| vec![s; problem.rows()]).collect();
        let size = |rows: &Rows| -> f64 {
            (0..count).map(|k| problem.slopes(rows, k).iter().sum::<f64>().abs()).sum()
        };
        let before = size(rows);
        let mut t = 1.0;
        loop {
            let change = problem.evaluate(&point.z, Some((t, &d, rows)), trial);
            let after = size(trial);
            if change <= 0.0 && after < before || after <= 0.5 * before {
                break;
            }
            t *= 0.5;
            if t < 1e-6 {
                return;
            }
        }
        for k in 0..count {
            point.intercepts[k] += t * step[k];
            point.z[k].iter_mut().for_each(|z| *z += t * step[k]);
        }
        std::mem::swap(rows, trial);
    }
}

/// Which parameters move in a smooth step: (class, 0 for the intercept or 1 + column).
fn parameters(problem: &Softmax<'_>) -> Vec<(usize, usize)> {
    let p = problem.design.columns();
    let last = problem.count - 1;
    let free = |&(k, j): &(usize, usize)| {
        Some(k) != problem.fixed
            && (j > 0 || (problem.intercept && (problem.fixed.is_some() || k != last)))
    };
    (0..problem.count).flat_map(|k| (0..=p).map(move |j| (k, j))).filter(free).collect()
}

/// The Newton direction of a smooth objective, and twice its decrement with the sign of a slope.
fn smooth_direction(
    problem: &Softmax<'_>,
    point: &Point,
    rows: &Rows,
    gradients: &[Vec<f64>],
    of_intercepts: &[f64],
) -> (Direction, f64) {
    let list = parameters(problem);
    let p = problem.design.columns();
    let right: Vec<f64> = list
        .iter()
        .map(|&(k, j)| match j {
            0 => -of_intercepts[k],
            j => -(gradients[k][j - 1] + problem.l2 * point.b[k][j - 1]),
        })
        .collect();
    let mut d = vec![0.0; list.len()];
    if list.len() <= DENSE {
        let hessian = chosen_hessian(problem, rows, &list);
        let n = list.len();
        let scales: Vec<f64> = (0..n)
            .map(|i| if hessian[(i, i)] > 0.0 { 1.0 / hessian[(i, i)].sqrt() } else { 0.0 })
            .collect();
        let scaled = Matrix::from_fn(n, n, |i, j| match i == j {
            true => 1.0,
            false => hessian[(i, j)] * scales[i] * scales[j],
        });
        let (mut factor, mut shift) = (Cholesky::default(), 0.0);
        while factor.refactor(&scaled, shift).is_err() && shift < 1.0 {
            shift = if shift == 0.0 { 1e-12 } else { 100.0 * shift };
        }
        d.iter_mut().zip(&right).zip(&scales).for_each(|((d, r), s)| *d = r * s);
        factor.solve(&mut d);
        d.iter_mut().zip(&scales).for_each(|(d, s)| *d *= s);
    } else {
        conjugate_gradients(problem, rows, &list, &right, &mut d);
    }
    let model = -dot(&right, &d);
    let mut intercepts = vec![0.0; problem.count];
    let mut b = vec![vec![0.0; p]; problem.count];
    for (&(k, j), &d) in list.iter().zip(&d) {
        if j == 0 { intercepts[k] = d } else { b[k][j - 1] = d }
    }
    (with_predictors(problem, intercepts, b), model)
}

/// The rows and columns of the Hessian with penalty of these parameters.
fn chosen_hessian(problem: &Softmax<'_>, rows: &Rows, list: &[(usize, usize)]) -> Matrix {
    let p = problem.design.columns();
    let all: Vec<usize> = (0..p).collect();
    let hessian = problem.hessian(rows, &all);
    let place = |(k, j): (usize, usize)| k * (p + 1) + j;
    Matrix::from_fn(list.len(), list.len(), |a, b| {
        let penalty = if a == b && list[a].1 > 0 { problem.l2 } else { 0.0 };
        hessian[(place(list[a]), place(list[b]))] + penalty
    })
}

/// Solves the Newton system by products: `U = X V`, `R_k = w p_k (U_k - sum_l p_l U_l)`, `X'R`.
fn conjugate_gradients(
    problem: &Softmax<'_>,
    rows: &Rows,
    list: &[(usize, usize)],
    right: &Vec<f64>,
    d: &mut Vec<f64>,
) {
    let (count, n, p) = (problem.count, problem.rows(), problem.design.columns());
    let work = RefCell::new((vec![vec![0.0; p]; count], vec![vec![0.0; n]; count], vec![0.0; p]));
    let product = from_fn(list.len(), |v: &Vec<f64>, hv: &mut Vec<f64>| {
        if problem.interrupter.stops() {
            return Err(Interrupt::Cancelled);
        }
        let (b, u, g) = &mut *work.borrow_mut();
        let mut intercepts = vec![0.0; count];
        b.iter_mut().for_each(|b| b.fill(0.0));
        for (&(k, j), &v) in list.iter().zip(v) {
            if j == 0 { intercepts[k] = v } else { b[k][j - 1] = v }
        }
        for k in 0..count {
            problem.design.multiply_columns(&b[k], &mut u[k]);
            u[k].iter_mut().for_each(|u| *u += intercepts[k]);
        }
        for i in 0..n {
            let mean: f64 = (0..count).map(|k| rows.p[k][i] * u[k][i]).sum();
            for k in 0..count {
                u[k][i] = problem.weights[i] * rows.p[k][i] * (u[k][i] - mean);
            }
        }
        let mut next = 0;
        for k in 0..count {
            if list.get(next).is_none_or(|&(class, _)| class != k) {
                continue;
            }
            problem.design.multiply_columns_transposed(&u[k], g);
            while let Some(&(class, j)) = list.get(next).filter(|&&(class, _)| class == k) {
                hv[next] = match j {
                    0 => u[class].iter().sum(),
                    j => g[j - 1] + problem.l2 * b[k][j - 1],
                };
                next += 1;
            }
        }
        Ok(())
    });
    let mut diagonal = Vec::with_capacity(list.len());
    let mut squares = vec![0.0; p];
    let mut of_class = usize::MAX;
    let mut total = 0.0;
    for &(k, j) in list {
        if k != of_class {
            let block = problem.block(rows, k, k);
            problem.design.weighted_squares(&block, &mut squares);
            total = block.iter().sum();
            of_class = k;
        }
        diagonal.push(if j == 0 { total } else { squares[j - 1] + problem.l2 });
    }
    let largest = diagonal.iter().fold(f64::MIN_POSITIVE, |most, d| d.max(most));
    diagonal.iter_mut().for_each(|d| *d = d.max(1e-12 * largest));
    let cg = ConjugateGradient {
        tolerance: 1e-3,
        true_residual: TrueResidual::Skipped,
        ..ConjugateGradient::default()
    };
    d.fill(0.0);
    if let Ok(jacobi) = Jacobi::new(&diagonal) {
        let mut work = CgWork::new(right);
        // An end without success leaves the best iterate, along which the line search still goes down.
        let _ = cg.solve_preconditioned(&product, &jacobi, right, d, &mut work);
    }
}

fn with_predictors(problem: &Softmax<'_>, intercepts: Vec<f64>, b: Vec<Vec<f64>>) -> Direction {
    let mut z = vec![vec![0.0; problem.rows()]; problem.count];
    for k in 0..problem.count {
        problem.design.multiply_columns(&b[k], &mut z[k]);
        z[k].iter_mut().for_each(|z| *z += intercepts[k]);
    }
    Direction { intercepts, b, z }
}

/// The columns in use and those that violate their conditions most; the next size of the set.
fn working_set(
    problem: &Softmax<'_>,
    point: &Point,
    gradients: &[Vec<f64>],
    size: usize,
) -> (Vec<usize>, usize) {
    let p = problem.design.columns();
    let violation = |j: usize| -> f64 {
        (0..problem.count)
            .map(|k| problem.violation(point.b[k][j], gradients[k][j]))
            .fold(0.0, f64::max)
    };
    let used = |j: usize| (0..problem.count).any(|k| point.b[k][j] != 0.0);
    let mut chosen: Vec<usize> = (0..p).filter(|&j| used(j)).collect();
    let size = size.max(2 * chosen.len()).min(p);
    let mut others: Vec<(f64, usize)> =
        (0..p).filter(|&j| !used(j)).map(|j| (violation(j), j)).filter(|v| v.0 > 0.0).collect();
    others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    others.truncate(size.saturating_sub(chosen.len()).max(FIRST));
    chosen.extend(others.into_iter().map(|(_, j)| j));
    chosen.sort_unstable();
    (chosen, 2 * size)
}

/// The step to the minimum of the quadratic model with penalty over the chosen columns, by coordinate
/// descent, and the change that the model promises at most.
fn proximal_direction(
    problem: &Softmax<'_>,
    point: &Point,
    rows: &Rows,
    gradients: &[Vec<f64>],
    of_intercepts: &[f64],
    chosen: &[usize],
) -> (Direction, f64) {
    let hessian = problem.hessian(rows, chosen);
    let m = chosen.len() + 1;
    let size = problem.count * m;
    let mut g = vec![0.0; size];
    let mut start = vec![0.0; size];
    for k in 0..problem.count {
        g[k * m] = of_intercepts[k];
        for (l, &j) in chosen.iter().enumerate() {
            g[k * m + l + 1] = gradients[k][j];
            start[k * m + l + 1] = point.b[k][j];
        }
    }
    let slope = g.clone();
    let mut u = start.clone();
    let mut first = None;
    for _ in 0..2_000 {
        let mut moved = 0.0_f64;
        for a in 0..size {
            let (l1, l2) = if a % m == 0 { (0.0, 0.0) } else { (problem.l1, problem.l2) };
            if a % m == 0 && !problem.intercept {
                continue;
            }
            let curvature = hessian[(a, a)] + l2 + 1e-12;
            let next = soft(u[a] * curvature - (g[a] + l2 * u[a]), l1) / curvature;
            let change = next - u[a];
            if change != 0.0 {
                axpy(&mut g, change, hessian.column(a));
                u[a] = next;
                moved = moved.max(change * change * curvature);
            }
        }
        let at_first = *first.get_or_insert(moved);
        if moved <= 1e-20 * at_first.max(f64::MIN_POSITIVE) || problem.interrupter.stops() {
            break;
        }
    }
    let mut intercepts = vec![0.0; problem.count];
    let mut b = vec![vec![0.0; problem.design.columns()]; problem.count];
    let mut model = 0.0;
    for k in 0..problem.count {
        intercepts[k] = u[k * m] - start[k * m];
        model += slope[k * m] * intercepts[k];
        for (l, &j) in chosen.iter().enumerate() {
            let (new, old) = (u[k * m + l + 1], start[k * m + l + 1]);
            b[k][j] = new - old;
            model += slope[k * m + l + 1] * (new - old) + problem.l1 * (new.abs() - old.abs());
            model += 0.5 * problem.l2 * (new * new - old * old);
        }
    }
    (with_predictors(problem, intercepts, b), model)
}

/// Steps 1, 1/2, 1/4, ... as for one predictor: never a rise.
fn backtrack(
    problem: &Softmax<'_>,
    point: &mut Point,
    rows: &mut Rows,
    trial: &mut Rows,
    direction: &Direction,
    model: f64,
) -> Option<f64> {
    let before = problem.penalty(&point.b);
    let value = rows.mean + before;
    let mut t = 1.0;
    let mut b = point.b.clone();
    for _ in 0..40 {
        if problem.interrupter.stops() {
            return None;
        }
        for k in 0..problem.count {
            for (j, b) in b[k].iter_mut().enumerate() {
                *b = point.b[k][j] + t * direction.b[k][j];
                // What the model sets to zero is zero, not its rounding.
                if b.abs() <= 1e-15 * point.b[k][j].abs() {
                    *b = 0.0;
                }
            }
        }
        let change = problem.evaluate(&point.z, Some((t, &direction.z, rows)), trial);
        let total = change + problem.penalty(&b) - before;
        let tiny = t * model.abs() <= 1e-10 * value.abs();
        let accepted = if tiny && problem.l1 == 0.0 {
            let of_penalty: f64 =
                (0..problem.count).map(|k| problem.l2 * dot(&b[k], &direction.b[k])).sum();
            let slope = problem.slope_along(trial, &direction.z) + of_penalty;
            total <= 1e-4 * t * model || slope.abs() <= 0.5 * model.abs()
        } else {
            let rounding = if tiny { 16.0 * f64::EPSILON * value.abs() } else { 0.0 };
            total <= 1e-4 * t * model + rounding
        };
        if accepted && total.is_finite() && model < 0.0 {
            for k in 0..problem.count {
                point.intercepts[k] += t * direction.intercepts[k];
                axpy(&mut point.z[k], t, &direction.z[k]);
            }
            point.b = b;
            std::mem::swap(rows, trial);
            return Some(t);
        }
        t *= 0.5;
    }
    None
}

/// Standard errors by the inverse of the information of all free parameters.
fn standard_errors(problem: &Softmax<'_>, rows: &Rows, total: f64) -> Option<Vec<Vec<f64>>> {
    let list = parameters(problem);
    if list.len() > DENSE {
        return None;
    }
    let factor = Cholesky::new(&chosen_hessian(problem, rows, &list)).ok()?;
    let mut errors = vec![Vec::new(); problem.count];
    for (a, &(k, _)) in list.iter().enumerate() {
        let mut unit = vec![0.0; list.len()];
        unit[a] = 1.0;
        factor.solve_lower(&mut unit);
        errors[k].push((dot(&unit, &unit) / total).sqrt());
    }
    errors.remove(problem.fixed?);
    Some(errors)
}
