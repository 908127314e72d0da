//! Matrices in memory of the caller's, and iterates shown to observers.

use ravine_linalg::krylov::{
    ConjugateResiduals, CrWork, Lsmr, LsmrWork, Lsqr, LsqrWork, Minres, MinresQlp, MinresQlpWork,
    MinresWork,
};
use ravine_linalg::matrix::{Matrix, MatrixView, SparseMatrix, SparseView, StoredBy};
use ravine_linalg::operator::{Adjoint, LinearOperator};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;

fn random_vector(n: usize, seed: u64) -> Vec<f64> {
    let mut v = vec![0.0; n];
    v.fill_normal(&mut Random::new(seed));
    v
}

fn random_matrix(rows: usize, columns: usize, seed: u64) -> Matrix {
    let entries = random_vector(rows * columns, seed);
    Matrix::from_fn(rows, columns, |i, j| entries[i * columns + j])
}

fn assert_near(found: &[f64], exact: &[f64], tolerance: f64) {
    assert_eq!(found.len(), exact.len());
    for (k, (f, e)) in found.iter().zip(exact).enumerate() {
        assert!((f - e).abs() <= tolerance, "entry {k}: {f} is not {e}");
    }
}

/// Both products of an operator against the matrix's own, to rounding.
fn assert_same(a: &impl Adjoint<Vec<f64>>, exact: &Matrix) {
    let (rows, columns) = (exact.rows(), exact.columns());
    assert_eq!((LinearOperator::<Vec<f64>>::rows(a), a.dimension()), (rows, columns));
    let (x, y) = (random_vector(columns, 5), random_vector(rows, 6));
    let (mut found, mut expected) = (vec![f64::NAN; rows], vec![0.0; rows]);
    a.apply(&x, &mut found).unwrap();
    exact.multiply(&x, &mut expected);
    assert_near(&found, &expected, 1e-12 * (1 + columns) as f64);
    let (mut found, mut expected) = (vec![f64::NAN; columns], vec![0.0; columns]);
    a.apply_adjoint(&y, &mut found).unwrap();
    exact.multiply_transposed(&y, &mut expected);
    assert_near(&found, &expected, 1e-12 * (1 + rows) as f64);
    assert_eq!(a.range_like(&x).len(), rows);
    assert_eq!(a.domain_like(&y).len(), columns);
}

#[test]
fn dense_views_are_their_matrices_in_either_order() {
    for (rows, columns) in [(1, 1), (7, 3), (3, 7), (130, 67), (67, 130), (5, 0), (0, 5)] {
        let exact = random_matrix(rows, columns, 3);
        let by_columns = (0..columns).map(|j| exact.column(j)).collect();
        let by_columns = MatrixView::from_columns(by_columns, rows).unwrap();
        assert_same(&by_columns, &exact);
        let transposed = Matrix::from_fn(columns, rows, |i, j| exact[(j, i)]);
        let by_rows = (0..rows).map(|i| transposed.column(i)).collect();
        let by_rows = MatrixView::from_rows(by_rows, columns).unwrap();
        assert_same(&by_rows, &exact);
        assert_eq!(by_rows.to_matrix(), exact);
        assert_eq!(by_columns.to_matrix(), exact);
    }
}

#[test]
fn lines_of_different_lengths_are_refused() {
    let numbers = [1.0; 5];
    let lines = || vec![&numbers[..3], &numbers[..2]];
    let error = MatrixView::from_rows(lines(), 3).unwrap_err();
    assert_eq!(error.to_string(), "rows[1].len(): is 2, but must be 3");
    let error = MatrixView::from_columns(lines(), 2).unwrap_err();
    assert_eq!(error.to_string(), "columns[0].len(): is 3, but must be 2");
}

#[test]
fn sparse_views_are_their_matrices_also_with_places_out_of_order_and_twice() {
    let (rows, columns) = (23, 17);
    let mut exact = Matrix::zeros(rows, columns);
    let mut by_row: Vec<Vec<(usize, f64)>> = vec![Vec::new(); rows];
    for k in 0..150_usize {
        let (i, j, v) = ((k * k + 5 * k) % rows, (7 * k + k / 3) % columns, k as f64 - 70.5);
        by_row[i].push((j, v));
        exact[(i, j)] += v;
    }
    assert!(by_row.iter().any(|row| !row.is_sorted_by_key(|e| e.0)));
    let mut starts = vec![0_i32];
    for row in &by_row {
        starts.push(starts.last().unwrap() + row.len() as i32);
    }
    let indices: Vec<i32> = by_row.iter().flatten().map(|e| e.0 as i32).collect();
    let values: Vec<f64> = by_row.iter().flatten().map(|e| e.1).collect();
    let rows_view =
        SparseView::new((rows, columns), StoredBy::Rows, &starts, &indices, &values).unwrap();
    assert_same(&rows_view, &exact);
    // The same memory is the transpose in compressed columns.
    let transposed = Matrix::from_fn(columns, rows, |i, j| exact[(j, i)]);
    let columns_view =
        SparseView::new((columns, rows), StoredBy::Columns, &starts, &indices, &values).unwrap();
    assert_same(&columns_view, &transposed);
    for (view, exact) in [(rows_view, &exact), (columns_view, &transposed)] {
        let owned = view.to_matrix();
        assert_same(&owned, exact);
        assert!((0..17).all(|k| view.diagonal()[k] == exact[(k, k)]));
    }
}

#[test]
fn sparse_parts_that_do_not_fit_are_refused_by_name() {
    let message = |starts: &[i64], indices: &[i64], values: &[f64]| {
        let view = SparseView::new((2, 3), StoredBy::Rows, starts, indices, values);
        view.map(|_| ()).unwrap_err().to_string()
    };
    let allowed = "starts.len(): is 2, but must be 3, one a line and one more";
    assert_eq!(message(&[0, 1], &[0], &[1.0]), allowed);
    assert_eq!(message(&[0, 1, 1], &[0], &[]), "values.len(): is 0, but must be 1, one an index");
    assert_eq!(message(&[1, 1, 1], &[0], &[1.0]), "starts[0]: is 1, but must be 0");
    let descending = message(&[0, 1, 0], &[0], &[1.0]);
    assert!(descending.starts_with("starts[2]: is 0, but must be at least the one before"));
    let too_many = message(&[0, 1, 2], &[0], &[1.0]);
    assert!(too_many.starts_with("starts[2]: is 2") && too_many.ends_with("at most 1"));
    let outside = message(&[0, 1, 1], &[3], &[1.0]);
    assert_eq!(outside, "indices[0]: is 3, but must be at least 0 and less than 3");
    assert!(message(&[0, 1, 1], &[-1], &[1.0]).starts_with("indices[0]: is -1"));
    assert!(message(&[0, -1, 1], &[1], &[1.0]).starts_with("starts[1]: is -1"));
}

/// Second differences and a little more: positive definite, or with `shift` indefinite.
fn tridiagonal(n: usize, shift: f64) -> SparseMatrix {
    let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.1 - shift)).collect();
    entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
    SparseMatrix::from_triplets(n, n, &entries)
}

/// Checks what an observer saw: one iterate an iteration, with the residuals of the history, the
/// last one the solution.
fn assert_observed(a: &SparseMatrix, b: &[f64], x: &[f64], seen: &[Vec<f64>], history: &[f64]) {
    assert_eq!(seen.len() + 1, history.len());
    assert!(seen.len() > 5);
    let mut product = vec![0.0; b.len()];
    for (iterate, norm) in seen.iter().zip(&history[1..]) {
        a.multiply(iterate, &mut product);
        let residual: f64 = b.iter().zip(&product).map(|(b, p)| (b - p).powi(2)).sum();
        assert!((residual.sqrt() - norm).abs() < 1e-8 * history[0]);
    }
    assert_eq!(seen.last().unwrap(), x);
}

#[test]
fn observers_see_every_iterate() {
    let n = 60;
    let b = random_vector(n, 9);
    let a = tridiagonal(n, 0.0);
    let indefinite = tridiagonal(n, 1.3);
    let mut x = vec![0.0; n];
    let mut seen = Vec::new();
    let mut work = CrWork::new(&b);
    let cr = ConjugateResiduals::default();
    cr.solve_observed(&a, &b, &mut x, &mut work, &mut |x| seen.push(x.clone())).unwrap();
    assert_observed(&a, &b, &x, &seen, work.history());

    seen.clear();
    let mut work = MinresWork::new(&b);
    let observe = &mut |x: &Vec<f64>| seen.push(x.clone());
    Minres::default().solve_observed(&indefinite, None, &b, &mut x, &mut work, observe).unwrap();
    assert_observed(&indefinite, &b, &x, &seen, work.history());

    seen.clear();
    let mut work = MinresQlpWork::new(&b);
    let observe = &mut |x: &Vec<f64>| seen.push(x.clone());
    let info = MinresQlp::default()
        .solve_observed(&indefinite, None, &b, &mut x, &mut work, observe)
        .unwrap();
    assert_observed(&indefinite, &b, &x, &seen, work.history());
    let mut unobserved = vec![0.0; n];
    let without = MinresQlp::default().solve(&indefinite, &b, &mut unobserved, &mut work).unwrap();
    assert_eq!((x.clone(), info.iterations), (unobserved, without.iterations));

    seen.clear();
    let mut work = LsqrWork::new(&b, &x);
    let observe = &mut |x: &Vec<f64>| seen.push(x.clone());
    Lsqr::default().solve_observed(&indefinite, &b, &mut x, &mut work, observe).unwrap();
    assert_observed(&indefinite, &b, &x, &seen, work.history());

    seen.clear();
    let mut work = LsmrWork::new(&b, &x);
    let observe = &mut |x: &Vec<f64>| seen.push(x.clone());
    Lsmr::default().solve_observed(&indefinite, &b, &mut x, &mut work, observe).unwrap();
    assert_observed(&indefinite, &b, &x, &seen, work.history());
}
