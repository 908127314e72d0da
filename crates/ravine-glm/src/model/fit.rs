//! Fitting.

use ravine::ArgumentError;
use ravine::vector::dot;
use ravine_data::Design;

use super::choice::{choose, obstacle};
use super::fitted::FittedModel;
use super::increments::{add_up, by_increments, differences};
use super::minimize::minimize;
use super::objective::{check_columns, unchecked_problem};
use super::separated::{MOST_COLUMNS, recession_of, separated};
use super::settings::{GeneralizedLinearModel, Solver};
use super::start::null_point;
use super::targets::Targets;
use crate::family::{Family, Loss};
use crate::solve::aliasing;
use crate::solve::centring::centred;
use crate::solve::coordinate_descent::Kept;
use crate::solve::problem::{Point, Problem};
use crate::solve::status::Limits;

impl GeneralizedLinearModel {
    /// Fits the model to targets, with weights and offsets where there are any.
    ///
    /// # Errors
    ///
    /// Names the argument, its value and what is allowed: of the settings, of numbers that are not
    /// finite, of targets that the family cannot have, and of targets that are all alike where that
    /// leaves no maximum.
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<FittedModel, ArgumentError> {
        self.fit_from(design, targets, None)
    }

    /// The same from a start: intercept and coefficients.
    ///
    /// # Errors
    ///
    /// See [`fit`](Self::fit); and if the start has not one number a column.
    pub fn fit_from<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
        start: Option<(f64, &[f64])>,
    ) -> Result<FittedModel, ArgumentError> {
        self.fit_sharing(design, targets.into(), start, &mut Kept::default())
    }

    /// The same, with what fits of the same rows and columns share.
    pub(crate) fn fit_sharing(
        &self,
        design: &Design,
        targets: Targets<'_>,
        start: Option<(f64, &[f64])>,
        kept: &mut Kept,
    ) -> Result<FittedModel, ArgumentError> {
        if let Some((model, changed)) = by_increments(self, design)? {
            let mut increments = start.map_or_else(Vec::new, |(_, b)| b.to_vec());
            if increments.len() == design.columns() {
                differences(&self.monotone, &mut increments);
            }
            let start = start.map(|(intercept, _)| (intercept, &increments[..]));
            let mut fitted = model.fit_from(&changed, targets, start)?;
            add_up(&self.monotone, &mut fitted.coefficients);
            fitted.model = self.clone();
            return Ok(fitted);
        }
        let problem = unchecked_problem(self, design, &targets)?;
        // What is known of the null model is known of a design that was checked and needs no centring.
        let centred = match kept.null_gradient {
            Some(_) => None,
            None => {
                check_columns(&problem)?;
                centred(design, &problem.weights, problem.intercept)
            }
        };
        let Some((centred, shifts)) = centred else {
            return self.fit_problem(problem, targets, start, kept);
        };
        // The objective is the same; only the intercept means another thing.
        let constant = |b: &[f64]| dot(&shifts, b);
        let start = start.filter(|(_, b)| b.len() == shifts.len());
        let start = start.map(|(intercept, b)| (intercept + constant(b), b));
        let problem = Problem { design: &centred, shifts: shifts.clone(), ..problem };
        let mut fitted = self.fit_problem(problem, targets, start, &mut Kept::default())?;
        fitted.intercept -= constant(&fitted.coefficients);
        fitted.aliased.iter_mut().for_each(|alias| alias.shift_back(&shifts));
        Ok(fitted)
    }

    /// Fits a problem that was checked, and whose columns lie near zero where they can.
    fn fit_problem(
        &self,
        mut problem: Problem<'_>,
        targets: Targets<'_>,
        start: Option<(f64, &[f64])>,
        kept: &mut Kept,
    ) -> Result<FittedModel, ArgumentError> {
        let aliased = if problem.is_unpenalized()
            && problem.bounds.is_none()
            && problem.columns() <= MOST_COLUMNS
        {
            let Problem { design, weights, intercept, shifts, .. } = &problem;
            aliasing::find(design, weights, *intercept, shifts)
        } else {
            Vec::new()
        };
        aliased.iter().for_each(|alias| problem.aliased[alias.column] = true);
        let (null, null_rows) = null_point(&problem, &targets)?;
        let point = match start {
            None => null.clone(),
            Some((intercept, b)) => {
                let (given, n) = (b.len(), problem.columns());
                ArgumentError::check(
                    given == n,
                    "start.len()",
                    given,
                    &format!("one a column, {n}"),
                )?;
                let mut point = Point { intercept, b: b.to_vec(), z: Vec::new() };
                for (b, _) in point.b.iter_mut().zip(&problem.aliased).filter(|(_, a)| **a) {
                    *b = 0.0;
                }
                point
            }
        };
        let (solver, reason) = choose(&problem, self.solver);
        // Newton's method on a convex objective has better tests.
        let start_violation = if solver == Solver::Cholesky && problem.is_convex() {
            f64::INFINITY
        } else {
            let (gradient, of_intercept) = kept.null_gradient.get_or_insert_with(|| {
                let mut gradient = vec![0.0; problem.columns()];
                let of_intercept = problem.gradient(&null_rows, &mut gradient);
                (gradient, of_intercept)
            });
            problem.violation(&null.b, gradient, *of_intercept)
        };
        let limits = Limits {
            tolerance: self.tolerance,
            iterations: self.iterations,
            null: null_rows.mean + problem.penalty(&null.b),
            total_weight: targets.total_weight(),
            start_violation,
        };
        if let Some(message) = obstacle(&problem, solver) {
            return Err(ArgumentError::new("solver", message));
        }
        let mut solved = minimize(solver, &problem, point, &limits, kept);
        let recession = recession_of(&problem, &mut solved, &limits);
        let separation =
            recession.map(|first| separated(solver, &problem, &mut solved, first, &limits));
        let mut notes = std::mem::take(&mut solved.notes);
        if let Some(note) = counts_note(problem.loss, problem.y) {
            notes.push(note);
        }
        let penalty = problem.penalty(&solved.point.b);
        let objective = solved.rows.mean + penalty;
        let mut history = std::mem::take(&mut solved.history);
        history.push((solved.iterations, objective));
        Ok(FittedModel {
            model: self.clone(),
            loss: problem.loss,
            has_intercept: problem.intercept,
            intercept: solved.point.intercept,
            objective,
            history,
            null_objective: limits.null,
            coefficients: solved.point.b,
            linear_predictor: solved.point.z,
            status: solved.status,
            certificate: solved.certificate,
            solver,
            reason,
            iterations: solved.iterations.max(1),
            aliased,
            separation,
            notes,
        })
    }
}

/// Of counts that are not whole numbers: coefficients mean something, likelihoods do not.
fn counts_note(loss: Loss, y: &[f64]) -> Option<String> {
    let row = y.iter().position(|&y| is_no_count(loss, y))?;
    Some(no_count(row, y[row]))
}

/// Whether a target is to be a count and is not a whole number.
pub(crate) fn is_no_count(loss: Loss, y: f64) -> bool {
    let counts = matches!(loss.family(), Family::Poisson | Family::NegativeBinomial { .. });
    counts && y.fract() != 0.0
}

/// What such a target means, in words.
pub(crate) fn no_count(row: usize, y: f64) -> String {
    format!(
        "the target of row {row} is {y}, which is no count: coefficients are those of a \
         quasi-likelihood, and log-likelihood and AIC mean nothing"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_are_none_are_noted() {
        let loss = Family::Poisson.with(Family::Poisson.default_link()).unwrap();
        assert!(counts_note(loss, &[1.0, 2.5]).is_some_and(|note| note.contains("row 1 is 2.5")));
        assert_eq!(counts_note(loss, &[1.0, 2.0]), None);
    }
}
