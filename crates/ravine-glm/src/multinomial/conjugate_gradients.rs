//! Newton directions of the smooth multinomial objective by products alone.

use std::cell::RefCell;

use ravine::Interrupt;
use ravine::krylov::{CgWork, ConjugateGradient, Jacobi, SlowStop, TrueResidual};
use ravine::matrix::Matrix;
use ravine::operator::{KroneckerSpectral, LinearOperator, from_fn};
use ravine::vector::dot;

use super::softmax::{Point, Rows, Softmax};

/// Eigenvectors of a matrix of dimension p cost about so many times `p^3`.
const EIGENVECTORS: usize = 25;
/// A preconditioner may cost as much as so many products.
const PRODUCTS: usize = 40;

/// `H d = -g` by conjugate gradients, the products being `U = X V`, `R_k = w p_k (U_k - sum_l p_l U_l)`,
/// `X'R`: intercepts and coefficients of d, and `g'd`. What a norm of the first gradient was, by which
/// accuracies are measured, is kept in `first_size`.
///
/// The preconditioner is the inverse of `C (x) G + l2 I`, with C the mean over rows of
/// `diag(p) - p p'` and G the Gram matrix of the columns with the mean curvature of the classes as
/// weights: exact where all rows have the same probabilities. Where its eigenvectors would cost more than
/// they save, it is the diagonal of H.
pub(super) fn direction(
    problem: &Softmax<'_>,
    point: &Point,
    rows: &Rows,
    (gradients, of_intercepts): (&[Vec<f64>], &[f64]),
    first_size: &mut Option<f64>,
) -> (Vec<f64>, Vec<Vec<f64>>, f64) {
    let (n, p) = (problem.rows(), problem.design.columns());
    let first = usize::from(problem.intercept);
    let m = first + p;
    let free: Vec<usize> = (0..problem.count).filter(|&k| Some(k) != problem.fixed).collect();
    let mut right = Vec::with_capacity(free.len() * m);
    for &k in &free {
        right.extend(std::iter::repeat_n(-of_intercepts[k], first));
        let terms = gradients[k].iter().zip(&point.b[k]);
        right.extend(terms.map(|(g, b)| -(g + problem.l2 * b)));
    }
    let work = RefCell::new((
        vec![vec![0.0; p]; free.len()],
        vec![vec![0.0; n]; free.len()],
        vec![vec![0.0; p]; free.len()],
    ));
    let hessian = from_fn(right.len(), |v: &Vec<f64>, hv: &mut Vec<f64>| {
        if problem.interrupter.stops() {
            return Err(Interrupt::Cancelled);
        }
        let (b, u, g) = &mut *work.borrow_mut();
        b.iter_mut().zip(v.chunks(m)).for_each(|(b, v)| b.copy_from_slice(&v[first..]));
        problem.design.multiply_columns_all(b, u);
        if problem.intercept {
            u.iter_mut().zip(v.chunks(m)).for_each(|(u, v)| u.iter_mut().for_each(|u| *u += v[0]));
        }
        problem.curve(rows, &free, u);
        problem.design.multiply_columns_transposed_all(u, g);
        for (((hv, g), u), b) in hv.chunks_mut(m).zip(g).zip(u).zip(b) {
            if problem.intercept {
                hv[0] = u.iter().sum();
            }
            let terms = hv[first..].iter_mut().zip(g).zip(b);
            terms.for_each(|((hv, g), b)| *hv = *g + problem.l2 * *b);
        }
        Ok(())
    });
    let mut d = vec![0.0; right.len()];
    let cheap = p * (n + EIGENVECTORS * p) <= 4 * PRODUCTS * n * free.len();
    let kronecker =
        if cheap && !problem.design.is_sparse() { kronecker(problem, rows, &free) } else { None };
    if let Some(inverse) = kronecker {
        solve(&hessian, &inverse, &right, first_size, &mut d);
    } else if let Ok(jacobi) = Jacobi::new(&diagonal(problem, rows, &free)) {
        solve(&hessian, &jacobi, &right, first_size, &mut d);
    }
    let model = -dot(&right, &d);
    let mut intercepts = vec![0.0; problem.count];
    let mut b = vec![vec![0.0; p]; problem.count];
    for (&k, d) in free.iter().zip(d.chunks(m)) {
        if problem.intercept {
            intercepts[k] = d[0];
        }
        b[k].copy_from_slice(&d[first..]);
    }
    (intercepts, b, model)
}

/// Accuracies follow the gradient (Eisenstat and Walker, 1996), measured as the preconditioner has it.
fn solve(
    hessian: &impl LinearOperator<Vec<f64>>,
    inverse: &impl LinearOperator<Vec<f64>>,
    right: &Vec<f64>,
    first_size: &mut Option<f64>,
    d: &mut Vec<f64>,
) {
    if inverse.apply(right, d).is_err() {
        return;
    }
    let size = dot(right, d).max(0.0).sqrt();
    let relative: f64 = (size / *first_size.get_or_insert(size.max(f64::MIN_POSITIVE))).min(1.0);
    let cg = ConjugateGradient {
        tolerance: (0.1 * relative.sqrt()).max(1e-10),
        slow_stop: SlowStop::NashSofer { fraction: (0.5_f64).min(relative.sqrt()).max(1e-8) },
        true_residual: TrueResidual::Skipped,
        ..ConjugateGradient::default()
    };
    d.fill(0.0);
    // An end without success leaves the best iterate, along which the line search still goes down.
    let _ = cg.solve_preconditioned(hessian, inverse, right, d, &mut CgWork::new(right));
}

/// `(C (x) G + l2 I)^-1` over the free classes; `None` where floating point has no eigenvectors of them.
fn kronecker(problem: &Softmax<'_>, rows: &Rows, free: &[usize]) -> Option<KroneckerSpectral> {
    let p = problem.design.columns();
    let first = usize::from(problem.intercept);
    let all = problem.between_classes(rows);
    let classes = Matrix::from_fn(free.len(), free.len(), |k, l| all[(free[k], free[l])]);
    let mut weights = vec![0.0; problem.rows()];
    for p in &rows.p {
        weights.iter_mut().zip(p).for_each(|(w, p)| *w += p * (1.0 - p));
    }
    weights.iter_mut().zip(&problem.weights).for_each(|(q, w)| *q *= w);
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|q| *q /= total);
    let mut own = Matrix::zeros(p, p);
    problem.design.gram_of_columns(&weights, &mut own);
    let mut sums = vec![0.0; p];
    problem.design.multiply_columns_transposed(&weights, &mut sums);
    let gram = Matrix::from_fn(first + p, first + p, |i, j| match (i < first, j < first) {
        (true, true) => 1.0,
        (true, false) => sums[j - first],
        (false, true) => sums[i - first],
        (false, false) => own[(i - first, j - first)],
    });
    let spectral = KroneckerSpectral::new(&classes, &gram).ok()?;
    let largest = spectral.values().iter().fold(f64::MIN_POSITIVE, |most, d| d.max(most));
    Some(spectral.map(|d| 1.0 / (d.max(1e-12 * largest) + problem.l2)))
}

fn diagonal(problem: &Softmax<'_>, rows: &Rows, free: &[usize]) -> Vec<f64> {
    let mut squares = vec![0.0; problem.design.columns()];
    let mut diagonal = Vec::new();
    for &k in free {
        let block = problem.block(rows, k, k);
        problem.design.weighted_squares(&block, &mut squares);
        if problem.intercept {
            diagonal.push(block.iter().sum::<f64>());
        }
        diagonal.extend(squares.iter().map(|s| s + problem.l2));
    }
    let largest = diagonal.iter().fold(f64::MIN_POSITIVE, |most, d| d.max(most));
    diagonal.iter_mut().for_each(|d| *d = d.max(1e-12 * largest));
    diagonal
}
