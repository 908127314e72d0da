//! Columns of a file that are combinations of columns before them.

use ravine::matrix::Matrix;

use super::error::StreamError;
use super::pass::{Part, Run};
use super::source::Source;
use crate::solve::aliasing::{Alias, Sums, Suspect, search};
use crate::solve::problem::Point;

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
        self.dependent(source, part, point, &mut Sums::new(gram, &sums, total, shifts))
    }

    /// Those by sums over the rows of a part, a pass deciding on what these leave open.
    pub(super) fn dependent(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        point: &Point,
        sums: &mut Sums,
    ) -> Result<Vec<Alias>, StreamError> {
        let n = self.columns();
        let rests = |suspects: &[Suspect]| -> Result<Vec<f64>, StreamError> {
            let factors: Vec<Vec<f64>> = suspects.iter().map(|suspect| suspect.rest(n)).collect();
            let mut squares = vec![0.0; suspects.len()];
            let (mut r, mut total) = (Vec::new(), 0.0);
            self.each_at(source, part, point, |problem, _| {
                r.resize(problem.rows(), 0.0);
                total += problem.weights.iter().sum::<f64>();
                for ((square, suspect), rest) in squares.iter_mut().zip(suspects).zip(&factors) {
                    problem.design.multiply_columns(rest, &mut r);
                    let rows = r.iter().zip(&problem.weights);
                    *square += rows.map(|(r, w)| w * (r - suspect.constant).powi(2)).sum::<f64>();
                }
                Ok(())
            })?;
            squares.iter_mut().for_each(|square| *square /= total);
            Ok(squares)
        };
        search(sums, rests)
    }
}
