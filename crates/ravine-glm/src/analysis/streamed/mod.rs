//! Models of tables that are larger than memory: Newton's method, each step a pass over the file.

mod dependent;
mod error;
mod errors;
mod kinds;
mod newton;
mod null;
mod pass;
mod separated;
mod source;
mod summary;
mod told;

use ravine::ArgumentError;
use ravine_data::{Formula, LibsvmBatches, Response, TableBatches, Terms};

use super::family::ModelFamily;
use super::fit::Analyzed;
use super::framed::{Framed, Variables};
use super::settings::{Analysis, Cases, Correction, Errors};
use super::target::Coding;
use crate::model::{PenaltyUnits, Solver};
pub use error::StreamError;
use kinds::Kinds;
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
    /// The terms of the formula; `None` of a LIBSVM file.
    pub terms: Option<Terms>,
    /// Cases with the columns of the model: the first rows of a LIBSVM file, of a table rows that are none of
    /// the file.
    pub sample: Cases,
    /// Passes over the file, those that found what it holds left out.
    pub passes: usize,
    /// What was done that may surprise, in sentences without a full stop: see [`Framed::notes`].
    pub notes: Vec<String>,
}

impl Analysis {
    /// Fits a file that need not fit into memory: Newton's method, or Fisher scoring where the objective is not
    /// convex, every step of which reads it once and keeps sums alone. The optimum is that of [`fit`](Self::fit).
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
        let incomplete = formula.incomplete(batches, &variables.of_frame())?;
        let Framed { terms, cases: sample, .. } =
            Framed::new(formula, &batches.sample(), variables)?;
        if terms.depend_on_rows() {
            let message = "has a term of means, knots or polynomials, which a stream of rows does \
                           not know beforehand";
            return Err(ArgumentError::new("formula", message).into());
        }
        let mut source = Source::of_table(batches, &terms, variables, &incomplete);
        let found = self.fit_source(&mut source, &sample)?;
        let passes = source.passes;
        let notes = incomplete.in_words(found.model.rows).into_iter().collect();
        Ok(Streamed { found, terms: Some(terms), sample, passes, notes })
    }

    /// The same of a LIBSVM file, with an intercept.
    ///
    /// # Errors
    ///
    /// See [`fit_streamed`](Self::fit_streamed).
    pub fn fit_streamed_libsvm(&self, batches: &LibsvmBatches) -> Result<Streamed, StreamError> {
        self.check_streamed(&Variables::default())?;
        check_columns(batches.columns())?;
        let (matrix, labels) = batches.sample()?;
        let sample = Cases::of_sparse(matrix, labels);
        let mut source = Source::of_libsvm(batches);
        let found = self.fit_source(&mut source, &sample)?;
        let passes = source.passes;
        Ok(Streamed { found, terms: None, sample, passes, notes: Vec::new() })
    }

    fn fit_source(&self, source: &mut Source<'_>, sample: &Cases) -> Result<Analyzed, StreamError> {
        let columns = sample.design.columns();
        check_columns(columns)?;
        let target = self.target_of(source, &sample.response)?;
        let (family, reason) = match self.family {
            Some(family) => (family, "asked for".to_owned()),
            None => ModelFamily::suggested(&target)?,
        };
        let ModelFamily::Of(distribution) = family else {
            return Err(not_streamed("family", family.name()).into());
        };
        if !distribution.has_likelihood() {
            return Err(not_streamed("family", family.name()).into());
        }
        self.check(family)?;
        let model = self.model(distribution, &sample.design)?;
        let loss = distribution.with(self.link.unwrap_or(distribution.default_link()))?;
        let coding = Coding::of(&target, family, self.positive.as_deref())?;
        let encoding = Encoding { analysis: self, family, loss, coding };
        let summary = Summary::of(source, &encoding, &sample.design)?;
        let intercept = sample.design.has_intercept();
        let l2 = ridge(&model.penalty_factors, model.alpha, columns);
        let names = &sample.design.names()[usize::from(intercept)..];
        let mut run = Run { encoding, intercept, summary };
        run.fit(source, names, l2, reason)
    }

    /// A target from which family and classes follow as from the file's: the sample's, or, where numbers
    /// decide, numbers that stand for all, which takes a pass.
    fn target_of(
        &self,
        source: &mut Source<'_>,
        sample: &Response,
    ) -> Result<Response, StreamError> {
        let numbers = matches!(sample, Response::Numbers(_));
        let decide = self.family.is_none_or(ModelFamily::is_binary) || self.positive.is_some();
        if !numbers || !decide {
            return Ok(sample.clone());
        }
        let mut kinds = Kinds::default();
        source.each(|cases| {
            if let Response::Numbers(y) = cases.response {
                kinds.see(&y);
            }
            Ok(())
        })?;
        Ok(Response::Numbers(kinds.numbers()))
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
                let why = match name {
                    "l1" | "together" => {
                        "Newton's method, each step a pass over the file, needs a penalty without corners: l2"
                    }
                    _ => "these have Newton's method, ridge penalties and the model's errors",
                };
                let message = format!("is given, but not for rows that are streamed: {why}");
                Err(ArgumentError::new(name, message))
            }
        }
    }
}

fn check_columns(columns: usize) -> Result<(), ArgumentError> {
    let allowed = format!("at most {MOST_COLUMNS} where rows are streamed");
    ArgumentError::check(columns <= MOST_COLUMNS, "columns", columns, &allowed)
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
