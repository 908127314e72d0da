//! Fits whose likelihood has no maximum.

use super::fitted::{Infinite, Separation};
use super::minimize::minimize;
use super::settings::Solver;
use crate::solve::coordinate_descent::Kept;
use crate::solve::problem::{Problem, Rows};
use crate::solve::solved::Solved;
use crate::solve::status::Limits;
use crate::solve::{Certificate, Status, aliasing, cholesky, separation};

/// Models of more columns are not searched for directions of recession or combinations of columns.
pub(super) const MOST_COLUMNS: usize = 5_000;

/// A direction along which the likelihood rises for ever: of the intercept, of the coefficients, of the
/// linear predictor.
pub(super) type Recession = (f64, Vec<f64>, Vec<f64>);

/// The coefficients that directions of recession move, and how far.
pub(crate) struct Movers {
    /// Root mean squares of the columns.
    lengths: Vec<f64>,
    /// What was subtracted from the columns; nothing where there are none.
    shifts: Vec<f64>,
    sizes: Vec<(Infinite, f64)>,
}

impl Movers {
    pub(crate) fn new(squares: &[f64], shifts: Vec<f64>) -> Self {
        let lengths = squares.iter().map(|square| square.max(0.0).sqrt()).collect();
        Self { lengths, shifts, sizes: Vec::new() }
    }

    fn of(problem: &Problem<'_>) -> Self {
        let mut squares = vec![0.0; problem.columns()];
        problem.design.weighted_squares(&problem.weights, &mut squares);
        Self::new(&squares, problem.shifts.clone())
    }

    /// Adds those that a direction moves: of the intercept, where there is one, and of the coefficients.
    pub(crate) fn add(&mut self, intercept: Option<f64>, d: &[f64]) {
        let size_of = |j: usize| d[j].abs() * self.lengths[j];
        let own = intercept.unwrap_or(0.0);
        let largest = (0..d.len()).map(size_of).fold(own.abs(), f64::max);
        // Of the columns as they are stored.
        let stored = own - self.shifts.iter().zip(d).map(|(shift, d)| shift * d).sum::<f64>();
        let of_intercept = intercept.map(|own| (None, stored, own.abs(), stored.abs()));
        let of_columns = (0..d.len()).map(|j| (Some(j), d[j], size_of(j), size_of(j)));
        let all: Vec<_> = of_intercept.into_iter().chain(of_columns).collect();
        for (column, d, size, moved) in all {
            let known = self.sizes.iter().any(|(infinite, _)| infinite.column == column);
            if moved > 1e-4 * largest && !known {
                self.sizes.push((Infinite { column, positive: d > 0.0 }, size));
            }
        }
    }

    /// The coefficients, the ones that matter most first.
    pub(crate) fn infinite(mut self) -> Vec<Infinite> {
        self.sizes.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.sizes.into_iter().map(|(infinite, _)| infinite).collect()
    }
}

/// The direction of recession that a solver has found; or, where it has not looked for one, a fit has no
/// duality gap, and its linear predictors are large, the one that Newton's method finds from there over
/// the columns without penalty, all others held.
pub(super) fn recession_of(
    problem: &Problem<'_>,
    solved: &mut Solved,
    limits: &Limits,
) -> Option<Recession> {
    if solved.recession.is_some() || problem.stopped() {
        return solved.recession.take();
    }
    let certain = matches!(solved.certificate, Certificate::Gap(_)) && solved.status.converged();
    let used = solved.point.z.iter().zip(&problem.weights).filter(|(_, w)| **w > 0.0);
    let far = used.fold(0.0_f64, |most, (z, _)| z.abs().max(most)) > separation::DECIDED;
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
    if certain
        || !far
        || nothing
        || !separation::is_possible(problem.loss.family())
        || n > MOST_COLUMNS
    {
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
pub(super) fn separated(
    solver: Solver,
    problem: &Problem<'_>,
    solved: &mut Solved,
    first: Recession,
    limits: &Limits,
) -> Separation {
    let mut rest = problem.clone();
    let mut rows = Vec::new();
    let mut movers = Movers::of(problem);
    let mut recession = Some(first);
    let mut moving = solved.point.clone();
    while let Some((d0, d, xd)) = recession.take() {
        movers.add(problem.intercept.then_some(d0), &d);
        let counts = |i: usize| rest.weights[i] > 0.0;
        let change = separation::change_of(problem.loss.family(), problem.y, &xd, counts);
        for (i, &own) in xd.iter().enumerate() {
            if rest.weights[i] > 0.0 && change.moves(own) {
                rest.weights[i] = 0.0;
                rows.push(i);
            }
        }
        if rest.weights.iter().all(|&w| w == 0.0) {
            break;
        }
        for alias in aliasing::find(rest.design, &rest.weights, rest.intercept, &rest.shifts) {
            rest.aliased[alias.column] = true;
        }
        // The columns left out keep the values that they have: what they add is a part of the fit.
        let kept = &mut Kept::default();
        let mut again = minimize(solver, &rest, moving.clone(), limits, kept);
        recession = recession_of(&rest, &mut again, limits);
        moving = again.point;
    }
    rows.sort_unstable();
    solved.status = if problem.stopped() { Status::Stopped } else { Status::Separated };
    solved.point = moving;
    let mut all = Rows::default();
    problem.evaluate(&solved.point.z, None, problem.information(), &mut all);
    solved.rows = all;
    let used = problem.weights.iter().filter(|&&w| w > 0.0).count();
    Separation { complete: rows.len() == used, infinite: movers.infinite(), rows }
}
