//! Unit deviances.

use super::{Family, Loss};

/// `(1 + t) ln(1 + t) - t`, which is `t^2 / 2` near zero.
fn entropy_excess(t: f64) -> f64 {
    if t.abs() < 1e-3 {
        // The series to the sixth power, exact to rounding here.
        let series = 1.0 / 6.0 - t * (1.0 / 12.0 - t * (1.0 / 20.0 - t * (1.0 / 30.0 - t / 42.0)));
        return t * t * (0.5 - t * series);
    }
    if t <= -1.0 { -t } else { (1.0 + t) * t.ln_1p() - t }
}

/// `t - ln(1 + t)`, which is `t^2 / 2` near zero.
fn log_excess(t: f64) -> f64 {
    if t.abs() < 1e-3 {
        let series = 1.0 / 3.0 - t * (0.25 - t * (0.2 - t * (1.0 / 6.0 - t / 7.0)));
        return t * t * (0.5 - t * series);
    }
    t - t.ln_1p()
}

impl Loss {
    /// The unit deviance of a target at the linear predictor z, twice the fall of the log-likelihood
    /// from its largest, times phi: `sum w d` is the deviance of a model. Near `y = mu` and at y = 0
    /// it keeps its digits. Of losses without a distribution, `2 f`.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// let poisson = Family::Poisson.with(Link::Log)?;
    /// // At y = 0 it is 2 mu.
    /// assert_eq!(poisson.unit_deviance(0.0, 0.0), 2.0);
    /// assert_eq!(poisson.unit_deviance(1.0, 0.0), 0.0);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn unit_deviance(&self, y: f64, z: f64) -> f64 {
        let mu = self.mean(z);
        match self.family {
            Family::Gaussian => (y - mu) * (y - mu),
            Family::Binomial => {
                let value = self.row(y, z).value;
                let own =
                    if y == 0.0 || y == 1.0 { 0.0 } else { -y * y.ln() - (1.0 - y) * (-y).ln_1p() };
                2.0 * (value - own).max(0.0)
            }
            Family::Poisson => 2.0 * mu * entropy_excess((y - mu) / mu),
            Family::Gamma => 2.0 * log_excess((y - mu) / mu),
            Family::InverseGaussian => (y - mu) * (y - mu) / (y * mu * mu),
            Family::NegativeBinomial { alpha } => {
                let poisson_part = if y == 0.0 { 0.0 } else { y * (y / mu).ln() };
                let t = alpha * (y - mu) / (1.0 + alpha * mu);
                (2.0 * (poisson_part - (y + 1.0 / alpha) * t.ln_1p())).max(0.0)
            }
            Family::Tweedie { power: p } => {
                let of_mean = mu.powf(2.0 - p) / (2.0 - p);
                if y == 0.0 {
                    return 2.0 * of_mean;
                }
                let own = y.powf(2.0 - p) / ((1.0 - p) * (2.0 - p));
                (2.0 * (own - y * mu.powf(1.0 - p) / (1.0 - p) + of_mean)).max(0.0)
            }
            Family::Huber { .. } | Family::SquaredHinge | Family::SmoothedHinge { .. } => {
                2.0 * self.row(y, z).value
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::Link;

    #[test]
    fn deviances_near_the_mean_keep_their_digits() {
        // d = t^2 mu (1 - t/3 + t^2/6) and t^2 (1 - 2t/3 + t^2/2) with y = mu (1 + t).
        let t = 2.0_f64.powi(-20);
        let poisson = Family::Poisson.with(Link::Log).unwrap();
        let d = poisson.unit_deviance(1.0 + t, 0.0);
        assert!((d / (t * t * (1.0 - t / 3.0 + t * t / 6.0)) - 1.0).abs() < 1e-15);
        let gamma = Family::Gamma.with(Link::Log).unwrap();
        let d = gamma.unit_deviance(1.0 + t, 0.0);
        assert!((d / (t * t * (1.0 - 2.0 * t / 3.0 + t * t / 2.0)) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn both_forms_agree_where_they_meet() {
        for t in [9.99e-4_f64, -9.99e-4] {
            let by_logarithm = (1.0 + t) * t.ln_1p() - t;
            assert!((entropy_excess(t) / by_logarithm - 1.0).abs() < 1e-9);
            assert!((log_excess(t) / (t - t.ln_1p()) - 1.0).abs() < 1e-9);
        }
    }
}
