//! Steps that minimize a quadratic model within a radius, and how the radius is set.
//!
//! Each kind of step is a plain struct of settings ([`MoreSorensen`], ...) that can be used by
//! itself; as a [`Subproblem`] it makes a [`TrustRegion`](crate::methods::TrustRegion) method.

mod driver;
mod more_sorensen;
mod radius;
pub(crate) mod secular;
mod subproblem;

pub use driver::TrustState;
pub(crate) use driver::{predicted_decrease, start, step};
pub use more_sorensen::MoreSorensen;
pub use radius::Radius;
pub use subproblem::{DenseModel, Subproblem};

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
