//! What comes of an analysis.

use ravine::ArgumentError;

use super::calibration::{Calibration, calibration};
use super::choose::Chosen;
use super::coefficients;
use super::family::ModelFamily;
use super::saved::{Predictor, SavedModel};
use super::settings::{Analysis, Cases, Correction, Errors};
use super::target::{Encoded, encode};
use crate::family::Family;
use crate::inference::{
    Covariance, GoodnessOfFit, Inference, InferenceSettings, deviance_residual,
};
use crate::model::{FittedModel, PenaltyUnits, Targets};
use crate::negative_binomial::NegativeBinomialModel;
use crate::solve::{Certificate, Status};

/// Standard errors of more coefficients are left out: they take the cube of their number.
pub(super) const MOST_INFERRED: usize = 2_000;

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

    fn generalized(
        &self,
        family: ModelFamily,
        given: Given<'_>,
    ) -> Result<Analyzed, ArgumentError> {
        let names = Self::names(&given);
        let design = &given.cases.design;
        let targets = given.targets();
        let mut notes = Vec::new();
        if self.penalty_units == PenaltyUnits::Deviations {
            let words = "the penalty is of coefficients in standard deviations of their columns";
            notes.push(words.to_owned());
        }
        let mut chosen = None;
        let fitted = match family {
            ModelFamily::Of(family) => {
                let model = self.model(family, design)?;
                match &self.choice {
                    None => model.fit(design, targets)?,
                    Some(choice) => {
                        let (found, fitted) = choice.of_model(model, design, targets)?;
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
                let model = self.model(Family::Poisson, design)?;
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
        let bounded = model.lower.is_some() || model.upper.is_some() || !model.monotone.is_empty();
        let columns = fitted.coefficients.len();
        let why = if !fitted.loss.family().has_likelihood() {
            "the loss has no likelihood"
        } else if model.alpha > 0.0 {
            "the fit is penalized, and its coefficients are drawn toward zero"
        } else if bounded {
            "coefficients are bounded or ordered"
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
        let covariance = match (self.errors, &given.cases.clusters[..]) {
            (_, [clusters]) => Covariance::Clustered(clusters.clone()),
            (_, [first, second]) => Covariance::TwoWay(first.clone(), second.clone()),
            (_, [_, _, ..]) => {
                let message = "are of more than two kinds; one or two are allowed";
                return Err(ArgumentError::new("clusters", message));
            }
            (Errors::Model, []) => Covariance::Model,
            (Errors::Hc0, []) => Covariance::Hc0,
            (Errors::Hc1, []) => Covariance::Hc1,
            (Errors::Hc2, []) => Covariance::Hc2,
            (Errors::Hc3, []) => Covariance::Hc3,
            (Errors::Clustered, []) => {
                return Err(ArgumentError::new("clusters", "are not given"));
            }
        };
        let settings = InferenceSettings { covariance, ..InferenceSettings::default() };
        let found = fitted.inference(&given.cases.design, given.targets(), &settings)?;
        notes.extend(found.notes.iter().cloned());
        Ok(Some(found))
    }

    /// Whether other errors than the model's are asked for.
    pub(super) fn robust(&self, given: &Given<'_>) -> bool {
        self.errors != Errors::Model || !given.cases.clusters.is_empty()
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
