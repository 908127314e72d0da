//! Log-likelihoods with all constants.

use super::stable::HALF_LN_TWO_PI;
use super::{Family, Loss};
use crate::special::ln_gamma;

/// More terms than this are replaced by the saddlepoint approximation.
const MOST_TERMS: f64 = 1e6;

impl Loss {
    /// The log-likelihood of one row at the linear predictor z, with weight w and dispersion phi,
    /// constants included; `None` for losses without a distribution. Of the binomial family, w is
    /// the number of trials.
    ///
    /// The density of Tweedie's family is a series, added up in logarithms from its largest term on
    /// (Dunn and Smyth, Series evaluation of Tweedie exponential dispersion model densities, 2005);
    /// where it has its largest term beyond the millionth, the saddlepoint approximation is as exact.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// let tweedie = Family::Tweedie { power: 1.5 }.with(Link::Log)?;
    /// let found = tweedie.log_likelihood(2.5, 1.3_f64.ln(), 1.0, 0.8).unwrap();
    /// assert!((found + 1.9717799293876654).abs() < 1e-12);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn log_likelihood(&self, y: f64, z: f64, w: f64, phi: f64) -> Option<f64> {
        if w == 0.0 {
            return self.family.has_likelihood().then_some(0.0);
        }
        let mu = self.mean(z);
        Some(match self.family {
            Family::Gaussian => {
                -0.5 * (w * (y - mu) * (y - mu) / phi + (phi / w).ln()) - HALF_LN_TWO_PI
            }
            Family::Binomial => {
                let (yes, no) = (w * y, w * (1.0 - y));
                let choices = ln_gamma(w + 1.0) - ln_gamma(yes + 1.0) - ln_gamma(no + 1.0);
                choices - w * self.row(y, z).value
            }
            Family::Poisson => w * (y * z - mu - ln_gamma(y + 1.0)),
            Family::Gamma => {
                let nu = w / phi;
                nu * (nu * y / mu).ln() - nu * y / mu - ln_gamma(nu) - y.ln()
            }
            Family::InverseGaussian => {
                let deviance = w * self.unit_deviance(y, z) / phi;
                -0.5 * (deviance + (phi * y * y * y / w).ln()) - HALF_LN_TWO_PI
            }
            Family::NegativeBinomial { alpha } => {
                let theta = 1.0 / alpha;
                let constant = ln_gamma(y + theta) - ln_gamma(theta) - ln_gamma(y + 1.0);
                // y ln(alpha mu) - (y + theta) ln(1 + alpha mu)
                w * (constant + y * alpha.ln() - self.row(y, z).value)
            }
            Family::Tweedie { power } => tweedie(y, mu, phi / w, power),
            Family::Huber { .. } | Family::SquaredHinge | Family::SmoothedHinge { .. } => {
                return None;
            }
        })
    }
}

/// `ln` of Tweedie's density at y.
fn tweedie(y: f64, mu: f64, phi: f64, p: f64) -> f64 {
    let of_mean = mu.powf(2.0 - p) / (2.0 - p);
    if y == 0.0 {
        return -of_mean / phi;
    }
    let c = (2.0 - p) / (p - 1.0);
    let peak = y.powf(2.0 - p) / (phi * (2.0 - p));
    if peak > MOST_TERMS {
        // The density is exp(-d / 2 phi) / sqrt(2 pi phi y^p) up to a relative 1 / (12 peak).
        let own = y.powf(2.0 - p) / ((1.0 - p) * (2.0 - p));
        let deviance = 2.0 * (own - y * mu.powf(1.0 - p) / (1.0 - p) + of_mean);
        return -0.5 * (deviance / phi + (phi * y.powf(p)).ln()) - HALF_LN_TWO_PI;
    }
    let base = c * y.ln() - c * (p - 1.0).ln() - (1.0 + c) * phi.ln() - (2.0 - p).ln();
    let term = |j: f64| j * base - ln_gamma(j + 1.0) - ln_gamma(c * j);
    let first = peak.round().max(1.0);
    let largest = term(first);
    let mut sum = 1.0;
    let mut add = |j: f64| {
        let ratio = (term(j) - largest).exp();
        sum += ratio;
        ratio > 1e-17
    };
    let mut j = first + 1.0;
    while add(j) {
        j += 1.0;
    }
    let mut j = first - 1.0;
    while j >= 1.0 && add(j) {
        j -= 1.0;
    }
    let exponent = (y * mu.powf(1.0 - p) / (1.0 - p) - of_mean) / phi;
    exponent - y.ln() + largest + sum.ln()
}
