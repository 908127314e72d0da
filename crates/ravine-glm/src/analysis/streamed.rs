//! Models of tables that are larger than memory: Newton's method, each step a pass over the file.

use ravine::ArgumentError;
use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::{axpy, dot};
use ravine_data::{Column, Missing, TableBatches, Terms};
use ravine_data::{DataError, Formula, LeftSide, PredictionSettings, Response, Table};

use super::coefficients;
use super::family::{ModelFamily, encode};
use super::fit::Analyzed;
use super::framed::{Framed, Variables, cases_of};
use super::saved::{Predictor, SavedModel};
use super::settings::{Analysis, Cases, Correction, Errors};
use crate::family::{Family, Loss};
use crate::inference::{GoodnessOfFit, Inference};
use crate::model::{PenaltyUnits, Solver};
use crate::solve::problem::{Information, Point, Problem, Rows};
use crate::solve::{Certificate, Status, Test};

/// A matrix of all coefficients by all is formed and factorized.
const MOST_COLUMNS: usize = 5_000;
/// Below this, a pivot of the matrix scaled to a diagonal of ones is of a column that others make up.
const PIVOT: f64 = 1e-11;
/// A step is halved so often at most.
const HALVINGS: usize = 30;

/// What kept a model of batches from being fitted.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamError {
    /// The file.
    Data(DataError),
    /// The settings, or the target.
    Argument(ArgumentError),
}

impl std::fmt::Display for StreamError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(error) => error.fmt(f),
            Self::Argument(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StreamError {}

impl From<DataError> for StreamError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<ArgumentError> for StreamError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

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

/// A file with the terms by which it is read.
struct Source<'a> {
    batches: &'a TableBatches,
    terms: &'a Terms,
    variables: &'a Variables,
    /// Columns in which no cell may be missing for a row to be used.
    needed: Vec<String>,
    passes: usize,
}

impl Source<'_> {
    /// A pass over the rows that are used.
    fn each(
        &mut self,
        mut visit: impl FnMut(Cases) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        self.passes += 1;
        let settings = PredictionSettings {
            missing: self.variables.missing,
            left: LeftSide::Evaluate,
            also: self.variables.columns().collect(),
            ..PredictionSettings::default()
        };
        let mut wrong = None;
        let read = self.batches.each(|table| {
            if self.variables.missing == Missing::Drop && !self.has_whole_row(table) {
                return Ok(());
            }
            let frame = self.terms.frame(table, &settings)?;
            let visited =
                cases_of(frame, self.variables).map_err(StreamError::Data).and_then(&mut visit);
            visited.map_err(|error| {
                let message = error.to_string();
                wrong = Some(error);
                DataError::of_file("the table", message)
            })
        });
        match wrong {
            Some(error) => Err(error),
            None => read.map_err(StreamError::Data),
        }
    }

    fn has_whole_row(&self, table: &Table) -> bool {
        let columns: Vec<&Column> =
            self.needed.iter().filter_map(|name| table.column(name)).collect();
        (0..table.rows()).any(|i| columns.iter().all(|column| !column.is_missing(i)))
    }
}

/// What the first pass finds.
#[derive(Default)]
struct Summary {
    rows: usize,
    weight: f64,
    /// `sum w y`.
    target: f64,
    has_offset: bool,
}

/// What a pass adds up at a point, weights summing to one.
struct Totals {
    mean: f64,
    /// By the intercept, where there is one, and the columns.
    gradient: Vec<f64>,
    information: Matrix,
    deviance: f64,
    pearson: f64,
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
    /// What is asked for and is not among these; those of [`fit`](Self::fit) and of the file; columns that are
    /// combinations of others.
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
        let mut needed = terms.target_variables();
        needed.extend(terms.variables().into_iter().map(str::to_owned));
        needed.extend(variables.columns());
        let mut source = Source { batches, terms: &terms, variables, needed, passes: 0 };
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
        let mut run = Run {
            analysis: self,
            family,
            loss,
            intercept: sample.design.has_intercept(),
            columns,
            l2: ridge(&model.penalty_factors, model.alpha, columns),
            names: sample.design.names().to_vec(),
            summary: Summary::default(),
            classes: None,
        };
        run.summarize(&mut source)?;
        let found = run.fit(&mut source, reason)?;
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

/// A fit.
struct Run<'a> {
    analysis: &'a Analysis,
    family: ModelFamily,
    loss: Loss,
    intercept: bool,
    columns: usize,
    l2: Vec<f64>,
    /// Of the coefficients, the intercept first.
    names: Vec<String>,
    summary: Summary,
    classes: Option<Vec<String>>,
}

impl Run<'_> {
    fn first(&self) -> usize {
        usize::from(self.intercept)
    }

    /// Targets and weights of a batch, checked.
    fn encoded(&self, cases: &mut Cases) -> Result<(Vec<f64>, Vec<f64>), ArgumentError> {
        let response = std::mem::replace(&mut cases.response, Response::None);
        let encoded = encode(response, self.family, self.analysis.positive.as_deref())?;
        self.loss.family().check(&encoded.y)?;
        let given = |i: usize| {
            cases.weights.as_ref().map_or(1.0, |weights| weights[i])
                * encoded.trials.as_ref().map_or(1.0, |trials| trials[i])
        };
        let weights: Vec<f64> = (0..encoded.y.len()).map(given).collect();
        if let Some(i) = weights.iter().position(|w| !(*w >= 0.0 && w.is_finite())) {
            let allowed = "zero or positive, and finite";
            ArgumentError::check(false, "weights", weights[i], allowed)?;
        }
        Ok((encoded.y, weights))
    }

    fn summarize(&mut self, source: &mut Source<'_>) -> Result<(), StreamError> {
        let mut summary = Summary::default();
        let mut classes = None;
        source.each(|mut cases| {
            if let Response::Classes { levels, .. } = &cases.response {
                classes = classes.take().or_else(|| Some(levels.clone()));
            }
            summary.has_offset |= cases.offset.is_some();
            let (y, weights) = self.encoded(&mut cases)?;
            summary.rows += weights.iter().filter(|w| **w > 0.0).count();
            summary.weight += weights.iter().sum::<f64>();
            summary.target += dot(&weights, &y);
            Ok(())
        })?;
        if summary.weight <= 0.0 {
            return Err(ArgumentError::new("weights", "are zero in all rows").into());
        }
        if let (Some(names), Some(positive)) = (&mut classes, &self.analysis.positive)
            && names.first() == Some(positive)
        {
            names.reverse();
        }
        (self.summary, self.classes) = (summary, classes);
        Ok(())
    }

    /// Sums over all rows at a point, the intercept first.
    fn pass(&self, source: &mut Source<'_>, point: &[f64]) -> Result<Totals, StreamError> {
        let (p, first) = (point.len(), self.first());
        let mut totals = Totals {
            mean: 0.0,
            gradient: vec![0.0; p],
            information: Matrix::zeros(p, p),
            deviance: 0.0,
            pearson: 0.0,
        };
        let n = self.columns;
        let (mut gram, mut sums, mut slopes) = (Matrix::zeros(n, n), vec![0.0; n], vec![0.0; n]);
        let mut rows = Rows::default();
        self.each_at(source, point, |problem, z| {
            problem.evaluate(z, None, Information::Expected, &mut rows);
            totals.mean += rows.mean;
            problem.design.multiply_columns_transposed(&rows.slopes, &mut slopes);
            axpy(&mut totals.gradient[first..], 1.0, &slopes);
            problem.design.gram_and_sums(&rows.weights, &mut gram, &mut sums);
            for j in 0..n {
                axpy(&mut totals.information.column_mut(first + j)[first..], 1.0, gram.column(j));
            }
            if first == 1 {
                totals.gradient[0] += rows.slopes.iter().sum::<f64>();
                totals.information[(0, 0)] += rows.weights.iter().sum::<f64>();
                for (j, sum) in sums.iter().enumerate() {
                    totals.information[(0, 1 + j)] += sum;
                    totals.information[(1 + j, 0)] += sum;
                }
            }
            for (i, &w) in problem.weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let row = self.loss.row(problem.y[i], z[i]);
                totals.deviance += w * self.loss.unit_deviance(problem.y[i], z[i]);
                if row.slope != 0.0 {
                    totals.pearson += w * row.slope * row.slope / row.expected;
                }
            }
            Ok(())
        })?;
        totals.deviance *= self.summary.weight;
        totals.pearson *= self.summary.weight;
        for (j, l2) in self.l2.iter().enumerate() {
            let b = point[first + j];
            totals.mean += 0.5 * l2 * b * b;
            totals.gradient[first + j] += l2 * b;
            totals.information[(first + j, first + j)] += l2;
        }
        Ok(totals)
    }

    /// Visits the batches with their linear predictors at a point.
    fn each_at(
        &self,
        source: &mut Source<'_>,
        point: &[f64],
        mut visit: impl FnMut(&Problem<'_>, &[f64]) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        let intercept = if self.intercept { point[0] } else { 0.0 };
        let mut at = Point { intercept, b: point[self.first()..].to_vec(), z: Vec::new() };
        source.each(|mut cases| {
            let (y, mut weights) = self.encoded(&mut cases)?;
            weights.iter_mut().for_each(|w| *w /= self.summary.weight);
            let problem = Problem {
                design: &cases.design,
                y: &y,
                weights,
                offset: cases.offset.as_deref(),
                loss: self.loss,
                intercept: self.intercept,
                l1: vec![0.0; self.columns],
                l2: vec![0.0; self.columns],
                bounds: None,
                groups: Vec::new(),
                aliased: vec![false; self.columns],
                interrupter: self.analysis.interrupter.clone(),
            };
            problem.refresh(&mut at);
            visit(&problem, &at.z)
        })
    }

    /// Fisher scoring from the mean of the target.
    fn fit(&self, source: &mut Source<'_>, reason: String) -> Result<Analyzed, StreamError> {
        let mut point = vec![0.0; self.first() + self.columns];
        if self.intercept {
            let mean = self.summary.target / self.summary.weight;
            point[0] = self.loss.linear_predictor(mean);
            if !point[0].is_finite() {
                let message = format!("has the mean {mean} in all rows, where there is no maximum");
                return Err(ArgumentError::new("target", message).into());
            }
        }
        let mut totals = self.pass(source, &point)?;
        let null_deviance = (!self.summary.has_offset).then_some(totals.deviance);
        let mut history = vec![(0, totals.mean)];
        let (mut status, mut decrement, mut iterations) =
            (Status::IterationLimit, f64::INFINITY, 0);
        while iterations < self.analysis.iterations {
            let mut step = totals.gradient.clone();
            self.factor(&totals.information)?.solve(&mut step);
            decrement = 0.5 * dot(&step, &totals.gradient);
            // Steps are cheap beside what they gain: the last makes the coefficients exact.
            let exact = 1e-6 * self.analysis.tolerance * totals.mean.abs().max(1.0);
            if decrement <= exact {
                status = Status::Converged(Test::Decrement);
                break;
            }
            if self.analysis.interrupter.stops() {
                status = Status::Stopped;
                break;
            }
            iterations += 1;
            let rounding = 1e-12 * totals.mean.abs();
            let mut share = 1.0;
            let mut better = None;
            for _ in 0..HALVINGS {
                let mut trial = point.clone();
                axpy(&mut trial, -share, &step);
                let there = self.pass(source, &trial)?;
                if there.mean <= totals.mean + rounding {
                    better = Some((trial, there));
                    break;
                }
                share *= 0.5;
            }
            let Some(accepted) = better else {
                status = Status::PrecisionLimit;
                break;
            };
            (point, totals) = accepted;
            history.push((iterations, totals.mean));
        }
        let end = End { point, totals, status, decrement, iterations, history, null_deviance };
        self.told(source, end, reason)
    }

    /// A factor of the information, scaled to a diagonal of ones.
    fn factor(&self, information: &Matrix) -> Result<Scaled, ArgumentError> {
        let p = information.rows();
        let combined = |k: usize| {
            let message = format!(
                "`{}` is constant or a combination of columns before it; leave it out, or give --l2",
                self.names[k]
            );
            ArgumentError::new("columns", message)
        };
        let scales: Vec<f64> = (0..p).map(|k| information[(k, k)].sqrt()).collect();
        if let Some(k) = scales.iter().position(|s| !(*s > 0.0 && s.is_finite())) {
            return Err(combined(k));
        }
        let scaled = Matrix::from_fn(p, p, |i, j| information[(i, j)] / scales[i] / scales[j]);
        let factor = Cholesky::new(&scaled).ok();
        let sound = |factor: &Cholesky| {
            (0..p).find(|&k| factor.lower()[(k, k)] * factor.lower()[(k, k)] < PIVOT)
        };
        match factor {
            Some(factor) => match sound(&factor) {
                None => Ok(Scaled { scales, factor }),
                Some(k) => Err(combined(k)),
            },
            None => Err(combined(first_dependent(scaled))),
        }
    }

    /// The fit as it is told, with errors and likelihood, for which the file is read once more.
    fn told(
        &self,
        source: &mut Source<'_>,
        end: End,
        reason: String,
    ) -> Result<Analyzed, StreamError> {
        let End { point, totals, status, decrement, iterations, history, null_deviance } = end;
        let (rows, rank) = (self.summary.rows as f64, point.len());
        let estimated = self.loss.family().estimates_dispersion();
        let degrees = rows - rank as f64;
        let dispersion = if estimated { totals.pearson / degrees } else { 1.0 };
        let of_deviance = totals.deviance / rows;
        let gaussian = self.loss.family() == Family::Gaussian;
        let phis = [
            if gaussian { of_deviance } else { dispersion },
            if estimated { of_deviance } else { dispersion },
        ];
        let mut likelihoods = [Some(0.0), Some(0.0)];
        self.each_at(source, &point, |problem, z| {
            for (i, &w) in problem.weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let w = w * self.summary.weight;
                for (sum, phi) in likelihoods.iter_mut().zip(phis) {
                    let own = self.loss.log_likelihood(problem.y[i], z[i], w, phi);
                    *sum = sum.zip(own).map(|(sum, own)| sum + own);
                }
            }
            Ok(())
        })?;
        let goodness = GoodnessOfFit {
            deviance: totals.deviance,
            null_deviance,
            pearson: totals.pearson,
            dispersion,
            dispersion_estimated: estimated,
            log_likelihood: likelihoods[0],
            log_likelihood_r: likelihoods[1],
            rows,
            rank,
        };
        let mut notes = Vec::new();
        let penalized = self.l2.iter().any(|&l2| l2 > 0.0);
        let inference = if penalized {
            notes.push(
                "no standard errors: the fit is penalized, and its coefficients are drawn toward zero"
                    .to_owned(),
            );
            None
        } else if estimated && degrees <= 0.0 {
            notes.push(
                "no standard errors: as many coefficients as rows leave nothing to tell errors from"
                    .to_owned(),
            );
            None
        } else {
            let factor = self.factor(&totals.information)?;
            let covariance = factor.inverse(dispersion / self.summary.weight);
            let errors = (0..rank).map(|k| Some(covariance[(k, k)].max(0.0).sqrt())).collect();
            Some(Inference {
                covariance,
                estimates: point.clone(),
                standard_errors: errors,
                leverages: Vec::new(),
                goodness: goodness.clone(),
                degrees: estimated.then_some(degrees),
                notes: Vec::new(),
            })
        };
        let first = self.first();
        let intercept = if self.intercept { point[0] } else { 0.0 };
        let given = self.intercept.then_some(intercept);
        let mut table = coefficients::plain(&self.names[first..], given, &point[first..]);
        if let Some(inference) = &inference {
            coefficients::add_inference(&mut table, inference, self.analysis.level)?;
        }
        let coefficients = point[first..].to_vec();
        let predictor = Predictor::Mean { loss: self.loss, intercept, coefficients };
        let classes = self.classes.clone();
        let mut model = SavedModel::new(self.family, classes, self.summary.rows, predictor, table);
        if let Some(inference) = &inference {
            let v = &inference.covariance;
            model.covariance = Some((0..rank).map(|j| v.column(j).to_vec()).collect());
            model.degrees = inference.degrees;
        }
        Ok(Analyzed {
            family: self.family,
            reason,
            link: Some(self.loss.link().name()),
            model,
            penalty: (0.0, self.analysis.l2),
            chosen: None,
            goodness: Some(goodness),
            accuracy: None,
            status,
            certificate: Certificate::Decrement(decrement),
            solver: (
                "cholesky".to_owned(),
                format!("rows are streamed: {} passes over the file", source.passes),
            ),
            iterations,
            history,
            objective: totals.mean,
            notes,
            observed: Vec::new(),
            means: Vec::new(),
            residuals: Vec::new(),
            weights: None,
        })
    }
}

/// Where a fit ended.
struct End {
    point: Vec<f64>,
    totals: Totals,
    status: Status,
    decrement: f64,
    iterations: usize,
    history: Vec<(usize, f64)>,
    null_deviance: Option<f64>,
}

/// `S L L' S`, S diagonal.
struct Scaled {
    scales: Vec<f64>,
    factor: Cholesky,
}

impl Scaled {
    fn solve(&self, x: &mut [f64]) {
        x.iter_mut().zip(&self.scales).for_each(|(x, s)| *x /= s);
        self.factor.solve(x);
        x.iter_mut().zip(&self.scales).for_each(|(x, s)| *x /= s);
    }

    /// The inverse times a number.
    fn inverse(&self, times: f64) -> Matrix {
        let p = self.scales.len();
        let mut inverse = Matrix::zeros(p, p);
        for k in 0..p {
            let column = inverse.column_mut(k);
            column[k] = times;
            self.solve(column);
        }
        inverse
    }
}

/// The first row of a matrix with a diagonal of ones whose pivot is none.
fn first_dependent(mut a: Matrix) -> usize {
    let p = a.rows();
    for k in 0..p {
        let pivot = a[(k, k)];
        if pivot < PIVOT {
            return k;
        }
        for j in k + 1..p {
            let factor = a[(k, j)] / pivot;
            for i in k + 1..p {
                let own = a[(i, k)];
                a[(i, j)] -= factor * own;
            }
        }
    }
    p.saturating_sub(1)
}
