//! Functions of one linear predictor that keep their digits far out.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::special::erfc;

/// `ln(2 pi) / 2`.
pub(crate) const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;
/// Above this `e^z` is not a number any more; a mean beyond it is of no use.
pub(super) const MOST: f64 = 700.0;

/// `(mu, 1 - mu)` with `mu = 1 / (1 + e^-z)`, neither by subtraction.
pub(crate) fn logistic(z: f64) -> (f64, f64) {
    let t = (-z.abs()).exp();
    let (large, small) = (1.0 / (1.0 + t), t / (1.0 + t));
    if z >= 0.0 { (large, small) } else { (small, large) }
}

/// Of the standard normal distribution at z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mills {
    /// `ln Phi(z)`.
    pub(crate) log: f64,
    /// `phi(z) / Phi(z)`.
    pub(crate) ratio: f64,
    /// `phi(z) / Phi(z) + z`, without cancellation.
    pub(crate) excess: f64,
}

/// Below -5 by the continued fraction `ratio = x + 1/(x + 2/(x + 3/(x + ...)))` at `x = -z`, whose
/// tail is the excess itself; 30 terms are exact to rounding there.
///
/// Source: Abramowitz and Stegun (1964), 26.2.14.
pub(crate) fn mills(z: f64) -> Mills {
    if z < -5.0 {
        let x = -z;
        let tail = (2..=40).rev().fold(x, |tail, k| x + f64::from(k) / tail);
        let excess = 1.0 / tail;
        let ratio = x + excess;
        return Mills { log: -0.5 * x * x - HALF_LN_TWO_PI - ratio.ln(), ratio, excess };
    }
    let below = 0.5 * erfc(-z * FRAC_1_SQRT_2);
    let ratio = (-0.5 * z * z - HALF_LN_TWO_PI).exp() / below;
    let log = if z > 0.0 { (-0.5 * erfc(z * FRAC_1_SQRT_2)).ln_1p() } else { below.ln() };
    Mills { log, ratio, excess: ratio + z }
}

/// Of the complementary log-log link at z, with `r = e^z` and `mu = 1 - e^-r`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLog {
    pub(crate) r: f64,
    /// `ln mu`.
    pub(crate) log_mu: f64,
    /// `c = r / (e^r - 1)`.
    pub(crate) c: f64,
    /// `c + r - 1`.
    pub(crate) rest: f64,
}

pub(crate) fn log_log(z: f64) -> LogLog {
    let r = z.min(MOST).exp();
    let log_mu = if z < -30.0 {
        z - 0.5 * r
    } else if r > 0.7 {
        (-(-r).exp()).ln_1p()
    } else {
        (-(-r).exp_m1()).ln()
    };
    let c = if r == 0.0 { 1.0 } else { r / r.exp_m1() };
    // The series of r / (e^r - 1) = 1 - r/2 + r^2/12 - r^4/720 + ...
    let rest = if r < 1e-2 { r / 2.0 + r * r / 12.0 - r.powi(4) / 720.0 } else { c + r - 1.0 };
    LogLog { r, log_mu, c, rest }
}
