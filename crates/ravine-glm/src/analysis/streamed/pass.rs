//! A pass over a file: sums over its rows at a point.

use ravine::matrix::Matrix;
use ravine::vector::axpy;
use ravine_data::Design;

use super::error::StreamError;
use super::source::Source;
use super::summary::{Encoding, Summary, moved};
use crate::family::Loss;
use crate::solve::problem::{Information, Point, Problem, Rows};
use crate::solve::separation::{self, Change};

/// A fit of a file.
pub(super) struct Run<'a> {
    pub(super) encoding: Encoding<'a>,
    pub(super) intercept: bool,
    pub(super) summary: Summary,
}

/// A direction along which the likelihood rises for ever.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    pub(super) intercept: f64,
    pub(super) b: Vec<f64>,
    /// What it changes.
    pub(super) change: Change,
}

/// What of the model is fitted to which rows.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The ridge penalty of each column.
    pub(super) l2: Vec<f64>,
    /// Columns whose coefficients stay as they are.
    pub(super) held: Vec<bool>,
    /// Directions whose rows, fitted perfectly in the limit, are left out.
    pub(super) left_out: Vec<Direction>,
}

impl Part {
    pub(super) fn is_unpenalized(&self) -> bool {
        self.l2.iter().all(|&l2| l2 == 0.0)
    }
}

/// What a pass adds up at a point, weights summing to one.
pub(super) struct Totals {
    /// The objective.
    pub(super) mean: f64,
    /// Its gradient by the columns and by the intercept.
    pub(super) gradient: Vec<f64>,
    pub(super) of_intercept: f64,
    /// The lower triangle of `X'WX`, `X'w` and the sum of w, with the weights of the information, observed or
    /// expected.
    pub(super) gram: Matrix,
    pub(super) sums: Vec<f64>,
    pub(super) total: f64,
    pub(super) deviance: f64,
    pub(super) pearson: f64,
    /// Whether other weights than the expected ones were taken.
    pub(super) differs: bool,
    /// Rows with a weight that are not left out.
    pub(super) rows: usize,
    /// The largest linear predictor of such a row.
    pub(super) farthest: f64,
    /// What the direction of the pass changes.
    pub(super) change: Change,
}

impl Totals {
    pub(super) fn zero(columns: usize) -> Self {
        Self {
            mean: 0.0,
            gradient: vec![0.0; columns],
            of_intercept: 0.0,
            gram: Matrix::zeros(columns, columns),
            sums: vec![0.0; columns],
            total: 0.0,
            deviance: 0.0,
            pearson: 0.0,
            differs: false,
            rows: 0,
            farthest: 0.0,
            change: Change::default(),
        }
    }

    /// `X'w` and the sum of w, where there is an intercept.
    pub(super) fn of_information(&self, run: &Run<'_>) -> Option<(&[f64], f64)> {
        run.intercept.then_some((&self.sums[..], self.total))
    }
}

impl Run<'_> {
    pub(super) fn columns(&self) -> usize {
        self.summary.columns.shifts.len()
    }

    pub(super) fn loss(&self) -> Loss {
        self.encoding.loss
    }

    /// The weights by which Newton's method is safe: observed where they are not negative.
    pub(super) fn curvature(&self) -> Information {
        match self.loss().is_convex() {
            true => Information::Observed,
            false => Information::Expected,
        }
    }

    /// Sums over the rows at a point, with what a direction changes there.
    pub(super) fn pass(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
        information: Information,
        along: Option<(f64, &[f64])>,
    ) -> Result<Totals, StreamError> {
        let loss = self.loss();
        let mut totals = Totals::zero(self.columns());
        let (mut slopes, mut xd) = (vec![0.0; self.columns()], Vec::new());
        let mut rows = Rows::default();
        self.each_at(source, part, point, |problem, z| {
            problem.evaluate(z, None, information, &mut rows);
            totals.mean += rows.mean;
            problem.design.multiply_columns_transposed(&rows.slopes, &mut slopes);
            axpy(&mut totals.gradient, 1.0, &slopes);
            totals.of_intercept += rows.slopes.iter().sum::<f64>();
            let design = problem.design;
            design.add_gram_and_sums(&rows.weights, &mut totals.gram, &mut totals.sums);
            totals.total += rows.weights.iter().sum::<f64>();
            if let Some((d0, d)) = along {
                change(design, d0, d, &mut xd);
            }
            for (i, &w) in problem.weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                totals.rows += 1;
                totals.farthest = totals.farthest.max(z[i].abs());
                if along.is_some() {
                    totals.change.see(loss.family(), problem.y[i], xd[i]);
                }
                let row = loss.row(problem.y[i], z[i]);
                totals.differs |=
                    information == Information::Observed && row.observed != row.expected;
                totals.deviance += w * loss.unit_deviance(problem.y[i], z[i]);
                if row.slope != 0.0 {
                    totals.pearson += w * row.slope * row.slope / row.expected;
                }
            }
            Ok(())
        })?;
        totals.deviance *= self.summary.weight;
        totals.pearson *= self.summary.weight;
        for (j, l2) in part.l2.iter().enumerate() {
            let b = point.b[j];
            totals.mean += 0.5 * l2 * b * b;
            totals.gradient[j] += l2 * b;
            if part.held[j] {
                totals.gradient[j] = 0.0;
            }
        }
        Ok(totals)
    }

    /// Visits the batches with their linear predictors at a point; rows that are left out have no weight.
    pub(super) fn each_at(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
        mut visit: impl FnMut(&Problem<'_>, &[f64]) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        let n = self.columns();
        let mut at = Point { z: Vec::new(), ..point.clone() };
        let mut xd = Vec::new();
        let mut first = 0;
        source.each(|mut cases| {
            let (y, mut weights) = self.encoding.of(&mut cases, first)?;
            first += y.len();
            let design = moved(cases.design, &self.summary.columns.shifts)?;
            weights.iter_mut().for_each(|w| *w /= self.summary.weight);
            for direction in &part.left_out {
                change(&design, direction.intercept, &direction.b, &mut xd);
                let moves = |(_, change): &(&mut f64, &f64)| direction.change.moves(**change);
                weights.iter_mut().zip(&xd).filter(moves).for_each(|(w, _)| *w = 0.0);
            }
            let problem = Problem {
                design: &design,
                y: &y,
                weights,
                offset: cases.offset.as_deref(),
                loss: self.loss(),
                intercept: self.intercept,
                l1: vec![0.0; n],
                l2: vec![0.0; n],
                bounds: None,
                groups: Vec::new(),
                aliased: vec![false; n],
                shifts: Vec::new(),
                interrupter: self.encoding.analysis.interrupter.clone(),
            };
            problem.refresh(&mut at);
            visit(&problem, &at.z)
        })
    }

    /// Whether the likelihood can rise for ever.
    pub(super) fn may_be_separated(&self) -> bool {
        separation::is_possible(self.loss().family())
    }
}

/// What a direction changes of the linear predictors of a batch.
fn change(design: &Design, d0: f64, d: &[f64], xd: &mut Vec<f64>) {
    xd.resize(design.rows(), 0.0);
    design.multiply_columns(d, xd);
    xd.iter_mut().for_each(|x| *x += d0);
}
