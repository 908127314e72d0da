//! Exact derivatives of functions written over [`Real`].
//!
//! A function whose body is generic over its scalar can be evaluated with numbers that carry
//! derivatives: [`Dual`] carries them forward, in a few directions; [`Var`] records the
//! computation on a [`Tape`], and one backward sweep gives the derivatives by all variables; a
//! tape of dual numbers gives second derivatives. [`Autodiff`] is the objective made from all of
//! these, [`AutodiffResiduals`] its like for least squares, and the macros
//! [`objective!`](crate::objective!) and [`residuals!`](crate::residuals!) write the generic body.

mod colouring;
mod compression;
#[macro_use]
mod delegation;
mod dual;
mod engine;
mod few;
pub mod forward;
mod macros;
mod operators;
mod pass;
mod pattern;
mod real;
mod residuals;
mod tape;
mod var;

mod objective;

pub use dual::Dual;
pub use few::Few;
pub use objective::Autodiff;
pub use real::{LeftOperand, Real, Scalar};
pub use residuals::AutodiffResiduals;
pub use tape::Tape;
pub use var::Var;

/// A function `f: R^n -> R` written once over [`Real`], so that the same body gives values,
/// gradients and second derivatives.
///
/// See [`Autodiff`] for an example.
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
