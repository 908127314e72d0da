//! The operators that follow from others, for numbers that carry derivatives.

/// Comparisons with `f64`, assignment operators and sums, for a type with the arithmetic operators
/// of [`Real`](super::Real). The first bracket holds the generic parameters.
macro_rules! derived_operators {
    ([$($generics:tt)*] $number:ty) => {
        impl<$($generics)*> std::fmt::Debug for $number {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&$crate::autodiff::Real::value(*self), f)
            }
        }

        impl<$($generics)*> PartialEq<f64> for $number {
            #[inline]
            fn eq(&self, other: &f64) -> bool {
                $crate::autodiff::Real::value(*self) == *other
            }
        }

        impl<$($generics)*> PartialOrd<f64> for $number {
            #[inline]
            fn partial_cmp(&self, other: &f64) -> Option<std::cmp::Ordering> {
                $crate::autodiff::Real::value(*self).partial_cmp(other)
            }
        }

        impl<$($generics)*> std::iter::Sum for $number {
            #[inline]
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::from(0.0), |sum, x| sum + x)
            }
        }

        $crate::autodiff::operators::assignment!([$($generics)*] $number, AddAssign add_assign +);
        $crate::autodiff::operators::assignment!([$($generics)*] $number, SubAssign sub_assign -);
        $crate::autodiff::operators::assignment!([$($generics)*] $number, MulAssign mul_assign *);
        $crate::autodiff::operators::assignment!([$($generics)*] $number, DivAssign div_assign /);
    };
}

/// Comparisons by value.
macro_rules! compared_by_value {
    ([$($generics:tt)*] $number:ty) => {
        impl<$($generics)*> PartialEq for $number {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::autodiff::Real::value(*self) == $crate::autodiff::Real::value(*other)
            }
        }

        impl<$($generics)*> PartialOrd for $number {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                $crate::autodiff::Real::value(*self)
                    .partial_cmp(&$crate::autodiff::Real::value(*other))
            }
        }
    };
}

macro_rules! assignment {
    ([$($generics:tt)*] $number:ty, $operator:ident $method:ident $symbol:tt) => {
        impl<$($generics)*> std::ops::$operator for $number {
            #[inline]
            fn $method(&mut self, other: Self) {
                *self = *self $symbol other;
            }
        }

        impl<$($generics)*> std::ops::$operator<f64> for $number {
            #[inline]
            fn $method(&mut self, other: f64) {
                *self = *self $symbol other;
            }
        }
    };
}

/// The functions of [`Real`](super::Real) of one variable, from `chain(x, f(x), f'(x))`. `$inner`
/// is the number that the value `$value` and the derivative are computed in.
macro_rules! elementary_functions {
    ($inner:ty) => {
        #[inline]
        fn recip(self) -> Self {
            let v = self.value.recip();
            self.chain(v, -(v * v))
        }

        #[inline]
        fn abs(self) -> Self {
            let v = $crate::autodiff::Real::value(self);
            if v > 0.0 {
                self
            } else if v < 0.0 {
                -self
            } else {
                Self::from(v.abs())
            }
        }

        #[inline]
        fn sqrt(self) -> Self {
            let v = self.value.sqrt();
            self.chain(v, v.recip() * 0.5)
        }

        #[inline]
        fn exp(self) -> Self {
            let v = self.value.exp();
            self.chain(v, v)
        }

        #[inline]
        fn exp_m1(self) -> Self {
            self.chain(self.value.exp_m1(), self.value.exp())
        }

        #[inline]
        fn ln(self) -> Self {
            self.chain(self.value.ln(), self.value.recip())
        }

        #[inline]
        fn ln_1p(self) -> Self {
            self.chain(self.value.ln_1p(), (self.value + 1.0).recip())
        }

        #[inline]
        fn powi(self, k: i32) -> Self {
            match k {
                // 0 x^(-1) is not a number at 0, but the derivative is 0.
                0 => Self::from(1.0),
                1 => self,
                2 => self.chain(self.value * self.value, self.value * 2.0),
                _ => self.chain(self.value.powi(k), self.value.powi(k - 1) * f64::from(k)),
            }
        }

        #[inline]
        fn powf(self, a: f64) -> Self {
            if a == 0.0 {
                return Self::from(1.0);
            }
            let flat = $crate::autodiff::Real::value(self) == 0.0
                && $crate::autodiff::real::Scalar::is_constant(self.value);
            // Where u and u' are zero, so are all second derivatives of u^a: 0 times infinity says less.
            let slope = match flat && a > 1.0 {
                true => <$inner>::from(0.0),
                false => self.value.powf(a - 1.0) * a,
            };
            self.chain(self.value.powf(a), slope)
        }

        #[inline]
        fn sin(self) -> Self {
            self.chain(self.value.sin(), self.value.cos())
        }

        #[inline]
        fn cos(self) -> Self {
            self.chain(self.value.cos(), -self.value.sin())
        }

        #[inline]
        fn tan(self) -> Self {
            let v = self.value.tan();
            self.chain(v, v * v + 1.0)
        }

        #[inline]
        fn asin(self) -> Self {
            self.chain(self.value.asin(), inverse_sine_slope(self.value))
        }

        #[inline]
        fn acos(self) -> Self {
            self.chain(self.value.acos(), -inverse_sine_slope(self.value))
        }

        #[inline]
        fn atan(self) -> Self {
            self.chain(self.value.atan(), (self.value * self.value + 1.0).recip())
        }

        #[inline]
        fn sinh(self) -> Self {
            self.chain(self.value.sinh(), self.value.cosh())
        }

        #[inline]
        fn cosh(self) -> Self {
            self.chain(self.value.cosh(), self.value.sinh())
        }

        #[inline]
        fn tanh(self) -> Self {
            self.chain(self.value.tanh(), hyperbolic_tangent_slope(self.value))
        }
    };
}

pub(super) use {assignment, compared_by_value, derived_operators, elementary_functions};

use super::Real;

/// `1 / sqrt(1 - x^2)`, accurate near `|x| = 1`.
#[inline]
pub(super) fn inverse_sine_slope<T: Real>(x: T) -> T {
    ((-x + 1.0) * (x + 1.0)).sqrt().recip()
}

/// `1 / cosh^2 x`, without cancellation and without overflow.
#[inline]
pub(super) fn hyperbolic_tangent_slope<T: Real>(x: T) -> T {
    let e = (x.abs() * -2.0).exp();
    let t = e + 1.0;
    e * 4.0 / (t * t)
}
