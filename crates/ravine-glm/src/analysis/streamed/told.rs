//! The fit of a file as it is told.

use ravine::vector::dot;

use super::error::StreamError;
use super::newton::{Limits, Scored};
use super::pass::{Part, Run, Totals};
use super::separated::Separated;
use super::source::Source;
use crate::analysis::coefficients;
use crate::analysis::fit::{Analyzed, MOST_INFERRED};
use crate::analysis::saved::{Predictor, SavedModel};
use crate::family::Family;
use crate::inference::GoodnessOfFit;
use crate::model::{no_count, no_start, words_of};
use crate::solve::aliasing::Alias;
use crate::solve::problem::{Information, Point};
use crate::solve::{Certificate, Status};

/// A last step so much shorter than the tolerance asks for is cheap beside what it gains: it makes the
/// coefficients exact.
const EXACT: f64 = 1e-6;

/// Where a fit ended, and what is known of it.
pub(super) struct End {
    pub(super) scored: Scored,
    aliases: Vec<Alias>,
    pub(super) separated: Option<Separated>,
    null_deviance: Option<f64>,
    /// At the end, over all rows, and over those that are not fitted perfectly.
    pub(super) all: Totals,
    pub(super) rest: Option<Totals>,
}

/// Sums over the rows at the end, which need what the pass before has found.
struct LastPass {
    /// At the dispersions of either rule; `None` where nothing is told of it.
    likelihoods: [Option<f64>; 2],
    /// The share of the weight of the rows of the predicted class.
    accuracy: f64,
}

impl Run<'_> {
    /// The fit, from the mean of the target; `names` are those of the columns.
    pub(super) fn fit(
        &mut self,
        source: &mut Source<'_>,
        names: &[String],
        l2: Vec<f64>,
        reason: String,
    ) -> Result<Analyzed, StreamError> {
        let n = self.columns();
        let mut part = Part { l2, held: vec![false; n], left_out: Vec::new() };
        let start = self.start(source, &part)?;
        let mut aliases = Vec::new();
        if part.is_unpenalized() {
            let empty = self.summary.columns.without_products();
            let mut sums = std::mem::replace(&mut self.summary.columns, empty);
            aliases = self.dependent(source, &part, &start, &mut sums)?;
        }
        aliases.iter().for_each(|alias| part.held[alias.column] = true);
        let at_start = self.pass(source, &part, &start, self.curvature(), None)?;
        if !at_start.mean.is_finite() {
            return Err(no_start(self.loss()).into());
        }
        // The start is the null model, but where a link needs coefficients to have one.
        let is_null = self.intercept || !self.loss().needs_positive();
        let null_deviance = is_null.then_some(at_start.deviance).filter(|d| d.is_finite());
        let analysis = self.encoding.analysis;
        let limits =
            Limits { decrement: EXACT * analysis.tolerance, iterations: analysis.iterations };
        let mut scored = self.score(source, &part, (start, at_start), &limits)?;
        let mut separated = None;
        if let Some(first) = self.recession_of(source, &part, &mut scored)? {
            let from = scored.point.clone();
            let (found, point) = self.follow(source, &part, first, from, &limits)?;
            scored.point = point;
            scored.status = match analysis.interrupter.stops() {
                true => Status::Stopped,
                false => Status::Separated,
            };
            separated = Some(found);
        }
        let (all, rest) = match &separated {
            None if scored.totals.differs => {
                (self.pass(source, &part, &scored.point, Information::Expected, None)?, None)
            }
            None => (std::mem::replace(&mut scored.totals, Totals::zero(0)), None),
            Some(found) => {
                let expected = Information::Expected;
                let all = self.pass(source, &part, &scored.point, expected, None)?;
                scored.history.push((scored.iterations, all.mean));
                part.left_out.clone_from(&found.left_out);
                (all, Some(self.pass(source, &part, &scored.point, expected, None)?))
            }
        };
        let end = End { scored, aliases, separated, null_deviance, all, rest };
        self.told(source, &part, end, names, reason)
    }

    fn told(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        end: End,
        names: &[String],
        reason: String,
    ) -> Result<Analyzed, StreamError> {
        let analysis = self.encoding.analysis;
        let loss = self.loss();
        let point = &end.scored.point;
        let bare = self.goodness(&end);
        let without_errors = self.no_errors(part, &bare);
        let told = without_errors.is_none() || bare.residual_degrees() > 0.0;
        let last = self.last_pass(source, point, part, told.then_some(&bare))?;
        let [log_likelihood, log_likelihood_r] = last.likelihoods;
        let goodness = GoodnessOfFit { log_likelihood, log_likelihood_r, ..bare };
        let columns = &self.summary.columns;
        let mut notes = Vec::new();
        let inference = match without_errors {
            Some(why) => {
                notes.push(format!("no standard errors: {why}"));
                None
            }
            None => {
                let inference = self.inference(source, part, &end, (&goodness, names))?;
                notes.extend(inference.notes.iter().cloned());
                Some(inference)
            }
        };
        for mut alias in end.aliases.iter().cloned() {
            alias.shift_back(&columns.shifts);
            notes.push(alias.words(names));
        }
        if let Some(Separated { complete, infinite, rows, .. }) = &end.separated {
            notes.push(words_of(*complete, infinite, *rows, names, self.summary.all));
        }
        if end.scored.shifted {
            notes.push("the information matrix is singular to rounding".to_owned());
        }
        if let Some((row, y)) = self.summary.no_count {
            notes.push(no_count(row, y));
        }
        let intercept = self.stored_intercept(point);
        let mut table = coefficients::plain(names, self.intercept.then_some(intercept), &point.b);
        if let Some(inference) = &inference {
            coefficients::add_inference(&mut table, inference, analysis.level)?;
        }
        let infinite = end.separated.as_ref().map_or(&[][..], |found| &found.infinite);
        coefficients::mark(&mut table, names.len(), &end.aliases, infinite);
        let coefficients = point.b.clone();
        let predictor = Predictor::Mean { loss, intercept, coefficients };
        let classes = self.encoding.coding.classes.clone();
        let family = self.encoding.family;
        let mut model = SavedModel::new(family, classes, self.summary.all, predictor, table);
        if let Some(inference) = inference.filter(|_| end.separated.is_none()) {
            let v = &inference.covariance;
            model.covariance = Some((0..v.columns()).map(|j| v.column(j).to_vec()).collect());
            model.degrees = inference.degrees;
        }
        let of_classes = family.is_binary() && self.summary.zero_one;
        Ok(Analyzed {
            family,
            reason,
            link: Some(loss.link().name()),
            model,
            penalty: (0.0, analysis.l2),
            chosen: None,
            goodness: told.then_some(goodness),
            accuracy: of_classes.then_some(last.accuracy),
            status: end.scored.status,
            certificate: Certificate::Decrement(end.scored.decrement.max(0.0)),
            solver: (
                "cholesky".to_owned(),
                format!("rows are streamed: {} passes over the file", source.passes),
            ),
            iterations: end.scored.iterations,
            history: end.scored.history,
            objective: end.all.mean,
            notes,
            observed: Vec::new(),
            means: Vec::new(),
            residuals: Vec::new(),
            weights: None,
        })
    }

    /// The intercept of the columns as they are in the file.
    pub(super) fn stored_intercept(&self, point: &Point) -> f64 {
        match self.intercept {
            true => point.intercept - dot(&self.summary.columns.shifts, &point.b),
            false => 0.0,
        }
    }

    /// Without the likelihoods, which depend on the dispersion.
    fn goodness(&self, end: &End) -> GoodnessOfFit {
        let rows = self.summary.rows as f64;
        let rank = self.columns() + usize::from(self.intercept) - end.aliases.len();
        let estimated = self.loss().family().estimates_dispersion();
        GoodnessOfFit {
            deviance: end.all.deviance,
            null_deviance: end.null_deviance,
            pearson: end.all.pearson,
            dispersion: if estimated { end.all.pearson / (rows - rank as f64) } else { 1.0 },
            dispersion_estimated: estimated,
            log_likelihood: None,
            log_likelihood_r: None,
            rows,
            rank,
        }
    }

    fn last_pass(
        &self,
        source: &mut Source<'_>,
        point: &Point,
        part: &Part,
        goodness: Option<&GoodnessOfFit>,
    ) -> Result<LastPass, StreamError> {
        let loss = self.loss();
        let gaussian = loss.family() == Family::Gaussian;
        let phis = goodness.map(|goodness| {
            let of_deviance = goodness.deviance / goodness.rows;
            [
                if gaussian { of_deviance } else { goodness.dispersion },
                if goodness.dispersion_estimated { of_deviance } else { goodness.dispersion },
            ]
        });
        let mut likelihoods = [phis.map(|_| 0.0); 2];
        let mut right = 0.0;
        let all = Part { left_out: Vec::new(), ..part.clone() };
        self.each_at(source, &all, point, |problem, z| {
            for (i, &share) in problem.weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let w = share * self.summary.weight;
                for (sum, phi) in likelihoods.iter_mut().zip(phis.unwrap_or_default()) {
                    let own = loss.log_likelihood(problem.y[i], z[i], w, phi);
                    *sum = sum.zip(own).map(|(sum, own)| sum + own);
                }
                let second = loss.mean(z[i]) > 0.5;
                right += if second == (problem.y[i] == 1.0) { share } else { 0.0 };
            }
            Ok(())
        })?;
        Ok(LastPass { likelihoods, accuracy: right })
    }

    /// Why there are no standard errors, if there are none.
    fn no_errors(&self, part: &Part, goodness: &GoodnessOfFit) -> Option<&'static str> {
        if !part.is_unpenalized() {
            Some("the fit is penalized, and its coefficients are drawn toward zero")
        } else if self.columns() > MOST_INFERRED {
            Some("there are more than 2,000 coefficients")
        } else if goodness.dispersion_estimated && goodness.residual_degrees() <= 0.0 {
            Some("as many coefficients as rows leave nothing to tell errors from")
        } else {
            None
        }
    }
}
