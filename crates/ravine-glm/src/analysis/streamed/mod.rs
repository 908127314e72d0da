//! Models of tables that are larger than memory: Newton's method, each step a pass over the file.

mod dependent;
mod error;
mod newton;
mod pass;
mod separated;
mod source;
mod summary;
mod told;

use ravine::ArgumentError;
use ravine_data::{Formula, Response, TableBatches, Terms};

use super::family::ModelFamily;
use super::fit::Analyzed;
use super::framed::{Framed, Variables};
use super::settings::{Analysis, Cases, Correction, Errors};
use crate::model::{PenaltyUnits, Solver};
pub use error::StreamError;
use pass::Run;
use source::Source;
use summary::{Encoding, Summary};

/// A matrix of all coefficients by all is formed and factorized.
const MOST_COLUMNS: usize = 5_000;

/// What a fit of batches found.
#[derive(Clone, Debug)]
pub struct Streamed {
    /// The fit; what it has of rows, as residuals, is empty.
    pub found: Analyzed,
    /// The terms of the formula.
    pub terms: Terms,
    /// A small table's cases with the columns of the model; its rows are none of the file.
    pub sample: Cases,
    /// Passes over the file, those that found what it holds left out.
    pub passes: usize,
}

impl Analysis {
    /// Fits a file that need not fit into memory: Fisher scoring, every step of which reads it once and
    /// keeps sums alone. The optimum is that of [`fit`](Self::fit).
    ///
    /// Families of one linear predictor, ridge penalties and standard errors of the model; neither L1 nor
    /// bounds, no choice of a penalty, no robust errors. Formulas whose terms follow from names and levels:
    /// neither `center` and `scale` nor splines and polynomials.
    ///
    /// # Errors
    ///
    /// What is asked for and is not among these; those of [`fit`](Self::fit) and of the file.
    pub fn fit_streamed(
        &self,
        formula: &Formula,
        batches: &TableBatches,
        variables: &Variables,
    ) -> Result<Streamed, StreamError> {
        self.check_streamed(variables)?;
        let Framed { terms, cases: sample, .. } =
            Framed::new(formula, &batches.sample(), variables)?;
        if terms.depend_on_rows() {
            let message = "has a term of means, knots or polynomials, which a stream of rows does \
                           not know beforehand";
            return Err(ArgumentError::new("formula", message).into());
        }
        let columns = sample.design.columns();
        let allowed = format!("at most {MOST_COLUMNS} where rows are streamed");
        ArgumentError::check(columns <= MOST_COLUMNS, "columns", columns, &allowed)?;
        let mut source = Source::new(batches, &terms, variables);
        let (family, reason) = self.family_of(&mut source)?;
        let ModelFamily::Of(distribution) = family else {
            return Err(not_streamed("family", family.name()).into());
        };
        if !distribution.has_likelihood() {
            return Err(not_streamed("family", family.name()).into());
        }
        self.check(family)?;
        let model = self.model(distribution, &sample.design)?;
        let loss = distribution.with(self.link.unwrap_or(distribution.default_link()))?;
        let encoding = Encoding { analysis: self, family, loss };
        let summary = Summary::of(&mut source, &encoding, &sample.design)?;
        let intercept = sample.design.has_intercept();
        let l2 = ridge(&model.penalty_factors, model.alpha, columns);
        let names = &sample.design.names()[usize::from(intercept)..];
        let mut run = Run { encoding, intercept, summary };
        let found = run.fit(&mut source, names, l2, reason)?;
        let passes = source.passes;
        Ok(Streamed { found, terms, sample, passes })
    }

    fn check_streamed(&self, variables: &Variables) -> Result<(), ArgumentError> {
        let given = [
            ("l1", self.l1 > 0.0),
            ("cv", self.choice.is_some()),
            ("bounds", !self.bounds.is_empty()),
            ("together", !self.together.is_empty()),
            ("monotone", !self.monotone.is_empty()),
            ("firth", self.correction != Correction::None),
            ("errors", self.errors != Errors::Model),
            ("clusters", !variables.clusters.is_empty()),
            ("standardize", self.penalty_units != PenaltyUnits::Columns),
            ("solver", !matches!(self.solver, Solver::Automatic | Solver::Cholesky)),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => {
                let message = "is given, but not for rows that are streamed: these have Newton's \
                               method, ridge penalties and the model's errors";
                Err(ArgumentError::new(name, message))
            }
        }
    }

    /// The family that is asked for, or that the target suggests, which takes a pass where it is a number.
    fn family_of(&self, source: &mut Source<'_>) -> Result<(ModelFamily, String), StreamError> {
        if let Some(family) = self.family {
            return Ok((family, "asked for".to_owned()));
        }
        // Of numbers these tell all: 0, 1, and one of each other kind.
        let mut kinds: [Option<f64>; 4] = [None; 4];
        let mut other = None;
        source.each(|cases| {
            match cases.response {
                Response::Numbers(y) => {
                    for y in y {
                        let kind = match y {
                            0.0 => 0,
                            1.0 => 1,
                            y if y > 0.0 && y.fract() == 0.0 => 2,
                            _ => 3,
                        };
                        kinds[kind] = kinds[kind].or(Some(y));
                    }
                }
                response => other = other.take().or(Some(response)),
            }
            Ok(())
        })?;
        let numbers = || Response::Numbers(kinds.iter().flatten().copied().collect());
        Ok(ModelFamily::suggested(&other.unwrap_or_else(numbers))?)
    }
}

fn not_streamed(argument: &str, value: &str) -> ArgumentError {
    let message = format!(
        "is {value}, but rows are streamed for gaussian, binomial, poisson, gamma, \
         inverse-gaussian, tweedie and negative-binomial with its alpha given"
    );
    ArgumentError::new(argument, message)
}

fn ridge(factors: &Option<Vec<f64>>, alpha: f64, columns: usize) -> Vec<f64> {
    let factor = |j: usize| factors.as_ref().map_or(1.0, |factors| factors[j]);
    (0..columns).map(|j| alpha * factor(j)).collect()
}
