//! Errors of the estimators of traces and diagonals against products, and of spectral densities:
//! a JSON object a line, for `bench/estimators/report.py`.
//!
//! `cargo run --release -p ravine-linalg --example estimator_errors [SEEDS]`

#[path = "../tests/rotated/mod.rs"]
mod rotated;

use ravine_linalg::spectrum::{
    Density, DiagonalEstimator, DiagonalMethod, SpectralDensity, SpectrumError, TraceEstimator,
    TraceMethod,
};
use rotated::Rotated;

const N: usize = 2000;
const PRODUCTS: [usize; 7] = [6, 12, 24, 48, 96, 192, 384];
/// Of each estimate of a trace, unless told otherwise; a fifth as many of a diagonal.
const SEEDS: u64 = 50;

fn root_of_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

fn norm(values: &[f64]) -> f64 {
    root_of_mean_square(values) * (values.len() as f64).sqrt()
}

fn diagonal(a: &Rotated) -> Result<Vec<f64>, SpectrumError> {
    let estimator = DiagonalEstimator { products: N, ..Default::default() };
    Ok(estimator.diagonal(a, &vec![0.0; N])?.value)
}

/// Relative root mean square errors over seeds, and the standard errors that were reported.
fn estimators(spectrum: &str, a: &Rotated, seeds: u64) -> Result<(), SpectrumError> {
    let like = vec![0.0; N];
    let trace: f64 = a.eigenvalues().iter().sum();
    let exact = diagonal(a)?;
    for products in PRODUCTS {
        let line = |quantity: &str, method: String, errors: &[f64], said: &[f64]| {
            println!(
                r#"{{"spectrum":"{spectrum}","quantity":"{quantity}","method":"{method}","products":{products},"error":{:e},"said":{:e}}}"#,
                root_of_mean_square(errors),
                root_of_mean_square(said),
            );
        };
        for method in [TraceMethod::Hutchinson, TraceMethod::HutchPlusPlus, TraceMethod::XTrace] {
            let (mut errors, mut said) = (Vec::new(), Vec::new());
            for seed in 0..seeds {
                let estimator = TraceEstimator { method, products, seed, ..Default::default() };
                let estimate = estimator.trace(a, &like)?;
                errors.push((estimate.value - trace) / trace);
                said.push(estimate.standard_error / trace);
            }
            line("trace", format!("{method:?}"), &errors, &said);
        }
        for method in [DiagonalMethod::Hutchinson, DiagonalMethod::XDiag] {
            let (mut errors, mut said) = (Vec::new(), Vec::new());
            for seed in 0..seeds.div_ceil(5) {
                let estimator = DiagonalEstimator { method, products, seed, ..Default::default() };
                let estimate = estimator.diagonal(a, &like)?;
                let differences: Vec<f64> =
                    estimate.value.iter().zip(&exact).map(|(e, d)| e - d).collect();
                errors.push(norm(&differences) / norm(&exact));
                said.push(norm(&estimate.standard_error) / norm(&exact));
            }
            line("diagonal", format!("{method:?}"), &errors, &said);
        }
    }
    Ok(())
}

/// Total variation between the histogram of a density and that of all eigenvalues.
fn density(spectrum: &str, a: &Rotated) -> Result<(), SpectrumError> {
    let exact = Density::exact(a.eigenvalues());
    for steps in [25, 50, 100, 200, 400] {
        let settings = SpectralDensity { steps, ..Default::default() };
        let density = settings.estimate(a, &vec![0.0; N])?;
        let mut distances = Vec::new();
        for bins in [20, 40] {
            let truth = exact.linear(bins)?;
            distances.push(density.histogram(&truth.edges).total_variation(&truth.shares));
        }
        let logarithmic = density.logarithmic(2, 1e-4)?.shares();
        let truth = exact.logarithmic(2, 1e-4)?.shares();
        distances
            .push(0.5 * truth.iter().zip(&logarithmic).map(|(p, q)| (p - q).abs()).sum::<f64>());
        println!(
            r#"{{"spectrum":"{spectrum}","quantity":"density","steps":{steps},"bins20":{:e},"bins40":{:e},"half_decades":{:e}}}"#,
            distances[0], distances[1], distances[2],
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seeds = match std::env::args().nth(1) {
        Some(seeds) => seeds.parse()?,
        None => SEEDS,
    };
    let spectrum = |f: &dyn Fn(usize) -> f64| Rotated::new((1..=N).map(f).collect(), 1);
    let flat = spectrum(&|i| 1.0 + 2.0 * i as f64 / N as f64);
    let polynomial = spectrum(&|i| (i as f64).powi(-2));
    let exponential = spectrum(&|i| 0.8f64.powi(i as i32));
    let indefinite = spectrum(&|i| if i % 3 == 0 { -2.0 } else { 1.0 } / i as f64);
    estimators("flat", &flat, seeds)?;
    estimators("polynomial", &polynomial, seeds)?;
    estimators("exponential", &exponential, seeds)?;
    estimators("indefinite", &indefinite, seeds)?;
    density("flat", &flat)?;
    density("logarithmic", &spectrum(&|i| 10f64.powf(4.0 * i as f64 / N as f64)))?;
    density("indefinite", &indefinite)?;
    density(
        "mostly zero",
        &spectrum(&|i| if i % 3 == 0 { (-(i as f64) / 200.0).exp() } else { 0.0 }),
    )?;
    Ok(())
}
