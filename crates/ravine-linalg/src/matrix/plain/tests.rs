//! The plain loops against faer's factorizations and against what defines them.

use crate::Watch;
use crate::matrix::lower_triangle::LowerTriangle;
use crate::matrix::{Inertia, Matrix, SparseMatrix, by_faer, plain};
use crate::random::Random;
use crate::vector::Pointwise;
use crate::vector::product;

/// `Q diag(values) Q'` with a random orthogonal Q.
fn with_eigenvalues(values: &[f64], seed: u64) -> Matrix {
    let n = values.len();
    let mut random = Random::new(seed);
    let mut a = Matrix::from_fn(n, n, |i, j| if i == j { values[i] } else { 0.0 });
    for _ in 0..3 {
        // Reflections on random vectors keep the eigenvalues.
        let mut v = vec![0.0; n];
        v.fill_normal(&mut random);
        let length = v.iter().map(|v| v * v).sum::<f64>();
        let reflected = |a: &Matrix| {
            Matrix::from_fn(n, n, |i, j| {
                let along: f64 = (0..n).map(|k| v[k] * a[(k, j)]).sum();
                a[(i, j)] - 2.0 * v[i] * along / length
            })
        };
        let half = reflected(&a);
        let transposed = Matrix::from_fn(n, n, |i, j| half[(j, i)]);
        a = reflected(&transposed);
    }
    // Symmetric to the last bit.
    Matrix::from_fn(n, n, |i, j| a[(i.max(j), i.min(j))])
}

/// Indefinite, clustered, ill conditioned, with a zero eigenvalue, with a zero diagonal.
fn symmetric_matrices() -> Vec<Matrix> {
    vec![
        Matrix::from_rows(&[[3.0]]),
        Matrix::from_rows(&[[2.0, 5.0], [5.0, -1.0]]),
        Matrix::from_rows(&[[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]]),
        with_eigenvalues(&[-3.0, -1e-3, 1.0, 1.0, 1.0, 40.0], 1),
        with_eigenvalues(&[1e-8, 1e-4, 1.0, 1e4], 2),
        with_eigenvalues(&[-2.0, 0.0, 5.0, 7.0], 3),
        with_eigenvalues(&(0..20).map(|k| 1.5f64.powi(k) - 30.0).collect::<Vec<_>>(), 4),
    ]
}

fn norm(a: &Matrix) -> f64 {
    a.entries().iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn near(a: &[f64], b: &[f64], tolerance: f64) {
    let distance = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(distance <= tolerance, "{distance}: {a:?} {b:?}");
}

#[test]
fn eigenvalues_and_eigenvectors() {
    for a in symmetric_matrices() {
        let (values, vectors) = plain::symmetric_eigen(&a, Watch::default()).unwrap().unwrap();
        let (expected, _) = by_faer::symmetric_eigen(&a, Watch::default()).unwrap().unwrap();
        let (n, scale) = (a.rows(), norm(&a));
        near(&values, &expected, 1e-14 * scale);
        for j in 0..n {
            let mut product = vec![0.0; n];
            a.multiply(vectors.column(j), &mut product);
            let scaled: Vec<f64> = vectors.column(j).iter().map(|v| values[j] * v).collect();
            near(&product, &scaled, 1e-14 * n as f64 * scale);
            let mut products = vec![0.0; n];
            vectors.multiply_transposed(vectors.column(j), &mut products);
            let unit: Vec<f64> = (0..n).map(|i| f64::from(i == j)).collect();
            near(&products, &unit, 1e-14 * n as f64);
        }
    }
    let diagonal = Matrix::from_rows(&[[2.0, 0.0], [0.0, -1.0]]);
    assert_eq!(
        plain::symmetric_eigen(&diagonal, Watch::default()).unwrap().unwrap().0,
        [-1.0, 2.0]
    );
    assert!(
        plain::symmetric_eigen(&Matrix::zeros(0, 0), Watch::default())
            .unwrap()
            .unwrap()
            .0
            .is_empty()
    );
}

#[test]
fn diagonal_pivoting() {
    for a in symmetric_matrices() {
        let n = a.rows();
        let (plain, faer) = (
            plain::BunchKaufman::new(&a),
            by_faer::BunchKaufman::watched(&a, Watch::default()).unwrap(),
        );
        let (values, _) = by_faer::symmetric_eigen(&a, Watch::default()).unwrap().unwrap();
        let least = values.iter().map(|v| v.abs()).fold(f64::INFINITY, f64::min);
        let negative = |(diagonal, below): (Vec<f64>, Vec<f64>)| {
            // A block of two rows has one eigenvalue of each sign.
            let mut count = 0;
            let mut j = 0;
            while j < n {
                let double = below[j] != 0.0;
                count += usize::from(double || diagonal[j] < 0.0);
                j += if double { 2 } else { 1 };
            }
            count
        };
        if least < 1e-12 * norm(&a) {
            continue;
        }
        let expected = values.iter().filter(|v| **v < 0.0).count();
        assert_eq!(negative(plain.blocks()), expected);
        assert_eq!(negative(faer.blocks()), expected);
        let exact: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64).sin()).collect();
        let mut x = vec![0.0; n];
        a.multiply(&exact, &mut x);
        plain.solve(&mut x);
        near(&x, &exact, 1e-14 * n as f64 * norm(&a) / least);
    }
    // Singular to the last bit: the solution is not finite, as faer's is not.
    let singular = Matrix::from_rows(&[[1.0, 1.0], [1.0, 1.0]]);
    let mut x = [1.0_f64, 2.0];
    plain::BunchKaufman::new(&singular).solve(&mut x);
    assert!(!x.iter().all(|v| v.is_finite()));
}

#[test]
fn elimination_with_row_exchanges() {
    let mut random = Random::new(9);
    for n in [1, 2, 5, 17] {
        let mut entries = vec![0.0; n * n];
        entries.fill_normal(&mut random);
        let mut a = Matrix::from_fn(n, n, |i, j| entries[i * n + j]);
        if n > 1 {
            a[(0, 0)] = 0.0;
        }
        let (plain, faer) = (plain::PartialPivoting::new(&a), by_faer::PartialPivoting::new(&a));
        near(&plain.pivots(), &faer.pivots(), 1e-12);
        let b: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
        let mut back = vec![0.0; n];
        let mut x = b.clone();
        plain.solve(&mut x);
        a.multiply(&x, &mut back);
        near(&back, &b, 1e-11);
        plain.solve_transposed(&mut x);
        let transposed = x.clone();
        a.multiply_transposed(&transposed, &mut x);
        a.multiply(&x, &mut back);
        near(&back, &b, 1e-10);
    }
    let singular = Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0]]);
    assert_eq!(plain::PartialPivoting::new(&singular).pivots()[1], 0.0);
}

/// A five-point Laplacian.
fn laplacian(side: usize) -> SparseMatrix {
    let n = side * side;
    let mut entries: Vec<_> = (0..n).map(|i| (i, i, 4.0)).collect();
    for j in 0..n {
        let right = (!(j + 1).is_multiple_of(side)).then_some(j + 1);
        for i in right.into_iter().chain([j + side]).filter(|&i| i < n) {
            entries.extend([(i, j, -1.0), (j, i, -1.0)]);
        }
    }
    SparseMatrix::from_triplets(n, n, &entries)
}

#[test]
fn sparse_matrices_within_their_envelope() {
    let a = laplacian(7);
    let n = a.rows();
    let mut lower = LowerTriangle::new(&a);
    lower.set(&a, 0.1).unwrap();
    let pattern = plain::SparsePattern::analyze(&lower).unwrap();
    let plain = plain::SparseFactor::new(&pattern, &lower).unwrap();
    let ordered = by_faer::SparsePattern::analyze(&lower).unwrap();
    let faer = by_faer::SparseFactor::new(&ordered, &lower).unwrap();
    let b: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
    let (mut x, mut y) = (b.clone(), b.clone());
    plain.solve(&mut x);
    faer.solve(&mut y);
    near(&x, &y, 1e-13);
    // Rows of the first line of the grid begin a place before the diagonal, all others a line.
    assert_eq!(pattern.stored(&lower), n + 6 + 42 * 7);
    // The smallest eigenvalue is 8 sin^2(pi / 16) = 0.304.
    lower.set(&a, -0.31).unwrap();
    assert!(plain::SparseFactor::new(&pattern, &lower).is_err());
    let (plain, faer) = (
        plain::SparseBunchKaufman::new(&lower).unwrap(),
        by_faer::SparseBunchKaufman::new(&lower).unwrap(),
    );
    assert_eq!(plain.inertia(), Inertia { positive: n - 1, negative: 1, zero: 0 });
    assert_eq!(faer.inertia(), plain.inertia());
    let (mut x, mut y) = (b.clone(), b);
    plain.solve(&mut x);
    faer.solve(&mut y);
    near(&x, &y, 1e-10);
}

#[test]
fn cholesky_factors_and_products() {
    let a = with_eigenvalues(&(1..=20).map(f64::from).collect::<Vec<_>>(), 5);
    let lower = |a: &Matrix| Matrix::from_fn(20, 20, |i, j| if i >= j { a[(i, j)] } else { 0.0 });
    let (mut plain, mut faer) = (lower(&a), lower(&a));
    plain::cholesky(&mut plain).unwrap();
    by_faer::cholesky_watched(&mut faer, Watch::default()).unwrap().unwrap();
    near(plain.entries(), faer.entries(), 1e-13);
    let (rows, count, columns) = (6, 4, 3);
    let (mut c, mut d) = ([0.0; 18], [1.0; 18]);
    product::plain::multiply(&mut c, &a.entries()[..24], &a.entries()[30..42], rows, count);
    product::by_faer::multiply(&mut d, &a.entries()[..24], &a.entries()[30..42], rows, count);
    near(&c, &d, 1e-13);
    assert_eq!(columns * rows, c.len());
    let wide = Matrix::from_fn(5, 20, |i, j| a[(i, j)]);
    let (mut c, mut d) = ([0.0; 40], [1.0; 40]);
    plain::multiply_transposed(&mut c, &wide, &a.entries()[..10]);
    by_faer::multiply_transposed(&mut d, &wide, &a.entries()[..10]);
    near(&c, &d, 1e-12);
    let (mut c, mut d) = (a.clone(), a.clone());
    plain::add_gram(&mut c, &wide);
    by_faer::add_gram(&mut d, &wide);
    near(c.entries(), d.entries(), 1e-11);
}
