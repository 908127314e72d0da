//! Counts with a dispersion parameter that is estimated too.

use ravine::ArgumentError;
use ravine_data::Design;

use crate::Status;
use crate::family::Family;
use crate::model::{FittedModel, GeneralizedLinearModel, Targets};
use crate::special::{digamma, trigamma};

/// The negative binomial model whose alpha is estimated with the coefficients by maximum likelihood:
/// fits of the coefficients at an alpha and of alpha at the means, one after another, until neither
/// moves. In expectation the two do not depend on each other, so that few rounds are needed.
///
/// Sources: Lawless, Negative binomial and mixed Poisson regression (1987); Venables and Ripley, Modern
/// applied statistics with S (2002), section 7.4.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::NegativeBinomialModel;
///
/// let x = Matrix::from_rows(&[[0.0], [1.0], [0.0], [1.0], [0.0], [1.0]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let fitted = NegativeBinomialModel::default().fit(&x, &[0.0, 9.0, 4.0, 1.0, 0.0, 14.0])?;
/// assert!(fitted.alpha > 0.5 && fitted.fitted.status.converged());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NegativeBinomialModel {
    /// All settings but the family. Default those of [`GeneralizedLinearModel`].
    pub model: GeneralizedLinearModel,
}

/// What [`NegativeBinomialModel`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct NegativeBinomialFit {
    /// The coefficients at the last alpha; of the Poisson family where there is no over-dispersion.
    pub fitted: FittedModel,
    /// `V = mu + alpha mu^2`; 0 is Poisson's limit.
    pub alpha: f64,
    /// Whether alpha and coefficients have stopped moving; true in Poisson's limit.
    pub converged: bool,
    /// Rounds made.
    pub rounds: usize,
}

impl NegativeBinomialFit {
    /// `1 / alpha`, R's name; infinite in Poisson's limit.
    pub fn theta(&self) -> f64 {
        1.0 / self.alpha
    }
}

/// Most rounds.
const ROUNDS: usize = 100;

impl NegativeBinomialModel {
    /// Fits coefficients and alpha.
    ///
    /// Where the variance of the counts about their Poisson means is not above the means, the
    /// likelihood grows as alpha falls to zero: the fit is Poisson's, and says so in a note.
    ///
    /// # Errors
    ///
    /// Those of [`GeneralizedLinearModel::fit`].
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<NegativeBinomialFit, ArgumentError> {
        let targets = targets.into();
        let poisson =
            GeneralizedLinearModel { family: Family::Poisson, link: None, ..self.model.clone() };
        let mut fitted = poisson.fit(design, targets)?;
        let means = |fitted: &FittedModel| -> Vec<f64> {
            fitted.linear_predictor.iter().map(|z| z.exp()).collect()
        };
        let mut mu = means(&fitted);
        let sum = |f: &dyn Fn(usize) -> f64| -> f64 {
            (0..mu.len()).map(|i| targets.weight(i) * f(i)).sum()
        };
        let excess = sum(&|i| (targets.y[i] - mu[i]).powi(2) - targets.y[i]);
        let stopped = fitted.status == Status::Stopped;
        if excess <= 0.0 || fitted.separation.is_some() || stopped {
            if fitted.separation.is_none() && !stopped {
                fitted.notes.push("no over-dispersion: alpha = 0, the fit is Poisson's".to_owned());
            }
            return Ok(NegativeBinomialFit { fitted, alpha: 0.0, converged: !stopped, rounds: 0 });
        }
        let moment = sum(&|i| (targets.y[i] - mu[i]).powi(2) - mu[i]) / sum(&|i| mu[i] * mu[i]);
        let mut alpha = moment.max(0.1);
        let mut converged = false;
        let mut rounds = 0;
        while rounds < ROUNDS && !converged && fitted.status != Status::Stopped {
            rounds += 1;
            let family = Family::NegativeBinomial { alpha };
            let model = GeneralizedLinearModel { family, ..poisson.clone() };
            let start = (fitted.intercept, &fitted.coefficients[..]);
            let next = model.fit_from(design, targets, Some(start))?;
            let pairs = next.coefficients.iter().zip(&fitted.coefficients);
            let moved = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            fitted = next;
            mu = means(&fitted);
            let better = maximize(&targets, &mu, alpha);
            converged = rounds > 1
                && fitted.status != Status::Stopped
                && moved < 1e-10
                && (better / alpha - 1.0).abs() < 1e-10;
            alpha = better;
        }
        fitted.loss = Family::NegativeBinomial { alpha }.with(crate::Link::Log)?;
        fitted.model.family = Family::NegativeBinomial { alpha };
        Ok(NegativeBinomialFit { fitted, alpha, converged, rounds })
    }
}

/// The derivative of the log-likelihood by alpha at these means, and its own derivative.
fn profile_score(targets: &Targets<'_>, mu: &[f64], a: f64) -> (f64, f64) {
    let theta = 1.0 / a;
    let (psi, tri) = (digamma(theta), trigamma(theta));
    let mut sums = (0.0, 0.0);
    for (i, (&y, &mu)) in targets.y.iter().zip(mu).enumerate() {
        let w = targets.weight(i);
        let one = 1.0 + a * mu;
        let inner = psi - digamma(y + theta) + (a * mu).ln_1p();
        let slope = (trigamma(y + theta) - tri) / (a * a) + mu / one;
        sums.0 += w * (inner / (a * a) + (y - mu) / (a * one));
        let rest = (y - mu) * (1.0 + 2.0 * a * mu) / (a * one).powi(2);
        sums.1 += w * (slope / (a * a) - 2.0 * inner / (a * a * a) - rest);
    }
    sums
}

/// The alpha of largest likelihood at these means: Newton's steps in `ln alpha`, at most 1 long.
fn maximize(targets: &Targets<'_>, mu: &[f64], start: f64) -> f64 {
    let mut u = start.ln();
    for _ in 0..200 {
        let a = u.exp();
        let (score, slope) = profile_score(targets, mu, a);
        let (first, second) = (a * score, a * score + a * a * slope);
        let step = if second < 0.0 { -first / second } else { 0.5 * first.signum() };
        let step = step.clamp(-1.0, 1.0);
        u = (u + step).max(-20.0);
        if step.abs() < 1e-13 {
            break;
        }
    }
    u.exp()
}
