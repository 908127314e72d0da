//! The spectrum of the Hessian of a network of 520,260 parameters on ten thousand images of MNIST.

use ravine::objective::{Gradient, HessianProduct, Objective};
use ravine_data::read_idx;
use ravine_linalg::operator::from_fn;
use ravine_linalg::spectrum::{
    SpectralDensity, ThickRestartLanczos, TraceEstimator, TraceMethod, Which,
};
use ravine_linalg::{Interrupt, Vector};
use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Parameters, Unary, mlp};
use serde_json::json;

use crate::clock::{peak_megabytes, timed};
use crate::subject::{Outcome, pixels};

/// Eigenvalues to this residual, relative to the largest: products in single precision give no more than a digit or
/// two beyond.
const TOLERANCE: f64 = 1e-4;

/// `images` and `labels` are files; the first so many cases count.
pub fn run(images: &str, labels: &str, cases: usize) -> Outcome {
    let pixels = &pixels(images)?[..784 * cases];
    let labels = &read_idx(labels.as_ref())?.numbers[..cases];
    let network = mlp(Input::Features(vec![784]), &[500, 250], 10, Unary::Tanh)?;
    let cpu = Cpu::<f32>::new();
    let set = Cases::new(&cpu, &network, &Loss::CrossEntropy, pixels, labels)?;
    let x: Parameters<Cpu<f32>> = network.start(&cpu, None, 1);
    let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, set)?;
    let mut out = x.zeros_like();
    let mut at = x.clone();
    let mut gradient = f64::INFINITY;
    for _ in 0..3 {
        at.scale(1.0 + 1e-6);
        let (value, seconds) = timed(|| loss.value_and_gradient(&at, &mut out));
        value?;
        gradient = gradient.min(seconds);
    }
    let hessian =
        from_fn(loss.dimension(), |v: &Parameters<Cpu<f32>>, y: &mut Parameters<Cpu<f32>>| {
            loss.hessian_product(&x, v, y).map_err(|_| Interrupt::Cancelled)
        });
    let print = |what: &str, seconds: f64, products: usize, found: serde_json::Value| {
        eprintln!("{what}: {:.1} gradients, {products} products, {found}", seconds / gradient);
        println!(
            "{}",
            json!({
                "kind": "spectrum", "what": what, "seconds": seconds, "gradients": seconds / gradient,
                "gradient": gradient, "products": products, "found": found, "cases": cases,
                "tolerance": TOLERANCE, "peak_megabytes": peak_megabytes(),
            })
        );
    };
    let (_, seconds) = timed(|| loss.hessian_product(&x, &at, &mut out));
    print("product", seconds, 1, json!(null));
    let lanczos = |pairs, which| ThickRestartLanczos {
        pairs,
        which,
        tolerance: TOLERANCE,
        ..ThickRestartLanczos::default()
    };
    for (what, pairs, which) in
        [("five largest", 5, Which::Largest), ("lowest", 1, Which::Smallest)]
    {
        let (found, seconds) = timed(|| lanczos(pairs, which).eigenvalues(&hessian, &x));
        let found = found?;
        let values = json!({ "values": found.values, "residuals": found.residuals,
            "end": format!("{}", found.end) });
        print(what, seconds, found.products, values);
    }
    for (what, method) in [
        ("trace, thirty signs", TraceMethod::Hutchinson),
        ("trace, thirty products", TraceMethod::XTrace),
    ] {
        let estimator = TraceEstimator { method, products: 30, ..TraceEstimator::default() };
        let (found, seconds) = timed(|| estimator.trace(&hessian, &x));
        let found = found?;
        print(what, seconds, found.products, json!(found));
    }
    let density = SpectralDensity { probes: 2, steps: 30, ..SpectralDensity::default() };
    let (found, seconds) = timed(|| density.estimate(&hessian, &x));
    let found = found?;
    print("density", seconds, found.products(), json!({ "range": found.range() }));
    Ok(())
}
