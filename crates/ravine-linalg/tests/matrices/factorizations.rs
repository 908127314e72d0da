//! Dense factorizations against their definitions.

use crate::random::{Random, max_difference, product, symmetric_with_spectrum};
use ravine_linalg::matrix::{
    Cholesky, FactorizationError, Inertia, Lblt, Matrix, ModifiedCholesky, SymmetricEigen,
};

/// Around the change from the plain loop to the blocked algorithm, and beyond one block.
const SIZES: [usize; 7] = [1, 2, 5, 16, 17, 60, 150];

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

#[test]
fn the_modified_factorization_adds_a_small_diagonal_and_only_where_needed() {
    let mut random = Random::new(6);
    for n in SIZES {
        let definite = symmetric_with_spectrum(&definite(n), &mut random);
        assert_eq!(ModifiedCholesky::new(&definite).unwrap().largest_shift(), 0.0, "n = {n}");

        let mut nearly: Vec<f64> = (0..n).map(|i| 1.0 + i as f64).collect();
        nearly[0] = -0.01;
        let mut deficient = nearly.clone();
        deficient[0] = 0.0;
        let negative: Vec<f64> = (0..n).map(|i| -1.0 - i as f64).collect();
        for spectrum in [indefinite(n), nearly, deficient, negative, vec![0.0; n]] {
            let a = symmetric_with_spectrum(&spectrum, &mut random);
            let factor = ModifiedCholesky::new(&a).unwrap();
            // E from the columns of A + E.
            let mut shift = Matrix::zeros(n, n);
            for j in 0..n {
                let column = shift.column_mut(j);
                column[j] = 1.0;
                factor.multiply(column);
                column.iter_mut().zip(a.column(j)).for_each(|(s, a)| *s -= a);
            }
            let size = spectrum.iter().fold(0.0f64, |m, l| m.max(l.abs()));
            for j in 0..n {
                for i in 0..n {
                    let noise = 1e-12 * (1.0 + size);
                    assert!(i == j || shift[(i, j)].abs() < noise, "n = {n}: E is diagonal");
                    assert!(shift[(j, j)] > -noise, "n = {n}: E is not negative");
                }
            }
            let smallest = spectrum.iter().copied().fold(f64::INFINITY, f64::min);
            let sum = Matrix::from_fn(n, n, |i, j| a[(i, j)] + shift[(i, j)]);
            let eigen = SymmetricEigen::new(&sum).unwrap();
            assert!(eigen.values()[0] > -1e-12 * size, "n = {n}: definite");
            // Not far above the least that any shift must add.
            let largest = factor.largest_shift();
            assert!(
                largest <= 10.0 * (-smallest).max(0.0) + 0.2 * size + 1e-9,
                "n = {n}: {largest}"
            );

            let x: Vec<f64> = random.vector(n);
            let mut solution = x.clone();
            factor.solve(&mut solution);
            let descent: f64 = x.iter().zip(&solution).map(|(x, s)| x * s).sum();
            assert!(descent > 0.0, "n = {n}");
            factor.multiply(&mut solution);
            let condition = eigen.values()[n - 1] / eigen.values()[0].abs();
            let off = solution.iter().zip(&x).map(|(s, x)| (s - x).abs()).fold(0.0, f64::max);
            assert!(off < 1e-15 * condition * n as f64 + 1e-12, "n = {n}: {off}");
        }
    }
    let bad = Matrix::from_rows(&[[f64::NAN]]);
    assert_eq!(ModifiedCholesky::new(&bad).unwrap_err(), FactorizationError::NotFinite);
}
