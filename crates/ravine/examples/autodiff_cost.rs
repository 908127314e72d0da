//! What exact derivatives cost: the gradient of the extended Rosenbrock function with n = 1000 by
//! reverse mode against the same gradient written by hand, and a Hessian product against the
//! gradient.
//!
//! `cargo run --release -p ravine --example autodiff_cost`

use std::hint::black_box;
use std::time::Instant;

use ravine::{Gradient, HessianProduct, ObjectiveError, objective};

const N: usize = 1000;

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
fn seconds(mut call: impl FnMut()) -> f64 {
    const BATCHES: usize = 200;
    const CALLS: usize = 100;
    (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| call());
            start.elapsed().as_secs_f64() / CALLS as f64
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), ObjectiveError> {
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

    let hand = seconds(|| {
        black_box(by_hand(black_box(&x), black_box(&mut hand)));
    });
    let reverse = seconds(|| {
        black_box(f.value_and_gradient(black_box(&x), black_box(&mut gradient)).ok());
    });
    let second = seconds(|| {
        black_box(f.hessian_product(black_box(&x), black_box(&d), black_box(&mut product)).ok());
    });

    println!("extended Rosenbrock, n = {N}, largest difference from by hand {difference:.1e}");
    println!("gradient by hand       {:8.3} us", hand * 1e6);
    println!(
        "gradient               {:8.3} us  {:5.2} times by hand",
        reverse * 1e6,
        reverse / hand
    );
    println!("Hessian product        {:8.3} us  {:5.2} gradients", second * 1e6, second / reverse);
    Ok(())
}
