//! Methods with a fixed step on a quadratic, in closed form.
//!
//! Their gradients are `p_k(H) g` with a polynomial that a recurrence of two terms gives, so that
//! `|g_k|` follows from the spectral measure of g at any k at once, without running through the
//! iterations before.

use serde_json::{Value, json};

use ravine_linalg::matrix::SymmetricEigen;
use ravine_linalg::spectrum::Quadrature;

/// How far a polynomial of H reduces the gradient.
pub(super) enum Reduction<'a> {
    /// In the maximum norm, from the eigenvectors.
    Exact { eigen: &'a SymmetricEigen, gradient: &'a [f64] },
    /// In the Euclidean norm, from the measure.
    Measured(&'a Quadrature),
}

impl Reduction<'_> {
    /// `|p(|H|) g| / |g|`.
    fn left(&self, p: impl Fn(f64) -> f64) -> f64 {
        match self {
            Self::Exact { eigen, gradient } => {
                let mut reduced = vec![0.0; gradient.len()];
                eigen.apply(|lambda| p(lambda.abs()), gradient, &mut reduced);
                let norm = |v: &[f64]| v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                norm(&reduced) / norm(gradient)
            }
            Self::Measured(measure) => measure.integrate(|lambda| p(lambda.abs()).powi(2)).sqrt(),
        }
    }

    /// The least k with `|p_k(|H|) g| <= tolerance |g|`; infinite beyond [`MOST`].
    fn least(&self, tolerance: f64, p: impl Fn(u64, f64) -> f64) -> f64 {
        let holds = |k: u64| self.left(|lambda| p(k, lambda)) <= tolerance;
        let mut high = 1;
        while !holds(high) {
            if high >= MOST {
                return f64::INFINITY;
            }
            high *= 2;
        }
        let mut low = high / 2;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if holds(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high as f64
    }
}

/// Iterations that nobody waits for.
const MOST: u64 = 1 << 50;

/// A method with the settings that are best for the eigenvalues, and the iterations they take.
pub(super) struct Fixed {
    pub settings: Value,
    pub iterations: f64,
}

/// Gradient descent, `p_k(lambda) = (1 - a lambda)^k`, with `a = 2 / (L + mu)`.
pub(super) fn gradient_descent(on: &Reduction<'_>, mu: f64, l: f64, tolerance: f64) -> Fixed {
    let a = 2.0 / (l + mu);
    let iterations = on.least(tolerance, |k, lambda| (1.0 - a * lambda).abs().powf(k as f64));
    Fixed { settings: json!({ "step": a }), iterations }
}

/// The heavy ball, `p_{k+1} = (1 + b - a lambda) p_k - b p_{k-1}`, with Polyak's
/// `a = 4 / (sqrt(L) + sqrt(mu))^2` and `b = ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2`.
pub(super) fn momentum(on: &Reduction<'_>, mu: f64, l: f64, tolerance: f64) -> Fixed {
    let sum = l.sqrt() + mu.sqrt();
    let a = 4.0 / (sum * sum);
    let b = ((l.sqrt() - mu.sqrt()) / sum).powi(2);
    let iterations =
        on.least(tolerance, |k, lambda| power([[1.0 + b - a * lambda, -b], [1.0, 0.0]], k));
    Fixed { settings: json!({ "step": a, "momentum": b }), iterations }
}

/// Nesterov's acceleration at constant momentum, `a = 1 / L` and
/// `b = (sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu))`:
/// `x_{k+1} = (1 - a lambda) y_k`, `y_{k+1} = x_{k+1} + b (x_{k+1} - x_k)`, the gradient being that
/// at y.
pub(super) fn nesterov(on: &Reduction<'_>, mu: f64, l: f64, tolerance: f64) -> Fixed {
    let a = 1.0 / l;
    let b = (l.sqrt() - mu.sqrt()) / (l.sqrt() + mu.sqrt());
    let iterations = on.least(tolerance, |k, lambda| {
        let s = 1.0 - a * lambda;
        power([[(1.0 + b) * s, -b], [s, 0.0]], k)
    });
    Fixed { settings: json!({ "step": a, "schedule": { "constant": b } }), iterations }
}

/// The first entry of `M^k (1, 1)'`.
fn power(mut m: [[f64; 2]; 2], mut k: u64) -> f64 {
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
