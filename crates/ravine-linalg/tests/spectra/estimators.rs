//! Estimators of traces, diagonals, norms and determinants against exact values and their theory.

use crate::rotated::Rotated;
use ravine_linalg::matrix::{Cholesky, Matrix};
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::random::Random;
use ravine_linalg::spectrum::{
    DiagonalEstimator, DiagonalMethod, Estimate, SpectralDensity, SpectrumError, TraceEstimator,
    TraceMethod,
};

const METHODS: [TraceMethod; 3] =
    [TraceMethod::Hutchinson, TraceMethod::HutchPlusPlus, TraceMethod::XTrace];

fn of(method: TraceMethod, products: usize, seed: u64) -> TraceEstimator {
    TraceEstimator { method, products, seed, ..Default::default() }
}

fn diagonal_of(method: DiagonalMethod, products: usize, seed: u64) -> DiagonalEstimator {
    DiagonalEstimator { method, products, seed, ..Default::default() }
}

/// Eigenvalues between 1 and 3.
fn flat(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.0 + 2.0 * i as f64 / (n - 1) as f64).collect()
}

/// `i^-2`.
fn polynomial(n: usize) -> Vec<f64> {
    (1..=n).map(|i| (i as f64).powi(-2)).collect()
}

/// `0.7^i`.
fn exponential(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.7f64.powi(i as i32)).collect()
}

/// Signs that alternate, sizes that fall as `i^-1`.
fn indefinite(n: usize) -> Vec<f64> {
    (1..=n).map(|i| if i % 3 == 0 { -2.0 } else { 1.0 } / i as f64).collect()
}

/// Rank r, with eigenvalues of both signs.
fn low_rank(n: usize, r: usize) -> Vec<f64> {
    let eigenvalue =
        |i: usize| if i < r { [3.0, -1.0, 0.5][i % 3] * (1.0 + i as f64) } else { 0.0 };
    (0..n).map(eigenvalue).collect()
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn root_of_squares(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn dense(a: &Rotated) -> Matrix {
    let n = a.dimension();
    let mut matrix = Matrix::zeros(n, n);
    let (mut unit, mut column) = (vec![0.0; n], vec![0.0; n]);
    for j in 0..n {
        unit[j] = 1.0;
        a.apply(&unit, &mut column).unwrap();
        unit[j] = 0.0;
        matrix.column_mut(j).copy_from_slice(&column);
    }
    matrix
}

#[test]
fn sketches_are_exact_for_low_rank() {
    let (n, rank) = (150, 9);
    let a = Rotated::new(low_rank(n, rank), 2);
    let (trace, norm) = (sum(a.eigenvalues()), root_of_squares(a.eigenvalues()));
    let like = vec![0.0; n];
    for method in [TraceMethod::HutchPlusPlus, TraceMethod::XTrace] {
        let estimate = of(method, 100, 1).trace(&a, &like).unwrap();
        assert!((estimate.value - trace).abs() < 1e-11, "{method:?}: {estimate}");
        // Nothing is spent once the range is known.
        assert!(estimate.standard_error == 0.0 && estimate.products <= 3 * rank + 1);
        let estimate = of(method, 100, 1).frobenius_norm(&a, &like).unwrap();
        assert!((estimate.value - norm).abs() < 1e-11, "{method:?}: {estimate}");
        let effective = of(method, 100, 1).effective_rank(&a, &like).unwrap();
        assert!((effective.value - (trace / norm).powi(2)).abs() < 1e-11);
    }
    // One probe more than the rank suffices to XTrace without looking further.
    let estimate = of(TraceMethod::XTrace, 2 * rank + 2, 1).trace(&a, &like).unwrap();
    assert!((estimate.value - trace).abs() < 1e-11);
    let diagonal = diagonal_of(DiagonalMethod::XDiag, 2 * rank + 2, 1).diagonal(&a, &like).unwrap();
    let matrix = dense(&a);
    assert!((0..n).all(|i| (diagonal.value[i] - matrix[(i, i)]).abs() < 1e-12));
}

#[test]
fn one_probe_too_few_leaves_an_error_that_is_reported() {
    let a = Rotated::new(low_rank(150, 9), 2);
    for method in METHODS {
        let estimate = of(method, 12, 1).trace(&a, &vec![0.0; 150]).unwrap();
        let error = (estimate.value - sum(a.eigenvalues())).abs();
        assert!(error > 1e-3 && error < 5.0 * estimate.standard_error, "{method:?}: {estimate}");
    }
}

#[test]
fn signs_are_exact_for_diagonal_matrices() {
    let n = 60;
    let a = Matrix::from_fn(n, n, |i, j| if i == j { i as f64 - 20.5 } else { 0.0 });
    let estimate = of(TraceMethod::Hutchinson, 3, 5).trace(&a, &vec![0.0; n]).unwrap();
    assert_eq!(estimate, Estimate { value: 540.0, standard_error: 0.0, products: 3 });
    let diagonal =
        diagonal_of(DiagonalMethod::Hutchinson, 3, 5).diagonal(&a, &vec![0.0; n]).unwrap();
    assert!((0..n).all(|i| (diagonal.value[i] - a[(i, i)]).abs() < 1e-13));
    assert!(diagonal.standard_error.iter().all(|e| e.abs() < 1e-13));
}

#[test]
fn enough_products_for_all_unit_vectors_are_exact() {
    let a = Rotated::new(indefinite(40), 3);
    let matrix = dense(&a);
    for method in METHODS {
        let estimate = of(method, 500, 1).trace(&a, &vec![0.0; 40]).unwrap();
        assert_eq!((estimate.products, estimate.standard_error), (40, 0.0));
        assert!((estimate.value - sum(a.eigenvalues())).abs() < 1e-13);
    }
    for method in [DiagonalMethod::Hutchinson, DiagonalMethod::XDiag] {
        let diagonal = diagonal_of(method, 40, 1).diagonal(&a, &vec![0.0; 40]).unwrap();
        assert_eq!(diagonal.products, 40);
        assert!((0..40).all(|i| diagonal.value[i] == matrix[(i, i)]));
    }
}

/// Means over seeds are within four of their standard errors of the truth, and errors within the
/// reported standard errors as often as they should.
#[test]
fn estimates_are_unbiased_and_their_errors_calibrated() {
    let n = 120;
    for spectrum in [flat(n), polynomial(n), indefinite(n)] {
        let a = Rotated::new(spectrum, 4);
        let like = vec![0.0; n];
        let (trace, norm) = (sum(a.eigenvalues()), root_of_squares(a.eigenvalues()));
        for method in METHODS {
            let runs: Vec<[(Estimate, f64); 3]> = (0..200)
                .map(|seed| {
                    let estimator = of(method, 45, seed);
                    [
                        (estimator.trace(&a, &like).unwrap(), trace),
                        (estimator.frobenius_norm(&a, &like).unwrap(), norm),
                        (estimator.effective_rank(&a, &like).unwrap(), (trace / norm).powi(2)),
                    ]
                })
                .collect();
            for which in 0..3 {
                let errors: Vec<f64> = runs.iter().map(|r| r[which].0.value - r[which].1).collect();
                let mean = Estimate::from_samples(&errors, 0);
                let ratio = |r: &[(Estimate, f64); 3]| {
                    (r[which].0.value - r[which].1).abs() / r[which].0.standard_error
                };
                let share =
                    |limit: f64| runs.iter().filter(|r| ratio(r) < limit).count() as f64 / 200.0;
                let bias = mean.value / mean.standard_error;
                assert!(bias.abs() < 4.0, "{method:?}, {which}: bias {bias}");
                let shares = [share(1.0), share(2.0), share(3.0)];
                // 66, 94 and 99 % of the t distribution with 14 degrees of freedom or more, less
                // four standard errors; errors said too large would show in the first.
                let honest =
                    (0.53..0.9).contains(&shares[0]) && shares[1] > 0.86 && shares[2] > 0.93;
                assert!(honest, "{method:?}, {which}: {shares:?}");
            }
        }
    }
}

#[test]
fn diagonals_are_unbiased_and_their_errors_calibrated() {
    let n = 80;
    for spectrum in [flat(n), polynomial(n), indefinite(n)] {
        let a = Rotated::new(spectrum, 4);
        let matrix = dense(&a);
        for method in [DiagonalMethod::Hutchinson, DiagonalMethod::XDiag] {
            let (mut bias, mut squares) = (vec![0.0; n], vec![0.0; n]);
            let mut within = [0.0; 2];
            for seed in 0..100 {
                let estimate = diagonal_of(method, 30, seed).diagonal(&a, &vec![0.0; n]).unwrap();
                for i in 0..n {
                    let error = estimate.value[i] - matrix[(i, i)];
                    bias[i] += error / 100.0;
                    squares[i] += error * error;
                    let ratio = error.abs() / estimate.standard_error[i];
                    within[0] += f64::from(ratio < 1.0) / (100 * n) as f64;
                    within[1] += f64::from(ratio < 3.0) / (100 * n) as f64;
                }
            }
            // Over the entries, the squared bias in its own standard errors is 1 on average.
            let standard: f64 = (0..n).map(|i| bias[i].powi(2) / squares[i] * 1e4).sum();
            assert!(standard / (n as f64) < 1.8, "{method:?}: {}", standard / n as f64);
            assert!((0.53..0.9).contains(&within[0]) && within[1] > 0.95, "{method:?}: {within:?}");
        }
    }
}

/// The root of the mean squared error of the trace over seeds.
fn trace_error(a: &Rotated, method: TraceMethod, products: usize) -> f64 {
    let exact = sum(a.eigenvalues());
    let errors: Vec<f64> = (0..30)
        .map(|seed| {
            let like = vec![0.0; a.dimension()];
            of(method, products, seed).trace(a, &like).unwrap().value - exact
        })
        .collect();
    root_of_squares(&errors) / 30f64.sqrt()
}

#[test]
fn errors_fall_as_theory_says() {
    let n = 500;
    let fallen =
        |a: &Rotated, method, few, many| trace_error(a, method, few) / trace_error(a, method, many);
    // Hutchinson: the root of the products, whatever the spectrum.
    for spectrum in [flat(n), polynomial(n)] {
        let ratio = fallen(&Rotated::new(spectrum, 1), TraceMethod::Hutchinson, 12, 192);
        assert!((2.5..6.5).contains(&ratio), "{ratio}");
    }
    // The sketch leaves of eigenvalues i^-2 the root of sum_(i > k) i^-4, of order k^-3/2, and the
    // samples another root: 8 times the products, 64 times less.
    let decaying = Rotated::new(polynomial(n), 1);
    for method in [TraceMethod::HutchPlusPlus, TraceMethod::XTrace] {
        let ratio = fallen(&decaying, method, 24, 192);
        assert!((25.0..160.0).contains(&ratio), "{method:?}: {ratio}");
    }
    // Eigenvalues 0.7^i: every two products more take one probe more, and another 0.7.
    let fast = Rotated::new(exponential(n), 1);
    let ratio = fallen(&fast, TraceMethod::XTrace, 20, 60);
    assert!(ratio > 0.3 * 0.7f64.powi(-20), "{ratio}");
    // Never much worse than Hutchinson's, even where nothing can be sketched.
    let flat = Rotated::new(flat(n), 1);
    let ratio = trace_error(&flat, TraceMethod::XTrace, 60)
        / trace_error(&flat, TraceMethod::Hutchinson, 60);
    assert!(ratio < 2.0, "{ratio}");
}

#[test]
fn a_tolerance_is_reached_with_fewer_products() {
    let a = Rotated::new(polynomial(800), 3);
    let like = vec![0.0; 800];
    let exact = sum(a.eigenvalues());
    for (method, tolerance) in [
        (TraceMethod::Hutchinson, 0.1),
        (TraceMethod::HutchPlusPlus, 1e-3),
        (TraceMethod::XTrace, 1e-3),
    ] {
        let estimator = TraceEstimator { tolerance, ..of(method, 3000, 2) };
        let estimate = estimator.trace(&a, &like).unwrap();
        assert!(estimate.products < 400, "{method:?}: {estimate}");
        assert!(estimate.standard_error <= tolerance * estimate.value);
        assert!((estimate.value - exact).abs() < 5.0 * tolerance * exact, "{method:?}: {estimate}");
        // A budget that ends before is kept.
        let short = TraceEstimator { tolerance: 1e-9, ..of(method, 31, 2) };
        let estimate = short.trace(&a, &like).unwrap();
        assert!(estimate.products <= 31 && estimate.standard_error > 1e-9 * estimate.value);
    }
    for (method, tolerance) in [(DiagonalMethod::Hutchinson, 0.5), (DiagonalMethod::XDiag, 0.05)] {
        let estimator = DiagonalEstimator { tolerance, ..diagonal_of(method, 3000, 2) };
        let estimate = estimator.diagonal(&a, &like).unwrap();
        assert!(estimate.products < 400, "{method:?}: {}", estimate.products);
        let norm = root_of_squares(&estimate.value);
        assert!(root_of_squares(&estimate.standard_error) <= tolerance * norm);
    }
}

#[test]
fn rectangles_are_refused_and_nonsymmetric_matrices_are_not() {
    let mut random = Random::new(8);
    let n = 60;
    // A strong low-rank part that is not symmetric, and noise.
    let column: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let a = Matrix::from_fn(n, n, |i, j| column[i] * (j as f64).cos() + 0.01 * random.normal());
    let trace: f64 = (0..n).map(|i| a[(i, i)]).sum();
    let norm = root_of_squares(a.entries());
    for method in METHODS {
        let estimate = of(method, 50, 1).trace(&a, &vec![0.0; n]).unwrap();
        assert!((estimate.value - trace).abs() < 4.0 * estimate.standard_error, "{estimate}");
        let estimate = of(method, 50, 1).frobenius_norm(&a, &vec![0.0; n]).unwrap();
        assert!((estimate.value - norm).abs() < 4.0 * estimate.standard_error, "{estimate}");
    }
    let error = of(TraceMethod::XTrace, 10, 1).trace(&Matrix::zeros(2, 3), &vec![0.0; 3]);
    assert_eq!(error.unwrap_err().to_string(), "a: is (2, 3), but must be square");
}

#[test]
fn log_determinant_against_cholesky() {
    let n = 300;
    let a = Rotated::new((0..n).map(|i| 10f64.powf(3.0 * i as f64 / n as f64)).collect(), 6);
    let exact = Cholesky::new(&dense(&a)).unwrap().log_determinant();
    let settings = SpectralDensity { probes: 20, steps: 100, seed: 0, ..Default::default() };
    let density = settings.estimate(&a, &vec![0.0; n]).unwrap();
    let estimate = density.log_determinant().unwrap();
    assert!((estimate.value - exact).abs() < 3.0 * estimate.standard_error, "{estimate}, {exact}");
    assert!(estimate.standard_error < 0.02 * exact);

    let ridge = 30.0;
    let exact: f64 = a.eigenvalues().iter().map(|l| l / (l + ridge)).sum();
    let estimate = density.effective_dimension(ridge).unwrap();
    assert!((estimate.value - exact).abs() < 3.0 * estimate.standard_error, "{estimate}, {exact}");

    let indefinite = settings.estimate(&Rotated::new(indefinite(50), 1), &vec![0.0; 50]).unwrap();
    let message = indefinite.log_determinant().unwrap_err().to_string();
    assert!(message.starts_with("the smallest node: is -0.6"), "{message}");
    assert!(indefinite.effective_dimension(0.0).is_err());
}

#[test]
fn stable_rank_is_the_norm_relative_to_the_largest_eigenvalue() {
    let a = Rotated::new(polynomial(200), 1);
    let exact = a.eigenvalues().iter().map(|l| l * l).sum::<f64>();
    let estimate = TraceEstimator::default().stable_rank(&a, &vec![0.0; 200], 1.0).unwrap();
    assert!((estimate.value - exact).abs() < 4.0 * estimate.standard_error + 1e-12, "{estimate}");
    let doubled = TraceEstimator::default().stable_rank(&a, &vec![0.0; 200], 2.0).unwrap();
    assert!((doubled.value - estimate.value / 4.0).abs() < 1e-14);
    assert!(TraceEstimator::default().stable_rank(&a, &vec![0.0; 200], 0.0).is_err());
}

#[test]
fn one_variable_and_the_zero_operator() {
    let one = Matrix::from_rows(&[[-3.0]]);
    let zero = Matrix::zeros(100, 100);
    for method in METHODS {
        // A tolerance keeps the estimators from counting with unit vectors.
        for tolerance in [0.0, 1e-3] {
            let estimator = TraceEstimator { tolerance, ..of(method, 20, 3) };
            assert!((estimator.trace(&one, &vec![0.0]).unwrap().value + 3.0).abs() < 1e-14);
            let norm = estimator.frobenius_norm(&one, &vec![0.0]).unwrap();
            assert!((norm.value - 3.0).abs() < 1e-14);
            let like = vec![0.0; 100];
            assert_eq!(estimator.trace(&zero, &like).unwrap().value, 0.0);
            assert_eq!(estimator.effective_rank(&zero, &like).unwrap().value, 0.0);
            let norm = estimator.frobenius_norm(&zero, &like).unwrap();
            assert_eq!((norm.value, norm.standard_error), (0.0, 0.0));
        }
    }
    for method in [DiagonalMethod::Hutchinson, DiagonalMethod::XDiag] {
        let estimator = DiagonalEstimator { tolerance: 1e-3, ..diagonal_of(method, 20, 3) };
        let diagonal = estimator.diagonal(&one, &vec![0.0_f64]).unwrap();
        assert!((diagonal.value[0] + 3.0).abs() < 1e-14 && diagonal.standard_error[0] < 1e-14);
        let diagonal = diagonal_of(method, 20, 3).diagonal(&zero, &vec![0.0; 100]).unwrap();
        assert!(diagonal.value.iter().chain(&diagonal.standard_error).all(|&d| d == 0.0));
    }
}

#[test]
fn products_that_are_not_finite_are_an_error() {
    let mut a = Matrix::from_fn(90, 90, |i, j| f64::from(i.abs_diff(j) < 2));
    a[(70, 70)] = f64::NAN;
    let like = vec![0.0; 90];
    for products in [20, 90] {
        for method in METHODS {
            let error = of(method, products, 1).trace(&a, &like).unwrap_err();
            assert!(matches!(error, SpectrumError::NotFinite), "{error}");
        }
        for method in [DiagonalMethod::Hutchinson, DiagonalMethod::XDiag] {
            let error = diagonal_of(method, products, 1).diagonal(&a, &like).unwrap_err();
            assert!(matches!(error, SpectrumError::NotFinite), "{error}");
        }
    }
}

#[test]
fn bad_settings_are_named() {
    let a = Rotated::new(flat(50), 1);
    let like = vec![0.0; 50];
    let message = |estimator: TraceEstimator| estimator.trace(&a, &like).unwrap_err().to_string();
    let least = [(METHODS[0], 2), (METHODS[1], 6), (METHODS[2], 4)];
    for (method, least) in least {
        let expected = format!("products: is {}, but must be at least {least}", least - 1);
        assert_eq!(message(of(method, least - 1, 0)), expected);
        assert!(of(method, least, 0).trace(&a, &like).unwrap().standard_error.is_finite());
    }
    for tolerance in [-1.0, f64::NAN] {
        let expected = format!("tolerance: is {tolerance:?}, but must be zero or positive");
        assert_eq!(message(TraceEstimator { tolerance, ..Default::default() }), expected);
        let diagonal = DiagonalEstimator { tolerance, ..Default::default() };
        assert_eq!(diagonal.diagonal(&a, &like).unwrap_err().to_string(), expected);
    }
    assert!(diagonal_of(DiagonalMethod::XDiag, 3, 0).diagonal(&a, &like).is_err());
    assert!(diagonal_of(DiagonalMethod::Hutchinson, 1, 0).diagonal(&a, &like).is_err());
    let short = TraceEstimator::default().trace(&a, &vec![0.0; 49]).unwrap_err().to_string();
    assert_eq!(short, "like.dimension(): is 49, but must be 50, the dimension of the operator");
}

#[test]
fn the_seed_decides() {
    let a = Rotated::new(polynomial(200), 1);
    for method in METHODS {
        let estimate = |seed| of(method, 12, seed).trace(&a, &vec![0.0; 200]).unwrap();
        assert_eq!(estimate(4), estimate(4));
        assert_ne!(estimate(4), estimate(5));
    }
}
