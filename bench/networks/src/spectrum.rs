//! The spectrum of the Hessian of a network of 520,260 parameters on ten thousand images of MNIST.

use ravine::objective::{
    BatchHessianProduct, GaussNewtonProduct, Gradient, HessianProduct, Objective,
};
use ravine_data::read_idx;
use ravine_linalg::operator::from_fn;
use ravine_linalg::random::Random;
use ravine_linalg::spectrum::{
    SpectralDensity, SpectrumError, ThickRestartLanczos, TraceEstimator, TraceMethod, Which,
};
use ravine_linalg::vector::Pointwise;
use ravine_linalg::{Interrupt, Vector};
use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Parameters, Unary, mlp};
use serde_json::json;

use crate::clock::{peak_megabytes, timed};
use crate::subject::{Outcome, pixels};

/// Eigenvalues to these residuals, relative to the largest; the values themselves are known to about the square.
const TOLERANCES: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Of the images, one in so many says where to begin.
const PART: usize = 10;

/// Rounds in which gradient and products take turns.
const ROUNDS: usize = 7;

/// `images` and `labels` are files; the first so many cases count. Only the products, where `what` is that.
pub fn run(what: &str, [images, labels]: [&str; 2], cases: usize) -> Outcome {
    let pixels = &pixels(images)?[..784 * cases];
    let labels = &read_idx(labels.as_ref())?.numbers[..cases];
    let network = mlp(Input::Features(vec![784]), &[500, 250], 10, Unary::Tanh)?;
    let cpu = Cpu::<f32>::new();
    let set = Cases::new(&cpu, &network, &Loss::CrossEntropy, pixels, labels)?;
    let x: Parameters<Cpu<f32>> = network.start(&cpu, None, 1);
    let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, set)?;
    let (mut out, mut at, mut v) = (x.zeros_like(), x.clone(), x.clone());
    v.fill_normal(&mut Random::new(2));
    let [mut gradient, mut of_hessian, mut of_gauss_newton] = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        at.scale(1.0 + 1e-6);
        let (value, seconds) = timed(|| loss.value_and_gradient(&at, &mut out));
        value?;
        gradient = gradient.min(seconds);
        let (done, seconds) = timed(|| loss.hessian_product(&at, &v, &mut out));
        done?;
        of_hessian = of_hessian.min(seconds);
        let (done, seconds) = timed(|| loss.gauss_newton_product(&at, &v, &mut out));
        done?;
        of_gauss_newton = of_gauss_newton.min(seconds);
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
                "peak_megabytes": peak_megabytes(),
            })
        );
    };
    print("product with the Hessian", of_hessian, 1, json!(null));
    print("product with the Gauss-Newton matrix", of_gauss_newton, 1, json!(null));
    if what == "products" {
        return Ok(());
    }
    let lanczos = |pairs, which, tolerance| ThickRestartLanczos {
        pairs,
        which,
        tolerance,
        ..ThickRestartLanczos::default()
    };
    let ends = [("five largest", 5, Which::Largest), ("lowest", 1, Which::Smallest)];
    for ((what, pairs, which), tolerance) in
        ends.into_iter().flat_map(|end| TOLERANCES.map(|tolerance| (end, tolerance)))
    {
        let (found, seconds) = timed(|| lanczos(pairs, which, tolerance).eigenvalues(&hessian, &x));
        let found = found?;
        let values = json!({ "values": found.values, "residuals": found.residuals,
            "end": format!("{}", found.end) });
        print(&format!("{what}, to {tolerance:.0e}"), seconds, found.products, values);
    }
    // Begun from the vector of the lowest eigenvalue over a part of the images.
    let part: Vec<usize> = (0..cases.div_ceil(PART)).collect();
    let over_part =
        from_fn(loss.dimension(), |v: &Parameters<Cpu<f32>>, y: &mut Parameters<Cpu<f32>>| {
            loss.batch_hessian_product(&x, &part, v, y).map_err(|_| Interrupt::Cancelled)
        });
    for tolerance in TOLERANCES {
        let (found, seconds) = timed(|| {
            let rough = lanczos(1, Which::Smallest, TOLERANCES[1]).eigenpairs(&over_part, &x)?;
            let start = &rough.vectors[0];
            let found = lanczos(1, Which::Smallest, tolerance).eigenpairs_from(&hessian, start)?;
            Ok::<_, SpectrumError>((rough.products, found))
        });
        let (before, found) = found?;
        let values = json!({ "values": found.values, "residuals": found.residuals,
            "products_over_a_part": before, "end": format!("{}", found.end) });
        let what = format!("lowest, begun over a tenth of the images, to {tolerance:.0e}");
        print(&what, seconds, found.products, values);
    }
    // One copy of each, as SciPy finds them.
    for tolerance in TOLERANCES {
        let (found, seconds) =
            timed(|| lanczos(5, Which::Largest, tolerance).ritz_values(&hessian, &x));
        let found = found?;
        let values = json!({ "values": found.values, "residuals": found.residuals });
        print(
            &format!("five largest Ritz values, to {tolerance:.0e}"),
            seconds,
            found.products,
            values,
        );
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
