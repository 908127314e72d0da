//! The sparse factorization against the dense one.

use crate::random::Random;
use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix, SparseCholesky, SparseMatrix};

/// The five-point Laplacian of a grid plus a random symmetric perturbation on the same pattern.
fn grid(side: usize, random: &mut Random) -> SparseMatrix {
    let index = |i: usize, j: usize| i * side + j;
    let mut triplets = Vec::new();
    for i in 0..side {
        for j in 0..side {
            triplets.push((index(i, j), index(i, j), 5.0 + random.uniform()));
            let mut couple = |a: usize, b: usize| {
                let value = -1.0 + 0.3 * random.uniform();
                triplets.push((a, b, value));
                triplets.push((b, a, value));
            };
            if i > 0 {
                couple(index(i, j), index(i - 1, j));
            }
            if j > 0 {
                couple(index(i, j), index(i, j - 1));
            }
        }
    }
    SparseMatrix::from_triplets(side * side, side * side, &triplets)
}

fn dense(a: &SparseMatrix) -> Matrix {
    let mut matrix = Matrix::zeros(a.rows(), a.columns());
    for j in 0..a.columns() {
        let (rows, values) = a.column(j);
        for (&i, &v) in rows.iter().zip(values) {
            matrix[(i, j)] = v;
        }
    }
    matrix
}

#[test]
fn the_sparse_factor_solves_as_the_dense_one_does() {
    let mut random = Random::new(31);
    for side in [1usize, 2, 7, 15] {
        let first = grid(side, &mut random);
        let mut factor = SparseCholesky::analyze(&first).unwrap();
        // New numbers in the same pattern, with and without a shift.
        for shift in [0.0, 3.0] {
            let a = grid(side, &mut random);
            factor.factorize(&a, shift).unwrap();
            let mut reference = Cholesky::default();
            reference.refactor(&dense(&a), shift).unwrap();
            let b = random.vector(side * side);
            let (mut x, mut y) = (b.clone(), b);
            factor.solve(&mut x);
            reference.solve(&mut y);
            assert!(x.iter().zip(&y).all(|(x, y)| (x - y).abs() < 1e-13), "side {side}");
        }
    }
}

#[test]
fn a_diagonal_that_is_not_stored_can_be_shifted() {
    let a = SparseMatrix::from_triplets(2, 2, &[(0, 1, 1.0), (1, 0, 1.0)]);
    let mut factor = SparseCholesky::analyze(&a).unwrap();
    let error = factor.factorize(&a, 0.0).unwrap_err();
    assert!(matches!(error, FactorizationError::NotPositiveDefinite { .. }), "{error}");
    let mut x = [1.0, 1.0];
    factor.solve(&mut x);
    assert!(x.iter().all(|x| x.is_nan()), "no factor, no solution");
    factor.factorize(&a, 2.0).unwrap();
    let mut x = [3.0, 3.0];
    factor.solve(&mut x);
    assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
}

#[test]
fn what_is_not_definite_or_not_finite_is_refused_at_any_size() {
    let mut random = Random::new(32);
    for side in [2usize, 12, 30] {
        let a = grid(side, &mut random);
        let mut factor = SparseCholesky::analyze(&a).unwrap();
        assert!(factor.factorize(&a, 0.0).is_ok());
        let error = factor.factorize(&a, -4.0).unwrap_err();
        assert!(matches!(error, FactorizationError::NotPositiveDefinite { .. }), "{error}");
        for bad in [f64::NAN, f64::INFINITY] {
            let mut broken = a.clone();
            let last = broken.values().len() - 1;
            broken.values_mut()[last] = bad;
            assert_eq!(factor.factorize(&broken, 0.0), Err(FactorizationError::NotFinite));
            assert_eq!(factor.factorize(&a, bad), Err(FactorizationError::NotFinite));
        }
    }
}
