//! Covariances of the coefficients.

use std::collections::BTreeMap;

use ravine::ArgumentError;
use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::vector::{axpy, dot};

use crate::solve::problem::Problem;

/// Where the covariance of the coefficients comes from; A is the information `X'diag(w e)X`, `s_i` the
/// score of a row, `h_i` its leverage.
///
/// Sources: MacKinnon and White, Some heteroskedasticity-consistent covariance matrix estimators
/// (1985); Liang and Zeger, Longitudinal data analysis using generalized linear models (1986); Cameron,
/// Gelbach and Miller, Robust inference with multiway clustering (2011).
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariance {
    /// `phi A^-1`: the model's variances are believed.
    #[default]
    Model,
    /// `A^-1 (sum s_i^2 x_i x_i') A^-1`.
    Hc0,
    /// `n / (n - p)` times the same.
    Hc1,
    /// `s_i^2 / (1 - h_i)` in place of `s_i^2`.
    Hc2,
    /// `s_i^2 / (1 - h_i)^2` in place of `s_i^2`.
    Hc3,
    /// Scores summed within clusters, times `G / (G - 1) (n - 1) / (n - p)` for G clusters; a number of a
    /// cluster for each row.
    Clustered(Vec<usize>),
    /// Rows that share a cluster of the one kind or of the other: `V_1 + V_2 - V_12`, each as above, the last
    /// for clusters of both; negative eigenvalues are set to zero.
    TwoWay(Vec<usize>, Vec<usize>),
}

impl Covariance {
    /// The clusters of both kinds at once, by number.
    pub(super) fn pairs(first: &[usize], second: &[usize]) -> Vec<usize> {
        let mut places = BTreeMap::new();
        first
            .iter()
            .zip(second)
            .map(|pair| {
                let next = places.len();
                *places.entry(pair).or_insert(next)
            })
            .collect()
    }
}

/// What a weight means for inference; for coefficients it is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// The variance of a row is `phi V / w`; n is the number of rows. As R.
    #[default]
    Variance,
    /// The row was seen w times; n is the sum of the weights.
    Frequency,
}

/// `X~' diag(d) X~`, the column of ones first where there is an intercept.
pub(super) fn bordered_gram(problem: &Problem<'_>, d: &[f64]) -> Matrix {
    let n = problem.columns();
    let first = usize::from(problem.intercept);
    let mut inner = Matrix::zeros(n, n);
    problem.design.gram_of_columns(d, &mut inner);
    let mut all = Matrix::zeros(n + first, n + first);
    for j in 0..n {
        all.column_mut(first + j)[first..].copy_from_slice(inner.column(j));
    }
    if problem.intercept {
        let mut products = vec![0.0; n];
        problem.design.multiply_columns_transposed(d, &mut products);
        all[(0, 0)] = d.iter().sum();
        for (j, &product) in products.iter().enumerate() {
            (all[(0, 1 + j)], all[(1 + j, 0)]) = (product, product);
        }
    }
    all
}

/// Calls `visit(i, row)` for every row of X~, the one first where there is an intercept.
pub(super) fn each_row(problem: &Problem<'_>, mut visit: impl FnMut(usize, &[f64])) {
    const ROWS: usize = 256;
    let design = problem.design;
    let own = usize::from(design.has_intercept());
    let columns = problem.columns();
    let first = usize::from(problem.intercept);
    let mut block = Matrix::zeros(ROWS, design.coefficients());
    let mut row = vec![1.0; columns + first];
    for start in (0..problem.rows()).step_by(ROWS) {
        let count = ROWS.min(problem.rows() - start);
        block.resize(count, design.coefficients());
        design.write(start, &[1.0; ROWS][..count], &mut block);
        for i in 0..count {
            for j in 0..columns {
                row[first + j] = block[(i, own + j)];
            }
            visit(start + i, &row);
        }
    }
}

/// `h_i = e_i x_i' A^-1 x_i` with the weighted information e of the rows. A row of categories, most of whose
/// entries are zero, costs the square of the number of those that are not.
pub(crate) fn leverages(problem: &Problem<'_>, inverse: &Matrix, information: &[f64]) -> Vec<f64> {
    let mut leverages = vec![0.0; problem.rows()];
    let mut product = vec![0.0; inverse.rows()];
    let mut entries: Vec<(usize, f64)> = Vec::new();
    each_row(problem, |i, row| {
        entries.clear();
        entries.extend(row.iter().copied().enumerate().filter(|(_, x)| *x != 0.0));
        let square = if 2 * entries.len() > row.len() {
            inverse.multiply(row, &mut product);
            dot(row, &product)
        } else {
            let column = |&(j, x): &(usize, f64)| {
                let own = inverse.column(j);
                x * entries.iter().map(|&(k, y)| y * own[k]).sum::<f64>()
            };
            entries.iter().map(column).sum()
        };
        leverages[i] = information[i] * square;
    });
    leverages
}

/// The covariance with the intercept `b0 - m'b` in place of `b0`: `T V T'` with the first row `(1, -m')` of T,
/// and the identity below.
pub(crate) fn shift_intercept(v: &mut Matrix, means: &[f64]) {
    let n = means.len();
    for j in 0..n {
        let c = -dot(means, &v.column(1 + j)[1..]);
        v[(0, 1 + j)] += c;
    }
    let own = dot(means, &v.column(0)[1..]);
    let crossed: f64 = (0..n).map(|j| means[j] * v[(0, 1 + j)]).sum();
    v[(0, 0)] -= own + crossed;
    for j in 0..n {
        v[(1 + j, 0)] = v[(0, 1 + j)];
    }
}

/// `C M C` for symmetric C and M.
pub(super) fn sandwich(bread: &Matrix, middle: &Matrix) -> Matrix {
    let n = bread.rows();
    let columns = |m: &Matrix| (0..n).map(|j| m.column(j).to_vec()).collect::<Vec<_>>();
    let mut half = vec![vec![0.0; n]; n];
    middle.multiply_all(&columns(bread), &mut half);
    let mut whole = vec![vec![0.0; n]; n];
    bread.multiply_all(&half, &mut whole);
    Matrix::from_fn(n, n, |i, j| 0.5 * (whole[j][i] + whole[i][j]))
}

/// What the middle of a sandwich needs of the rows.
pub(super) struct Middle<'a> {
    pub(super) scores: &'a [f64],
    pub(super) weights: &'a dyn Fn(usize) -> f64,
    pub(super) leverages: &'a [f64],
    pub(super) rows: f64,
    pub(super) rank: f64,
    pub(super) weighting: Weighting,
}

impl Middle<'_> {
    /// The middle of the sandwich; `scores` without weights.
    pub(super) fn form(
        &self,
        problem: &Problem<'_>,
        kind: &Covariance,
    ) -> Result<Matrix, ArgumentError> {
        let squares = |power: i32| -> Vec<f64> {
            (0..problem.rows())
                .map(|i| {
                    let (w, s) = ((self.weights)(i), self.scores[i]);
                    let square = match self.weighting {
                        Weighting::Variance => w * w * s * s,
                        Weighting::Frequency => w * s * s,
                    };
                    let rest = 1.0 - self.leverages[i];
                    // A row with leverage 1 fits itself: its score is zero to rounding.
                    if power > 0 && rest < 1e-10 { 0.0 } else { square / rest.powi(power) }
                })
                .collect()
        };
        let small = self.rows / (self.rows - self.rank);
        Ok(match kind {
            Covariance::Model | Covariance::Hc0 => bordered_gram(problem, &squares(0)),
            Covariance::Hc1 => {
                let mut middle = bordered_gram(problem, &squares(0));
                middle.entries_mut().iter_mut().for_each(|m| *m *= small);
                middle
            }
            Covariance::Hc2 => bordered_gram(problem, &squares(1)),
            Covariance::Hc3 => bordered_gram(problem, &squares(2)),
            Covariance::Clustered(clusters) => self.of_clusters(problem, clusters)?,
            Covariance::TwoWay(first, second) => {
                let mut middle = self.of_clusters(problem, first)?;
                let second_middle = self.of_clusters(problem, second)?;
                let both = self.of_clusters(problem, &Covariance::pairs(first, second))?;
                let others = second_middle.entries().iter().zip(both.entries());
                let all = middle.entries_mut().iter_mut().zip(others);
                all.for_each(|(m, (second, both))| *m += second - both);
                middle
            }
        })
    }

    /// The scores summed within clusters, squared, with the correction for few of them.
    fn of_clusters(
        &self,
        problem: &Problem<'_>,
        clusters: &[usize],
    ) -> Result<Matrix, ArgumentError> {
        let (given, rows) = (clusters.len(), problem.rows());
        let allowed = format!("one a row, {rows}");
        ArgumentError::check(given == rows, "clusters.len()", given, &allowed)?;
        let mut places = BTreeMap::new();
        for (&cluster, _) in clusters.iter().zip(0..).filter(|&(_, i)| (self.weights)(i) > 0.0) {
            let next = places.len();
            places.entry(cluster).or_insert(next);
        }
        let count = places.len();
        ArgumentError::check(count > 1, "clusters", count, "at least two different ones")?;
        let width = problem.columns() + usize::from(problem.intercept);
        let mut sums = vec![vec![0.0; width]; count];
        each_row(problem, |i, row| {
            let w = (self.weights)(i);
            if w > 0.0 {
                axpy(&mut sums[places[&clusters[i]]], w * self.scores[i], row);
            }
        });
        let g = count as f64;
        let factor = g / (g - 1.0) * (self.rows - 1.0) / (self.rows - self.rank);
        let mut middle = Matrix::zeros(width, width);
        for sum in &sums {
            for j in 0..width {
                axpy(middle.column_mut(j), factor * sum[j], sum);
            }
        }
        Ok(middle)
    }
}

/// A symmetric matrix without its negative eigenvalues; whether there were any beyond rounding.
pub(super) fn without_negative(matrix: Matrix) -> (Matrix, bool) {
    let n = matrix.rows();
    let Ok(eigen) = SymmetricEigen::new(&matrix) else { return (matrix, false) };
    let rounding = n as f64 * f64::EPSILON * eigen.norm();
    if eigen.values().iter().all(|v| *v >= -rounding) {
        return (matrix, false);
    }
    let mut kept = Matrix::zeros(n, n);
    for (k, &value) in eigen.values().iter().enumerate().filter(|(_, v)| **v > 0.0) {
        let vector: Vec<f64> = (0..n).map(|i| eigen.vectors()[(i, k)]).collect();
        (0..n).for_each(|j| axpy(kept.column_mut(j), value * vector[j], &vector));
    }
    (kept, true)
}
