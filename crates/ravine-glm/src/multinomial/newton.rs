//! Newton's method with the whole softmax Hessian, smooth or proximal.

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::{axpy, dot};

use super::conjugate_gradients;
use super::information::{DENSE, chosen_hessian, parameters, standard_errors};
use super::softmax::{Point, Rows, Softmax};
use crate::solve::problem::soft;
use crate::solve::separation::DECIDED;
use crate::solve::{Certificate, Status, Test};

/// Up to so many parameters it costs less than a few products.
const SMALL: usize = 320;
/// Linear predictors are computed from scratch after so many updates.
const REFRESH: usize = 10;
/// The first working set of columns.
const FIRST: usize = 10;
/// A model is solved to this share of the largest violation.
const INNER: f64 = 1e-3;

/// What minimizes the quadratic models of a [`Multinomial`](crate::Multinomial) fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultinomialSolver {
    /// A factorization of the Hessian of all classes.
    Factorization,
    /// Conjugate gradients, preconditioned.
    ConjugateGradients,
    /// Coordinate descent over a working set of columns.
    CoordinateDescent,
}

impl MultinomialSolver {
    /// Its name among the solvers of models.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Factorization => "newton",
            Self::ConjugateGradients => "newton-cg",
            Self::CoordinateDescent => "proximal-newton",
        }
    }

    /// Why it is taken, in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Factorization => "the whole Hessian between classes is small enough to factorize",
            Self::ConjugateGradients => "products with the whole Hessian between classes cost less",
            Self::CoordinateDescent => "L1 is not smooth; the whole Hessian of a working set",
        }
    }

    fn of(problem: &Softmax<'_>) -> Self {
        let count = problem.count * (problem.design.columns() + 1);
        let dense = if problem.fixed.is_some() { DENSE } else { SMALL };
        match problem.l1 > 0.0 {
            true => Self::CoordinateDescent,
            false if count > dense => Self::ConjugateGradients,
            false => Self::Factorization,
        }
    }
}

pub(super) struct Solved {
    pub(super) point: Point,
    pub(super) solver: MultinomialSolver,
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
    let solver = MultinomialSolver::of(problem);
    let mut status = Status::IterationLimit;
    let mut certificate = Certificate::Violation(f64::INFINITY);
    let mut iterations = 0;
    let mut size = FIRST;
    let mut recessions = 0;
    let mut first_size = None;
    while iterations < most {
        if problem.interrupter.stops() {
            status = Status::Stopped;
            break;
        }
        let (mut gradients, mut of_intercepts) = problem.gradient(&rows);
        let holds = |gap: f64, value: f64| gap <= tolerance * value.abs().max(null - value);
        let mut value = rows.mean + problem.penalty(&point.b);
        if holds(problem.gap(&point, &rows, &gradients), value) {
            // The bound is one where the intercepts are exact.
            polish_intercepts(problem, &mut point, &mut rows, &mut trial);
            (gradients, of_intercepts) = problem.gradient(&rows);
            value = rows.mean + problem.penalty(&point.b);
            let gap = problem.gap(&point, &rows, &gradients);
            if holds(gap, value) {
                certificate = Certificate::Gap(gap);
                status = Status::Converged(Test::Gap);
                break;
            }
        }
        iterations += 1;
        let (direction, model) = if solver == MultinomialSolver::CoordinateDescent {
            let (chosen, next, worst) = working_set(problem, &point, &gradients, size);
            size = next;
            let worst = of_intercepts.iter().fold(worst, |most, g| g.abs().max(most));
            let set = (&chosen[..], INNER * worst);
            proximal_direction(problem, &point, &rows, &gradients, &of_intercepts, set)
        } else {
            let slopes = (&gradients[..], &of_intercepts[..]);
            if solver == MultinomialSolver::ConjugateGradients {
                let found =
                    conjugate_gradients::direction(problem, &point, &rows, slopes, &mut first_size);
                (with_predictors(problem, found.0, found.1), found.2)
            } else {
                factorized_direction(problem, &point, &rows, slopes)
            }
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
        if iterations % REFRESH == 0 {
            problem.refresh(&mut point);
            problem.evaluate(&point.z, None, &mut rows);
        }
    }
    problem.refresh(&mut point);
    problem.evaluate(&point.z, None, &mut rows);
    if !unpenalized && !status.converged() {
        // Beside the point that is given, so that a fit that goes on from it takes the steps of a whole one.
        let (mut exact, mut exact_rows) = (point.clone(), rows.clone());
        polish_intercepts(problem, &mut exact, &mut exact_rows, &mut trial);
        let gap = problem.gap(&exact, &exact_rows, &problem.gradient(&exact_rows).0);
        certificate = Certificate::Gap(gap + (rows.mean - exact_rows.mean).max(0.0));
    }
    let errors = unpenalized && !matches!(status, Status::Separated | Status::Stopped);
    let standard_errors = if errors { standard_errors(problem, &rows, total) } else { None };
    Solved { point, solver, mean: rows.mean, status, certificate, iterations, standard_errors }
}

/// Whether a step is a direction along which every row likes its own class ever better.
fn recedes(problem: &Softmax<'_>, point: &Point, direction: &Direction) -> bool {
    let most = |z: &[Vec<f64>]| z.iter().flatten().fold(0.0_f64, |most, z| z.abs().max(most));
    let length = most(&direction.z);
    if most(&point.z) <= DECIDED || length <= 0.5 {
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
        let slopes = sums(&problem.slopes(rows));
        if slopes.iter().all(|s| s.abs() <= 1e-16 * count as f64) {
            return;
        }
        // The last intercept stays: a constant added to all changes nothing.
        let all = problem.between_classes(rows);
        let matrix = Matrix::from_fn(count - 1, count - 1, |k, l| all[(k, l)]);
        let mut step: Vec<f64> = slopes[..count - 1].iter().map(|s| -s).collect();
        let Ok(factor) = Cholesky::new(&matrix) else { return };
        factor.solve(&mut step);
        step.push(0.0);
        let d: Vec<Vec<f64>> = step.iter().map(|&s| vec![s; problem.rows()]).collect();
        let size =
            |rows: &Rows| -> f64 { sums(&problem.slopes(rows)).iter().map(|sum| sum.abs()).sum() };
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

fn sums(slopes: &[Vec<f64>]) -> Vec<f64> {
    slopes.iter().map(|slopes| slopes.iter().sum()).collect()
}

/// The Newton direction of a smooth objective by a factorization, and twice its decrement with the sign
/// of a slope.
fn factorized_direction(
    problem: &Softmax<'_>,
    point: &Point,
    rows: &Rows,
    slopes: (&[Vec<f64>], &[f64]),
) -> (Direction, f64) {
    let p = problem.design.columns();
    let (gradients, of_intercepts) = slopes;
    let list = parameters(problem);
    let right: Vec<f64> = list
        .iter()
        .map(|&(k, j)| match j {
            0 => -of_intercepts[k],
            j => -(gradients[k][j - 1] + problem.l2 * point.b[k][j - 1]),
        })
        .collect();
    let mut d = vec![0.0; list.len()];
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
    let model = -dot(&right, &d);
    let mut intercepts = vec![0.0; problem.count];
    let mut b = vec![vec![0.0; p]; problem.count];
    for (&(k, j), &d) in list.iter().zip(&d) {
        if j == 0 { intercepts[k] = d } else { b[k][j - 1] = d }
    }
    (with_predictors(problem, intercepts, b), model)
}

fn with_predictors(problem: &Softmax<'_>, intercepts: Vec<f64>, b: Vec<Vec<f64>>) -> Direction {
    let mut z = vec![vec![0.0; problem.rows()]; problem.count];
    problem.predictors(&intercepts, &b, &mut z);
    Direction { intercepts, b, z }
}

/// The columns in use and those that violate their conditions most; the next size of the set; the largest
/// violation.
fn working_set(
    problem: &Softmax<'_>,
    point: &Point,
    gradients: &[Vec<f64>],
    size: usize,
) -> (Vec<usize>, usize, f64) {
    let p = problem.design.columns();
    let violation = |j: usize| -> f64 {
        (0..problem.count)
            .map(|k| problem.violation(point.b[k][j], gradients[k][j]))
            .fold(0.0, f64::max)
    };
    let used = |j: usize| (0..problem.count).any(|k| point.b[k][j] != 0.0);
    let mut chosen: Vec<usize> = (0..p).filter(|&j| used(j)).collect();
    let worst = (0..p).map(violation).fold(0.0, f64::max);
    let size = size.max(2 * chosen.len()).min(p);
    let mut others: Vec<(f64, usize)> =
        (0..p).filter(|&j| !used(j)).map(|j| (violation(j), j)).filter(|v| v.0 > 0.0).collect();
    others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    others.truncate(size.saturating_sub(chosen.len()).max(FIRST));
    chosen.extend(others.into_iter().map(|(_, j)| j));
    chosen.sort_unstable();
    (chosen, 2 * size, worst)
}

/// The step to the minimum of the quadratic model with penalty over the chosen columns, by coordinate
/// descent, and the change that the model promises at most.
fn proximal_direction(
    problem: &Softmax<'_>,
    point: &Point,
    rows: &Rows,
    gradients: &[Vec<f64>],
    of_intercepts: &[f64],
    (chosen, tolerance): (&[usize], f64),
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
    descend(problem, &hessian, m, &mut g, &mut u, tolerance);
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

/// Coordinate descent on the quadratic model of Hessian H with penalty, its gradient g kept up to date;
/// every m-th parameter is an intercept. Epochs over all parameters and over those in use take turns,
/// until none over all moves a gradient by more than the tolerance.
fn descend(
    problem: &Softmax<'_>,
    hessian: &Matrix,
    m: usize,
    g: &mut [f64],
    u: &mut [f64],
    tolerance: f64,
) {
    let mut full = true;
    for epoch in 0..2_000 {
        let mut moved = 0.0_f64;
        for a in 0..u.len() {
            let is_intercept = a % m == 0;
            if is_intercept && !problem.intercept || !full && u[a] == 0.0 && !is_intercept {
                continue;
            }
            let (l1, l2) = if is_intercept { (0.0, 0.0) } else { (problem.l1, problem.l2) };
            let curvature = hessian[(a, a)] + l2 + 1e-12;
            let next = soft(u[a] * curvature - (g[a] + l2 * u[a]), l1) / curvature;
            let change = next - u[a];
            if change != 0.0 {
                axpy(g, change, hessian.column(a));
                u[a] = next;
                moved = moved.max(change.abs() * curvature);
            }
        }
        if full && moved <= tolerance || problem.interrupter.stops() {
            break;
        }
        // Over all again where those in use have settled, at the latest after ten.
        full = moved <= tolerance || epoch % 10 == 9;
    }
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
