//! Sparse Hessians by compression against dense ones.

use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::SparseHessian;
use ravine::{Hessian, objective, residuals};

fn point(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 0.83 + 0.3).sin() + 0.1).collect()
}

/// Compares at two points with the pattern of the first; returns the number of entries.
fn assert_sparse_is_dense<O: Hessian + SparseHessian>(f: &O) -> usize {
    let n = f.dimension();
    let x = point(n);
    let mut sparse = f.sparse_hessian_pattern(&x).unwrap();
    for shift in [0.0, 0.35] {
        let x: Vec<f64> = x.iter().map(|x| x + shift).collect();
        let mut dense = Matrix::zeros(n, n);
        f.hessian(&x, &mut dense).unwrap();
        sparse.values_mut().fill(f64::NAN);
        f.sparse_hessian(&x, &mut sparse).unwrap();
        let mut filled = Matrix::zeros(n, n);
        for j in 0..n {
            let (rows, values) = sparse.column(j);
            assert!(rows.windows(2).all(|w| w[0] < w[1]));
            assert!(rows.contains(&j), "the diagonal is stored");
            for (&i, &v) in rows.iter().zip(values) {
                filled[(i, j)] = v;
            }
        }
        let size = dense.entries().iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for i in 0..n {
            for j in 0..n {
                let (a, b) = (filled[(i, j)], dense[(i, j)]);
                assert!((a - b).abs() <= 4.0 * f64::EPSILON * size, "({i}, {j}): {a} {b}");
                assert_eq!(a, filled[(j, i)], "symmetric to the last bit");
            }
        }
    }
    sparse.stored()
}

#[test]
fn banded() {
    let n = 40;
    let f = objective!(n, |x| {
        let mut sum = R::from(0.0);
        for w in x.windows(3) {
            sum += (w[0] * w[1] - w[2].sin()).powi(2) + w[1].powi(4) / 3.0;
        }
        sum
    });
    assert_eq!(assert_sparse_is_dense(&f), 5 * n - 6);
}

#[test]
fn arrow() {
    let n = 30;
    let f = objective!(n, |x| {
        let tip = x[0];
        x[1..].iter().map(|&x| (x * tip).exp() + x.powi(3)).sum::<R>()
    });
    assert_eq!(assert_sparse_is_dense(&f), 3 * n - 2);
}

#[test]
fn separable_sums_and_products_have_no_other_entries() {
    let n = 12;
    // The sum of all is linear, so that it adds nothing to the pattern; x0 x1 has no diagonal.
    let f = objective!(n, |x| {
        let total: R = x.iter().copied().sum();
        x[0] * x[1] + x[2] / x[3] + total * 3.0 + x[4].atan2(x[5]) + x[6].max(x[7])
    });
    let pattern = f.sparse_hessian_pattern(&point(n)).unwrap();
    // Diagonal, then (0, 1), (2, 3), (4, 5), twice each.
    assert_eq!(pattern.stored(), n + 6);
    assert_sparse_is_dense(&f);
}

#[test]
fn random_patterns() {
    let mut state = 7u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for _ in 0..40 {
        let n = 3 + random(25);
        let terms: Vec<[usize; 3]> =
            (0..random(2 * n)).map(|_| [random(n), random(n), random(n)]).collect();
        let f = objective!(n, [terms: Vec<[usize; 3]> = terms] |x| {
            let mut sum = R::from(1.0);
            for (k, &[i, j, l]) in terms.iter().enumerate() {
                sum += match k % 4 {
                    0 => (x[i] * x[j] + x[l]).sin(),
                    1 => x[i] * x[j] * (k as f64),
                    2 => x[i] / (x[l] * x[l] + 1.0) - x[j],
                    _ => R::log_sum_exp(&[x[i], x[j], x[l]]),
                };
            }
            sum
        });
        assert_sparse_is_dense(&f);
    }
}

#[test]
fn residuals_too() {
    let n = 25;
    let f = residuals!(n, n - 1, |x, r| {
        for (i, r) in r.iter_mut().enumerate() {
            *r = (x[i + 1] - x[i] * x[i]) * 10.0;
        }
    });
    assert_eq!(assert_sparse_is_dense(&f), 3 * n - 2);
}

/// A recursion makes long chains of operations on few variables.
#[test]
fn long_recursions_have_small_patterns() {
    let f = objective!(60, |x| {
        let mut t = x[0];
        for _ in 0..20_000 {
            t = (t * x[1] + x[2]).sin();
        }
        t + x.iter().map(|&x| x * x).sum::<R>()
    });
    assert_eq!(f.sparse_hessian_pattern(&point(60)).unwrap().stored(), 60 + 6);
}

/// A branch on r lets the pattern count on a nonlinear function of r on either side.
#[test]
fn branches_are_foreseen_where_they_are_compared() {
    let n = 20;
    let f = objective!(n, |x| {
        let mut sum = R::from(0.0);
        for w in x.windows(2) {
            let r = w[1] - w[0];
            sum += if r.abs() < 0.5 { r * r } else { r.abs() - 0.25 };
        }
        sum
    });
    // All on the linear side at first.
    let x: Vec<f64> = (0..n).map(|i| (i % 2) as f64 * 3.0).collect();
    let mut sparse = f.sparse_hessian_pattern(&x).unwrap();
    assert!(sparse.values().iter().all(|&v| v == 0.0));
    f.sparse_hessian(&vec![0.1; n], &mut sparse).unwrap();
    let mut ends = vec![0.0; n];
    sparse.multiply(&(0..n).map(|i| i as f64).collect::<Vec<_>>(), &mut ends);
    // The second difference of a line is 0 but at its ends.
    assert_eq!(ends[0], -2.0);
    assert_eq!(ends[n - 1], 2.0);
    assert!(ends[1..n - 1].iter().all(|&v| v == 0.0));
}

#[test]
fn a_pattern_that_lacks_entries_is_an_error() {
    let n = 8;
    let f = objective!(n, |x| x[0] * x[5] * x[2] + x.iter().map(|&x| x * x).sum::<R>());
    let x = point(n);
    let diagonal: Vec<_> = (0..n).map(|i| (i, i, 0.0)).collect();
    let mut sparse = SparseMatrix::from_triplets(n, n, &diagonal);
    let error = f.sparse_hessian(&x, &mut sparse).unwrap_err();
    assert!(error.to_string().contains("row 2 and column 0"), "{error}");
    assert!(f.sparse_hessian(&x, &mut SparseMatrix::from_triplets(2, 2, &[])).is_err());
    // More entries than needed are no error.
    let every: Vec<_> = (0..n * n).map(|k| (k / n, k % n, 0.0)).collect();
    let mut full = SparseMatrix::from_triplets(n, n, &every);
    f.sparse_hessian(&x, &mut full).unwrap();
    assert!((full.column(0).1[5] - x[2]).abs() < 1e-14);
}

#[test]
fn sparse_hessians_are_offered_where_they_pay() {
    use ravine::objective::Supplies;

    fn chain(n: usize) -> impl Supplies {
        objective!(n, |x| x.windows(2).map(|w| (w[0] * w[1]).sin()).sum::<R>())
    }
    assert!(chain(60).derivatives().sparse_hessian);
    assert!(chain(3000).derivatives().sparse_hessian);
    assert!(!chain(40).derivatives().sparse_hessian, "few variables");
    let dense = objective!(60, |x| x.iter().copied().sum::<R>().powi(2));
    assert!(!dense.derivatives().sparse_hessian);
    assert!(dense.derivatives().hessian);
}
