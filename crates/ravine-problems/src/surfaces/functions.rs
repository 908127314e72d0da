//! The formulas of the surfaces.

use std::f64::consts::{E, TAU};

use ravine::autodiff::{Function, LeftOperand, Real};

/// Defines an enumeration of functions of two variables over `Real`. One type for many formulas
/// keeps the code that differentiates them from being compiled for each.
macro_rules! surfaces {
    ($($(#[$doc:meta])* fn $name:ident<$real:ident>($x:ident, $y:ident) { $($body:tt)* })*) => {
        /// The formulas of the surfaces.
        #[derive(Clone, Copy, Debug)]
        pub(super) enum Formula {
            $($(#[$doc])* $name,)*
        }

        impl Function for Formula {
            fn dimension(&self) -> usize {
                2
            }

            fn evaluate<R: Real>(&self, x: &[R]) -> R
            where
                f64: LeftOperand<R>,
            {
                match self {
                    $(Self::$name => {
                        fn evaluate<$real: Real>($x: $real, $y: $real) -> $real
                        where
                            f64: LeftOperand<$real>,
                        {
                            $($body)*
                        }
                        evaluate(x[0], x[1])
                    })*
                }
            }
        }
    };
}

surfaces! {
    /// `100 (y - x^2)^2 + (1 - x)^2`.
    fn Rosenbrock<R>(x, y) {
        100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2)
    }

    /// `(x^2 + y - 11)^2 + (x + y^2 - 7)^2`.
    fn Himmelblau<R>(x, y) {
        (x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2)
    }

    /// `sum_i (y_i - x (1 - y^i))^2` with `y_i` = 1.5, 2.25, 2.625.
    fn Beale<R>(x, y) {
        (1.5 - x * (1.0 - y)).powi(2)
            + (2.25 - x * (1.0 - y * y)).powi(2)
            + (2.625 - x * (1.0 - y.powi(3))).powi(2)
    }

    /// `(x + 2y - 7)^2 + (2x + y - 5)^2`.
    fn Booth<R>(x, y) {
        (x + 2.0 * y - 7.0).powi(2) + (2.0 * x + y - 5.0).powi(2)
    }

    /// A product of two polynomials, of degree eight.
    fn GoldsteinPrice<R>(x, y) {
        let a = (x + y + 1.0).powi(2)
            * (19.0 - 14.0 * x + 3.0 * (x * x) - 14.0 * y + 6.0 * (x * y) + 3.0 * (y * y));
        let b = (2.0 * x - 3.0 * y).powi(2)
            * (18.0 - 32.0 * x + 12.0 * (x * x) + 48.0 * y - 36.0 * (x * y) + 27.0 * (y * y));
        (1.0 + a) * (30.0 + b)
    }

    /// `sum_i (x_i^4 - 16 x_i^2 + 5 x_i) / 2`.
    fn StyblinskiTang<R>(x, y) {
        let quartic = |t: R| ((t * t - 16.0) * t + 5.0) * t;
        0.5 * (quartic(x) + quartic(y))
    }

    /// `(4 - 2.1 x^2 + x^4/3) x^2 + x y + (4 y^2 - 4) y^2`.
    fn SixHumpCamel<R>(x, y) {
        let (s, t) = (x * x, y * y);
        (4.0 - 2.1 * s + s * s / 3.0) * s + x * y + (4.0 * t - 4.0) * t
    }

    /// `sin(x + y) + (x - y)^2 - 1.5 x + 2.5 y + 1`.
    fn McCormick<R>(x, y) {
        (x + y).sin() + (x - y).powi(2) - 1.5 * x + 2.5 * y + 1.0
    }

    /// `20 + sum_i (x_i^2 - 10 cos(2 pi x_i))`.
    fn Rastrigin<R>(x, y) {
        // 10 - 10 cos(2 t) = 20 sin(t)^2, without cancellation near the minima.
        let term = |t: R| t * t + 20.0 * (t * (TAU / 2.0)).sin().powi(2);
        term(x) + term(y)
    }

    /// `-20 exp(-0.2 sqrt((x^2 + y^2)/2)) - exp((cos 2 pi x + cos 2 pi y)/2) + e + 20`.
    fn Ackley<R>(x, y) {
        let square = 0.5 * (x * x + y * y);
        // The cone at the origin has no derivative there; a constant gives 0.
        let distance = if square.value() == 0.0 { R::from(0.0) } else { square.sqrt() };
        let cosines = 0.5 * ((x * TAU).cos() + (y * TAU).cos());
        -20.0 * (-0.2 * distance).exp_m1() - E * (cosines - 1.0).exp_m1()
    }

    /// `x^2 - y^2 + y^4/4`.
    fn Saddle<R>(x, y) {
        let square = y * y;
        x * x - square + 0.25 * (square * square)
    }

    /// `x^2 - y^2`.
    fn PlainSaddle<R>(x, y) {
        x * x - y * y
    }

    /// `(x - 13 + ((5 - y) y - 2) y)^2 + (x - 29 + ((y + 1) y - 14) y)^2`.
    fn FreudensteinRoth<R>(x, y) {
        (x - 13.0 + ((5.0 - y) * y - 2.0) * y).powi(2)
            + (x - 29.0 + ((y + 1.0) * y - 14.0) * y).powi(2)
    }

    /// `(10^4 x y - 1)^2 + (exp(-x) + exp(-y) - 1.0001)^2`.
    fn PowellBadlyScaled<R>(x, y) {
        (1e4 * x * y - 1.0).powi(2) + ((-x).exp() + (-y).exp() - 1.0001).powi(2)
    }

    /// `(x - 10^6)^2 + (y - 2 10^-6)^2 + (x y - 2)^2`.
    fn BrownBadlyScaled<R>(x, y) {
        (x - 1e6).powi(2) + (y - 2e-6).powi(2) + (x * y - 2.0).powi(2)
    }

    /// `sum_i (2 + 2i - exp(i x) - exp(i y))^2`, i from 1 to 10.
    fn JennrichSampson<R>(x, y) {
        let mut sum = R::from(0.0);
        for i in 1..=10 {
            let t = f64::from(i);
            sum += (2.0 + 2.0 * t - (t * x).exp() - (t * y).exp()).powi(2);
        }
        sum
    }

    /// `x^3 - 3 x y^2`.
    fn MonkeySaddle<R>(x, y) {
        x * (x * x - 3.0 * (y * y))
    }
}

/// `(kappa u^2 + v^2)/2`, with (u, v) the point turned back by an angle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Valley {
    pub kappa: f64,
    pub cosine: f64,
    pub sine: f64,
}

impl Function for Valley {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        let u = self.cosine * x[0] + self.sine * x[1];
        let v = self.cosine * x[1] - self.sine * x[0];
        0.5 * (self.kappa * (u * u) + v * v)
    }
}
