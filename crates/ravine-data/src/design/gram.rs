//! Weighted Gram matrices.

use ravine_linalg::Threads;
use ravine_linalg::matrix::{Matrix, SparseRows};
use ravine_linalg::vector::{axpy, dot};

/// Most rows of a panel.
const ROWS: usize = 2048;
/// Numbers of a panel that stays in the second cache.
const PANEL: usize = 1 << 16;

/// Adds the lower triangle of `A' diag(d) A`, with weights of any sign; the rows are split among
/// threads, each of which adds up a sum of its own.
pub(super) fn add_gram(a: &Matrix, d: &[f64], gram: &mut Matrix) {
    add_gram_and_sums(a, d, gram, &mut []);
}

/// The same, and `A'd` to `sums`, unless that is empty.
pub(super) fn add_gram_and_sums(a: &Matrix, d: &[f64], gram: &mut Matrix, sums: &mut [f64]) {
    let n = a.columns();
    let parts = Threads::current().parts(d.len().saturating_mul(n * n) / 16);
    let size = d.len().div_ceil(parts).max(1);
    if size >= d.len() {
        return add_rows(a, 0, d, gram, sums);
    }
    let count = sums.len();
    let parts = Threads::each(d.chunks(size).enumerate().collect(), |(k, d)| {
        let (mut part, mut sums) = (Matrix::zeros(n, n), vec![0.0; count]);
        add_rows(a, k * size, d, &mut part, &mut sums);
        (part, sums)
    });
    for (part, more) in parts {
        axpy(gram.entries_mut(), 1.0, part.entries());
        axpy(sums, 1.0, &more);
    }
}

/// Adds the lower triangle of `A' diag(d) A` over the rows of A from `first` on that d is of: of panels of
/// rows times the roots of their weights, as products of matrices.
fn add_rows(a: &Matrix, first: usize, d: &[f64], gram: &mut Matrix, sums: &mut [f64]) {
    let n = a.columns();
    if d.iter().any(|&d| d < 0.0) {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum += dot(d, &a.column(j)[first..first + d.len()]);
        }
        return add_by_dots(a, first, d, gram);
    }
    let rows = (PANEL / n.max(1)).clamp(32, ROWS);
    let mut panel = Matrix::zeros(0, n);
    let mut roots = [0.0; ROWS];
    for (k, d) in d.chunks(rows).enumerate() {
        let first = first + k * rows;
        panel.resize(d.len(), n);
        roots.iter_mut().zip(d).for_each(|(root, d)| *root = d.sqrt());
        for j in 0..n {
            let source = &a.column(j)[first..first + d.len()];
            let target = panel.column_mut(j).iter_mut().zip(source);
            target.zip(&roots).for_each(|((t, x), root)| *t = x * root);
            if let Some(sum) = sums.get_mut(j) {
                *sum += dot(panel.column(j), &roots[..d.len()]);
            }
        }
        gram.add_gram(&panel);
    }
}

/// The same with weights of any sign, an inner product an entry.
fn add_by_dots(a: &Matrix, first: usize, d: &[f64], gram: &mut Matrix) {
    let mut weighted = [0.0; ROWS];
    for (k, d) in d.chunks(ROWS).enumerate() {
        let rows = first + k * ROWS..first + k * ROWS + d.len();
        for j in 0..a.columns() {
            let column = weighted.iter_mut().zip(&a.column(j)[rows.clone()]);
            column.zip(d).for_each(|((w, &x), &d)| *w = x * d);
            for i in j..a.columns() {
                gram[(i, j)] += dot(&weighted[..d.len()], &a.column(i)[rows.clone()]);
            }
        }
    }
}

/// Adds the lower triangle of `(V - 1 s')' diag(d) (V - 1 s')`.
pub(super) fn gram_of_sparse(values: &SparseRows, shift: &[f64], d: &[f64], gram: &mut Matrix) {
    let mut t = vec![0.0; shift.len()];
    for (i, &d) in d.iter().enumerate() {
        let (columns, entries) = values.row(i);
        for (&j, &x) in columns.iter().zip(entries) {
            if let Some(t) = t.get_mut(j as usize) {
                *t += d * x;
            }
            let column = gram.column_mut(j as usize);
            for (&k, &y) in columns.iter().zip(entries).filter(|&(&k, _)| k >= j) {
                column[k as usize] += d * x * y;
            }
        }
    }
    // V'DV - s t' - t s' + (1'D1) s s', with t = V'D1.
    let total: f64 = d.iter().sum();
    for j in 0..shift.len() {
        for i in j..shift.len() {
            gram[(i, j)] += total * shift[i] * shift[j] - shift[i] * t[j] - t[i] * shift[j];
        }
    }
}
