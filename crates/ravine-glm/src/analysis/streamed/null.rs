//! The model of the intercept and the offset alone, at which a fit starts.

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::axpy;

use super::error::StreamError;
use super::pass::{Part, Run};
use super::source::Source;
use crate::model::check_range;
use crate::solve::problem::{Information, Point, Rows};

/// The decrement, by the objective where that is above 1, at which the intercept is exact.
const EXACT: f64 = 1e-15;
/// Most steps, and most halvings of one.
const STEPS: usize = 50;

/// Sums over the rows for an intercept.
struct OfIntercept {
    mean: f64,
    slope: f64,
    curvature: f64,
}

impl Run<'_> {
    /// Coefficients of zero with the intercept of the null model, by Newton's method where there is an
    /// offset; without an intercept, links that need a positive predictor start from the weighted least
    /// squares of `g((y + mean) / 2)`.
    pub(super) fn start(&self, source: &mut Source<'_>, part: &Part) -> Result<Point, StreamError> {
        let mut start = Point { b: vec![0.0; self.columns()], ..Point::default() };
        let summary = &self.summary;
        let mean = summary.target / summary.weight;
        if !self.intercept {
            if self.loss().needs_positive() {
                start.b = self.least_squares(source, part, &start, mean)?;
            }
            return Ok(start);
        }
        check_range(self.loss(), summary.range)?;
        start.intercept = self.loss().linear_predictor(mean);
        let Some(offset) = &summary.offset else { return Ok(start) };
        start.intercept -= match self.loss().needs_positive() {
            true => offset.least,
            false => offset.sum / summary.weight,
        };
        self.polish(source, part, &mut start)?;
        Ok(start)
    }

    /// Moves the intercept to its minimum.
    fn polish(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        start: &mut Point,
    ) -> Result<(), StreamError> {
        let mut here = self.of_intercept(source, part, start)?;
        for _ in 0..STEPS {
            let decrement = 0.5 * here.slope * here.slope / here.curvature;
            let enough = EXACT * here.mean.abs().max(1.0);
            // Neither of sums that are not finite.
            if !(decrement > enough && decrement.is_finite()) {
                return Ok(());
            }
            let mut step = (-here.slope / here.curvature).clamp(-5.0, 5.0);
            let mut better = None;
            for _ in 0..STEPS {
                if self.encoding.analysis.interrupter.stops() {
                    return Ok(());
                }
                let trial = Point { intercept: start.intercept + step, ..start.clone() };
                let there = self.of_intercept(source, part, &trial)?;
                // Where values are rounding, slopes still tell.
                if there.mean < here.mean || there.slope.abs() < 0.5 * here.slope.abs() {
                    better = Some((trial, there));
                    break;
                }
                step *= 0.5;
            }
            let Some(found) = better else { return Ok(()) };
            (*start, here) = found;
        }
        Ok(())
    }

    fn of_intercept(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
    ) -> Result<OfIntercept, StreamError> {
        let mut sums = OfIntercept { mean: 0.0, slope: 0.0, curvature: 0.0 };
        let mut rows = Rows::default();
        self.each_at(source, part, point, |problem, z| {
            problem.evaluate(z, None, Information::Expected, &mut rows);
            sums.mean += rows.mean;
            sums.slope += rows.slopes.iter().sum::<f64>();
            sums.curvature += rows.weights.iter().sum::<f64>();
            Ok(())
        })?;
        Ok(sums)
    }

    fn least_squares(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        start: &Point,
        mean: f64,
    ) -> Result<Vec<f64>, StreamError> {
        let n = self.columns();
        let (mut gram, mut sums) = (Matrix::zeros(n, n), vec![0.0; n]);
        let (mut right, mut own) = (vec![0.0; n], vec![0.0; n]);
        self.each_at(source, part, start, |problem, z| {
            problem.design.add_gram_and_sums(&problem.weights, &mut gram, &mut sums);
            let wanted = |i: usize| {
                let predictor = problem.loss.linear_predictor(0.5 * (problem.y[i] + mean));
                problem.weights[i] * (predictor - z[i])
            };
            let wanted: Vec<f64> = (0..problem.rows()).map(wanted).collect();
            problem.design.multiply_columns_transposed(&wanted, &mut own);
            axpy(&mut right, 1.0, &own);
            Ok(())
        })?;
        let trace: f64 = (0..n).map(|j| gram[(j, j)]).sum();
        for j in 0..n {
            for i in j + 1..n {
                gram[(j, i)] = gram[(i, j)];
            }
        }
        let mut factor = Cholesky::default();
        if factor.refactor(&gram, 1e-12 * trace).is_ok() {
            factor.solve(&mut right);
        }
        Ok(right)
    }
}
