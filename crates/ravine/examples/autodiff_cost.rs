//! What exact derivatives cost: the gradient of the extended Rosenbrock function with n = 1000 by
//! reverse mode against the same gradient written by hand, and a Hessian product against the
//! gradient; then the sparse Hessian of a function on a square grid with n = 99856.
//!
//! `cargo run --release -p ravine --example autodiff_cost`

use std::hint::black_box;
use std::time::Instant;

use ravine::FunctionError;
use ravine::objective::{Objective, SparseHessian};
use ravine::{Gradient, HessianProduct, objective};

fn by_hand(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut value = 0.0;
    for (x, g) in x.chunks_exact(2).zip(gradient.chunks_exact_mut(2)) {
        let (t, u) = (x[1] - x[0] * x[0], 1.0 - x[0]);
        value += 100.0 * t * t + u * u;
        g[0] = -400.0 * x[0] * t - 2.0 * u;
        g[1] = 200.0 * t;
    }
    value
}

/// The fewest seconds that a call took, over batches.
fn seconds(batches: usize, calls: usize, mut call: impl FnMut()) -> f64 {
    (0..batches)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| call());
            start.elapsed().as_secs_f64() / calls as f64
        })
        .fold(f64::INFINITY, f64::min)
}

fn rosenbrock() -> Result<(), FunctionError> {
    const N: usize = 1000;
    let f = objective!(N, |x| {
        let mut sum = R::from(0.0);
        for x in x.chunks_exact(2) {
            sum += 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2);
        }
        sum
    });
    let x: Vec<f64> = (0..N).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
    let d: Vec<f64> = (0..N).map(|i| (i as f64).sin()).collect();
    let (mut hand, mut gradient, mut product) = (vec![0.0; N], vec![0.0; N], vec![0.0; N]);

    by_hand(&x, &mut hand);
    f.value_and_gradient(&x, &mut gradient)?;
    f.hessian_product(&x, &d, &mut product)?;
    let difference = hand.iter().zip(&gradient).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);

    let hand = seconds(200, 100, || {
        black_box(by_hand(black_box(&x), black_box(&mut hand)));
    });
    let first = seconds(200, 100, || {
        black_box(f.value_and_gradient(black_box(&x), black_box(&mut gradient)).ok());
    });
    let second = seconds(200, 100, || {
        black_box(f.hessian_product(black_box(&x), black_box(&d), black_box(&mut product)).ok());
    });
    println!("extended Rosenbrock, n = {N}, largest difference from by hand {difference:.1e}");
    println!("gradient by hand {:8.3} us", hand * 1e6);
    println!("gradient         {:8.3} us, {:.2} times by hand", first * 1e6, first / hand);
    println!("Hessian product  {:8.3} us, {:.2} gradients", second * 1e6, second / first);
    Ok(())
}

/// The area of a surface over a square grid: `sum sqrt(1 + dx^2 + dy^2)`.
fn surface() -> Result<(), FunctionError> {
    const SIDE: usize = 316;
    let f = objective!(SIDE * SIDE, |x| {
        let mut area = R::from(0.0);
        for (above, below) in x.chunks_exact(SIDE).zip(x[SIDE..].chunks_exact(SIDE)) {
            for (a, b) in above.windows(2).zip(below.windows(2)) {
                let (across, along) = (b[1] - a[0], b[0] - a[1]);
                area += (1.0 + across * across + along * along).sqrt();
            }
        }
        area
    });
    let n = Objective::dimension(&f);
    let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.37).sin()).collect();
    let mut gradient = vec![0.0; n];
    let start = Instant::now();
    let mut hessian = SparseHessian::sparse_hessian_pattern(&f, &x)?;
    let pattern = start.elapsed().as_secs_f64();
    let first = seconds(5, 1, || {
        black_box(f.value_and_gradient(&x, black_box(&mut gradient)).ok());
    });
    let sparse = seconds(5, 1, || {
        black_box(SparseHessian::sparse_hessian(&f, &x, black_box(&mut hessian)).ok());
    });
    println!("surface, n = {n}, {:.1} entries a row", hessian.stored() as f64 / n as f64);
    println!("pattern and colouring {:8.1} ms", pattern * 1e3);
    println!("gradient              {:8.1} ms", first * 1e3);
    println!("sparse Hessian        {:8.1} ms, {:.1} gradients", sparse * 1e3, sparse / first);
    Ok(())
}

fn main() -> Result<(), FunctionError> {
    rosenbrock()?;
    surface()
}
