//! Cost of an iteration of L-BFGS and BFGS outside the objective, and the rate of inner products.
//!
//! `ravine-bench-lbfgs lbfgs N ITERATIONS RUNS [two_loop|compact]`, `... bfgs N ITERATIONS RUNS`
//! or `... dot N`: one JSON object on standard output.

use std::hint::black_box;
use std::time::Instant;

use ravine::curvature::Form;
use ravine::methods::{Bfgs, Lbfgs};
use ravine::minimize::Method;
use ravine::minimize::Run;
use ravine::objective::{Gradient, WithGradient, from_gradient};
use ravine::{Stopping, Vector};

/// `sum_i w_i (x_2i - x_2i-1^2)^2 + (1 - x_2i-1)^2` with weights from 1 to 100: Rosenbrock
/// functions of all widths side by side. The peers compute the same.
fn valleys(n: usize) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
    from_gradient(n, move |x: &[f64], g: &mut [f64]| {
        let slope = 99.0 / (n / 2) as f64;
        let mut sum = 0.0;
        let (x, _) = x.as_chunks::<2>();
        let (g, _) = g.as_chunks_mut::<2>();
        for (i, (x, g)) in x.iter().zip(g).enumerate() {
            let w = 1.0 + slope * i as f64;
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            sum += w * b * b + a * a;
            *g = [-4.0 * w * x[0] * b - 2.0 * a, 2.0 * w * b];
        }
        sum
    })
}

fn start(n: usize) -> Vec<f64> {
    (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect()
}

/// Seconds of one evaluation, the least of several rounds.
fn evaluation_seconds(n: usize) -> f64 {
    let (f, x) = (valleys(n), start(n));
    let mut g = vec![0.0; n];
    let count = (20_000_000 / n).clamp(3, 200_000);
    (0..5)
        .map(|_| {
            let before = Instant::now();
            for _ in 0..count {
                black_box(f.value_and_gradient(black_box(&x), &mut g).unwrap());
            }
            before.elapsed().as_secs_f64() / count as f64
        })
        .fold(f64::INFINITY, f64::min)
}

/// Seconds outside the objective of the iterations from `warm` to `iterations`: a sample a run, or,
/// in a single run, a sample an iteration; the lower quartile counts. The objective's share is what
/// its evaluations cost on their own.
fn measure<M>(n: usize, iterations: u64, runs: u64, method: M) -> serde_json::Value
where
    M: Method<Valleys> + Clone,
{
    let f = Valleys(n);
    let warm = iterations.min(15);
    let stopping = Stopping {
        gradient_absolute: 0.0,
        gradient_relative: 0.0,
        iterations: None,
        ..Stopping::default()
    };
    let evaluation = evaluation_seconds(n);
    let (mut samples, mut evaluations, mut steps) = (Vec::new(), 0, 0);
    let batch = if runs > 1 { iterations - warm } else { 1 };
    let x0 = start(n);
    for _ in 0..runs {
        let mut run = Run::new(&f, method.clone(), &x0, stopping.clone()).unwrap();
        for _ in 0..warm {
            run.step();
        }
        for _ in 0..(iterations - warm) / batch {
            let counted = run.progress().evaluations.gradient;
            let before = Instant::now();
            for _ in 0..batch {
                assert!(run.step().is_none());
            }
            let seconds = before.elapsed().as_secs_f64();
            let count = run.progress().evaluations.gradient - counted;
            samples.push((seconds - evaluation * count as f64) / batch as f64);
            evaluations += count;
            steps += batch;
        }
    }
    samples.sort_by(f64::total_cmp);
    serde_json::json!({
        "n": n,
        "seconds_per_iteration": samples[samples.len() / 4],
        "evaluations_per_iteration": evaluations as f64 / steps as f64,
        "seconds_per_evaluation": evaluation,
    })
}

/// [`valleys`] as a type that can be named.
struct Valleys(usize);

impl ravine::Objective for Valleys {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.0
    }

    fn value(&self, x: &Vec<f64>) -> ravine::objective::Evaluation<f64> {
        valleys(self.0).value(x)
    }
}

impl Gradient for Valleys {
    fn value_and_gradient(
        &self,
        x: &Vec<f64>,
        gradient: &mut Vec<f64>,
    ) -> ravine::objective::Evaluation<f64> {
        valleys(self.0).value_and_gradient(x, gradient)
    }
}

/// Bytes a second of `x'y`.
fn dot_rate(n: usize) -> serde_json::Value {
    let (x, y) = (vec![1.5; n], vec![0.5; n]);
    let best = (0..20)
        .map(|_| {
            let before = Instant::now();
            black_box(black_box(&x).dot(black_box(&y)));
            before.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    serde_json::json!({ "n": n, "bytes_per_second": 16.0 * n as f64 / best })
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| arguments[i].parse::<u64>().unwrap();
    let n = number(1) as usize;
    let result = match arguments[0].as_str() {
        "dot" => dot_rate(n),
        "bfgs" => measure(n, number(2), number(3), Bfgs::default()),
        _ => {
            let form = match arguments.get(4).map(String::as_str) {
                Some("two_loop") => Form::TwoLoop,
                Some("compact") => Form::Compact,
                _ => Form::TwoLoop,
            };
            measure(n, number(2), number(3), Lbfgs { form, ..Lbfgs::default() })
        }
    };
    println!("{result}");
}
