//! Standard errors of a fit of a file.

use ravine::matrix::Matrix;

use super::error::StreamError;
use super::pass::{Part, Run};
use super::source::Source;
use super::told::End;
use crate::inference::{GoodnessOfFit, Inference, shift_intercept};
use crate::solve::cholesky::FactoredInformation;
use crate::solve::problem::{Information, Rows};
use crate::solve::rests::Rests;

impl Run<'_> {
    /// Standard errors of the model; under separation those of the rows that are not fitted perfectly.
    pub(super) fn inference(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        end: &End,
        (goodness, names): (&GoodnessOfFit, &[String]),
    ) -> Result<Inference, StreamError> {
        let point = &end.scored.point;
        let infinite = end.separated.as_ref().map_or(&[][..], |found| &found.infinite);
        let mut held = part.held.clone();
        infinite.iter().filter_map(|infinite| infinite.column).for_each(|j| held[j] = true);
        let totals = end.rest.as_ref().unwrap_or(&end.all);
        let mut information = FactoredInformation::default();
        let of_intercept = totals.of_information(self);
        information.factorize_sums(&totals.gram, of_intercept, &part.l2, &held);
        let mut covariance = information.inverse();
        let mut notes = Vec::new();
        if information.is_suspicious() {
            let near = self.nearly_dependent(source, part, point, totals, &held)?;
            if let Some(rests) = Rests::of(near) {
                notes = rests.words(names);
                match self.inverse_with(source, part, end, &rests, &held)? {
                    Some(inverse) => covariance = inverse,
                    None => notes.push(rests.lost_words(names)),
                }
            }
        }
        let factor = goodness.dispersion / self.summary.weight;
        covariance.entries_mut().iter_mut().for_each(|v| *v *= factor);
        if self.intercept {
            shift_intercept(&mut covariance, &self.summary.columns.shifts);
        }
        let first = usize::from(self.intercept);
        let infinite_intercept = infinite.iter().any(|infinite| infinite.column.is_none());
        let error = |k: usize| {
            let missing = k.checked_sub(first).map_or(infinite_intercept, |j| held[j]);
            (!missing).then(|| covariance[(k, k)].max(0.0).sqrt())
        };
        let standard_errors = (0..first + self.columns()).map(error).collect();
        let intercept = self.intercept.then(|| self.stored_intercept(point));
        Ok(Inference {
            estimates: intercept.into_iter().chain(point.b.iter().copied()).collect(),
            standard_errors,
            leverages: Vec::new(),
            goodness: goodness.clone(),
            degrees: goodness.dispersion_estimated.then(|| goodness.residual_degrees()),
            notes,
            covariance,
        })
    }

    /// The inverse of the information, by the rests of columns that are nearly combinations of others; `None`
    /// where one is of a column that is not dense.
    fn inverse_with(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        end: &End,
        rests: &Rests,
        held: &[bool],
    ) -> Result<Option<Matrix>, StreamError> {
        let n = self.columns();
        let (mut gram, mut sums, mut total) = (Matrix::zeros(n, n), vec![0.0; n], 0.0);
        let mut rows = Rows::default();
        let mut is_whole = true;
        self.each_at(source, part, &end.scored.point, |problem, z| {
            problem.evaluate(z, None, Information::Expected, &mut rows);
            match rests.replaced(problem.design) {
                Some(changed) => changed.add_gram_and_sums(&rows.weights, &mut gram, &mut sums),
                None => is_whole = false,
            }
            total += rows.weights.iter().sum::<f64>();
            Ok(())
        })?;
        if !is_whole {
            return Ok(None);
        }
        let mut information = FactoredInformation::default();
        let of_intercept = self.intercept.then_some((&sums[..], total));
        information.factorize_sums(&gram, of_intercept, &part.l2, held);
        let mut inverse = information.inverse();
        rests.carry_back(&mut inverse, self.intercept);
        Ok(Some(inverse))
    }
}
