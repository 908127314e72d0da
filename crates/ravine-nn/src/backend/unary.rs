//! Functions of single entries.

use super::elementary::Elementary;

/// A function that acts on every entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unary {
    /// `max(x, 0)`; its slope at 0 is 0.
    Relu,
    /// `max(x, 0)^2`.
    SquaredRelu,
    /// `tanh x`.
    Tanh,
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// `log(1 + e^x)`.
    Softplus,
    /// `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, the approximation of `x Phi(x)` that GPT-2 uses
    /// (Hendrycks and Gimpel 2016).
    Gelu,
}

impl Unary {
    /// All, with their names.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("relu", Self::Relu),
        ("squared-relu", Self::SquaredRelu),
        ("tanh", Self::Tanh),
        ("sigmoid", Self::Sigmoid),
        ("softplus", Self::Softplus),
        ("gelu", Self::Gelu),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, f)| *f == self).map_or("", |(name, _)| name)
    }
}

/// Hands the value `f(x)`, the slope `f'(x, f(x))` and the bend `f''(x, f(x))` of a function to a piece of
/// code, which is compiled for each. They capture nothing: what a closure reads from memory in every turn of a loop that
/// also writes keeps the loop from being vectorized.
macro_rules! of_unary {
    ($function:expr, $T:ident, |$value:ident, $slope:ident, $bend:ident| $body:expr) => {{
        match $function {
            Unary::Relu => {
                let $value = |x: $T| x.positive();
                let $slope = |x: $T, _: $T| if x > $T::ZERO { $T::ONE } else { $T::ZERO };
                let $bend = |_: $T, _: $T| $T::ZERO;
                $body
            }
            Unary::SquaredRelu => {
                let $value = |x: $T| x.positive() * x.positive();
                let $slope = |x: $T, _: $T| ($T::ONE + $T::ONE) * x.positive();
                let $bend =
                    |x: $T, _: $T| if x > $T::ZERO { ($T::ONE + $T::ONE) } else { $T::ZERO };
                $body
            }
            Unary::Tanh => {
                let $value = |x: $T| x.tanh();
                let $slope = |_: $T, y: $T| $T::ONE - y * y;
                let $bend = |_: $T, y: $T| -($T::ONE + $T::ONE) * y * ($T::ONE - y * y);
                $body
            }
            Unary::Sigmoid => {
                let $value = |x: $T| x.sigmoid();
                let $slope = |_: $T, y: $T| y * ($T::ONE - y);
                let $bend = |_: $T, y: $T| y * ($T::ONE - y) * ($T::ONE - ($T::ONE + $T::ONE) * y);
                $body
            }
            Unary::Softplus => {
                let $value = |x: $T| x.softplus();
                let $slope = |x: $T, _: $T| x.sigmoid();
                let $bend = |x: $T, _: $T| {
                    let s = x.sigmoid();
                    s * ($T::ONE - s)
                };
                $body
            }
            Unary::Gelu => {
                let $value = |x: $T| gelu(x).0;
                let $slope = |x: $T, _: $T| gelu(x).1;
                let $bend = |x: $T, _: $T| gelu(x).2;
                $body
            }
        }
    }};
}
pub(super) use of_unary;

/// The value, slope and bend of [`Unary::Gelu`].
#[inline(always)]
pub(super) fn gelu<T: Elementary>(x: T) -> (T, T, T) {
    let [half, one, three, six] = [0.5, 1.0, 3.0, 6.0].map(T::narrow);
    let scale = T::narrow((2.0 / std::f64::consts::PI).sqrt());
    let cubic = T::narrow(0.044715);
    let inner = scale * (x + cubic * x * x * x);
    let first = scale * (one + three * cubic * x * x);
    let second = scale * six * cubic * x;
    let t = inner.tanh();
    let steep = one - t * t;
    let slope = half * (one + t) + half * x * steep * first;
    let bend = steep * first + half * x * steep * (second - (t + t) * first * first);
    (half * x * (one + t), slope, bend)
}
