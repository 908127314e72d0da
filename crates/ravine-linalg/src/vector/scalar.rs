//! What the entries of vectors and matrices are stored as.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// Single or double precision: how numbers are stored. Arithmetic on vectors is in `f64`, rounded
/// once when a number is stored; that of dense matrices and their factorizations is in the precision
/// of the entries. Scalars that go in or come out (shifts, eigenvalues, norms) are `f64` in both.
///
/// ```
/// use ravine_linalg::vector::Scalar;
///
/// fn rounding<T: Scalar>() -> f64 {
///     T::EPSILON
/// }
/// assert_eq!(rounding::<f32>(), f64::from(f32::EPSILON));
/// assert_eq!(f32::narrow(0.1).wide(), f64::from(0.1_f32));
/// ```
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Default
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + Send
    + Sync
    + std::fmt::Debug
    + std::fmt::Display
    + serde::Serialize
    + for<'de> serde::Deserialize<'de>
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The distance from one to the next number.
    const EPSILON: f64;
    /// The smallest positive number of full precision.
    const MIN_POSITIVE: f64;
    /// The largest finite number.
    const MAX: f64;
    /// The number in double precision, exactly.
    fn wide(self) -> f64;
    /// The nearest number of this precision.
    fn narrow(a: f64) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// `sqrt(a^2 + b^2)` without avoidable overflow.
    fn hypot(self, b: Self) -> Self;
    /// Whether the number is neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

mod sealed {
    /// What factorizations need of a number.
    #[cfg(feature = "faer")]
    pub trait Sealed: faer::traits::RealField {}
    #[cfg(not(feature = "faer"))]
    pub trait Sealed {}
    impl Sealed for f64 {}
    impl Sealed for f32 {}
}

macro_rules! scalar {
    ($scalar:ident) => {
        impl Scalar for $scalar {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: f64 = $scalar::EPSILON as f64;
            const MIN_POSITIVE: f64 = $scalar::MIN_POSITIVE as f64;
            const MAX: f64 = $scalar::MAX as f64;

            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn narrow(a: f64) -> Self {
                a as $scalar
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }

            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }

            #[inline(always)]
            fn hypot(self, b: Self) -> Self {
                self.hypot(b)
            }

            #[inline(always)]
            fn is_finite(self) -> bool {
                self.is_finite()
            }
        }
    };
}

scalar!(f64);
scalar!(f32);
