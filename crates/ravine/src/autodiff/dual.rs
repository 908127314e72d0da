//! Dual numbers: forward mode in one or several directions.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::{
    compared_by_value, derived_operators, elementary_functions, hyperbolic_tangent_slope,
    inverse_sine_slope,
};
use super::real::{Real, Scalar};

/// How many directions a sweep carries where several are wanted.
pub(super) const LANES: usize = 4;

/// A dual number `v + t_1 e_1 + ... + t_K e_K` with `e_i e_j = 0`: a value and its derivatives in
/// K directions.
///
/// Evaluating `f` at `x + e d` gives `f(x) + e f'(x) d`, exact to rounding. The numbers may be dual
/// themselves: a `Dual<K, Dual<K>>` carries second derivatives.
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
pub struct Dual<const K: usize, T = f64> {
    /// The value v.
    pub value: T,
    /// The derivatives `t_1, ..., t_K`.
    pub tangents: [T; K],
}

impl<const K: usize, T: Scalar> Dual<K, T> {
    /// From value and derivatives.
    #[inline]
    pub fn new(value: T, tangents: [T; K]) -> Self {
        Self { value, tangents }
    }

    /// `f(x)`, given `f` and its derivative at the value.
    #[inline]
    fn chain(self, value: T, slope: T) -> Self {
        Self { value, tangents: self.tangents.map(|t| t * slope) }
    }

    /// `f(x, y)`, given `f` and its partial derivatives at the values.
    #[inline]
    fn chain2(self, y: Self, value: T, by_x: T, by_y: T) -> Self {
        let mut tangents = self.tangents;
        for (t, u) in tangents.iter_mut().zip(y.tangents) {
            *t = *t * by_x + u * by_y;
        }
        Self { value, tangents }
    }
}

impl<const K: usize, T: Scalar> From<f64> for Dual<K, T> {
    #[inline]
    fn from(value: f64) -> Self {
        Self { value: T::from(value), tangents: [T::from(0.0); K] }
    }
}

impl<const K: usize, T: Scalar> Scalar for Dual<K, T> {
    #[inline]
    fn vanishes(self) -> bool {
        self.value.vanishes() && self.tangents.iter().all(|t| t.vanishes())
    }

    #[inline]
    fn is_constant(self) -> bool {
        self.value.is_constant() && self.tangents.iter().all(|t| t.vanishes())
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

derived_operators!([const K: usize, T: Scalar] Dual<K, T>);
compared_by_value!([const K: usize, T: Scalar] Dual<K, T>);

impl<const K: usize, T: Scalar> Neg for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self { value: -self.value, tangents: self.tangents.map(|t| -t) }
    }
}

impl<const K: usize, T: Scalar> Add for Dual<K, T> {
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

impl<const K: usize, T: Scalar> Sub for Dual<K, T> {
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

impl<const K: usize, T: Scalar> Mul for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn mul(self, y: Self) -> Self {
        self.chain2(y, self.value * y.value, y.value, self.value)
    }
}

impl<const K: usize, T: Scalar> Div for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn div(self, y: Self) -> Self {
        let (v, r) = (self.value / y.value, y.value.recip());
        self.chain2(y, v, r, -v * r)
    }
}

impl<const K: usize, T: Scalar> Add<f64> for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn add(self, a: f64) -> Self {
        Self { value: self.value + a, tangents: self.tangents }
    }
}

impl<const K: usize, T: Scalar> Sub<f64> for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn sub(self, a: f64) -> Self {
        Self { value: self.value - a, tangents: self.tangents }
    }
}

impl<const K: usize, T: Scalar> Mul<f64> for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn mul(self, a: f64) -> Self {
        Self { value: self.value * a, tangents: self.tangents.map(|t| t * a) }
    }
}

impl<const K: usize, T: Scalar> Div<f64> for Dual<K, T> {
    type Output = Self;
    #[inline]
    fn div(self, a: f64) -> Self {
        Self { value: self.value / a, tangents: self.tangents.map(|t| t / a) }
    }
}

impl<const K: usize, T: Scalar> Add<Dual<K, T>> for f64 {
    type Output = Dual<K, T>;
    #[inline]
    fn add(self, x: Dual<K, T>) -> Dual<K, T> {
        Dual { value: x.value + self, tangents: x.tangents }
    }
}

impl<const K: usize, T: Scalar> Sub<Dual<K, T>> for f64 {
    type Output = Dual<K, T>;
    #[inline]
    fn sub(self, x: Dual<K, T>) -> Dual<K, T> {
        Dual { value: -x.value + self, tangents: x.tangents.map(|t| -t) }
    }
}

impl<const K: usize, T: Scalar> Mul<Dual<K, T>> for f64 {
    type Output = Dual<K, T>;
    #[inline]
    fn mul(self, x: Dual<K, T>) -> Dual<K, T> {
        x * self
    }
}

impl<const K: usize, T: Scalar> Div<Dual<K, T>> for f64 {
    type Output = Dual<K, T>;
    #[inline]
    fn div(self, x: Dual<K, T>) -> Dual<K, T> {
        let v = T::from(self) / x.value;
        x.chain(v, -v / x.value)
    }
}

impl<const K: usize, T: Scalar> Real for Dual<K, T> {
    elementary_functions!(T);

    #[inline]
    fn value(self) -> f64 {
        self.value.value()
    }

    #[inline]
    fn pow(self, y: Self) -> Self {
        if y.is_constant() {
            return self.powf(y.value());
        }
        let zero = T::from(0.0);
        let (x, v) = (self.value, self.value.pow(y.value));
        let at_zero = x.value() == 0.0;
        let by_x = if at_zero && y.value() == 0.0 { zero } else { y.value * x.pow(y.value - 1.0) };
        // x^y is 0 for all positive y, but 1 at y = 0: there it has no slope.
        let flat = at_zero && y.value() > 0.0;
        let by_y = if flat { zero } else { v * x.ln() };
        self.chain2(y, v, by_x, by_y)
    }

    #[inline]
    fn atan2(self, x: Self) -> Self {
        let square = self.value * self.value + x.value * x.value;
        self.chain2(x, self.value.atan2(x.value), x.value / square, -self.value / square)
    }
}

/// The variables at x, moving along the coordinate directions from `first` on.
pub(super) fn unit_directions(
    x: &[f64],
    first: usize,
) -> impl Iterator<Item = Dual<LANES>> + Clone {
    let unit = move |i| std::array::from_fn(|k| f64::from(first + k == i));
    x.iter().enumerate().map(move |(i, &x)| Dual::new(x, unit(i)))
}
