//! Methods with a fixed step on a quadratic, in closed form.
//!
//! Their gradients are `p_k(H) g` with a polynomial that a recurrence of two terms gives, so that
//! `|g_k|` follows from the spectral measure of g at any k at once, without running through the
//! iterations before.

use serde_json::Value;

use crate::methods::ClosedForm;
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

    /// A method with the settings that are best for eigenvalues from `mu` to `l`, and the iterations
    /// they take.
    pub fn fixed(&self, form: &ClosedForm, mu: f64, l: f64, tolerance: f64) -> Fixed {
        let iterations = self.least(tolerance, |k, lambda| (form.polynomial)(mu, l, k, lambda));
        Fixed { settings: (form.settings)(mu, l), iterations }
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
