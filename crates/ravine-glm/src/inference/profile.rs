//! What the likelihood itself says of single coefficients: ratio tests and profile intervals.

use ravine::ArgumentError;
use ravine::fit::two_sided_quantile;
use ravine::vector::dot;
use ravine_data::Design;

use super::table::Inference;
use crate::model::{FittedModel, Targets, null_point, problem_of};
use crate::solve::centring::centred;
use crate::solve::cholesky;
use crate::solve::problem::{Point, Problem};
use crate::solve::status::Limits;
use crate::special::{chi_squared_upper, f_upper};

/// Refits of one side of a profile interval.
const REFITS: usize = 40;
/// So many standard errors away a side counts as unbounded.
const FAR: f64 = 1e3;

/// The test of one coefficient by the deviance without it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodRatio {
    /// The rise of the deviance by the dispersion: chi squared, or F where the dispersion is estimated.
    pub statistic: f64,
    /// The probability of as large a statistic if the coefficient is zero.
    pub p_value: f64,
}

/// Likelihood ratios of a fit without penalty, each by refits with one coefficient held.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::inference::{InferenceSettings, Profile};
/// use ravine_glm::{Family, GeneralizedLinearModel, Targets};
///
/// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let y = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0];
/// let fitted = GeneralizedLinearModel::new(Family::Binomial).fit(&x, &y)?;
/// let inference = fitted.inference(&x, &y, &InferenceSettings::default())?;
/// let profile = Profile::new(&fitted, &inference, &x, Targets::new(&y))?;
/// let (low, high) = profile.interval(1, 0.95)?;
/// // Longer on the side on which the likelihood is flatter.
/// assert!(high.unwrap() - fitted.coefficients[0] > fitted.coefficients[0] - low.unwrap());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Debug)]
pub struct Profile<'a> {
    fitted: &'a FittedModel,
    inference: &'a Inference,
    problem: Problem<'a>,
    /// The design with columns far from zero brought to mean zero, where there are any, and the means.
    centred: Option<(Design, Vec<f64>)>,
    targets: Targets<'a>,
    limits: Limits,
}

impl<'a> Profile<'a> {
    /// Of a fit, with its inference, on the data it was fitted to.
    ///
    /// # Errors
    ///
    /// If the fit has not converged, or design and targets are not those of the fit by their sizes.
    pub fn new(
        fitted: &'a FittedModel,
        inference: &'a Inference,
        design: &'a Design,
        targets: Targets<'a>,
    ) -> Result<Self, ArgumentError> {
        let status = fitted.status.name();
        ArgumentError::check(fitted.status.converged(), "fitted.status", status, "converged")?;
        let mut problem = problem_of(&fitted.model, design, &targets)?;
        fitted.aliased.iter().for_each(|alias| problem.aliased[alias.column] = true);
        let (_, rows) = null_point(&problem, &targets)?;
        let limits = Limits {
            tolerance: 1e-13,
            iterations: 200,
            null: rows.mean,
            total_weight: targets.total_weight(),
            start_violation: f64::INFINITY,
        };
        let centred = centred(design, &problem.weights, problem.intercept);
        Ok(Self { fitted, inference, problem, centred, targets, limits })
    }

    /// The deviance with coefficient k, the intercept being the first where there is one, held at a
    /// value; and the point, from which the next refit starts.
    fn held(&self, k: usize, value: f64, start: &Point) -> (f64, Point) {
        let first = usize::from(self.problem.intercept);
        let mut held = self.problem.clone();
        let mut point = start.clone();
        let offset: Vec<f64>;
        let solved = if k < first {
            let own = |i: usize| self.targets.offset.map_or(0.0, |offset| offset[i]);
            offset = (0..held.rows()).map(|i| own(i) + value).collect();
            let held = Problem { offset: Some(&offset), intercept: false, ..held };
            point.intercept = 0.0;
            held.refresh(&mut point);
            cholesky::solve(&held, point, &self.limits)
        } else {
            held.aliased[k - first] = true;
            let held = match &self.centred {
                None => held,
                Some((design, means)) => {
                    point.intercept += dot(means, &point.b);
                    Problem { design, ..held }
                }
            };
            point.b[k - first] = value;
            held.refresh(&mut point);
            let mut solved = cholesky::solve(&held, point, &self.limits);
            if let Some((_, means)) = &self.centred {
                solved.point.intercept -= dot(means, &solved.point.b);
            }
            solved
        };
        let loss = self.fitted.loss;
        let deviance = (0..self.targets.y.len())
            .filter(|&i| self.targets.weight(i) > 0.0)
            .map(|i| {
                let unit = loss.unit_deviance(self.targets.y[i], solved.point.z[i]);
                self.targets.weight(i) * unit
            })
            .sum();
        (deviance, solved.point)
    }

    fn optimum(&self) -> Point {
        Point {
            intercept: self.fitted.intercept,
            b: self.fitted.coefficients.clone(),
            z: self.fitted.linear_predictor.clone(),
        }
    }

    /// Refuses a coefficient that there is not, or that was left out.
    fn check(&self, k: usize) -> Result<f64, ArgumentError> {
        let count = self.inference.estimates.len();
        ArgumentError::check(k < count, "coefficient", k, &format!("below {count}"))?;
        self.inference.standard_errors[k].ok_or_else(|| {
            ArgumentError::new("coefficient", format!("{k} was left out of the fit"))
        })
    }

    /// The test of coefficient k, the intercept being the first where there is one.
    ///
    /// # Errors
    ///
    /// If there is no such coefficient, or it was left out of the fit.
    pub fn ratio(&self, k: usize) -> Result<LikelihoodRatio, ArgumentError> {
        self.check(k)?;
        let (deviance, _) = self.held(k, 0.0, &self.optimum());
        let goodness = &self.inference.goodness;
        let statistic = ((deviance - goodness.deviance) / goodness.dispersion).max(0.0);
        let p_value = if goodness.dispersion_estimated {
            f_upper(statistic, 1.0, goodness.residual_degrees())
        } else {
            chi_squared_upper(statistic, 1.0)
        };
        Ok(LikelihoodRatio { statistic, p_value })
    }

    /// The values of coefficient k that a likelihood-ratio test of that level does not refuse; `None` for
    /// a side on which the likelihood never falls as far.
    ///
    /// The signed root of the rise of the deviance is nearly linear in the coefficient: secant steps on
    /// it, within a bracket, take a few refits a side.
    ///
    /// # Errors
    ///
    /// See [`ratio`](Self::ratio); and if the level is not between 0 and 1.
    pub fn interval(
        &self,
        k: usize,
        level: f64,
    ) -> Result<(Option<f64>, Option<f64>), ArgumentError> {
        let error = self.check(k)?;
        let goodness = &self.inference.goodness;
        let degrees = goodness.dispersion_estimated.then(|| goodness.residual_degrees() as usize);
        let quantile = two_sided_quantile(level, degrees)?;
        let side = |sign: f64| self.side(k, sign * error, quantile);
        Ok((side(-1.0), side(1.0)))
    }

    /// Where the root of the rise of the deviance reaches `target`, in units of `error`, which has the
    /// sign of the side.
    fn side(&self, k: usize, error: f64, target: f64) -> Option<f64> {
        let goodness = &self.inference.goodness;
        let centre = self.inference.estimates[k];
        let mut point = self.optimum();
        let mut root = |distance: f64| {
            let (deviance, next) = self.held(k, centre + distance * error, &point);
            point = next;
            ((deviance - goodness.deviance) / goodness.dispersion).max(0.0).sqrt()
        };
        let (mut low, mut at_low) = (0.0, 0.0);
        let mut high: Option<(f64, f64)> = None;
        let mut distance = target;
        for _ in 0..REFITS {
            let value = root(distance);
            if (value - target).abs() <= 1e-11 * target {
                return Some(centre + distance * error);
            }
            if value < target {
                // A root that no longer rises never arrives.
                if distance > FAR {
                    return None;
                }
                (low, at_low) = (distance, value);
            } else {
                high = Some((distance, value));
            }
            distance = match high {
                None => 2.0 * low,
                Some((high, at_high)) => {
                    let secant = low + (target - at_low) * (high - low) / (at_high - at_low);
                    let width = high - low;
                    secant.clamp(low + 1e-3 * width, high - 1e-3 * width)
                }
            };
        }
        high.map(|_| centre + distance * error)
    }
}
