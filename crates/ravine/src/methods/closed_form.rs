//! Methods on quadratics in closed form.

use serde_json::Value;

/// A method with a fixed step on a quadratic: its gradients are `p_k(H) g`, with a polynomial that a
/// recurrence of two terms gives.
#[cfg_attr(not(feature = "all-methods"), allow(dead_code))]
#[derive(Clone, Copy)]
pub(crate) struct ClosedForm {
    /// The settings that are best for eigenvalues from `mu` to `L`.
    pub settings: fn(mu: f64, l: f64) -> Value,
    /// `p_k(lambda)` with these settings, of `mu`, `L`, k and `lambda`.
    pub polynomial: fn(mu: f64, l: f64, k: u64, lambda: f64) -> f64,
}

/// The first entry of `M^k (1, 1)'`: a recurrence of two terms after k steps from 1 and 1.
pub(super) fn power(mut m: [[f64; 2]; 2], mut k: u64) -> f64 {
    let times = |a: [[f64; 2]; 2], b: [[f64; 2]; 2]| {
        let entry = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
        [[entry(0, 0), entry(0, 1)], [entry(1, 0), entry(1, 1)]]
    };
    let mut v = [1.0, 1.0];
    while k > 0 {
        if k & 1 == 1 {
            v = [m[0][0] * v[0] + m[0][1] * v[1], m[1][0] * v[0] + m[1][1] * v[1]];
        }
        m = times(m, m);
        k >>= 1;
    }
    v[0]
}
