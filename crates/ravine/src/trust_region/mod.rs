//! Steps that minimize a quadratic model within a radius, and how the radius is set.
//!
//! Each kind of step is a plain struct of settings ([`MoreSorensen`], ...) that can be used by
//! itself; as a [`Subproblem`] it makes a [`TrustRegion`](crate::methods::TrustRegion) method.

mod cauchy;
mod dogleg;
mod driver;
mod gltr;
mod more_sorensen;
mod radius;
pub(crate) mod secular;
mod steihaug;
mod subproblem;
mod tridiagonal;
mod tron;
mod trust;
mod weight;

pub use cauchy::{Cauchy, CauchyModel};
pub use dogleg::{Dogleg, DoglegModel, DoglegPath};
pub use driver::TrustState;
pub(crate) use driver::{predicted_decrease, start, step};
pub use gltr::{Gltr, KrylovModel};
pub use more_sorensen::MoreSorensen;
pub use radius::Radius;
pub use steihaug::{Steihaug, SteihaugModel, SteihaugWork};
pub use subproblem::{DenseModel, Subproblem};
pub use tron::{Tron, TronModel};
pub use trust::Trust;
pub use weight::Weight;

/// What is known of a step that (nearly) minimizes a quadratic model within a radius.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Solution {
    /// The decrease `-(g'p + p'Hp/2)` that the model predicts; not negative.
    pub predicted: f64,
    /// The multiplier lambda of `(H + lambda I) p = -g`, where the kind of step knows one; else 0.
    pub multiplier: f64,
    /// Whether the step was stopped by the radius.
    pub on_boundary: bool,
    /// Factorizations or products that the step cost.
    pub work: usize,
}

/// The residual at which a Krylov method has solved its subproblem well enough for superlinear
/// convergence (Nocedal and Wright, algorithm 7.1).
pub(crate) fn forcing(gradient_norm: f64) -> f64 {
    gradient_norm.sqrt().min(0.5) * gradient_norm
}

/// The positive tau with `|p + tau d| = radius`, from `p'p`, `p'd` and `d'd`.
pub(crate) fn boundary_step(radius: f64, pp: f64, pd: f64, dd: f64) -> f64 {
    let missing = (radius * radius - pp).max(0.0);
    let root = (pd * pd + dd * missing).sqrt();
    // Of the two equal forms, the one without cancellation.
    if pd > 0.0 { missing / (pd + root) } else { (root - pd) / dd }
}
