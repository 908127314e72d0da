//! The density of eigenvalues from few probes against all eigenvalues, n = 2000.

use crate::rotated::Rotated;
use ravine_linalg::krylov::Reorthogonalization;
use ravine_linalg::matrix::Matrix;
use ravine_linalg::random::Random;
use ravine_linalg::spectrum::{Density, Quadrature, SpectralDensity, SpectrumError};
use ravine_linalg::vector::Pointwise;

const N: usize = 2000;

fn grid(from: f64, to: f64, count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| from + (to - from) * i as f64 / (count - 1) as f64)
}

fn uniform() -> Vec<f64> {
    grid(0.5, 1.5, N).collect()
}

/// Three narrow clusters and ten eigenvalues far outside.
fn clustered() -> Vec<f64> {
    let mut random = Random::new(1);
    let mut cluster = |count: usize, centre: f64| -> Vec<f64> {
        (0..count).map(|_| centre + 0.02 * random.normal()).collect()
    };
    let mut values = cluster(1000, 1.0);
    values.extend(cluster(900, 3.0));
    values.extend(cluster(90, 5.0));
    values.extend(grid(20.0, 100.0, 10));
    values
}

fn six_decades() -> Vec<f64> {
    grid(0.0, 6.0, N).map(|e| 10f64.powf(e)).collect()
}

/// A semicircle around zero and an exponential tail.
fn indefinite() -> Vec<f64> {
    let mut random = Random::new(2);
    let mut values: Vec<f64> = Vec::new();
    while values.len() < 1700 {
        let (x, y) = (2.0 * random.uniform() - 1.0, random.uniform());
        if x * x + y * y < 1.0 {
            values.push(2.0 * x);
        }
    }
    values.extend((0..300).map(|_| -3.0 * (1.0 - random.uniform()).ln()));
    values
}

/// As networks have it: most eigenvalues zero, a bulk that begins there, few large ones, and some
/// small negative ones.
fn network() -> Vec<f64> {
    let mut random = Random::new(3);
    let mut exponential = |scale: f64| -scale * (1.0 - random.uniform()).ln();
    let mut values = vec![0.0; 1200];
    values.extend((0..300).map(|_| -exponential(0.1)));
    values.extend((0..480).map(|_| exponential(1.0)));
    values.extend(grid(10.0, 60.0, 20));
    values
}

/// `i^-1.5`.
fn decaying() -> Vec<f64> {
    (1..=N).map(|i| (i as f64).powf(-1.5)).collect()
}

#[test]
fn total_variation_in_20_and_40_equal_bins_is_below_5_percent() {
    let spectra = [uniform(), clustered(), six_decades(), indefinite(), network(), decaying()];
    for (which, spectrum) in spectra.into_iter().enumerate() {
        let a = Rotated::new(spectrum, 7);
        let exact = Density::exact(a.eigenvalues());
        let density = SpectralDensity::default().estimate(&a, &vec![0.0; N]).unwrap();
        assert_eq!(density.products(), 1000);
        for bins in [20, 40] {
            let edges = exact.linear(bins).unwrap().edges;
            let truth = exact.histogram(&edges).shares;
            let distance = density.histogram(&edges).total_variation(&truth);
            assert!(distance < 0.025, "spectrum {which}, {bins} bins: {distance}");
        }
    }
}

#[test]
fn total_variation_in_bins_of_half_a_decade_is_below_5_percent() {
    for (which, spectrum, steps, zero) in [
        ("clustered", clustered(), 100, 1e-6),
        ("six decades", six_decades(), 400, 1e-7),
        ("indefinite", indefinite(), 200, 1e-3),
        ("network", network(), 200, 1e-4),
        ("decaying", decaying(), 100, 1e-6),
    ] {
        let a = Rotated::new(spectrum, 7);
        let exact = Density::exact(a.eigenvalues()).logarithmic(2, zero).unwrap();
        let density = SpectralDensity { steps, ..Default::default() };
        let estimate = density.estimate(&a, &vec![0.0; N]).unwrap().logarithmic(2, zero).unwrap();
        let distance: f64 =
            exact.shares().iter().zip(estimate.shares()).map(|(p, q)| 0.5 * (p - q).abs()).sum();
        assert!(distance < 0.05, "{which}: {distance}");
    }
}

#[test]
fn all_steps_give_the_exact_measure_of_the_probe() {
    // Six eigenvalues, one of them four times: the seventh step finds nothing but rounding.
    let spectrum = vec![-3.0, -1.0, 0.0, 2.0, 2.0, 2.0, 2.0, 5.0, 7.0];
    let a = Rotated::new(spectrum, 3);
    let density = SpectralDensity { steps: 50, ..Default::default() };
    let density = density.estimate(&a, &vec![0.0; 9]).unwrap();
    assert!((60..=70).contains(&density.products()));
    for quadrature in density.quadratures() {
        let near =
            |lambda: f64| quadrature.integrate(|theta| f64::from((theta - lambda).abs() < 1e-12));
        assert!([-3.0, -1.0, 0.0, 5.0, 7.0].iter().all(|&lambda| near(lambda) > 1e-6));
        let total: f64 = [-3.0, -1.0, 0.0, 2.0, 5.0, 7.0].map(near).iter().sum();
        assert!((total - 1.0).abs() < 1e-14);
        // An atom counts whole right after it, not at all right before.
        let jump = quadrature.cumulative(2.0 + 1e-9) - quadrature.cumulative(2.0 - 1e-9);
        assert!((jump - near(2.0)).abs() < 1e-12);
    }
}

#[test]
fn gauss_rules_are_exact_for_polynomials_and_residuals_bound_eigenvalues() {
    let a = Rotated::new(indefinite()[..300].to_vec(), 5);
    let mut b = vec![0.0; 300];
    b.fill_normal(&mut Random::new(1));
    let rule = Quadrature::of_vector(&a, &b, 4).unwrap();
    // b'A^7 b / b'b by products.
    let (mut x, mut y) = (b.clone(), b.clone());
    for _ in 0..7 {
        ravine_linalg::operator::LinearOperator::apply(&a, &x, &mut y).unwrap();
        std::mem::swap(&mut x, &mut y);
    }
    let moment = ravine_linalg::Vector::dot(&b, &x) / ravine_linalg::Vector::dot(&b, &b);
    assert!((rule.integrate(|t| t.powi(7)) - moment).abs() < 1e-12 * moment.abs().max(1.0));
    for (theta, residual) in rule.nodes.iter().zip(&rule.residuals) {
        let nearest = a.eigenvalues().iter().map(|l| (l - theta).abs()).fold(f64::MAX, f64::min);
        assert!(nearest <= residual * (1.0 + 1e-9));
    }
}

#[test]
fn the_measure_does_not_depend_on_how_vectors_are_kept_orthogonal() {
    let a = Rotated::new(clustered(), 5);
    let density = |reorthogonalization| {
        let settings = SpectralDensity { probes: 3, reorthogonalization, ..Default::default() };
        settings.estimate(&a, &vec![0.0; N]).unwrap()
    };
    let full = density(Reorthogonalization::Full);
    let edges = full.linear(40).unwrap().edges;
    for (other, allowed) in
        [(Reorthogonalization::Partial, 1e-6), (Reorthogonalization::None, 5e-3)]
    {
        let density = density(other);
        let distance = full.histogram(&edges).total_variation(&density.histogram(&edges).shares);
        assert!(distance < allowed, "{other:?}: {distance}");
        let (root, expected) = (density.trace_of(f64::sqrt), full.trace_of(f64::sqrt));
        assert!((root.value - expected.value).abs() < 1e-6 * expected.value, "{other:?}: {root}");
    }
}

#[test]
fn error_bars_hold_what_they_promise() {
    // The share below a point, and the trace of the exponential, over 100 seeds.
    let a = Rotated::new(indefinite()[..200].to_vec(), 5);
    let exact = Density::exact(a.eigenvalues());
    let (below, trace) = (exact.cumulative(0.3).value, exact.trace_of(f64::exp).value);
    let mut within = [[0; 2]; 2];
    for seed in 0..100 {
        let settings = SpectralDensity { probes: 10, steps: 40, seed, ..Default::default() };
        let density = settings.estimate(&a, &vec![0.0; 200]).unwrap();
        let pairs = [(density.cumulative(0.3), below), (density.trace_of(f64::exp), trace)];
        for (within, (estimate, truth)) in within.iter_mut().zip(pairs) {
            let error = (estimate.value - truth).abs() / estimate.standard_error;
            within[0] += i32::from(error < 1.0);
            within[1] += i32::from(error < 3.0);
        }
    }
    // Student's t with nine degrees of freedom: 66 % and 98.5 %, here with four standard errors.
    for [one, three] in within {
        assert!((47..=85).contains(&one) && three >= 94, "{within:?}");
    }
}

#[test]
fn smoothed_density_integrates_to_one_and_follows_the_semicircle() {
    let a = Rotated::new((0..N).map(|i| 2.0 * semicircle_quantile(i)).collect(), 9);
    let density = SpectralDensity::default().estimate(&a, &vec![0.0; N]).unwrap();
    let curve = density.smoothed(400, None).unwrap();
    let step = curve[1].at - curve[0].at;
    let integral: f64 = curve.iter().map(|p| p.density * step).sum();
    assert!((integral - 1.0).abs() < 1e-3, "{integral}");
    for point in curve.iter().filter(|p| p.at.abs() < 1.8) {
        let truth = (4.0 - point.at * point.at).sqrt() / std::f64::consts::TAU;
        let error = (point.density - truth).abs();
        assert!(error < 5.0 * point.standard_error + 0.002, "{point:?} against {truth}");
    }
}

/// The point below which the semicircle on [-1, 1] has the share (i + 1/2) / N, by bisection.
fn semicircle_quantile(i: usize) -> f64 {
    let share = (i as f64 + 0.5) / N as f64;
    let (mut low, mut high) = (-1.0f64, 1.0f64);
    for _ in 0..60 {
        let x = 0.5 * (low + high);
        let below = 0.5 + (x * (1.0 - x * x).sqrt() + x.asin()) / std::f64::consts::PI;
        if below < share { low = x } else { high = x }
    }
    0.5 * (low + high)
}

#[test]
fn one_variable_zero_and_a_multiple_of_the_identity() {
    for value in [-2.0, 0.0, 3.0] {
        let one = SpectralDensity::default()
            .estimate(&Matrix::from_rows(&[[value]]), &vec![0.0])
            .unwrap();
        assert_eq!((one.range(), one.products()), ((value, value), 10));
        assert_eq!(one.cumulative(value).value, 1.0);
        assert_eq!(one.linear(3).unwrap().shares.iter().sum::<f64>(), 1.0);
        let total: f64 = one.logarithmic(1, 1e-6).unwrap().shares().iter().sum();
        assert_eq!(total, 1.0);
        assert_eq!(one.logarithmic(1, 1e-6).unwrap().zero.value, f64::from(value == 0.0));
        assert!(one.smoothed(5, None).unwrap().iter().all(|p| p.density.is_finite()));
    }
    let a = Rotated::new(vec![4.0; 50], 1);
    let density = SpectralDensity::default().estimate(&a, &vec![0.0; 50]).unwrap();
    assert_eq!(density.products(), 10);
    assert!((density.trace_of(f64::sqrt).value - 100.0).abs() < 1e-11);
}

#[test]
fn the_seed_decides() {
    let a = Rotated::new(decaying(), 1);
    let estimate = |seed| {
        let settings = SpectralDensity { probes: 2, steps: 10, seed, ..Default::default() };
        settings.estimate(&a, &vec![0.0; N]).unwrap()
    };
    assert_eq!(estimate(4), estimate(4));
    assert_ne!(estimate(4), estimate(5));
}

#[test]
fn bad_input_is_named() {
    let a = Rotated::new(vec![1.0, 2.0, 3.0], 1);
    let message = |settings: SpectralDensity, like: usize| {
        settings.estimate(&a, &vec![0.0; like]).unwrap_err().to_string()
    };
    let fine = SpectralDensity::default();
    assert_eq!(
        message(SpectralDensity { probes: 1, ..fine.clone() }, 3),
        "probes: is 1, but must be at least 2"
    );
    assert_eq!(
        message(SpectralDensity { steps: 0, ..fine.clone() }, 3),
        "steps: is 0, but must be positive"
    );
    assert_eq!(
        message(fine.clone(), 2),
        "like.dimension(): is 2, but must be 3, the dimension of the operator"
    );
    let rectangular = fine.estimate(&Matrix::zeros(2, 3), &vec![0.0; 3]);
    assert_eq!(rectangular.unwrap_err().to_string(), "a: is (2, 3), but must be square");
    let empty = fine.estimate(&Matrix::zeros(0, 0), &vec![]);
    assert!(matches!(empty, Err(SpectrumError::Argument(_))));
    let zero = Quadrature::of_vector(&a, &vec![0.0; 3], 2);
    assert_eq!(zero.unwrap_err().to_string(), "b: is 0.0, but must be finite and not zero");

    let density = fine.estimate(&a, &vec![0.0; 3]).unwrap();
    assert!(density.linear(0).is_err());
    assert!(density.logarithmic(0, 0.1).is_err() && density.logarithmic(1, 1.0).is_err());
    assert!(density.smoothed(1, None).is_err() && density.smoothed(9, Some(0.0)).is_err());
}

#[test]
fn products_that_are_not_finite_are_an_error() {
    for bad in [f64::NAN, f64::INFINITY] {
        let a = Matrix::from_rows(&[[1.0, 0.0], [0.0, bad]]);
        let error = SpectralDensity::default().estimate(&a, &vec![0.0; 2]).unwrap_err();
        assert!(matches!(error, SpectrumError::NotFinite), "{error}");
    }
}
