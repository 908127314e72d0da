//! Loops over slices.

/// Partial sums kept apart so that the compiler can use vector registers; the order is fixed.
const LANES: usize = 8;

/// `a'b`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_of_products(a, b, |a, b| a * b)
}

/// `sum_i w_i x_i^2`, to the last bit `x'(w x)` as [`dot`] gives it.
pub(crate) fn weighted_square(w: &[f64], x: &[f64]) -> f64 {
    sum_of_products(w, x, |w, x| x * (x * w))
}

#[inline]
fn sum_of_products(a: &[f64], b: &[f64], product: impl Fn(f64, f64) -> f64) -> f64 {
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f64 = a.remainder().iter().zip(b.remainder()).map(|(&a, &b)| product(a, b)).sum();
    let mut lanes = [0.0; LANES];
    for (a, b) in a.zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += product(a, b);
        }
    }
    lanes.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::{dot, weighted_square};

    #[test]
    fn sums_over_whole_and_broken_lanes() {
        for n in [0, 1, 7, 8, 9, 30] {
            let x: Vec<f64> = (0..n).map(|i| f64::from(i) - 4.0).collect();
            let w: Vec<f64> = (0..n).map(|i| f64::from(i % 3) + 1.0).collect();
            let scaled: Vec<f64> = x.iter().zip(&w).map(|(x, w)| x * w).collect();
            let plain: f64 = x.iter().zip(&scaled).map(|(a, b)| a * b).sum();
            assert_eq!(dot(&x, &scaled), plain);
            assert_eq!(weighted_square(&w, &x), plain);
        }
    }
}
