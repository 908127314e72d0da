//! What rows held out say along a path of least squares, from Gram matrices alone.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine::vector::{axpy, dot};
use ravine::{ArgumentError, Threads};
use ravine_data::Design;

use super::Path;
use super::splits::Splits;
use crate::family::Family;
use crate::model::{GeneralizedLinearModel, PenaltyUnits, Solver, Targets, problem_of};
use crate::solve::centring::centred;
use crate::solve::coordinate_descent::FEW_OF_PATH;
use crate::solve::gram_descent::{Exactness, Quadratic, Shrinkage};
use crate::solve::problem::Problem;

/// Below this share of the squares of the targets, a sum of squared residuals is taken from the rows: the
/// digits of the Gram matrix do not reach so far.
const FINE: f64 = 1e-5;

/// Whether a model is one of least squares that Gram matrices decide, and not too wide for them.
pub(super) fn applies(path: &Path, design: &Design, grids: &[(f64, Vec<f64>)]) -> bool {
    let model = &path.model;
    let simple = model.groups.is_empty()
        && model.monotone.is_empty()
        && model.lower.is_none()
        && model.upper.is_none()
        && model.penalty_units == PenaltyUnits::Columns
        && matches!(model.solver, Solver::Automatic | Solver::CoordinateDescent);
    let columns = design.columns();
    simple
        && model.family == Family::Gaussian
        && model.link.is_none_or(|link| link == Family::Gaussian.default_link())
        && columns <= FEW_OF_PATH.min(design.rows())
        && grids.iter().all(|(ratio, alphas)| *ratio > 0.0 && alphas.iter().all(|&a| a > 0.0))
}

/// The mean deviance of the rows held out: for every share of L1 with its alphas, and every split, a number
/// an alpha. `None` where a fit was stopped.
///
/// The Gram matrix of the training rows is that of all rows less that of the rows held out, where these two
/// make up all; a split then costs its own rows once, and no alpha reads a row.
pub(super) fn deviances(
    path: &Path,
    design: &Design,
    targets: Targets<'_>,
    grids: &[(f64, Vec<f64>)],
    splits: &Splits<'_>,
) -> Result<Option<Vec<Vec<Vec<f64>>>>, ArgumentError> {
    let unpenalized = GeneralizedLinearModel { alpha: 0.0, ..path.model.clone() };
    let problem = problem_of(&unpenalized, design, &targets)?;
    let shifted = centred(design, &problem.weights, problem.intercept);
    let design = shifted.as_ref().map_or(design, |(design, _)| design);
    let own = |i: usize| targets.y[i] - targets.offset.map_or(0.0, |offset| offset[i]);
    let mut y: Vec<f64> = (0..targets.y.len()).map(own).collect();
    if problem.intercept {
        let mean = dot(&problem.weights, &y);
        y.iter_mut().for_each(|y| *y -= mean);
    }
    let weights: Vec<f64> = (0..y.len()).map(|i| targets.weight(i)).collect();
    let all = Sums::of(design, &y, &weights);
    let rows = Rows { problem: &problem, design, y: &y };
    let of_split = |k: usize| {
        let (training, held) = (splits.training(k, &weights), splits.held_out(k, &weights));
        if held.iter().all(|&h| h == 0.0) {
            return vec![Vec::new(); grids.len()];
        }
        let out = Sums::of(design, &y, &held);
        let together = training.iter().zip(&held).zip(&weights).all(|((t, h), w)| t + h == *w);
        let sums = if together { all.less(&out) } else { Sums::of(design, &y, &training) };
        grids
            .iter()
            .map(|(ratio, alphas)| rows.along(path, &sums, (&out, &held), *ratio, alphas))
            .collect::<Vec<_>>()
    };
    let count = splits.count();
    for k in 0..count {
        if splits.training(k, &weights).iter().all(|&w| w == 0.0) {
            return Err(ArgumentError::new("weights", "are zero in all rows but those held out"));
        }
    }
    let threads = Threads::current().count().min(count).max(1);
    // Splits in turns to the threads.
    let mine = |t: usize| (t..count).step_by(threads).map(|k| (k, of_split(k))).collect::<Vec<_>>();
    let found =
        if threads == 1 { vec![mine(0)] } else { Threads::each((0..threads).collect(), mine) };
    if problem.stopped() {
        return Ok(None);
    }
    let mut deviances = vec![vec![Vec::new(); count]; grids.len()];
    for (k, of_shares) in found.into_iter().flatten() {
        for (share, of_alphas) in deviances.iter_mut().zip(of_shares) {
            share[k] = of_alphas;
        }
    }
    Ok(Some(deviances))
}

/// What rows add up to.
struct Sums {
    weight: f64,
    /// `X'WX`, `X'w` and `X'Wy`.
    gram: Matrix,
    columns: Vec<f64>,
    products: Vec<f64>,
    /// `sum w y` and `sum w y^2`.
    target: f64,
    squares: f64,
}

impl Sums {
    /// Of the rows that have a weight.
    fn of(design: &Design, y: &[f64], weights: &[f64]) -> Self {
        let n = design.columns();
        let used: Vec<usize> = (0..y.len()).filter(|&i| weights[i] != 0.0).collect();
        let mut subset = Design::default();
        let design = if used.len() < y.len() {
            design.select_rows(&used, &mut subset);
            &subset
        } else {
            design
        };
        let weights: Vec<f64> = used.iter().map(|&i| weights[i]).collect();
        let weighted: Vec<f64> = used.iter().zip(&weights).map(|(&i, w)| w * y[i]).collect();
        let (mut gram, mut columns) = (Matrix::zeros(n, n), vec![0.0; n]);
        design.gram_and_sums(&weights, &mut gram, &mut columns);
        let mut products = vec![0.0; n];
        design.multiply_columns_transposed(&weighted, &mut products);
        Self {
            weight: weights.iter().sum(),
            gram,
            columns,
            products,
            target: weighted.iter().sum(),
            squares: used.iter().zip(&weighted).map(|(&i, wy)| wy * y[i]).sum(),
        }
    }

    /// These rows without others of them.
    fn less(&self, others: &Self) -> Self {
        let difference = |a: &[f64], b: &[f64]| {
            let mut rest = a.to_vec();
            axpy(&mut rest, -1.0, b);
            rest
        };
        let mut gram = self.gram.clone();
        axpy(gram.entries_mut(), -1.0, others.gram.entries());
        Self {
            weight: self.weight - others.weight,
            gram,
            columns: difference(&self.columns, &others.columns),
            products: difference(&self.products, &others.products),
            target: self.target - others.target,
            squares: self.squares - others.squares,
        }
    }

    /// `sum w (y - b0 - Xb)^2`.
    fn residual_squares(&self, b0: f64, b: &[f64]) -> f64 {
        let used: Vec<usize> = (0..b.len()).filter(|&j| b[j] != 0.0).collect();
        let quadratic: f64 = used
            .iter()
            .map(|&j| {
                let column = self.gram.column(j);
                b[j] * used.iter().map(|&i| b[i] * column[i]).sum::<f64>()
            })
            .sum();
        let of_intercept = b0 * (b0 * self.weight - 2.0 * self.target);
        self.squares - 2.0 * dot(b, &self.products)
            + quadratic
            + of_intercept
            + 2.0 * b0 * dot(b, &self.columns)
    }
}

/// The table.
struct Rows<'a> {
    problem: &'a Problem<'a>,
    design: &'a Design,
    y: &'a [f64],
}

impl Rows<'_> {
    /// The mean squares of the rows held out, of fits to the training rows at falling alphas.
    fn along(
        &self,
        path: &Path,
        training: &Sums,
        (out, held): (&Sums, &[f64]),
        l1_ratio: f64,
        alphas: &[f64],
    ) -> Vec<f64> {
        let n = self.design.columns();
        let total = training.weight;
        let (mean, means) = if self.problem.intercept {
            let means: Vec<f64> = training.columns.iter().map(|s| s / total).collect();
            (training.target / total, means)
        } else {
            (0.0, vec![0.0; n])
        };
        let mut gram = training.gram.clone();
        for j in 0..n {
            axpy(gram.column_mut(j), -means[j], &training.columns);
            gram.column_mut(j).iter_mut().for_each(|g| *g /= total);
        }
        let gradient: Vec<f64> =
            (0..n).map(|j| (means[j] * training.target - training.products[j]) / total).collect();
        let null = 0.5 * (training.squares / total - mean * mean).max(0.0);
        let quadratic = Quadratic { gram: &gram, gradient: &gradient, mean: null };
        let factor = |j: usize| path.model.penalty_factors.as_ref().map_or(1.0, |all| all[j]);
        let mut b = vec![0.0; n];
        let mut random = Random::new(1);
        let mut found = Vec::with_capacity(alphas.len());
        for &alpha in alphas {
            let l1: Vec<f64> = (0..n).map(|j| alpha * l1_ratio * factor(j)).collect();
            let l2: Vec<f64> = (0..n).map(|j| alpha * (1.0 - l1_ratio) * factor(j)).collect();
            let pull = gradient.iter().zip(&l1).map(|(g, l1)| (g.abs() - l1).max(0.0));
            let exactness = Exactness {
                tolerance: path.model.tolerance,
                null,
                start_violation: pull.fold(0.0, f64::max),
            };
            let penalty = Shrinkage {
                l1: &l1,
                l2: &l2,
                held: &self.problem.aliased,
                interrupter: &path.model.interrupter,
            };
            quadratic.minimize(&penalty, &mut b, &exactness, &mut random);
            let intercept = mean - dot(&means, &b);
            let intercept = if self.problem.intercept { intercept } else { 0.0 };
            let mut squares = out.residual_squares(intercept, &b);
            if squares <= FINE * out.squares {
                squares = self.residual_squares(held, intercept, &b);
            }
            found.push(squares / out.weight);
        }
        found
    }

    fn residual_squares(&self, weights: &[f64], b0: f64, b: &[f64]) -> f64 {
        let mut z = vec![0.0; self.y.len()];
        self.design.multiply_columns(b, &mut z);
        let residuals = self.y.iter().zip(&z).zip(weights);
        residuals.map(|((y, z), w)| w * (y - b0 - z) * (y - b0 - z)).sum()
    }
}
