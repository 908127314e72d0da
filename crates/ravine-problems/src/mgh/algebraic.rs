//! Small algebraic functions: problems 1-5, 7, 13 and 14.

use std::f64::consts::TAU;

use super::define::formulas;

const SQRT_5: f64 = 2.236_067_977_499_79;
const SQRT_10: f64 = 3.162_277_660_168_379_5;
const SQRT_90: f64 = 9.486_832_980_505_138;

formulas! {
    /// The small algebraic functions.
    enum Algebraic;

    /// Problem 1.
    fn Rosenbrock<R>(x, r) {
        r[0] = 10.0 * (x[1] - x[0] * x[0]);
        r[1] = 1.0 - x[0];
    }

    /// Problem 2.
    fn FreudensteinRoth<R>(x, r) {
        r[0] = x[0] + ((5.0 - x[1]) * x[1] - 2.0) * x[1] - 13.0;
        r[1] = x[0] + ((x[1] + 1.0) * x[1] - 14.0) * x[1] - 29.0;
    }

    /// Problem 3.
    fn PowellBadlyScaled<R>(x, r) {
        r[0] = 1e4 * x[0] * x[1] - 1.0;
        r[1] = (-x[0]).exp() + (-x[1]).exp() - 1.0001;
    }

    /// Problem 4.
    fn BrownBadlyScaled<R>(x, r) {
        r[0] = x[0] - 1e6;
        r[1] = x[1] - 2e-6;
        r[2] = x[0] * x[1] - 2.0;
    }

    /// Problem 5.
    fn Beale<R>(x, r) {
        for (i, (r, y)) in r.iter_mut().zip([1.5, 2.25, 2.625]).enumerate() {
            *r = y - x[0] * (1.0 - x[1].powi(i as i32 + 1));
        }
    }

    /// Problem 7. The angle, in turns, is cut along the negative second axis: it runs from -1/4 to
    /// 3/4.
    fn HelicalValley<R>(x, r) {
        let turns = if x[0].value() == 0.0 {
            0.25f64.copysign(x[1].value()) - (x[0] / x[1]).atan() / TAU
        } else {
            let half = if x[0].value() < 0.0 { 0.5 } else { 0.0 };
            (x[1] / x[0]).atan() / TAU + half
        };
        r[0] = 10.0 * (x[2] - 10.0 * turns);
        r[1] = 10.0 * ((x[0] * x[0] + x[1] * x[1]).sqrt() - 1.0);
        r[2] = x[2];
    }

    /// Problem 13.
    fn PowellSingular<R>(x, r) {
        r[0] = x[0] + 10.0 * x[1];
        r[1] = SQRT_5 * (x[2] - x[3]);
        r[2] = (x[1] - 2.0 * x[2]).powi(2);
        r[3] = SQRT_10 * (x[0] - x[3]).powi(2);
    }

    /// Problem 14.
    fn Wood<R>(x, r) {
        r[0] = 10.0 * (x[1] - x[0] * x[0]);
        r[1] = 1.0 - x[0];
        r[2] = SQRT_90 * (x[3] - x[2] * x[2]);
        r[3] = 1.0 - x[2];
        r[4] = SQRT_10 * (x[1] + x[3] - 2.0);
        r[5] = (x[1] - x[3]) / SQRT_10;
    }
}
