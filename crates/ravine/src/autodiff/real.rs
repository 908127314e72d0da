//! The scalar that functions are written over.

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// A real number that may carry derivatives.
///
/// Comparisons between two `Real`s compare values. `from` makes a constant.
pub trait Real:
    Copy
    + Debug
    + PartialOrd
    + From<f64>
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + AddAssign<f64>
    + SubAssign<f64>
    + MulAssign<f64>
    + DivAssign<f64>
    + Sum
{
    /// The value without derivatives, for branches.
    fn value(self) -> f64;
    /// `1 / x`.
    fn recip(self) -> Self;
    /// `|x|`; the derivative at 0 is taken as 0.
    fn abs(self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// `e^x`.
    fn exp(self) -> Self;
    /// `e^x - 1` without cancellation.
    fn exp_m1(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + x)` without cancellation.
    fn ln_1p(self) -> Self;
    /// `x^k`.
    fn powi(self, k: i32) -> Self;
    /// `x^a` with a constant exponent.
    fn powf(self, a: f64) -> Self;
    /// `x^y`, both variable.
    fn pow(self, y: Self) -> Self;
    /// Sine (radians).
    fn sin(self) -> Self;
    /// Cosine (radians).
    fn cos(self) -> Self;
    /// Tangent (radians).
    fn tan(self) -> Self;
    /// Inverse sine.
    fn asin(self) -> Self;
    /// Inverse cosine.
    fn acos(self) -> Self;
    /// Inverse tangent.
    fn atan(self) -> Self;
    /// The angle of `(x, self)`.
    fn atan2(self, x: Self) -> Self;
    /// Hyperbolic sine.
    fn sinh(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The larger of two; the first at a tie.
    fn max(self, other: Self) -> Self {
        if other.value() > self.value() { other } else { self }
    }
    /// The smaller of two; the first at a tie.
    fn min(self, other: Self) -> Self {
        if other.value() < self.value() { other } else { self }
    }
}

/// What a plain `f64` on the left of an operator must support, so that bodies may say
/// `1.0 - x` as well as `x - 1.0`.
///
/// The operators between two `f64` are listed although every `f64` has them: with one candidate
/// only, the compiler would take each `f64` in a generic body for the left of an `R`.
pub trait LeftOperand<R>:
    Add<R, Output = R>
    + Sub<R, Output = R>
    + Mul<R, Output = R>
    + Div<R, Output = R>
    + Add<f64, Output = f64>
    + Sub<f64, Output = f64>
    + Mul<f64, Output = f64>
    + Div<f64, Output = f64>
{
}

impl<R> LeftOperand<R> for f64 where
    f64: Add<R, Output = R> + Sub<R, Output = R> + Mul<R, Output = R> + Div<R, Output = R>
{
}
