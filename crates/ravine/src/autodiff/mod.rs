//! Exact derivatives of functions written over [`Real`].

mod real;

pub use real::{LeftOperand, Real};

/// A function `f: R^n -> R` written once over [`Real`], so that the same body gives values,
/// gradients and second derivatives.
pub trait Function {
    /// The number of variables n.
    fn dimension(&self) -> usize;

    /// `f(x)`; `x` has length n. Branches may look at [`Real::value`].
    fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>;
}

/// A vector function `r: R^n -> R^m` written once over [`Real`].
pub trait ResidualFunction {
    /// The number of variables n.
    fn dimension(&self) -> usize;

    /// The number of residuals m.
    fn residual_count(&self) -> usize;

    /// Writes `r(x)`; `x` has length n, `residuals` length m.
    fn evaluate<R: Real>(&self, x: &[R], residuals: &mut [R])
    where
        f64: LeftOperand<R>;
}
