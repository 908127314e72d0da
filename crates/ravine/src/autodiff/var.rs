//! The numbers of reverse mode.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::{
    compared_by_value, derived_operators, elementary_functions, hyperbolic_tangent_slope,
    inverse_sine_slope,
};
use super::real::{Real, Scalar};
use super::tape::Tape;
use ravine_linalg::matrix::Matrix;

/// A number on a [`Tape`]: a value, the node it hangs on, and the derivative of the value by that
/// node. A constant hangs on none.
#[derive(Clone, Copy)]
pub struct Var<'t, T> {
    pub(super) value: T,
    pub(super) coefficient: T,
    pub(super) tape: Option<&'t Tape<T>>,
    pub(super) node: u32,
}

impl<T: Scalar> Var<'_, T> {
    /// `f(x)`, given `f` and its derivative at the value.
    #[inline]
    fn chain(self, value: T, slope: T) -> Self {
        Self { value, coefficient: self.coefficient * slope, ..self }
    }

    /// `f(x, y)`, given f at the values, and the derivatives of f by the nodes of x and of y.
    #[inline]
    fn combine(self, y: Self, value: T, by_x: T, by_y: T) -> Self {
        match (self.tape, y.tape) {
            (Some(tape), Some(_)) if self.node != y.node => {
                let node = tape.push(self.node, by_x, y.node, by_y);
                Self { value, coefficient: T::from(1.0), tape: Some(tape), node }
            }
            (Some(_), Some(_)) => Self { value, coefficient: by_x + by_y, ..self },
            (Some(_), None) => Self { value, coefficient: by_x, ..self },
            (None, _) => Self { value, coefficient: by_y, ..y },
        }
    }
}

impl<T: Scalar> From<f64> for Var<'_, T> {
    #[inline]
    fn from(value: f64) -> Self {
        Self { value: T::from(value), coefficient: T::from(0.0), tape: None, node: 0 }
    }
}

derived_operators!(['t, T: Scalar] Var<'t, T>);
compared_by_value!(['t, T: Scalar] Var<'t, T>);

impl<T: Scalar> Neg for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self { value: -self.value, coefficient: -self.coefficient, ..self }
    }
}

impl<T: Scalar> Add for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn add(self, y: Self) -> Self {
        self.combine(y, self.value + y.value, self.coefficient, y.coefficient)
    }
}

impl<T: Scalar> Sub for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn sub(self, y: Self) -> Self {
        self.combine(y, self.value - y.value, self.coefficient, -y.coefficient)
    }
}

impl<T: Scalar> Mul for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn mul(self, y: Self) -> Self {
        let (by_x, by_y) = (self.coefficient * y.value, y.coefficient * self.value);
        self.combine(y, self.value * y.value, by_x, by_y)
    }
}

impl<T: Scalar> Div for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn div(self, y: Self) -> Self {
        let (v, r) = (self.value / y.value, y.value.recip());
        self.combine(y, v, self.coefficient * r, -(y.coefficient * v * r))
    }
}

impl<T: Scalar> Add<f64> for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn add(self, a: f64) -> Self {
        Self { value: self.value + a, ..self }
    }
}

impl<T: Scalar> Sub<f64> for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn sub(self, a: f64) -> Self {
        Self { value: self.value - a, ..self }
    }
}

impl<T: Scalar> Mul<f64> for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn mul(self, a: f64) -> Self {
        Self { value: self.value * a, coefficient: self.coefficient * a, ..self }
    }
}

impl<T: Scalar> Div<f64> for Var<'_, T> {
    type Output = Self;
    #[inline]
    fn div(self, a: f64) -> Self {
        Self { value: self.value / a, coefficient: self.coefficient / a, ..self }
    }
}

impl<'t, T: Scalar> Add<Var<'t, T>> for f64 {
    type Output = Var<'t, T>;
    #[inline]
    fn add(self, x: Var<'t, T>) -> Var<'t, T> {
        x + self
    }
}

impl<'t, T: Scalar> Sub<Var<'t, T>> for f64 {
    type Output = Var<'t, T>;
    #[inline]
    fn sub(self, x: Var<'t, T>) -> Var<'t, T> {
        -x + self
    }
}

impl<'t, T: Scalar> Mul<Var<'t, T>> for f64 {
    type Output = Var<'t, T>;
    #[inline]
    fn mul(self, x: Var<'t, T>) -> Var<'t, T> {
        x * self
    }
}

impl<'t, T: Scalar> Div<Var<'t, T>> for f64 {
    type Output = Var<'t, T>;
    #[inline]
    fn div(self, x: Var<'t, T>) -> Var<'t, T> {
        let r = x.value.recip();
        // Divided, not multiplied by the reciprocal, so that values are those of plain numbers.
        let v = T::from(self) / x.value;
        x.chain(v, -(v * r))
    }
}

impl<T: Scalar> Real for Var<'_, T> {
    elementary_functions!(T);

    #[inline]
    fn value(self) -> f64 {
        self.value.value()
    }

    #[inline]
    fn pow(self, y: Self) -> Self {
        if y.tape.is_none() {
            return self.powf(y.value());
        }
        let zero = T::from(0.0);
        let (x, v) = (self.value, self.value.pow(y.value));
        let at_zero = x.value() == 0.0;
        let by_x = if at_zero && y.value() == 0.0 { zero } else { x.pow(y.value - 1.0) * y.value };
        // x^y is 0 for all positive y, but 1 at y = 0: there it has no slope.
        let flat = at_zero && y.value() > 0.0;
        let by_y = if flat { zero } else { v * x.ln() };
        self.combine(y, v, self.coefficient * by_x, y.coefficient * by_y)
    }

    #[inline]
    fn atan2(self, x: Self) -> Self {
        let r = (self.value * self.value + x.value * x.value).recip();
        let (by_y, by_x) = (x.value * r, -(self.value * r));
        self.combine(x, self.value.atan2(x.value), self.coefficient * by_y, x.coefficient * by_x)
    }

    fn sum_of(x: &[Self]) -> Self {
        many(x, x.iter().map(|x| x.value).sum(), |i| x[i].coefficient)
    }

    fn linear(a: &[f64], x: &[Self]) -> Self {
        assert_eq!(a.len(), x.len(), "linear: lengths differ");
        let value = x.iter().zip(a).map(|(x, &a)| x.value * a).sum();
        many(x, value, |i| x[i].coefficient * a[i])
    }

    fn dot(x: &[Self], y: &[Self]) -> Self {
        assert_eq!(x.len(), y.len(), "dot: lengths differ");
        let value = x.iter().zip(y).map(|(x, y)| x.value * y.value).sum();
        let Some(tape) = tape_of(x).or(tape_of(y)) else { return constant(value) };
        let operand = |x: &Self, y: &Self| x.tape.map(|_| (x.node, x.coefficient * y.value));
        let by_x = x.iter().zip(y).filter_map(|(x, y)| operand(x, y));
        let by_y = x.iter().zip(y).filter_map(|(x, y)| operand(y, x));
        tape.result(value, by_x.chain(by_y))
    }

    fn log_sum_exp(x: &[Self]) -> Self {
        let largest = x.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.value()));
        if !largest.is_finite() {
            return Self::from(largest);
        }
        let sum: T = x.iter().map(|x| (x.value - largest).exp()).sum();
        // Not e^(x_i - f): the difference has lost the digits of f that are behind the largest.
        let weight = sum.recip();
        many(x, sum.ln() + largest, |i| x[i].coefficient * (x[i].value - largest).exp() * weight)
    }

    fn multiply(a: &Matrix, x: &[Self], y: &mut [Self]) {
        assert_eq!(x.len(), a.columns(), "multiply: x has the wrong length");
        assert_eq!(y.len(), a.rows(), "multiply: y has the wrong length");
        for (i, y) in y.iter_mut().enumerate() {
            let value = x.iter().enumerate().map(|(j, x)| x.value * a[(i, j)]).sum();
            *y = many(x, value, |j| x[j].coefficient * a[(i, j)]);
        }
    }
}

/// The tape that any of the numbers is on.
fn tape_of<'t, T>(x: &[Var<'t, T>]) -> Option<&'t Tape<T>> {
    x.iter().find_map(|x| x.tape)
}

/// A constant.
fn constant<'t, T: Scalar>(value: T) -> Var<'t, T> {
    Var { value, ..Var::from(0.0) }
}

/// `f(x_1, ..., x_m)` as one step, given f and its derivative by the node of each `x_i`.
fn many<'t, T: Scalar>(x: &[Var<'t, T>], value: T, slope: impl Fn(usize) -> T) -> Var<'t, T> {
    let Some(tape) = tape_of(x) else { return constant(value) };
    let on_tape = x.iter().enumerate().filter(|(_, x)| x.tape.is_some());
    tape.result(value, on_tape.map(|(i, x)| (x.node, slope(i))))
}

impl<T: Scalar> Tape<T> {
    /// The variable with number `index` at `value`.
    #[inline]
    pub(super) fn variable(&self, index: u32, value: T) -> Var<'_, T> {
        Var { value, coefficient: T::from(1.0), tape: Some(self), node: index }
    }

    /// Writes `d result / d x_i` into the first n slopes, n the number of variables.
    pub(super) fn sweep(&self, result: Var<'_, T>, slopes: &mut Vec<T>) {
        self.sweep_from(result.tape.map(|_| (result.node, result.coefficient)), slopes);
    }

    /// A number on a new node with many operands.
    fn result(&self, value: T, operands: impl Iterator<Item = (u32, T)>) -> Var<'_, T> {
        Var { value, coefficient: T::from(1.0), tape: Some(self), node: self.push_many(operands) }
    }
}
