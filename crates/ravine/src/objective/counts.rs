//! How much was evaluated.

/// How often each derivative was evaluated. A fused call counts as one value and one gradient; an
/// evaluation of residuals as a value, of residuals with their Jacobian as a value and a gradient;
/// a Fisher information or a square root of the Hessian as a Hessian. Of a sum over N cases, parts
/// add up: evaluations of N cases, over subsets of any sizes, count as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Values.
    pub value: u64,
    /// Gradients, or Jacobians.
    pub gradient: u64,
    /// Hessian products.
    pub hessian_product: u64,
    /// Hessians, dense or sparse, or Fisher informations.
    pub hessian: u64,
}
