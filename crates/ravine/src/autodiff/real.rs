//! The scalar that functions are written over.

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use ravine_linalg::matrix::Matrix;

/// A real number that may carry derivatives.
///
/// Comparisons between two `Real`s, or with an `f64`, compare values. `from` makes a constant.
/// The functions over slices ([`linear`](Self::linear), [`dot`](Self::dot), ...) are faster to
/// differentiate than the same written as a loop: reverse mode records each result as one step.
///
/// # Example
///
/// ```
/// use ravine::autodiff::{LeftOperand, Real};
///
/// fn logistic<R: Real>(t: R) -> R
/// where
///     f64: LeftOperand<R>,
/// {
///     1.0 / (1.0 + (-t).exp())
/// }
///
/// assert_eq!(logistic(0.0), 0.5);
/// ```
pub trait Real:
    Copy
    + Debug
    + PartialOrd
    + PartialOrd<f64>
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
    /// `x^y`, both variable. At `x = 0` the derivative by `y` is taken as 0.
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
    /// `ln(1 + e^x)`, the loss of logistic regression, without overflow.
    fn softplus(self) -> Self {
        if self.value() > 0.0 { self + (-self).exp().ln_1p() } else { self.exp().ln_1p() }
    }

    /// `sum_i x_i`.
    fn sum_of(x: &[Self]) -> Self {
        x.iter().copied().sum()
    }

    /// `sum_i a_i x_i` with constant coefficients.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    fn linear(a: &[f64], x: &[Self]) -> Self {
        assert_eq!(a.len(), x.len(), "linear: lengths differ");
        x.iter().zip(a).map(|(&x, &a)| x * a).sum()
    }

    /// `sum_i x_i y_i`.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    fn dot(x: &[Self], y: &[Self]) -> Self {
        assert_eq!(x.len(), y.len(), "dot: lengths differ");
        x.iter().zip(y).map(|(&x, &y)| x * y).sum()
    }

    /// `ln sum_i e^(x_i)` without overflow; minus infinity of no numbers.
    fn log_sum_exp(x: &[Self]) -> Self {
        let largest = x.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.value()));
        if !largest.is_finite() {
            return Self::from(largest);
        }
        x.iter().map(|&x| (x - largest).exp()).sum::<Self>().ln() + largest
    }

    /// `y = A x` with a constant matrix.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    fn multiply(a: &Matrix, x: &[Self], y: &mut [Self]) {
        assert_eq!(x.len(), a.columns(), "multiply: x has the wrong length");
        assert_eq!(y.len(), a.rows(), "multiply: y has the wrong length");
        y.fill(Self::from(0.0));
        for (j, &x) in x.iter().enumerate() {
            for (y, &a) in y.iter_mut().zip(a.column(j)) {
                *y += x * a;
            }
        }
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

/// A number that a [`Tape`](super::Tape) can compute its derivatives in: `f64` for first
/// derivatives, [`Dual`](super::Dual) for second ones.
pub trait Scalar: Real {
    /// Whether the number and all it carries are exactly 0.
    fn vanishes(self) -> bool;

    /// Whether it carries no derivatives, or all of them are exactly 0.
    fn is_constant(self) -> bool;

    /// `self + a b`, in an order that has b ready last: the backward sweep waits for it.
    fn add_product(self, a: Self, b: Self) -> Self;
}

impl Scalar for f64 {
    #[inline]
    fn vanishes(self) -> bool {
        self == 0.0
    }

    #[inline]
    fn is_constant(self) -> bool {
        true
    }

    #[inline]
    fn add_product(self, a: f64, b: f64) -> f64 {
        self + a * b
    }
}

/// The methods of `f64` that have the same name there.
macro_rules! same_as_f64 {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        #[inline]
        fn $name(self $(, $argument: $kind)*) -> f64 {
            f64::$name(self $(, $argument)*)
        }
    )*};
}

impl Real for f64 {
    #[inline]
    fn value(self) -> f64 {
        self
    }

    #[inline]
    fn ln(self) -> f64 {
        f64::ln(self)
    }

    #[inline]
    fn pow(self, y: f64) -> f64 {
        f64::powf(self, y)
    }

    same_as_f64! {
        recip(); abs(); sqrt(); exp(); exp_m1(); ln_1p(); powi(k: i32); powf(a: f64);
        sin(); cos(); tan(); asin(); acos(); atan(); atan2(x: f64); sinh(); cosh(); tanh();
    }

    fn multiply(a: &Matrix, x: &[f64], y: &mut [f64]) {
        a.multiply(x, y);
    }
}
