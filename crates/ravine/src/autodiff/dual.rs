//! Dual numbers: forward mode in one or several directions.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::{
    compared_by_value, derived_operators, elementary_functions, hyperbolic_tangent_slope,
    inverse_sine_slope,
};
use super::real::{Real, Scalar};

/// A dual number `v + t_1 e_1 + ... + t_K e_K` with `e_i e_j = 0`: a value and its derivatives in
/// K directions.
///
/// Evaluating `f` at `x + e d` gives `f(x) + e f'(x) d`, exact to rounding.
///
/// # Example
///
/// The derivative of `x sin x` is `sin x + x cos x`:
///
/// ```
/// use ravine::autodiff::{Dual, Real};
///
/// let x = Dual::new(2.0, [1.0]);
/// let y = x * x.sin();
/// assert_eq!(y.value, 2.0 * 2f64.sin());
/// assert_eq!(y.tangents, [2f64.sin() + 2.0 * 2f64.cos()]);
/// ```
#[derive(Clone, Copy)]
pub struct Dual<const K: usize> {
    /// The value v.
    pub value: f64,
    /// The derivatives `t_1, ..., t_K`.
    pub tangents: [f64; K],
}

impl<const K: usize> Dual<K> {
    /// From value and derivatives.
    #[inline]
    pub fn new(value: f64, tangents: [f64; K]) -> Self {
        Self { value, tangents }
    }

    /// `f(x)`, given `f` and its derivative at the value.
    #[inline]
    fn chain(self, value: f64, slope: f64) -> Self {
        Self { value, tangents: self.tangents.map(|t| t * slope) }
    }

    /// `f(x, y)`, given `f` and its partial derivatives at the values.
    #[inline]
    fn chain2(self, y: Self, value: f64, by_x: f64, by_y: f64) -> Self {
        let mut tangents = self.tangents;
        for (t, u) in tangents.iter_mut().zip(y.tangents) {
            *t = *t * by_x + u * by_y;
        }
        Self { value, tangents }
    }

    #[inline]
    fn is_constant(self) -> bool {
        self.tangents.iter().all(|&t| t == 0.0)
    }
}

impl<const K: usize> From<f64> for Dual<K> {
    #[inline]
    fn from(value: f64) -> Self {
        Self { value, tangents: [0.0; K] }
    }
}

impl<const K: usize> Scalar for Dual<K> {
    #[inline]
    fn vanishes(self) -> bool {
        self.value == 0.0 && self.is_constant()
    }

    #[inline]
    fn add_product(self, a: Self, b: Self) -> Self {
        let mut sum = self;
        sum.value += a.value * b.value;
        for k in 0..K {
            sum.tangents[k] = sum.tangents[k] + a.tangents[k] * b.value + a.value * b.tangents[k];
        }
        sum
    }
}

derived_operators!([const K: usize] Dual<K>);
compared_by_value!([const K: usize] Dual<K>);

impl<const K: usize> Neg for Dual<K> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self { value: -self.value, tangents: self.tangents.map(|t| -t) }
    }
}

impl<const K: usize> Add for Dual<K> {
    type Output = Self;
    #[inline]
    fn add(self, y: Self) -> Self {
        let mut sum = self;
        sum.value += y.value;
        for (t, u) in sum.tangents.iter_mut().zip(y.tangents) {
            *t += u;
        }
        sum
    }
}

impl<const K: usize> Sub for Dual<K> {
    type Output = Self;
    #[inline]
    fn sub(self, y: Self) -> Self {
        let mut difference = self;
        difference.value -= y.value;
        for (t, u) in difference.tangents.iter_mut().zip(y.tangents) {
            *t -= u;
        }
        difference
    }
}

impl<const K: usize> Mul for Dual<K> {
    type Output = Self;
    #[inline]
    fn mul(self, y: Self) -> Self {
        self.chain2(y, self.value * y.value, y.value, self.value)
    }
}

impl<const K: usize> Div for Dual<K> {
    type Output = Self;
    #[inline]
    fn div(self, y: Self) -> Self {
        let (v, r) = (self.value / y.value, y.value.recip());
        self.chain2(y, v, r, -v * r)
    }
}

impl<const K: usize> Add<f64> for Dual<K> {
    type Output = Self;
    #[inline]
    fn add(self, a: f64) -> Self {
        Self { value: self.value + a, tangents: self.tangents }
    }
}

impl<const K: usize> Sub<f64> for Dual<K> {
    type Output = Self;
    #[inline]
    fn sub(self, a: f64) -> Self {
        Self { value: self.value - a, tangents: self.tangents }
    }
}

impl<const K: usize> Mul<f64> for Dual<K> {
    type Output = Self;
    #[inline]
    fn mul(self, a: f64) -> Self {
        self.chain(self.value * a, a)
    }
}

impl<const K: usize> Div<f64> for Dual<K> {
    type Output = Self;
    #[inline]
    fn div(self, a: f64) -> Self {
        Self { value: self.value / a, tangents: self.tangents.map(|t| t / a) }
    }
}

impl<const K: usize> Add<Dual<K>> for f64 {
    type Output = Dual<K>;
    #[inline]
    fn add(self, x: Dual<K>) -> Dual<K> {
        Dual { value: self + x.value, tangents: x.tangents }
    }
}

impl<const K: usize> Sub<Dual<K>> for f64 {
    type Output = Dual<K>;
    #[inline]
    fn sub(self, x: Dual<K>) -> Dual<K> {
        Dual { value: self - x.value, tangents: x.tangents.map(|t| -t) }
    }
}

impl<const K: usize> Mul<Dual<K>> for f64 {
    type Output = Dual<K>;
    #[inline]
    fn mul(self, x: Dual<K>) -> Dual<K> {
        x * self
    }
}

impl<const K: usize> Div<Dual<K>> for f64 {
    type Output = Dual<K>;
    #[inline]
    fn div(self, x: Dual<K>) -> Dual<K> {
        let v = self / x.value;
        x.chain(v, -v / x.value)
    }
}

impl<const K: usize> Real for Dual<K> {
    elementary_functions!(f64);

    #[inline]
    fn value(self) -> f64 {
        self.value
    }

    #[inline]
    fn pow(self, y: Self) -> Self {
        if y.is_constant() {
            return self.powf(y.value);
        }
        let (x, y0) = (self.value, y.value);
        let v = x.powf(y0);
        let by_x = if x == 0.0 && y0 == 0.0 { 0.0 } else { y0 * x.powf(y0 - 1.0) };
        let by_y = if x == 0.0 { 0.0 } else { v * x.ln() };
        self.chain2(y, v, by_x, by_y)
    }

    #[inline]
    fn atan2(self, x: Self) -> Self {
        let square = self.value * self.value + x.value * x.value;
        self.chain2(x, self.value.atan2(x.value), x.value / square, -self.value / square)
    }
}
