//! What one row contributes: value, slope and weights in one evaluation.

use super::stable::{MOST, log_log, mills};
use super::{Family, Link};

/// The contribution of one row: half its unit deviance up to a term free of z, and derivatives by
/// the linear predictor z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// `f(y, z)`; infinite where z has no mean.
    pub value: f64,
    /// `df/dz`: the score with the other sign.
    pub slope: f64,
    /// The expected second derivative, `h'(z)^2 / V(mu)`: Fisher's information.
    pub expected: f64,
    /// The second derivative; negative in places where the loss is not convex.
    pub observed: f64,
}

/// A family with a link that it takes: see [`Family::with`].
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Loss {
    pub(super) family: Family,
    pub(super) link: Link,
}

const OUTSIDE: Row =
    Row { value: f64::INFINITY, slope: f64::NAN, expected: f64::NAN, observed: f64::NAN };

impl Loss {
    /// The distribution.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The link.
    pub fn link(&self) -> Link {
        self.link
    }

    /// The contribution of a row with target y at the linear predictor z.
    ///
    /// Gradient, weights and value come from the same one or two exponentials; none of them loses
    /// digits far out.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// let logit = Family::Binomial.with(Link::Logit)?;
    /// let row = logit.row(1.0, -40.0);
    /// assert_eq!((row.value, row.slope), (40.0, -1.0));
    /// assert!((row.observed / (-40.0_f64).exp() - 1.0).abs() < 1e-15);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[inline]
    pub fn row(&self, y: f64, z: f64) -> Row {
        let canonical =
            |value, slope, weight| Row { value, slope, expected: weight, observed: weight };
        match (self.family, self.link) {
            (Family::Binomial, Link::Probit) => {
                let (one, zero) = (mills(z), mills(-z));
                Row {
                    value: -y * one.log - (1.0 - y) * zero.log,
                    slope: (1.0 - y) * zero.ratio - y * one.ratio,
                    expected: one.ratio * zero.ratio,
                    observed: y * one.ratio * one.excess + (1.0 - y) * zero.ratio * zero.excess,
                }
            }
            (Family::Binomial, Link::ComplementaryLogLog) => {
                let at = log_log(z);
                // A class that is certain contributes nothing of the other's.
                let of_one = |x: f64| if y == 0.0 { 0.0 } else { y * x };
                Row {
                    value: of_one(-at.log_mu) + (1.0 - y) * at.r,
                    slope: (1.0 - y) * at.r - of_one(at.c),
                    expected: at.r * at.c,
                    observed: of_one(at.c * at.rest) + (1.0 - y) * at.r,
                }
            }
            (Family::Binomial, _) => {
                let t = (-z.abs()).exp();
                let (large, small) = (1.0 / (1.0 + t), t / (1.0 + t));
                let (mu, rest) = if z >= 0.0 { (large, small) } else { (small, large) };
                // -y z + max(z, 0) without cancellation where y is 1 and z positive.
                let value = if z >= 0.0 { (1.0 - y) * z } else { -y * z } + t.ln_1p();
                canonical(value, (1.0 - y) * mu - y * rest, mu * rest)
            }
            (Family::Poisson, _) => {
                let mu = z.exp();
                canonical(mu - y * z, mu - y, mu)
            }
            (Family::Gaussian, Link::Log) => {
                let mu = z.exp();
                let r = y - mu;
                let observed = mu * (2.0 * mu - y);
                Row { value: 0.5 * r * r, slope: -r * mu, expected: mu * mu, observed }
            }
            (Family::Gaussian, _) => canonical(0.5 * (y - z) * (y - z), z - y, 1.0),
            (Family::Gamma, Link::Log) => {
                let ratio = y * (-z).exp();
                Row { value: ratio + z, slope: 1.0 - ratio, expected: 1.0, observed: ratio }
            }
            (Family::Gamma, _) => match z > 0.0 {
                true => canonical(y * z - z.ln(), y - 1.0 / z, 1.0 / (z * z)),
                false => OUTSIDE,
            },
            (Family::InverseGaussian, Link::Log) => {
                let inverse = (-z).exp();
                let square = y * inverse * inverse;
                Row {
                    value: 0.5 * square - inverse,
                    slope: inverse - square,
                    expected: inverse,
                    observed: 2.0 * square - inverse,
                }
            }
            (Family::InverseGaussian, _) => match z > 0.0 {
                true => {
                    let mu = 1.0 / z.sqrt();
                    canonical(0.5 * y * z - z.sqrt(), 0.5 * (y - mu), 0.25 * mu * mu * mu)
                }
                false => OUTSIDE,
            },
            (Family::NegativeBinomial { alpha }, _) => {
                // alpha mu / (1 + alpha mu), as a logistic function of z + ln alpha.
                let u = z + alpha.ln();
                let t = (-u.abs()).exp();
                let (large, small) = (1.0 / (1.0 + t), t / (1.0 + t));
                let (share, rest) = if u >= 0.0 { (large, small) } else { (small, large) };
                let softplus = u.max(0.0) + t.ln_1p();
                Row {
                    value: (y + 1.0 / alpha) * softplus - y * z,
                    slope: share / alpha - y * rest,
                    expected: share / alpha,
                    observed: share / alpha * (1.0 + alpha * y) * rest,
                }
            }
            (Family::Tweedie { power: p }, _) => {
                let a = ((2.0 - p) * z).exp();
                let b = if y == 0.0 { 0.0 } else { y * ((1.0 - p) * z).exp() };
                Row {
                    value: a / (2.0 - p) + b / (p - 1.0),
                    slope: a - b,
                    expected: a,
                    observed: (2.0 - p) * a + (p - 1.0) * b,
                }
            }
            (Family::Huber { delta }, _) => {
                let r = y - z;
                if r.abs() <= delta {
                    canonical(0.5 * r * r, -r, 1.0)
                } else {
                    canonical(delta * (r.abs() - 0.5 * delta), -delta.copysign(r), 0.0)
                }
            }
            (Family::SquaredHinge, _) => {
                let t = 2.0 * y - 1.0;
                let m = 1.0 - t * z;
                if m > 0.0 { canonical(m * m, -2.0 * t * m, 2.0) } else { canonical(0.0, 0.0, 0.0) }
            }
            (Family::SmoothedHinge { width }, _) => {
                let t = 2.0 * y - 1.0;
                let m = 1.0 - t * z;
                if m <= 0.0 {
                    canonical(0.0, 0.0, 0.0)
                } else if m <= width {
                    canonical(0.5 * m * m / width, -t * m / width, 1.0 / width)
                } else {
                    canonical(m - 0.5 * width, -t, 0.0)
                }
            }
        }
    }

    /// The mean mu at the linear predictor z; of hinges and Huber's loss, z itself.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// assert_eq!(Family::Gamma.with(Link::Inverse)?.mean(4.0), 0.25);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn mean(&self, z: f64) -> f64 {
        match self.link {
            Link::Identity => z,
            Link::Log => z.exp(),
            Link::Inverse => 1.0 / z,
            Link::InverseSquared => 1.0 / z.sqrt(),
            Link::Logit => super::stable::logistic(z).0,
            Link::Probit => mills(z).log.exp(),
            Link::ComplementaryLogLog => -(-z.min(MOST).exp()).exp_m1(),
        }
    }

    /// `d mu / d z` at the linear predictor z.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// assert_eq!(Family::Binomial.with(Link::Logit)?.mean_slope(0.0), 0.25);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn mean_slope(&self, z: f64) -> f64 {
        match self.link {
            Link::Identity => 1.0,
            Link::Log => z.exp(),
            Link::Inverse => -1.0 / (z * z),
            Link::InverseSquared => -0.5 / (z * z.sqrt()),
            Link::Logit => {
                let (mu, rest) = super::stable::logistic(z);
                mu * rest
            }
            Link::Probit => (-0.5 * z * z - super::stable::HALF_LN_TWO_PI).exp(),
            Link::ComplementaryLogLog => {
                let r = z.min(MOST).exp();
                r * (-r).exp()
            }
        }
    }

    /// The linear predictor of the mean mu: the inverse of [`mean`](Self::mean).
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// let probit = Family::Binomial.with(Link::Probit)?;
    /// assert!((probit.linear_predictor(probit.mean(-1.3)) + 1.3).abs() < 1e-14);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn linear_predictor(&self, mu: f64) -> f64 {
        match self.link {
            Link::Identity => mu,
            Link::Log => mu.ln(),
            Link::Inverse => 1.0 / mu,
            Link::InverseSquared => 1.0 / (mu * mu),
            Link::Logit => mu.ln() - (-mu).ln_1p(),
            Link::ComplementaryLogLog => (-(-mu).ln_1p()).ln(),
            Link::Probit => {
                // Newton on ln Phi(z) = ln mu from the side where it is concave and monotone.
                let (target, sign) = if mu <= 0.5 { (mu.ln(), 1.0) } else { ((-mu).ln_1p(), -1.0) };
                let mut z = -(-2.0 * target).sqrt();
                for _ in 0..100 {
                    let at = mills(z);
                    let step = (target - at.log) / at.ratio;
                    z += step;
                    if step.abs() <= 1e-15 * z.abs().max(1e-3) {
                        break;
                    }
                }
                sign * z
            }
        }
    }

    /// Whether the observed second derivative is never negative: then Newton's method is used, and
    /// the optimum has a certificate; else Fisher scoring.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// assert!(Family::Gamma.with(Link::Log)?.is_convex());
    /// assert!(!Family::InverseGaussian.with(Link::Log)?.is_convex());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn is_convex(&self) -> bool {
        let log = self.link == Link::Log;
        !(log && matches!(self.family, Family::Gaussian | Family::InverseGaussian))
    }

    /// Whether only positive linear predictors have a mean.
    pub(crate) fn needs_positive(&self) -> bool {
        matches!(self.link, Link::Inverse | Link::InverseSquared)
    }

    /// The largest second derivative, where there is one.
    pub(crate) fn smoothness(&self) -> Option<f64> {
        match (self.family, self.link) {
            (Family::Gaussian, Link::Identity) | (Family::Huber { .. }, _) => Some(1.0),
            (Family::Binomial, Link::Logit) => Some(0.25),
            (Family::SquaredHinge, _) => Some(2.0),
            (Family::SmoothedHinge { width }, _) => Some(1.0 / width),
            _ => None,
        }
    }
}
