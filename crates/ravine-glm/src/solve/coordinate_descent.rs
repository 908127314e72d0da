//! Proximal Newton with coordinate descent on working sets.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine::vector::{axpy, dot};

use crate::family::Family;

use super::centring::Moments;
use super::gram_descent::{Exactness, Quadratic, Shrinkage};
use super::group_descent;
use super::line_search::backtrack;
use super::problem::{Point, Problem, Rows, soft};
use super::solved::Solved;
use super::status::{Certificate, Limits, Status, Test};

/// Most Newton models on one working set.
const MODELS: usize = 10;
/// A model is solved to this share of the violation before it.
const INNER: f64 = 1e-3;
/// The models of a round end where the violation has fallen to this share; where the Gram matrix of all
/// columns is known, so that models cost little beside a gradient by all columns, to the second.
const ROUND: (f64, f64) = (0.3, 1e-5);
/// Of a quadratic loss the Gram matrix of up to so many columns is formed once, whatever the working sets.
const FEW: usize = 100;
/// The same along a path, of tables that are not wide.
pub(crate) const FEW_OF_PATH: usize = 1_000;

/// Minimizes with an L1 penalty or bounds. Each outer round finds the duality gap, screens out
/// columns that cannot have a coefficient (gap-safe sphere, where the loss has bounded curvature),
/// and takes the columns that violate their conditions most beside those in use; on these, quadratic
/// models are minimized by coordinate descent over their Gram matrix, and line searches make the
/// models' steps safe.
///
/// Sources: Friedman, Hastie and Tibshirani (2010) for the coordinate step; Yuan, Ho and Lin, An
/// improved GLMNET for L1-regularized logistic regression (2012) for the line search; Ndiaye et al.,
/// Gap safe screening rules for sparsity enforcing penalties (2017); Johnson and Guestrin, Blitz
/// (2015) for working sets.
pub(crate) fn solve(
    problem: &Problem<'_>,
    start: Point,
    limits: &Limits,
    kept: &mut Kept,
) -> Solved {
    let kind = problem.information();
    let n = problem.columns();
    let mut point = start;
    kept.cache.most = if kept.of_path { FEW_OF_PATH } else { FEW };
    let mut random = Random::new(1);
    without_rows(problem, &mut point, limits, kept, &mut random);
    if point.z.is_empty() {
        problem.refresh(&mut point);
    }
    let (mut rows, mut trial) = (Rows::default(), Rows::default());
    problem.evaluate(&point.z, None, kind, &mut rows);
    let mut gradient = vec![0.0; n];
    // What is screened out stays at zero: the problem without it has the same optimum, and its gap is
    // one of the whole.
    let mut reduced = problem.clone();
    let problem = &mut reduced;
    let grouped = problem.grouped();
    // Whether nothing keeps the coefficient at zero.
    let is_free = |j: usize, problem: &Problem<'_>| {
        problem.l1[j] == 0.0 && !problem.aliased[j] && !grouped[j]
    };
    let Kept { lengths, cache, .. } = kept;
    let quadratic = is_quadratic(problem);
    let first = (n / 10).clamp(10, 100);
    let mut status = Status::IterationLimit;
    let mut certificate = Certificate::Violation(f64::INFINITY);
    let mut screened = 0;
    let mut last_violation = f64::INFINITY;
    let mut stalled = 0;
    let mut iterations = 0;
    let mut history = Vec::new();
    // Whether linear predictors are those of the coefficients, without what updates have added up.
    let mut fresh = true;
    while iterations < limits.iterations {
        history.push((iterations, rows.mean + problem.penalty(&point.b)));
        if problem.stopped() {
            status = Status::Stopped;
            break;
        }
        iterations += 1;
        problem.polish_intercept(&mut point, kind, &mut rows);
        gradient_of_rest(problem, &rows, &mut gradient);
        let gap = problem.gap(&point, &rows, &gradient);
        let value = rows.mean + problem.penalty(&point.b);
        let violations = problem.violations(&point.b, &gradient);
        let worst = violations.iter().fold(0.0_f64, |most, v| v.max(most));
        if gap.value.is_finite() {
            certificate = Certificate::Gap(gap.value);
            if limits.gap_holds(gap.value, value) {
                status = Status::Converged(Test::Gap);
                break;
            }
        } else {
            certificate = Certificate::Violation(worst);
            if worst <= limits.tolerance * limits.start_violation {
                status = Status::Converged(Test::Violation);
                break;
            }
        }
        if worst > 0.9 * last_violation {
            stalled += 1;
        } else {
            stalled = 0;
        }
        if worst == 0.0 || stalled > 20 {
            status = Status::PrecisionLimit;
            break;
        }
        last_violation = worst;
        // Gap-safe sphere about the scaled dual point; a gap of rounding must not count as none.
        if let Some(smoothness) = problem.loss.smoothness()
            && gap.value.is_finite()
            && problem.bounds.is_none()
            && iterations > 1
        {
            if lengths.is_empty() {
                *lengths = column_lengths(problem);
            }
            let safe = gap.value.max(1e-14 * value.abs());
            let radius = (2.0 * smoothness * safe).sqrt();
            screened += screen_groups(problem, &point, &gradient, gap.scale, radius, lengths);
            for j in (0..n).filter(|&j| !grouped[j]) {
                let idle = !problem.aliased[j] && point.b[j] == 0.0 && violations[j] == 0.0;
                if idle && gap.scale * gradient[j].abs() + radius * lengths[j] < problem.l1[j] {
                    problem.aliased[j] = true;
                    screened += 1;
                }
            }
        }
        let used =
            (0..n).filter(|&j| !problem.aliased[j] && (point.b[j] != 0.0 || is_free(j, problem)));
        let mut set: Vec<usize> = used.collect();
        let size = first.max(2 * set.len()).min(n);
        let mut others: Vec<usize> = (0..n)
            .filter(|&j| violations[j] > 0.0 && point.b[j] == 0.0 && !is_free(j, problem))
            .collect();
        others.sort_by(|&i, &j| violations[j].total_cmp(&violations[i]).then(i.cmp(&j)));
        others.truncate(size.saturating_sub(set.len()).max(first));
        set.extend(others);
        complete_groups(problem, &mut set);
        if set.is_empty() {
            status = Status::PrecisionLimit;
            break;
        }
        let mut inner = vec![0.0; set.len()];
        for (slot, &j) in inner.iter_mut().zip(&set) {
            *slot = gradient[j];
        }
        let mut accuracy = INNER * worst;
        for model in 0..MODELS {
            if model > 0 {
                problem.polish_intercept(&mut point, kind, &mut rows);
                problem.design.multiply_chosen_transposed(&set, &rows.slopes, &mut inner);
                set.iter().zip(&inner).for_each(|(&j, &g)| gradient[j] = g);
                let all = problem.violations(&point.b, &gradient);
                let now = set.iter().map(|&j| all[j]).fold(0.0, f64::max);
                let known = quadratic && cache.all.is_some();
                let enough = if known { ROUND.1 } else { ROUND.0 };
                if now <= (enough * worst).max(1e-300) {
                    break;
                }
                if known {
                    accuracy = INNER * now;
                }
            }
            fresh = false;
            let state = (&mut point, &mut rows, &mut trial);
            if !newton_step(problem, &set, &inner, accuracy, state, cache, &mut random) {
                break;
            }
        }
        if iterations % 5 == 0 {
            fresh = refresh(problem, &mut point, &mut rows);
        }
    }
    if !fresh {
        refresh(problem, &mut point, &mut rows);
    }
    let notes = if screened > 0 {
        vec![format!("{screened} columns screened out by the duality gap")]
    } else {
        Vec::new()
    };
    Solved { point, rows, status, certificate, iterations, history, recession: None, notes }
}

/// Computes linear predictors and rows from the coefficients.
fn refresh(problem: &Problem<'_>, point: &mut Point, rows: &mut Rows) -> bool {
    problem.refresh(point);
    problem.evaluate(&point.z, None, problem.information(), rows);
    true
}

/// Moves a point to the optimum as the Gram matrix of all columns has it, where there may be one.
fn without_rows(
    problem: &Problem<'_>,
    point: &mut Point,
    limits: &Limits,
    kept: &mut Kept,
    random: &mut Random,
) {
    let smooth = problem.groups.is_empty() && problem.bounds.is_none();
    let Kept { cache, null_gradient: Some((gradient, _)), .. } = kept else { return };
    if !smooth || !cache.may_have_all(problem) {
        return;
    }
    let gram = cache.centred(problem);
    let quadratic = Quadratic { gram, gradient, mean: limits.null };
    let exactness = Exactness {
        tolerance: limits.tolerance,
        null: limits.null,
        start_violation: limits.start_violation,
    };
    quadratic.minimize(&Shrinkage::from(problem), &mut point.b, &exactness, random);
    problem.refresh(point);
}

/// The gradient by the columns that are neither aliased nor screened out; where these are few, only their
/// products are made.
fn gradient_of_rest(problem: &Problem<'_>, rows: &Rows, gradient: &mut [f64]) {
    let rest: Vec<usize> = (0..gradient.len()).filter(|&j| !problem.aliased[j]).collect();
    if 2 * rest.len() > gradient.len() || problem.design.is_sparse() {
        problem.gradient(rows, gradient);
        return;
    }
    let mut products = vec![0.0; rest.len()];
    problem.design.multiply_chosen_transposed(&rest, &rows.slopes, &mut products);
    gradient.fill(0.0);
    rest.iter().zip(&products).for_each(|(&j, &g)| gradient[j] = g);
}

/// All columns of the groups that have one in the set, in order.
fn complete_groups(problem: &Problem<'_>, set: &mut Vec<usize>) {
    set.sort_unstable();
    let mut mates = Vec::new();
    for group in &problem.groups {
        if group.columns.iter().any(|j| set.binary_search(j).is_ok()) {
            mates.extend(group.columns.iter().copied().filter(|&j| !problem.aliased[j]));
        }
    }
    set.extend(mates);
    set.sort_unstable();
    set.dedup();
}

/// Screens out the groups that the sphere about the dual point leaves at zero, and counts their columns.
/// The norm of a group's columns as a matrix is at most the root of the sum of their squares.
fn screen_groups(
    problem: &mut Problem<'_>,
    point: &Point,
    gradient: &[f64],
    scale: f64,
    radius: f64,
    lengths: &[f64],
) -> usize {
    let mut screened = 0;
    for group in &problem.groups {
        let zero = group.columns.iter().all(|&j| point.b[j] == 0.0 && !problem.aliased[j]);
        let squares: f64 = group.columns.iter().map(|&j| lengths[j] * lengths[j]).sum();
        if zero && scale * group.pull(gradient) + radius * squares.sqrt() < group.l1 {
            group.columns.iter().for_each(|&j| problem.aliased[j] = true);
            screened += group.columns.len();
        }
    }
    screened
}

/// `sqrt(sum_i w_i (x_ij - m_j)^2)`, with the means where there is an intercept.
fn column_lengths(problem: &Problem<'_>) -> Vec<f64> {
    let Moments { variances, .. } = problem.moments();
    variances.into_iter().map(|variance| variance.max(0.0).sqrt()).collect()
}

/// Whether second derivatives are the same everywhere.
fn is_quadratic(problem: &Problem<'_>) -> bool {
    problem.loss.family() == Family::Gaussian && problem.is_convex()
}

/// What fits of the same rows and columns with other penalties share.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    of_path: bool,
    cache: Cache,
    lengths: Vec<f64>,
    /// The gradient of the null model, by the columns and by the intercept, once it is known; the columns
    /// have been checked by then.
    pub(crate) null_gradient: Option<(Vec<f64>, f64)>,
}

impl Kept {
    /// For many fits.
    pub(crate) fn of_path() -> Self {
        Self { of_path: true, ..Self::default() }
    }
}

/// The Gram matrix of a working set with the intercept eliminated, `X'w` and the sum of the weights. Of a
/// quadratic loss it stays the same from round to round.
#[derive(Debug, Default)]
struct Cache {
    /// Of so many columns the Gram matrix of all is formed.
    most: usize,
    /// That matrix and `X'w`.
    all: Option<(Matrix, Vec<f64>)>,
    /// The same matrix with the intercept eliminated.
    centred: Option<Matrix>,
    set: Vec<usize>,
    gram: Matrix,
    products: Vec<f64>,
    total: f64,
}

impl Cache {
    /// Whether the Gram matrix of all columns is worth its cost.
    fn may_have_all(&self, problem: &Problem<'_>) -> bool {
        let n = problem.columns();
        is_quadratic(problem) && n <= self.most && n <= problem.rows().max(FEW)
    }

    fn centred(&mut self, problem: &Problem<'_>) -> &Matrix {
        let Self { all, centred, .. } = self;
        centred.get_or_insert_with(|| {
            let total: f64 = problem.weights.iter().sum();
            let (mut matrix, sums) = gram_of_all(all, problem).clone();
            if problem.intercept && total > 0.0 {
                for j in 0..sums.len() {
                    axpy(matrix.column_mut(j), -sums[j] / total, &sums);
                }
            }
            matrix
        })
    }

    fn bring(&mut self, problem: &Problem<'_>, set: &[usize], rows: &Rows) {
        let quadratic = is_quadratic(problem);
        if quadratic && self.set == set {
            return;
        }
        // Losses that are straight in places have no curvature there.
        let weights: Vec<f64> = match problem.loss.smoothness() {
            Some(most) => {
                let rows = rows.weights.iter().zip(&problem.weights);
                rows.map(|(q, w)| q.max(1e-6 * most * w)).collect()
            }
            None => rows.weights.clone(),
        };
        let m = set.len();
        self.set.clear();
        self.set.extend_from_slice(set);
        self.gram.resize(m, m);
        self.total = weights.iter().sum();
        if self.may_have_all(problem) {
            let (all, sums) = gram_of_all(&mut self.all, problem);
            for (k, &j) in set.iter().enumerate() {
                let chosen = set.iter().map(|&i| all[(i, j)]);
                self.gram.column_mut(k).iter_mut().zip(chosen).for_each(|(g, a)| *g = a);
            }
            self.products.clear();
            self.products.extend(set.iter().map(|&j| sums[j]));
        } else {
            problem.design.gram_of_chosen(set, &weights, &mut self.gram);
            self.products.clear();
            self.products.resize(m, 0.0);
            if problem.intercept {
                problem.design.multiply_chosen_transposed(set, &weights, &mut self.products);
            }
        }
        if problem.intercept && self.total > 0.0 {
            for k in 0..m {
                let c = -self.products[k] / self.total;
                axpy(self.gram.column_mut(k), c, &self.products);
            }
        }
    }
}

/// The Gram matrix of all columns and `X'w`, formed once; the weights are those of the rows.
fn gram_of_all<'k>(
    kept: &'k mut Option<(Matrix, Vec<f64>)>,
    problem: &Problem<'_>,
) -> &'k (Matrix, Vec<f64>) {
    kept.get_or_insert_with(|| {
        let n = problem.columns();
        let (mut all, mut sums) = (Matrix::zeros(n, n), vec![0.0; n]);
        problem.design.gram_and_sums(&problem.weights, &mut all, &mut sums);
        (all, sums)
    })
}

/// Minimizes the quadratic model on the columns of `set`, whose gradients are `gradient`, to the
/// accuracy `tolerance` of its own gradients, and goes along its step; false where no step could be
/// taken.
fn newton_step(
    problem: &Problem<'_>,
    set: &[usize],
    gradient: &[f64],
    tolerance: f64,
    (point, rows, trial): (&mut Point, &mut Rows, &mut Rows),
    cache: &mut Cache,
    random: &mut Random,
) -> bool {
    let kind = problem.information();
    cache.bring(problem, set, rows);
    let Cache { gram, products, total, .. } = &*cache;
    let total = *total;
    let slope: f64 = if problem.intercept { rows.slopes.iter().sum() } else { 0.0 };
    let mut g = gradient.to_vec();
    if problem.intercept && total > 0.0 {
        g.iter_mut().zip(products).for_each(|(g, q)| *g -= q * slope / total);
    }
    let start: Vec<f64> = set.iter().map(|&j| point.b[j]).collect();
    let mut u = start.clone();
    if problem.groups.is_empty() {
        descend(problem, set, gram, &mut g, &mut u, tolerance, random);
    } else {
        group_descent::descend(problem, set, gram, (&mut g, &mut u), tolerance, random);
    }
    let d: Vec<f64> = u.iter().zip(&start).map(|(u, b)| u - b).collect();
    if d.iter().all(|&d| d == 0.0) {
        return false;
    }
    let d0 =
        if problem.intercept && total > 0.0 { -(slope + dot(products, &d)) / total } else { 0.0 };
    let mut xd = vec![0.0; problem.rows()];
    problem.design.multiply_chosen(set, &d, &mut xd);
    xd.iter_mut().for_each(|x| *x += d0);
    let mut direction = vec![0.0; problem.columns()];
    let mut after = point.b.clone();
    for (k, &j) in set.iter().enumerate() {
        direction[j] = d[k];
        after[j] = u[k];
    }
    let change = problem.penalty(&after) - problem.penalty(&point.b);
    let model = Problem::slope_along(rows, &xd) + change;
    let along = (d0, &direction[..], &xd[..]);
    let taken = backtrack(problem, point, rows, trial, along, model, kind);
    if taken == Some(1.0) {
        // Exactly zero where the model says so.
        set.iter().zip(&u).for_each(|(&j, &u)| point.b[j] = u);
    }
    taken.is_some()
}

/// Coordinate descent on `g'(u - b) + (u - b)'G(u - b)/2` plus penalty, the gradient g kept up to date:
/// epochs in random order, first over all, then over those in use, with every fifth over all again,
/// until no coordinate moves its gradient by more than `tolerance`.
fn descend(
    problem: &Problem<'_>,
    set: &[usize],
    gram: &Matrix,
    g: &mut [f64],
    u: &mut [f64],
    tolerance: f64,
    random: &mut Random,
) {
    let m = set.len();
    let mut order: Vec<usize> = (0..m).collect();
    let largest = (0..m).fold(0.0_f64, |most, k| gram[(k, k)].max(most));
    // An epoch costs m^2 operations, the Gram matrix n m^2 / 2.
    let epochs = (problem.rows() / 10).clamp(50, 1000);
    for epoch in 0..epochs {
        let full = epoch < 2 || epoch % 5 == 0;
        for k in (1..m).rev() {
            order.swap(k, random.below(k + 1));
        }
        let mut moved = 0.0_f64;
        for &k in &order {
            let j = set[k];
            if !full && u[k] == 0.0 {
                continue;
            }
            let curvature = gram[(k, k)].max(1e-14 * largest) + problem.l2[j];
            if curvature <= 0.0 {
                continue;
            }
            let centre = u[k] * curvature - (g[k] + problem.l2[j] * u[k]);
            let mut next = soft(centre, problem.l1[j]) / curvature;
            if let Some((lower, upper)) = &problem.bounds {
                next = next.clamp(lower[j], upper[j]);
            }
            let change = next - u[k];
            if change != 0.0 {
                axpy(g, change, gram.column(k));
                u[k] = next;
                moved = moved.max(change.abs() * curvature);
            }
        }
        if full && moved <= tolerance || problem.stopped() {
            break;
        }
    }
}
