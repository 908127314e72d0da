//! What comes of an analysis.

use ravine::ArgumentError;
use ravine_data::Design;

use super::calibration::{Calibration, calibration};
use super::coefficients;
use super::family::{Encoded, ModelFamily, encode};
use super::saved::{Predictor, SavedModel};
use super::settings::{Analysis, Cases, Choice, Correction, Errors, Rule};
use crate::family::Family;
use crate::inference::{
    Covariance, GoodnessOfFit, Inference, InferenceSettings, deviance_residual,
};
use crate::model::{FittedModel, GeneralizedLinearModel, Targets};
use crate::negative_binomial::NegativeBinomialModel;
use crate::path::{ChosenModel, CrossValidated, CrossValidation, Path, Scores, Scoring};
use crate::solve::{Certificate, Status};

/// Standard errors of more coefficients are left out: they take the cube of their number.
const MOST_INFERRED: usize = 2_000;

/// Penalties that were compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Each penalty and its deviance on rows held out.
    pub points: Vec<CrossValidated>,
    /// The one with the lowest.
    pub best: CrossValidated,
    /// The largest within one standard error of it.
    pub one_standard_error: CrossValidated,
    /// For alphas of the share of L1 that was taken, from the largest: the coefficients of all rows.
    pub path: Vec<(f64, Vec<f64>)>,
}

/// What an analysis found.
#[derive(Clone, Debug, PartialEq)]
pub struct Analyzed {
    /// What was fitted.
    pub family: ModelFamily,
    /// Why.
    pub reason: String,
    /// The link by name, of families that have one.
    pub link: Option<&'static str>,
    /// The model as it is stored, with the table of coefficients; without terms.
    pub model: SavedModel,
    /// The weights of the penalty that was used: L1 and L2.
    pub penalty: (f64, f64),
    /// How the penalty was chosen.
    pub chosen: Option<Chosen>,
    /// Deviance, dispersion and likelihood, of families that have one.
    pub goodness: Option<GoodnessOfFit>,
    /// Of classes: the share of the rows whose class has the largest probability.
    pub accuracy: Option<f64>,
    /// How the fit ended.
    pub status: Status,
    /// What is known of the distance from the optimum.
    pub certificate: Certificate,
    /// What minimized the objective, and why it was taken.
    pub solver: (String, String),
    /// Outer iterations.
    pub iterations: usize,
    /// Iterations made and the objective then, of generalized linear models.
    pub history: Vec<(usize, f64)>,
    /// The objective at the end.
    pub objective: f64,
    /// What a user should know, in sentences without a full stop.
    pub notes: Vec<String>,
    /// What was observed, one a row; of two classes 0 and 1.
    pub observed: Vec<f64>,
    /// The means of the fit, one a row; of models of means.
    pub means: Vec<f64>,
    /// Deviance residuals, one a row; of families that have a likelihood.
    pub residuals: Vec<f64>,
    pub(super) weights: Option<Vec<f64>>,
}

impl Analyzed {
    /// Of a model and how its fit ended, with nothing else known.
    pub(super) fn bare(given: Given<'_>, model: SavedModel, ended: Ended) -> Self {
        let Ended { status, certificate, solver, iterations, objective } = ended;
        Self {
            family: model.family,
            reason: given.reason,
            link: None,
            model,
            penalty: (0.0, 0.0),
            chosen: None,
            goodness: None,
            accuracy: None,
            status,
            certificate,
            solver,
            iterations,
            history: Vec::new(),
            objective,
            notes: Vec::new(),
            observed: given.encoded.y,
            means: Vec::new(),
            residuals: Vec::new(),
            weights: given.weights,
        }
    }

    /// Whether predicted probabilities come true, of two classes or shares; else `None`.
    pub fn calibration(&self, groups: usize) -> Option<Vec<Calibration>> {
        let shares = self.family == ModelFamily::Of(Family::Binomial) && !self.means.is_empty();
        let weight = |i: usize| self.weights.as_ref().map_or(1.0, |w| w[i]);
        shares.then(|| calibration(&self.observed, &self.means, weight, groups))
    }
}

impl Analysis {
    /// Fits the model.
    ///
    /// # Errors
    ///
    /// Names the argument and what is allowed: of settings that do not go together, of a target that
    /// the family does not take, of columns that are not there, and those of the fits themselves.
    pub fn fit(&self, cases: &Cases) -> Result<Analyzed, ArgumentError> {
        let (suggested, why) = ModelFamily::suggested(&cases.response)?;
        let (family, reason) = match self.family {
            Some(family) => (family, "asked for".to_owned()),
            None => (suggested, why),
        };
        self.check(family)?;
        let positive = self.positive.as_deref();
        let encoded = encode(cases.response.clone(), family, positive)?;
        let weights = match (&cases.weights, &encoded.trials) {
            (weights, None) => weights.clone(),
            (None, trials) => trials.clone(),
            (Some(weights), Some(trials)) => {
                Some(weights.iter().zip(trials).map(|(w, m)| w * m).collect())
            }
        };
        let given = Given { cases, encoded, weights, reason };
        match family {
            _ if self.correction == Correction::Firth => self.firth(given),
            ModelFamily::Multinomial => self.multinomial(given),
            ModelFamily::Hinge => self.hinge(given),
            ModelFamily::Of(_) | ModelFamily::NegativeBinomial => self.generalized(family, given),
        }
    }

    pub(super) fn names<'c>(given: &Given<'c>) -> &'c [String] {
        let design = &given.cases.design;
        &design.names()[usize::from(design.has_intercept())..]
    }

    /// The places of columns by name.
    fn place(names: &[String], argument: &str, name: &str) -> Result<usize, ArgumentError> {
        names.iter().position(|other| other == name).ok_or_else(|| {
            const MOST: usize = 12;
            let listed = names.iter().take(MOST).map(|n| format!("`{n}`")).collect::<Vec<_>>();
            let more = if names.len() > MOST { ", ..." } else { "" };
            let message =
                format!("there is no column `{name}`; there are {}{more}", listed.join(", "));
            ArgumentError::new(argument, message)
        })
    }

    /// The settings of a generalized linear model.
    fn model(
        &self,
        family: Family,
        names: &[String],
    ) -> Result<GeneralizedLinearModel, ArgumentError> {
        let (alpha, l1_ratio) = self.elastic_net();
        let mut model = GeneralizedLinearModel {
            family,
            link: self.link,
            alpha,
            l1_ratio,
            intercept: false,
            solver: self.solver,
            tolerance: self.tolerance,
            iterations: self.iterations,
            interrupter: self.interrupter.clone(),
            ..GeneralizedLinearModel::default()
        };
        if !self.unpenalized.is_empty() {
            let mut factors = vec![1.0; names.len()];
            for name in &self.unpenalized {
                factors[Self::place(names, "unpenalized", name)?] = 0.0;
            }
            model.penalty_factors = Some(factors);
        }
        if !self.bounds.is_empty() {
            let mut lower = vec![f64::NEG_INFINITY; names.len()];
            let mut upper = vec![f64::INFINITY; names.len()];
            for (name, low, high) in &self.bounds {
                let place = Self::place(names, "bounds", name)?;
                (lower[place], upper[place]) = (*low, *high);
            }
            (model.lower, model.upper) = (Some(lower), Some(upper));
        }
        Ok(model)
    }

    fn generalized(
        &self,
        family: ModelFamily,
        given: Given<'_>,
    ) -> Result<Analyzed, ArgumentError> {
        let names = Self::names(&given);
        let design = &given.cases.design;
        let targets = given.targets();
        let mut notes = Vec::new();
        let mut chosen = None;
        let fitted = match family {
            ModelFamily::Of(family) => {
                let model = self.model(family, names)?;
                match &self.choice {
                    None => model.fit(design, targets)?,
                    Some(choice) => {
                        let (found, fitted) = choose(choice, model, design, targets)?;
                        chosen = Some(found);
                        fitted
                    }
                }
            }
            _ => {
                if self.choice.is_some() {
                    let message = "chooses a penalty, but alpha is estimated; give it: \
                                   negative-binomial:alpha=NUMBER";
                    return Err(ArgumentError::new("choice", message));
                }
                let model = self.model(Family::Poisson, names)?;
                let found = NegativeBinomialModel { model }.fit(design, targets)?;
                notes.push(match found.alpha {
                    0.0 => "there is no over-dispersion: alpha = 0, the Poisson model".to_owned(),
                    alpha => {
                        format!("alpha = {alpha:.6}, estimated (R's theta = {:.6})", found.theta())
                    }
                });
                if !found.converged {
                    notes.push("alpha and coefficients still moved at the end".to_owned());
                }
                found.fitted
            }
        };
        let inference = self.inference(&fitted, &given, &mut notes)?;
        let goodness = match &inference {
            Some(inference) => Some(inference.goodness.clone()),
            None if fitted.loss.family().has_likelihood() && given.rows() > fitted.rank() => {
                let settings = InferenceSettings::default();
                Some(fitted.goodness(design, targets, settings.dispersion, settings.weighting)?)
            }
            None => None,
        };
        for alias in &fitted.aliased {
            notes.push(alias.words(names));
        }
        if let Some(separation) = &fitted.separation {
            notes.push(separation.words(names, design.rows()));
        }
        notes.extend(fitted.notes.iter().cloned());
        let table = coefficients::of_fit(names, &fitted, inference.as_ref(), self.level)?;
        let (loss, intercept) = (fitted.loss, fitted.intercept);
        let coefficients = fitted.coefficients.clone();
        let predictor = match loss.family() {
            // What these predict is a distance from the boundary, and no probability.
            Family::SquaredHinge | Family::SmoothedHinge { .. } => {
                Predictor::Margin { intercept, coefficients }
            }
            _ => Predictor::Mean { loss, intercept, coefficients },
        };
        let classes = given.encoded.classes.clone();
        let mut model = SavedModel::new(family, classes, design.rows(), predictor, table);
        if let Some(inference) = inference.filter(|_| fitted.separation.is_none()) {
            let v = &inference.covariance;
            model.covariance = Some((0..v.columns()).map(|j| v.column(j).to_vec()).collect());
            model.degrees = inference.degrees;
        }
        let z = &fitted.linear_predictor;
        let means: Vec<f64> = z.iter().map(|&z| loss.mean(z)).collect();
        let residual = |i: usize| deviance_residual(loss, targets.y[i], z[i], given.weight(i));
        let residuals =
            if goodness.is_some() { (0..z.len()).map(residual).collect() } else { Vec::new() };
        let classes = family.is_binary() && targets.y.iter().all(|&y| y == 0.0 || y == 1.0);
        let accuracy = classes.then(|| given.accuracy(&model)).transpose()?;
        let alpha = fitted.model.alpha;
        let ended = Ended {
            status: fitted.status,
            certificate: fitted.certificate,
            solver: (fitted.solver.name().to_owned(), fitted.reason),
            iterations: fitted.iterations,
            objective: fitted.objective,
        };
        Ok(Analyzed {
            link: loss.family().has_likelihood().then(|| loss.link().name()),
            penalty: (alpha * fitted.model.l1_ratio, alpha * (1.0 - fitted.model.l1_ratio)),
            chosen,
            goodness,
            accuracy,
            history: fitted.history,
            notes,
            means,
            residuals,
            ..Analyzed::bare(given, model, ended)
        })
    }

    /// Standard errors of fits that have them; why not, among the notes.
    fn inference(
        &self,
        fitted: &FittedModel,
        given: &Given<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Inference>, ArgumentError> {
        let model = &fitted.model;
        let bounded = model.lower.is_some() || model.upper.is_some();
        let columns = fitted.coefficients.len();
        let why = if !fitted.loss.family().has_likelihood() {
            "the loss has no likelihood"
        } else if model.alpha > 0.0 {
            "the fit is penalized, and its coefficients are drawn toward zero"
        } else if bounded {
            "there are bounds"
        } else if columns > MOST_INFERRED {
            "there are more than 2,000 coefficients"
        } else if given.rows() <= fitted.rank() && fitted.loss.family().estimates_dispersion() {
            "as many coefficients as rows leave nothing to tell errors from"
        } else {
            ""
        };
        if !why.is_empty() {
            if self.robust(given) {
                return Err(ArgumentError::new("errors", format!("are asked for, but {why}")));
            }
            notes.push(format!("no standard errors: {why}"));
            return Ok(None);
        }
        let covariance = match (self.errors, &given.cases.clusters) {
            (_, Some(clusters)) => Covariance::Clustered(clusters.clone()),
            (Errors::Model, None) => Covariance::Model,
            (Errors::Hc0, None) => Covariance::Hc0,
            (Errors::Hc1, None) => Covariance::Hc1,
            (Errors::Hc2, None) => Covariance::Hc2,
            (Errors::Hc3, None) => Covariance::Hc3,
            (Errors::Clustered, None) => {
                return Err(ArgumentError::new("clusters", "are not given"));
            }
        };
        let settings = InferenceSettings { covariance, ..InferenceSettings::default() };
        fitted.inference(&given.cases.design, given.targets(), &settings).map(Some)
    }

    /// Whether other errors than the model's are asked for.
    pub(super) fn robust(&self, given: &Given<'_>) -> bool {
        self.errors != Errors::Model || given.cases.clusters.is_some()
    }
}

/// How a fit ended: see [`Analyzed`].
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) certificate: Certificate,
    pub(super) solver: (String, String),
    pub(super) iterations: usize,
    pub(super) objective: f64,
}

/// What a fit starts from.
pub(super) struct Given<'a> {
    pub(super) cases: &'a Cases,
    pub(super) encoded: Encoded,
    pub(super) weights: Option<Vec<f64>>,
    pub(super) reason: String,
}

impl Given<'_> {
    /// The rows that count.
    fn rows(&self) -> usize {
        let all = self.encoded.y.len();
        self.weights.as_ref().map_or(all, |w| w.iter().filter(|w| **w > 0.0).count())
    }

    fn weight(&self, i: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[i])
    }

    /// The share of the weight of the rows whose class a model predicts.
    pub(super) fn accuracy(&self, model: &SavedModel) -> Result<f64, ArgumentError> {
        let predicted = model.predict(&self.cases.design, self.cases.offset.as_deref())?.classes();
        let y = &self.encoded.y;
        let right = (0..y.len()).filter(|&i| predicted[i] == y[i] as usize);
        let total: f64 = (0..y.len()).map(|i| self.weight(i)).sum();
        Ok(right.map(|i| self.weight(i)).sum::<f64>() / total)
    }

    pub(super) fn targets(&self) -> Targets<'_> {
        Targets {
            y: &self.encoded.y,
            weights: self.weights.as_deref(),
            offset: self.cases.offset.as_deref(),
        }
    }
}

/// The penalty by cross-validation, and the fit with it.
fn choose(
    choice: &Choice,
    model: GeneralizedLinearModel,
    design: &Design,
    targets: Targets<'_>,
) -> Result<(Chosen, FittedModel), ArgumentError> {
    let path = Path { model, ..Path::default() };
    let validation = CrossValidation {
        path: path.clone(),
        l1_ratios: choice.l1_ratios.clone(),
        folds: choice.folds,
        seed: choice.seed,
        groups: None,
    };
    let scores = match validation.score(design, targets)? {
        Scoring::Done(scores) => scores,
        Scoring::Stopped(stopped) => {
            let ChosenModel { points, best, one_standard_error, fitted, .. } = *stopped;
            return Ok((Chosen { points, best, one_standard_error, path: Vec::new() }, fitted));
        }
    };
    let Scores { points, best, one_standard_error, .. } = scores;
    let alpha = match choice.rule {
        Rule::Best => best.alpha,
        Rule::OneStandardError => one_standard_error.alpha,
    };
    let of_share = points.iter().filter(|point| point.l1_ratio == best.l1_ratio);
    let alphas = Some(of_share.map(|point| point.alpha).collect());
    let model = GeneralizedLinearModel { l1_ratio: best.l1_ratio, ..path.model };
    let fits = Path { model, alphas, ..path }.fit(design, targets)?;
    // A path that was stopped may not have come as far.
    let taken = fits.iter().find(|fitted| fitted.model.alpha == alpha).or(fits.last()).cloned();
    let Some(fitted) = taken else { return Err(ArgumentError::new("alphas", "are none")) };
    let path = fits.into_iter().map(|fitted| (fitted.model.alpha, fitted.coefficients)).collect();
    Ok((Chosen { points, best, one_standard_error, path }, fitted))
}
