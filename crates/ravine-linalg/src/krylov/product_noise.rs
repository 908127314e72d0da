//! How accurate products are.

use crate::vector::Vector;

/// How many steps are measured.
const STEPS: usize = 6;

/// Of an operator that is not symmetric all is error, and there would be no end of it.
const MOST: f64 = 1e-3;

/// What the first steps of a Lanczos process show of the errors of products.
///
/// In exact arithmetic `A v_j - delta_j v_j - gamma_j v_{j-1}` is orthogonal to all earlier vectors
/// of the basis: its inner product with `v_i` is `v_i'A v_j - v_j'A v_i`, the asymmetry of the
/// products. In the first steps, which are all made orthogonal, nothing has grown from errors of
/// earlier ones yet, and what these inner products are is the error of a product in one direction.
/// It is that of the precision of the vectors where products are made in it; a function that works
/// in single precision, or takes differences, has a larger one. Bounds that rest on rounding, of
/// the loss of orthogonality and of what arithmetic can reach, then have to rest on this.
///
/// Source: the recurrence of Simon, The Lanczos algorithm with partial reorthogonalization (1984),
/// Math. Comp. 42, whose rounding term this is.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct ProductNoise {
    steps: usize,
    count: usize,
    /// The root of the sum of the squares.
    length: f64,
}

impl ProductNoise {
    /// Whether a step is to be measured still.
    pub fn wanted(&self) -> bool {
        self.steps < STEPS
    }

    /// Takes in the inner products of what the recurrence left with earlier vectors, none of them
    /// removed yet.
    pub fn see(&mut self, products: &[f64]) {
        if self.wanted() {
            self.steps += 1;
            self.count += products.len();
            self.length = products.iter().fold(self.length, |l, p| l.hypot(*p));
        }
    }

    /// The error of a product in one direction relative to the norm of A; that of the precision of
    /// the vectors unless it is clearly more, and never one that would make nothing of all products.
    pub fn relative<V: Vector>(&self, norm: f64) -> f64 {
        let mean = self.length / (self.count.max(1) as f64).sqrt();
        if mean > 8.0 * V::EPSILON * norm { (mean / norm).min(MOST) } else { V::EPSILON }
    }
}
