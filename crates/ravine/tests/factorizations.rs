//! Dense factorizations against their definitions.

mod random;

use random::{Random, max_difference, product, symmetric_with_spectrum};
use ravine::matrix::{Cholesky, FactorizationError, Inertia, Lblt, Matrix, SymmetricEigen};

/// Around the change from the plain loop to the blocked algorithm, and beyond one block.
const SIZES: [usize; 7] = [1, 2, 5, 24, 25, 60, 150];

fn definite(n: usize) -> Vec<f64> {
    (0..n).map(|i| 10f64.powf(4.0 * i as f64 / n as f64)).collect()
}

fn indefinite(n: usize) -> Vec<f64> {
    (0..n).map(|i| if i % 3 == 1 { -0.3 - i as f64 } else { 1.0 + i as f64 }).collect()
}

#[test]
fn cholesky_multiplies_back_and_solves() {
    let mut random = Random::new(1);
    for n in SIZES {
        let a = symmetric_with_spectrum(&definite(n), &mut random);
        let factor = Cholesky::new(&a).unwrap();
        let lower = factor.lower();
        let transposed = Matrix::from_fn(n, n, |i, j| lower[(j, i)]);
        assert!(max_difference(&product(lower, &transposed), &a) < 1e-11 * 1e4, "n = {n}");
        assert!((0..n).all(|j| (0..j).all(|i| lower[(i, j)] == 0.0)), "n = {n}");

        let x: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
        let mut b = vec![0.0; n];
        a.multiply(&x, &mut b);
        factor.solve(&mut b);
        assert!(x.iter().zip(&b).all(|(x, b)| (x - b).abs() < 1e-9), "n = {n}");

        let expected: f64 = definite(n).iter().map(|l| l.ln()).sum();
        assert!((factor.log_determinant() - expected).abs() < 1e-9 * (1.0 + expected), "n = {n}");
    }
}

#[test]
fn cholesky_of_a_shifted_matrix_reuses_the_factor() {
    let mut random = Random::new(2);
    let n = 30;
    let a = symmetric_with_spectrum(&indefinite(n), &mut random);
    let shifted = Matrix::from_fn(n, n, |i, j| a[(i, j)] + 40.0 * f64::from(i == j));
    let mut factor = Cholesky::default();
    assert!(factor.refactor(&a, 0.0).is_err());
    factor.refactor(&a, 40.0).unwrap();
    assert_eq!(factor, Cholesky::new(&shifted).unwrap());
}

#[test]
fn cholesky_refuses_what_is_not_definite_or_not_finite() {
    let mut random = Random::new(3);
    for n in SIZES.into_iter().filter(|&n| n > 1) {
        let a = symmetric_with_spectrum(&indefinite(n), &mut random);
        let error = Cholesky::new(&a).unwrap_err();
        let FactorizationError::NotPositiveDefinite { pivot } = error else { panic!("{error}") };
        // The leading block that fails is the first that is not positive definite.
        let leading = |k: usize| Matrix::from_fn(k, k, |i, j| a[(i, j)]);
        let smallest = |k| SymmetricEigen::new(&leading(k)).unwrap().values()[0];
        assert!(smallest(pivot + 1) < 0.0, "n = {n}, pivot {pivot}");
        assert!(pivot == 0 || smallest(pivot) > 0.0, "n = {n}, pivot {pivot}");

        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut a = symmetric_with_spectrum(&definite(n), &mut random);
            a[(n - 1, n / 2)] = bad;
            a[(n / 2, n - 1)] = bad;
            assert_eq!(Cholesky::new(&a), Err(FactorizationError::NotFinite), "n = {n}");
            assert_eq!(Lblt::new(&a).unwrap_err(), FactorizationError::NotFinite, "n = {n}");
            let error = SymmetricEigen::new(&a).unwrap_err();
            assert_eq!(error, FactorizationError::NotFinite, "n = {n}");
        }
    }
    let overflowing = Matrix::from_rows(&[[1e-300, 1e200], [1e200, 1.0]]);
    assert!(Cholesky::new(&overflowing).is_err());
}

#[test]
fn lblt_solves_and_counts_signs() {
    let mut random = Random::new(4);
    for n in SIZES {
        let spectrum = indefinite(n);
        let a = symmetric_with_spectrum(&spectrum, &mut random);
        let factor = Lblt::new(&a).unwrap();
        let negative = spectrum.iter().filter(|&&l| l < 0.0).count();
        assert_eq!(
            factor.inertia(),
            Inertia { positive: n - negative, negative, zero: 0 },
            "n = {n}"
        );
        let x: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
        let mut b = vec![0.0; n];
        a.multiply(&x, &mut b);
        factor.solve(&mut b);
        assert!(x.iter().zip(&b).all(|(x, b)| (x - b).abs() < 1e-9), "n = {n}");
    }
    let singular = Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0]]);
    let factor = Lblt::new(&singular).unwrap();
    assert_eq!(factor.inertia(), Inertia { positive: 1, negative: 0, zero: 1 });
}

#[test]
fn eigenvalues_are_those_the_matrix_was_made_of() {
    let mut random = Random::new(5);
    for n in SIZES {
        let mut spectrum = indefinite(n);
        let a = symmetric_with_spectrum(&spectrum, &mut random);
        let eigen = SymmetricEigen::new(&a).unwrap();
        spectrum.sort_by(f64::total_cmp);
        for (found, expected) in eigen.values().iter().zip(&spectrum) {
            assert!((found - expected).abs() < 1e-11 * n as f64, "n = {n}: {found} {expected}");
        }
        for (j, &lambda) in eigen.values().iter().enumerate() {
            let v = eigen.vectors().column(j);
            let mut av = vec![0.0; n];
            a.multiply(v, &mut av);
            assert!(av.iter().zip(v).all(|(av, v)| (av - lambda * v).abs() < 1e-11 * n as f64));
        }
        let vectors = eigen.vectors();
        let transposed = Matrix::from_fn(n, n, |i, j| vectors[(j, i)]);
        assert!(max_difference(&product(&transposed, vectors), &Matrix::identity(n)) < 1e-12);
    }
}
