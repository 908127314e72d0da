//! Columns of a file that are combinations of columns before them.

use ravine::matrix::Matrix;

use super::error::StreamError;
use super::pass::{Part, Run, Totals};
use super::source::Source;
use crate::solve::aliasing::{Alias, Near, Sums, Suspect, search};
use crate::solve::problem::{Information, Point, Rows};

impl Run<'_> {
    /// Those over the rows of a part of the model.
    pub(super) fn dependent_in(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
    ) -> Result<Vec<Alias>, StreamError> {
        let n = self.columns();
        let (mut gram, mut sums, mut total) = (Matrix::zeros(n, n), vec![0.0; n], 0.0);
        self.each_at(source, part, point, |problem, _| {
            problem.design.add_gram_and_sums(&problem.weights, &mut gram, &mut sums);
            total += problem.weights.iter().sum::<f64>();
            Ok(())
        })?;
        if !self.intercept {
            sums.fill(0.0);
        }
        let shifts = self.summary.columns.shifts.clone();
        let mut sums = Sums::new(gram, &sums, total, shifts);
        self.dependent(source, part, point, &mut sums)
    }

    /// Those by sums over the rows of a part, a pass deciding on what these leave open.
    pub(super) fn dependent(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
        sums: &mut Sums,
    ) -> Result<Vec<Alias>, StreamError> {
        let held = vec![false; self.columns()];
        let rests =
            |suspects: &[Suspect]| self.rests(source, part, point, Weights::Given, suspects);
        Ok(search(sums, &held, rests)?.aliases)
    }

    /// The columns that are nearly combinations of others by the weights of the information, whose sums over
    /// the rows of a part are given, columns that are held left out.
    pub(super) fn nearly_dependent(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
        totals: &Totals,
        held: &[bool],
    ) -> Result<Vec<Near>, StreamError> {
        let mut products = totals.sums.clone();
        if !self.intercept {
            products.fill(0.0);
        }
        let shifts = self.summary.columns.shifts.clone();
        let mut sums = Sums::new(totals.gram.clone(), &products, totals.total, shifts);
        let rests =
            |suspects: &[Suspect]| self.rests(source, part, point, Weights::Information, suspects);
        Ok(search(&mut sums, held, rests)?.near)
    }

    /// The mean squares of what combinations leave of their columns.
    fn rests(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
        weights: Weights,
        suspects: &[Suspect],
    ) -> Result<Vec<f64>, StreamError> {
        let n = self.columns();
        let factors: Vec<Vec<f64>> = suspects.iter().map(|suspect| suspect.rest(n)).collect();
        let mut squares = vec![0.0; suspects.len()];
        let (mut r, mut rows, mut total) = (Vec::new(), Rows::default(), 0.0);
        self.each_at(source, part, point, |problem, z| {
            r.resize(problem.rows(), 0.0);
            let weights = match weights {
                Weights::Given => &problem.weights,
                Weights::Information => {
                    problem.evaluate(z, None, Information::Expected, &mut rows);
                    &rows.weights
                }
            };
            total += weights.iter().sum::<f64>();
            for ((square, suspect), rest) in squares.iter_mut().zip(suspects).zip(&factors) {
                problem.design.multiply_columns(rest, &mut r);
                let rows = r.iter().zip(weights);
                *square += rows.map(|(r, w)| w * (r - suspect.constant).powi(2)).sum::<f64>();
            }
            Ok(())
        })?;
        squares.iter_mut().for_each(|square| *square /= total);
        Ok(squares)
    }
}

/// By which weights the rows count.
#[derive(Clone, Copy)]
enum Weights {
    Given,
    Information,
}
