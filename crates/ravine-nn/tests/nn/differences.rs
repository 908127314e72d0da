//! Differences of order eight: with steps of a hundredth their error is that of rounding.

use ravine_linalg::Vector;

/// `d/dt f(t)` at 0, of a function with values in a vector space.
pub fn slope<V: Vector>(step: f64, mut f: impl FnMut(f64) -> V) -> V {
    const WEIGHTS: [f64; 4] = [4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0];
    let mut sum = f(0.0).zeros_like();
    for (k, weight) in WEIGHTS.iter().enumerate() {
        let t = step * (k + 1) as f64;
        sum.axpy(weight / step, &f(t));
        sum.axpy(-weight / step, &f(-t));
    }
    sum
}

/// `|a - b| / |b|`.
pub fn distance<V: Vector>(a: &V, b: &V) -> f64 {
    let mut difference = a.clone();
    difference.axpy(-1.0, b);
    difference.norm() / b.norm()
}
