//! Fitting.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::vector::dot;
use ravine_data::Design;

use super::choice::{choose, obstacle};
use super::fitted::{FittedModel, Infinite, Separation};
use super::increments::{add_up, by_increments, differences};
use super::objective::{check_columns, unchecked_problem};
use super::settings::{GeneralizedLinearModel, Solver};
use super::start::null_point;
use super::targets::Targets;
use crate::family::{Family, Loss};
use crate::solve::aliasing;
use crate::solve::coordinate_descent::Kept;
use crate::solve::problem::{Moments, Point, Problem, Rows};
use crate::solve::saga::Metric;
use crate::solve::solved::Solved;
use crate::solve::status::Limits;
use crate::solve::{
    Certificate, Status, cholesky, coordinate_descent, lbfgs, newton_cg, saga, separation,
};

/// The square of deviation by mean below which a column is brought to mean zero first.
const FAR: f64 = 1e-6;
/// Unpenalized models of more columns are not searched for combinations of columns.
const MOST_COLUMNS: usize = 5_000;

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
        let mut problem = unchecked_problem(self, design, &targets)?;
        // What is known of the null model is known of a design that was checked and needs no centring.
        let centred = match kept.null_gradient {
            Some(_) => None,
            None => {
                check_columns(&problem)?;
                centred(&problem)
            }
        };
        if let Some((centred, means)) = centred {
            // The objective is the same; only the intercept means another thing.
            let constant = |b: &[f64]| dot(&means, b);
            let start = start.filter(|(_, b)| b.len() == means.len());
            let start = start.map(|(intercept, b)| (intercept + constant(b), b));
            let mut fitted = self.fit_from(&centred, targets, start)?;
            fitted.intercept -= constant(&fitted.coefficients);
            for alias in &mut fitted.aliased {
                let combined: f64 = alias.combination.iter().map(|&(k, c)| c * means[k]).sum();
                alias.constant += means[alias.column] - combined;
            }
            return Ok(fitted);
        }
        let aliased = if problem.is_unpenalized()
            && problem.bounds.is_none()
            && problem.columns() <= MOST_COLUMNS
        {
            aliasing::find(design, &problem.weights, problem.intercept)
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

/// The design with columns whose means are far larger than their deviations, such as years, brought to
/// mean zero, and what was subtracted; `None` where there is none. Products with such columns lose the
/// square of the quotient in digits.
pub(crate) fn centred(problem: &Problem<'_>) -> Option<(Design, Vec<f64>)> {
    if !problem.intercept || problem.design.is_sparse() {
        return None;
    }
    if !may_be_far(problem) {
        return None;
    }
    let Moments { mut means, squares, variances } = problem.moments();
    let mut any = false;
    for ((mean, square), variance) in means.iter_mut().zip(&squares).zip(variances) {
        // What is constant to rounding stays as it is.
        let far = variance < FAR * *mean * *mean && variance > 1e-13 * square;
        any |= far;
        if !far {
            *mean = 0.0;
        }
    }
    let shifted = if any { problem.design.shifted(&means) } else { None };
    shifted.map(|design| (design, means))
}

/// Whether the first rows of any column lie close together far from zero: a look that costs no pass.
fn may_be_far(problem: &Problem<'_>) -> bool {
    let design = problem.design;
    let count = problem.rows().min(64);
    let mut rows = Matrix::zeros(count, design.coefficients());
    design.write(0, &vec![1.0; count], &mut rows);
    (usize::from(design.has_intercept())..design.coefficients()).any(|j| {
        let column = rows.column(j);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        high - low < 0.1 * low.abs().min(high.abs())
    })
}

/// A direction along which the likelihood rises for ever: of the intercept, of the coefficients, of the
/// linear predictor.
type Recession = (f64, Vec<f64>, Vec<f64>);

fn minimize(
    solver: Solver,
    problem: &Problem<'_>,
    mut start: Point,
    limits: &Limits,
    kept: &mut Kept,
) -> Solved {
    if start.z.is_empty() && solver != Solver::CoordinateDescent {
        problem.refresh(&mut start);
    }
    match solver {
        Solver::NewtonCg => newton_cg::solve(problem, start, limits),
        Solver::Lbfgs => {
            let limits = Limits { iterations: 10 * limits.iterations, ..*limits };
            lbfgs::solve(problem, start, &limits)
        }
        Solver::CoordinateDescent => coordinate_descent::solve(problem, start, limits, kept),
        Solver::Saga => saga::solve(problem, start, limits, Metric::Plain),
        Solver::SketchySaga => saga::solve(problem, start, limits, Metric::Sketched),
        Solver::Cholesky | Solver::Automatic => cholesky::solve(problem, start, limits),
    }
}

/// The direction of recession that a solver has found; or, where it has not looked for one, a fit has no
/// duality gap, and its linear predictors are large, the one that Newton's method finds from there over
/// the columns without penalty, all others held.
fn recession_of(problem: &Problem<'_>, solved: &mut Solved, limits: &Limits) -> Option<Recession> {
    if solved.recession.is_some() || problem.stopped() {
        return solved.recession.take();
    }
    let certain = matches!(solved.certificate, Certificate::Gap(_)) && solved.status.converged();
    let used = solved.point.z.iter().zip(&problem.weights).filter(|(_, w)| **w > 0.0);
    let far = used.fold(0.0_f64, |most, (z, _)| z.abs().max(most)) > 8.0;
    let bounded = |j: usize| {
        let finite = |bounds: &Vec<f64>| bounds[j].is_finite();
        problem.bounds.as_ref().is_some_and(|(lower, upper)| finite(lower) || finite(upper))
    };
    let n = problem.columns();
    let grouped = problem.grouped();
    let held: Vec<bool> = (0..n)
        .map(|j| {
            let penalized = problem.l1[j] > 0.0 || problem.l2[j] > 0.0 || grouped[j];
            problem.aliased[j] || penalized || bounded(j)
        })
        .collect();
    let nothing = held.iter().all(|&held| held) && !problem.intercept;
    if certain || !far || nothing || !separation::is_possible(problem) || n > MOST_COLUMNS {
        return None;
    }
    let free = Problem {
        l1: vec![0.0; n],
        l2: vec![0.0; n],
        bounds: None,
        groups: Vec::new(),
        aliased: held,
        ..problem.clone()
    };
    // No test is to end it: what ends it is the direction, or precision.
    let limits = Limits { tolerance: f64::MIN_POSITIVE, iterations: 30, ..*limits };
    cholesky::solve(&free, solved.point.clone(), &limits).recession
}

/// Follows directions of recession: the rows that they fit perfectly are left out, which is the
/// limit for all others, until a fit of the rest ends.
fn separated(
    solver: Solver,
    problem: &Problem<'_>,
    solved: &mut Solved,
    first: Recession,
    limits: &Limits,
) -> Separation {
    let mut rest = problem.clone();
    let mut rows = Vec::new();
    let mut sizes: Vec<(Infinite, f64)> = Vec::new();
    let mut deviations = vec![0.0; problem.columns()];
    problem.design.weighted_squares(&problem.weights, &mut deviations);
    let mut recession = Some(first);
    let mut moving = solved.point.clone();
    while let Some((d0, d, xd)) = recession.take() {
        let largest =
            (0..d.len()).map(|j| d[j].abs() * deviations[j].sqrt()).fold(d0.abs(), f64::max);
        let mut add = |column: Option<usize>, d: f64, size: f64| {
            let known = sizes.iter().any(|(infinite, _)| infinite.column == column);
            if size > 1e-4 * largest && !known {
                sizes.push((Infinite { column, positive: d > 0.0 }, size));
            }
        };
        if problem.intercept {
            add(None, d0, d0.abs());
        }
        (0..d.len()).for_each(|j| add(Some(j), d[j], d[j].abs() * deviations[j].sqrt()));
        for i in separation::moved_rows(&xd) {
            if rest.weights[i] > 0.0 {
                rest.weights[i] = 0.0;
                rows.push(i);
            }
        }
        if rest.weights.iter().all(|&w| w == 0.0) {
            break;
        }
        for alias in aliasing::find(rest.design, &rest.weights, rest.intercept) {
            rest.aliased[alias.column] = true;
        }
        // The columns left out keep the values that they have: what they add is a part of the fit.
        let kept = &mut Kept::default();
        let mut again = minimize(solver, &rest, moving.clone(), limits, kept);
        recession = recession_of(&rest, &mut again, limits);
        moving = again.point;
    }
    rows.sort_unstable();
    sizes.sort_by(|a, b| b.1.total_cmp(&a.1));
    solved.status = if problem.stopped() { Status::Stopped } else { Status::Separated };
    solved.point = moving;
    let mut all = Rows::default();
    problem.evaluate(&solved.point.z, None, problem.information(), &mut all);
    solved.rows = all;
    let used = problem.weights.iter().filter(|&&w| w > 0.0).count();
    let infinite = sizes.into_iter().map(|(infinite, _)| infinite).collect();
    Separation { complete: rows.len() == used, infinite, rows }
}

/// Of counts that are not whole numbers: coefficients mean something, likelihoods do not.
fn counts_note(loss: Loss, y: &[f64]) -> Option<String> {
    let counts = matches!(loss.family(), Family::Poisson | Family::NegativeBinomial { .. });
    let row = y.iter().position(|y| y.fract() != 0.0).filter(|_| counts)?;
    Some(format!(
        "the target of row {row} is {}, which is no count: coefficients are those of a \
         quasi-likelihood, and log-likelihood and AIC mean nothing",
        y[row]
    ))
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
