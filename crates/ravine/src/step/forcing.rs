//! What inexact Newton methods share: how well a system is solved, and what is done where its
//! matrix is not positive definite.

use ravine_linalg::vector::Vector;

/// Curvatures closer to zero than this, relative to `|Hp| / |p|`, do not make the step longer.
const FLAT: f64 = 1e-3;

/// The forcing terms of Eisenstat and Walker (choice 2): the relative residual that is asked for,
/// `eta = 0.9 (|g| / |g_before|)^2`, kept from falling too early.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Forcing {
    /// `|g|` at the last point where a direction was found, and its forcing term.
    last: Option<(f64, f64)>,
}

impl Forcing {
    /// The term for a gradient of this norm, at most `largest`.
    pub fn term(&self, norm: f64, largest: f64) -> f64 {
        let Some((norm_before, eta_before)) = self.last else { return largest };
        let mut eta = 0.9 * (norm / norm_before).powi(2);
        let safeguard = 0.9 * eta_before * eta_before;
        if safeguard > 0.1 {
            eta = eta.max(safeguard);
        }
        eta.min(largest)
    }

    /// A direction was found with that term.
    pub fn record(&mut self, norm: f64, eta: f64) {
        self.last = Some((norm, eta));
    }
}

/// The relative residual `min(1/2, sqrt(|g| / G))` with the largest gradient norm G met so far, at which a Krylov
/// method has solved its subproblem well enough for superlinear convergence. Nocedal and Wright
/// (algorithm 7.1) have `sqrt |g|`, which another unit of the value makes another term.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Superlinear {
    largest: f64,
}

impl Superlinear {
    /// The term for a gradient of this norm.
    pub fn term(&mut self, norm: f64) -> f64 {
        self.largest = self.largest.max(norm);
        (norm / self.largest).sqrt().min(0.5)
    }
}

/// Adds to `direction` the direction p of conjugate gradients that shows negative curvature, with
/// the length `|p'r / p'Hp|` that it would have if its curvature were positive; the decrease that
/// promises. `pr = p'r` with the last residual r, not negative.
pub(crate) fn add_negative_curvature<V: Vector>(direction: &mut V, p: &V, hp: &V, pr: f64) -> f64 {
    let curvature = p.dot(hp).abs().max(FLAT * p.norm() * hp.norm());
    // Where H p is zero too, a step that is as long as p.
    let t = if curvature > 0.0 { pr / curvature } else { 1.0 };
    direction.axpy(t, p);
    0.5 * t * pr
}
