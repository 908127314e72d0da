//! What a fit says of rows that it has not seen.

use ravine::ArgumentError;
use ravine::vector::dot;
use ravine_data::Design;

use super::covariance::leverages;
use crate::family::{Family, Link, Loss};
use crate::model::{FittedModel, Targets, problem_of};
use crate::solve::centring::centred;
use crate::solve::cholesky::FactoredInformation;
use crate::solve::problem::Problem;

/// The share of the deviance that linear predictors z explain of targets, whose offset plays no part:
/// `1 - D(y, mu) / D(y, m)` with the weighted mean m of these targets; of the Gaussian family R squared.
/// Of targets that are all alike it is 1 where z has them and 0 where it has not.
///
/// # Errors
///
/// If z has not a number a row, or the family cannot have the targets.
///
/// ```
/// use ravine_glm::inference::explained_deviance;
/// use ravine_glm::{Family, Link, Targets};
///
/// let loss = Family::Gaussian.with(Link::Identity)?;
/// let y = [1.0, 2.0, 4.0];
/// let share = explained_deviance(loss, Targets::new(&y), &[1.0, 2.0, 3.0])?;
/// // Squares of residuals 1, about the mean 14/3.
/// assert!((share - (1.0 - 3.0 / 14.0)).abs() < 1e-12);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn explained_deviance(
    loss: Loss,
    targets: Targets<'_>,
    z: &[f64],
) -> Result<f64, ArgumentError> {
    targets.check(z.len())?;
    loss.family().check(targets.y)?;
    let null = loss.linear_predictor(targets.mean());
    let (mut deviance, mut of_mean) = (0.0, 0.0);
    for (i, (&y, &z)) in targets.y.iter().zip(z).enumerate() {
        let w = targets.weight(i);
        if w > 0.0 {
            deviance += w * loss.unit_deviance(y, z);
            of_mean += w * loss.unit_deviance(y, null);
        }
    }
    if of_mean == 0.0 {
        return Ok(if deviance == 0.0 { 1.0 } else { 0.0 });
    }
    Ok(1.0 - deviance / of_mean)
}

impl FittedModel {
    /// What each row would be predicted by a fit of all others, of least squares with or without a ridge
    /// penalty: `z_i - h_i (y_i - z_i) / (1 - h_i)` with the leverages
    /// `h_i = w_i x_i'(X'diag(w)X + W diag(l2))^-1 x_i`, the intercept included. The penalty `W alpha` stays
    /// what it is when a row is left out.
    ///
    /// Source: Allen, The relationship between variable selection and data augmentation and a method for
    /// prediction (1974).
    ///
    /// # Errors
    ///
    /// If the fit is another than of least squares, or has an L1 penalty or bounds; or if design and targets
    /// are not those of the fit by their sizes.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::GeneralizedLinearModel;
    ///
    /// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [4.0]]);
    /// let x = Design::dense(x, vec!["x".into()]);
    /// let y = [0.0, 1.0, 2.0, 9.0];
    /// let fitted = GeneralizedLinearModel::default().fit(&x, &y)?;
    /// // The first three rows lie on a line, which predicts 4 for the last.
    /// assert!((fitted.leave_one_out(&x, &y)?[3] - 4.0).abs() < 1e-12);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn leave_one_out<'a>(
        &self,
        design: &'a Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<Vec<f64>, ArgumentError> {
        let targets = targets.into();
        let problem = problem_of(&self.model, design, &targets)?;
        let linear = (self.loss.family(), self.loss.link()) == (Family::Gaussian, Link::Identity);
        let bounded = problem.bounds.is_some() || !self.model.monotone.is_empty();
        if !linear || bounded || problem.has_corners() {
            let message = "is not one of least squares, or has an L1 penalty or bounds: only refits \
                           say what it would be without a row";
            return Err(ArgumentError::new("model", message));
        }
        let (given, rows) = (problem.rows(), self.linear_predictor.len());
        let allowed = format!("those of the fit, {rows}");
        ArgumentError::check(given == rows, "rows", given, &allowed)?;
        if let Some((centred, means)) = centred(design, &problem.weights, problem.intercept) {
            let constant = dot(&means, &self.coefficients);
            let there = Self { intercept: self.intercept + constant, ..self.clone() };
            return there.leave_one_out(&centred, targets);
        }
        let mut problem: Problem<'_> = problem;
        self.aliased.iter().for_each(|alias| problem.aliased[alias.column] = true);
        let mut factored = FactoredInformation::default();
        factored.factorize(&problem, &problem.weights);
        let leverages = leverages(&problem, &factored.inverse(), &problem.weights);
        let rows = targets.y.iter().zip(&self.linear_predictor).zip(leverages);
        Ok(rows.map(|((y, z), h)| z - h * (y - z) / (1.0 - h)).collect())
    }
}
