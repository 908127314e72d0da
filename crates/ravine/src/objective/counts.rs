//! How much was evaluated.

/// How often each derivative was evaluated. A fused call counts as one value and one gradient; an
/// evaluation of residuals as a value, of residuals with their Jacobian as a value and a gradient;
/// a Fisher information or a square root of the Hessian as a Hessian. Of a sum over N cases, parts
/// add up: evaluations of N cases, over batches of any sizes, count as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Values.
    pub value: u64,
    /// Gradients, or Jacobians.
    pub gradient: u64,
    /// Hessian products, or Gauss-Newton products.
    pub hessian_product: u64,
    /// Hessians, dense or sparse, or Fisher informations.
    pub hessian: u64,
}

impl Counts {
    /// One value.
    pub const VALUE: Self = Self { value: 1, gradient: 0, hessian_product: 0, hessian: 0 };
    /// One value with its gradient.
    pub const FUSED: Self = Self { gradient: 1, ..Self::VALUE };
    /// One Hessian product.
    pub const HESSIAN_PRODUCT: Self = Self { value: 0, hessian_product: 1, ..Self::VALUE };
    /// One Hessian.
    pub const HESSIAN: Self = Self { value: 0, hessian: 1, ..Self::VALUE };
}

/// Together.
///
/// ```
/// use ravine::objective::Counts;
///
/// let total: Counts = [Counts::VALUE, Counts::FUSED].into_iter().sum();
/// assert_eq!((total.value, total.gradient), (2, 1));
/// ```
impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            gradient: self.gradient + other.gradient,
            hessian_product: self.hessian_product + other.hessian_product,
            hessian: self.hessian + other.hessian,
        }
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), std::ops::Add::add)
    }
}
