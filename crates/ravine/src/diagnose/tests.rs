//! Rehearsals on what the Lanczos process sees of a gradient against runs on all eigenvalues.

use serde_json::Value;

use super::GradientMeasure;
use super::measure::Unseen;
use super::model::QuadraticModel;
use super::rehearsal::{GradientTest, Model, rehearse};
use crate::methods::named;
use crate::minimize::{Conditions, Stopping};
use crate::objective::Derivatives;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_linalg::operator::Diagonal;
use ravine_linalg::random::Random;
use ravine_linalg::spectrum::{Density, Quadrature};
use ravine_linalg::vector::Pointwise;

const TOLERANCE: f64 = 1e-8;

/// Five clusters of a relative width of `1e-3`, their centers equally spaced in the logarithm.
fn clusters(n: usize, kappa: f64) -> Vec<f64> {
    let each = n / 5;
    let of = |i: usize| kappa.powf((i / each) as f64 / 4.0);
    (0..n).map(|i| of(i) * (1.0 + 1e-3 * (i % each) as f64 / each as f64)).collect()
}

fn evenly_in_the_logarithm(n: usize, kappa: f64) -> Vec<f64> {
    (0..n).map(|i| kappa.powf(i as f64 / (n - 1) as f64)).collect()
}

/// The iterations of a method on the quadratic with this measure.
fn iterations(name: &str, measure: &Quadrature) -> f64 {
    let derivatives = Derivatives { hessian_product: true, ..Derivatives::GRADIENT };
    let model = QuadraticModel::reduced(measure, 1.0, 1.0, (1.0, 1.0), derivatives);
    let stopping = Stopping { iterations: None, decrease: None, ..Stopping::default() };
    let test = GradientTest::Euclidean(TOLERANCE);
    let method = named(name).unwrap();
    let on = Model { objective: &model, start: &model.start, bounds: None };
    rehearse(method, &Value::Null, on, &stopping, test, &Conditions::default()).unwrap().iterations
}

/// From `products` products for a gradient `A x`, x about one in every entry.
fn check(eigenvalues: &[f64], products: usize, methods: &[(&str, f64)]) {
    for seed in 1..=3 {
        let mut gradient = vec![0.0; eigenvalues.len()];
        gradient.fill_normal(&mut Random::new(seed));
        gradient.iter_mut().zip(eigenvalues).for_each(|(g, lambda)| *g = lambda * (1.0 + 0.2 * *g));
        let n = eigenvalues.len();
        let matrix = Matrix::from_fn(n, n, |i, j| if i == j { eigenvalues[i] } else { 0.0 });
        let exact = GradientMeasure::exact(&SymmetricEigen::new(&matrix).unwrap(), &gradient);
        let a = Diagonal::new(eigenvalues.to_vec());
        let seen = GradientMeasure::by_lanczos(&a, &gradient, products, 1e-2 * TOLERANCE);
        let seen = seen.unwrap().unwrap();
        let density = Density::exact(eigenvalues);
        let unseen = Unseen { smallest: eigenvalues[0], density: &density };
        let refined = seen.refined((seen.left > 1e-2 * TOLERANCE).then_some(unseen));
        assert!((refined.weights.iter().sum::<f64>() - 1.0).abs() < 1e-10);
        for &(name, factor) in methods {
            let (made, said) = (iterations(name, &exact.quadrature), iterations(name, &refined));
            assert!(
                made <= factor * said && said <= factor * made,
                "{name} from {products} products, seed {seed}: {said} on the model, {made}"
            );
        }
    }
}

const METHODS: [(&str, f64); 6] = [
    ("lbfgs", 4.0),
    ("cg-pr", 2.0),
    ("cg-hs", 2.0),
    ("cg-dy", 2.0),
    ("cg-hz", 2.0),
    ("newton-cg", 2.0),
];

#[test]
fn clusters_stay_clusters() {
    for kappa in [1e2, 1e3] {
        check(&clusters(400, kappa), 300, &METHODS);
    }
    // Further apart rounding decides how long nonlinear conjugate gradients take.
    for kappa in [1e4, 1e5, 1e6] {
        check(&clusters(400, kappa), 300, &[("lbfgs", 4.0), ("newton-cg", 2.0)]);
    }
    // The process ends before it knows the last cluster.
    check(&clusters(400, 1e4), 25, &[("lbfgs", 4.0), ("newton-cg", 2.0)]);
}

#[test]
fn two_eigenvalues_are_two() {
    let eigenvalues: Vec<f64> = (0..100).map(|i| if i < 40 { 1.0 } else { 1e6 }).collect();
    check(&eigenvalues, 300, &METHODS);
}

#[test]
fn spectra_without_gaps_are_filled_in() {
    let linear: Vec<f64> = (1..=400).map(|i| i as f64).collect();
    check(&linear, 300, &METHODS);
    check(&evenly_in_the_logarithm(300, 1e3), 300, &METHODS);
}

#[test]
fn eigenvalues_that_the_process_has_not_reached_are_counted() {
    check(&evenly_in_the_logarithm(400, 1e3), 80, &METHODS);
    check(&evenly_in_the_logarithm(400, 1e4), 120, &METHODS);
}
