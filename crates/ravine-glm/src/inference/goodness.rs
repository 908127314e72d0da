//! Deviance, dispersion, likelihood.

use ravine::ArgumentError;
use ravine_data::Design;

use super::covariance::Weighting;
use crate::model::{FittedModel, Targets, null_point, problem_of};

/// How the dispersion phi is had.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispersion {
    /// 1 for binomial, Poisson and negative binomial, Pearson's for the others.
    #[default]
    Automatic,
    /// Pearson's statistic by the residual degrees of freedom; of Poisson and binomial this is the
    /// quasi-likelihood.
    Pearson,
    /// The deviance by the residual degrees of freedom.
    Deviance,
    /// Known.
    Fixed(f64),
}

/// Which parameters Akaike's criterion counts, and with which dispersion the likelihood is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AicRule {
    /// The coefficients alone, at the dispersion of the fit: statsmodels.
    Coefficients,
    /// An estimated dispersion too, at its value deviance / n: R.
    CountDispersion,
}

/// How well a model fits.
#[derive(Clone, Debug, PartialEq)]
pub struct GoodnessOfFit {
    /// `sum w d(y, mu)`.
    pub deviance: f64,
    /// The deviance of the model of the intercept and the offset alone; without an intercept of the
    /// offset alone, as R does; `None` where that has no mean.
    pub null_deviance: Option<f64>,
    /// Pearson's `X^2 = sum w (y - mu)^2 / V(mu)`.
    pub pearson: f64,
    /// phi.
    pub dispersion: f64,
    /// Whether phi was estimated: t in place of z, F in place of chi squared.
    pub dispersion_estimated: bool,
    /// The log-likelihood with all constants; of the Gaussian family at the largest over phi. `None`
    /// for losses without a distribution.
    pub log_likelihood: Option<f64>,
    /// The log-likelihood at phi = deviance / n, where phi is estimated.
    pub log_likelihood_r: Option<f64>,
    /// The rows that count, or the sum of frequency weights.
    pub rows: f64,
    /// Estimated coefficients, the intercept included.
    pub rank: usize,
}

impl GoodnessOfFit {
    /// `n - p`.
    pub fn residual_degrees(&self) -> f64 {
        self.rows - self.rank as f64
    }

    /// Akaike's criterion `-2 ln L + 2 p`.
    pub fn aic(&self, rule: AicRule) -> Option<f64> {
        let p = self.rank as f64;
        match rule {
            AicRule::CountDispersion if self.dispersion_estimated => {
                Some(-2.0 * self.log_likelihood_r? + 2.0 * (p + 1.0))
            }
            _ => Some(-2.0 * self.log_likelihood? + 2.0 * p),
        }
    }

    /// Schwarz's criterion `-2 ln L + p ln n`, counting as [`AicRule::CountDispersion`].
    pub fn bic(&self) -> Option<f64> {
        let parameters = self.rank as f64 + f64::from(u8::from(self.dispersion_estimated));
        let criterion = self.aic(AicRule::CountDispersion)?;
        Some(criterion + parameters * (self.rows.ln() - 2.0))
    }

    /// The share of the null deviance that is explained.
    pub fn explained(&self) -> Option<f64> {
        self.null_deviance.map(|null| 1.0 - self.deviance / null)
    }
}

impl FittedModel {
    /// Deviances, dispersion and likelihood of the fit on the data it was fitted to.
    ///
    /// # Errors
    ///
    /// If design and targets are not those of the fit by their sizes, or a fixed dispersion is not
    /// positive.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::inference::{Dispersion, Weighting};
    /// use ravine_glm::{Family, GeneralizedLinearModel, Targets};
    ///
    /// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0]]);
    /// let x = Design::dense(x, vec!["x".into()]);
    /// let y = [1.0, 1.0, 3.0, 5.0];
    /// let fitted = GeneralizedLinearModel::new(Family::Poisson).fit(&x, &y)?;
    /// let fit =
    ///     fitted.goodness(&x, Targets::new(&y), Dispersion::Automatic, Weighting::default())?;
    /// assert!(fit.dispersion == 1.0 && fit.explained().unwrap() > 0.8);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn goodness<'a>(
        &self,
        design: &'a Design,
        targets: impl Into<Targets<'a>>,
        dispersion: Dispersion,
        weighting: Weighting,
    ) -> Result<GoodnessOfFit, ArgumentError> {
        let targets = targets.into();
        let problem = problem_of(&self.model, design, &targets)?;
        let used: Vec<usize> = (0..targets.y.len()).filter(|&i| targets.weight(i) > 0.0).collect();
        let (loss, z) = (self.loss, &self.linear_predictor);
        let given = z.len();
        let allowed = format!("those of the fit, {given}");
        ArgumentError::check(targets.y.len() == given, "rows", targets.y.len(), &allowed)?;
        let sum =
            |f: &dyn Fn(usize) -> f64| used.iter().map(|&i| targets.weight(i) * f(i)).sum::<f64>();
        let deviance = sum(&|i| loss.unit_deviance(targets.y[i], z[i]));
        let pearson = sum(&|i| {
            // (y - mu)^2 / V as slope^2 / expected: of a mean at its bound neither is lost.
            let row = loss.row(targets.y[i], z[i]);
            if row.slope == 0.0 { 0.0 } else { row.slope * row.slope / row.expected }
        });
        let null_deviance = if problem.intercept {
            let (null, _) = null_point(&problem, &targets)?;
            Some(sum(&|i| loss.unit_deviance(targets.y[i], null.z[i])))
        } else {
            let offset = |i: usize| targets.offset.map_or(0.0, |o| o[i]);
            Some(sum(&|i| loss.unit_deviance(targets.y[i], offset(i)))).filter(|d| d.is_finite())
        };
        let rows = match weighting {
            Weighting::Variance => used.len() as f64,
            Weighting::Frequency => targets.total_weight(),
        };
        let rank = self.rank();
        let degrees = rows - rank as f64;
        let estimated = match dispersion {
            Dispersion::Automatic => loss.family().estimates_dispersion(),
            Dispersion::Fixed(_) => false,
            Dispersion::Pearson | Dispersion::Deviance => true,
        };
        let phi = match dispersion {
            Dispersion::Fixed(phi) => {
                let allowed = phi > 0.0 && phi.is_finite();
                ArgumentError::check(allowed, "dispersion", phi, "positive")?;
                phi
            }
            _ if !estimated => 1.0,
            Dispersion::Deviance => deviance / degrees,
            _ => pearson / degrees,
        };
        let likelihood = |phi: f64| -> Option<f64> {
            used.iter()
                .map(|&i| loss.log_likelihood(targets.y[i], z[i], targets.weight(i), phi))
                .sum()
        };
        let of_deviance = deviance / rows;
        let gaussian = loss.family() == crate::Family::Gaussian;
        let of_fit =
            if gaussian && !matches!(dispersion, Dispersion::Fixed(_)) { of_deviance } else { phi };
        Ok(GoodnessOfFit {
            deviance,
            null_deviance,
            pearson,
            dispersion: phi,
            dispersion_estimated: estimated,
            log_likelihood: likelihood(of_fit),
            log_likelihood_r: likelihood(if estimated { of_deviance } else { phi }),
            rows,
            rank,
        })
    }
}
