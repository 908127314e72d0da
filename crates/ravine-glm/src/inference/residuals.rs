//! Residuals and influence.

use super::table::Inference;
use crate::family::Loss;
use crate::model::{FittedModel, Targets};

/// A kind of residual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residual {
    /// `y - mu`.
    Response,
    /// `(y - mu) sqrt(w / V)`.
    Pearson,
    /// `sign(y - mu) sqrt(w d)`.
    Deviance,
    /// `(y - mu) g'(mu)`.
    Working,
    /// Pearson's by `sqrt(phi (1 - h))`.
    StandardizedPearson,
    /// The deviance's by `sqrt(phi (1 - h))`.
    StandardizedDeviance,
    /// What leaving the row out would change the likelihood by:
    /// `sign(y - mu) sqrt((deviance^2 + h pearson^2 / (1 - h)) / phi)`.
    Likelihood,
}

/// `sign(y - mu) sqrt(w d)` at the linear predictor z; 0 where rounding makes d negative.
pub(crate) fn deviance_residual(loss: Loss, y: f64, z: f64, w: f64) -> f64 {
    (w * loss.unit_deviance(y, z)).max(0.0).sqrt().copysign(y - loss.mean(z))
}

/// Residuals and influence of a fit.
#[derive(Clone, Copy, Debug)]
pub struct Residuals<'a> {
    /// The fit.
    pub fitted: &'a FittedModel,
    /// Its inference.
    pub inference: &'a Inference,
    /// What it was fitted to.
    pub targets: Targets<'a>,
}

impl Residuals<'_> {
    /// Residuals, a number a row.
    pub fn of(&self, kind: Residual) -> Vec<f64> {
        (0..self.targets.y.len()).map(|i| self.one(i, kind)).collect()
    }

    /// The residual of row i.
    fn one(&self, i: usize, kind: Residual) -> f64 {
        let (y, w) = (self.targets.y[i], self.targets.weight(i));
        let z = self.fitted.linear_predictor[i];
        let loss = self.fitted.loss;
        let mu = loss.mean(z);
        let (h, phi) = (self.inference.leverages[i], self.inference.goodness.dispersion);
        let pearson = || (y - mu) * (w / loss.family().variance(mu)).sqrt();
        let deviance = || deviance_residual(loss, y, z, w);
        match kind {
            Residual::Response => y - mu,
            Residual::Pearson => pearson(),
            Residual::Deviance => deviance(),
            Residual::Working => (y - mu) / loss.mean_slope(z),
            Residual::StandardizedPearson => pearson() / (phi * (1.0 - h)).sqrt(),
            Residual::StandardizedDeviance => deviance() / (phi * (1.0 - h)).sqrt(),
            Residual::Likelihood => {
                let square = deviance().powi(2) + h * pearson().powi(2) / (1.0 - h);
                (square / phi).sqrt().copysign(y - mu)
            }
        }
    }

    /// Cook's distance, `pearson^2 h / (phi p (1 - h)^2)`, a number a row.
    pub fn cooks_distances(&self) -> Vec<f64> {
        let (phi, p) = (self.inference.goodness.dispersion, self.fitted.rank() as f64);
        let pearson = self.of(Residual::Pearson);
        let pairs = pearson.iter().zip(&self.inference.leverages);
        pairs.map(|(r, h)| r * r * h / (phi * p * (1.0 - h).powi(2))).collect()
    }
}
