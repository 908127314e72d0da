//! What a search has seen beside the wanted pairs, and what follows from it for the rest of the space.

use super::beyond::Beyond;
use super::restart::Ends;
use super::ritz::Ritz;
use crate::vector::Vector;

/// How many Ritz vectors beside the wanted ones are kept at an end, at most: each costs an inner product and a sum
/// with every product that follows.
const MOST: usize = 16;

/// Ritz pairs of a Krylov space, the wanted ones and those next to them. All lead out of their span in one direction,
///
/// ```text
/// A u_i = theta_i u_i + s_i r,   r orthogonal to all u_i and of length one,
/// ```
///
/// so that A is `[Theta, s r'; r s', B]` with B its projection on what is orthogonal to the `u_i`. Let B have no
/// eigenvalue above mu, and sigma > mu. By the Schur complement of `B - sigma I`, A has no more eigenvalues above sigma
/// than `Theta - sigma I + s s' r'(sigma I - B)^-1 r` has positive ones, where the last factor is at most
/// `1 / (sigma - mu)`; and these are as many as there are `theta_i > sigma`, if
///
/// ```text
/// mu <= sigma - sum_i s_i^2 / (sigma - theta_i).
/// ```
///
/// So that none of A is missing beyond sigma follows from a search in the space of B, where the eigenvalues next to the
/// wanted ones are gone, and those that are left are much farther from what is to be excluded.
///
/// Source: Haynsworth's additivity of inertia (1968); Parlett, The symmetric eigenvalue problem (1998), section 10.
pub(super) struct Beside<V> {
    /// The vectors beside the wanted ones.
    pub vectors: Vec<V>,
    /// r.
    direction: V,
    /// theta and s of all.
    values: Vec<f64>,
    couplings: Vec<f64>,
    /// The outermost Ritz values that were not kept: B has eigenvalues at least as far out.
    rest: [f64; 2],
}

/// How many to keep.
pub(super) fn kept(ritz: &Ritz, wanted: Ends, sought: &Beyond) -> Ends {
    let values = ritz.values();
    let m = values.len();
    let room = (m / 2).saturating_sub(wanted.low + wanted.high) / 2;
    // The ends are alike, but for a sign.
    let best = |wanted: usize, sigma: f64, sign: f64, place: &dyn Fn(usize) -> usize| {
        if wanted == 0 || !sigma.is_finite() {
            return wanted;
        }
        let (mut best, mut most, mut sum) = (wanted, f64::NEG_INFINITY, 0.0);
        for k in 0..(wanted + room.min(MOST)).min(m - 1) {
            sum += ritz.bound(place(k)).powi(2) / (sign * (sigma - values[place(k)]));
            let gap = sign * (sigma - values[place(k + 1)]) - sum.max(0.0);
            if k + 1 >= wanted && gap > most {
                (best, most) = (k + 1, gap);
            }
        }
        best
    };
    Ends {
        low: best(wanted.low, sought.low, -1.0, &|k| k),
        high: best(wanted.high, sought.high, 1.0, &|k| m - 1 - k),
    }
}

impl<V: Vector> Beside<V> {
    /// Of Ritz pairs of which so many were kept, with the vectors that are not wanted and the direction r.
    pub fn new(ritz: &Ritz, kept: Ends, vectors: Vec<V>, direction: V) -> Self {
        let m = ritz.values().len();
        Self {
            vectors,
            direction,
            values: kept.places(m).map(|i| ritz.values()[i]).collect(),
            couplings: kept.places(m).map(|i| ritz.bound(i)).collect(),
            rest: [ritz.values()[kept.low], ritz.values()[m - 1 - kept.high]],
        }
    }

    /// What must not be found in the space of B if A is to have nothing beyond `sought`; `None` where that is there
    /// already.
    pub fn bounds(&self, sought: &Beyond) -> Option<Beyond> {
        let sum = |sigma: f64| -> f64 {
            let terms = self.values.iter().zip(&self.couplings);
            terms.map(|(theta, s)| if *s == 0.0 { 0.0 } else { s * s / (sigma - theta) }).sum()
        };
        let mut bounds = sought.clone();
        if sought.low.is_finite() {
            bounds.low = sought.low - sum(sought.low).min(0.0);
        }
        if sought.high.is_finite() {
            bounds.high = sought.high - sum(sought.high).max(0.0);
        }
        let free = self.rest[0] > bounds.low && self.rest[1] < bounds.high;
        (free && !bounds.low.is_nan() && !bounds.high.is_nan()).then_some(bounds)
    }

    /// How far A leads from a vector of the space of B into the span of the `u_i`.
    pub fn coupling(&self, v: &V) -> f64 {
        let s = self.couplings.iter().fold(0.0f64, |l, s| l.hypot(*s));
        s * self.direction.dot(v).abs()
    }
}
