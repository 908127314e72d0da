//! The models that are not generalized linear ones by maximum likelihood: Firth's, of several classes,
//! and support vector machines.

use ravine::ArgumentError;
use ravine::fit::two_sided_quantile;

use super::coefficients;
use super::family::ModelFamily;
use super::fit::{Analyzed, Given, share};
use super::saved::{Predictions, Predictor, SavedModel};
use super::settings::{Analysis, Correction, Errors};
use crate::family::{Family, Link};
use crate::firth::FirthLogistic;
use crate::hinge::HingeMachine;
use crate::model::Solver;
use crate::multinomial::Multinomial;
use crate::solve::{Certificate, Status, Test};

impl Analysis {
    /// Refuses settings that a model does not take.
    fn refuse(&self, family: &str, given: &Given<'_>, offset: bool) -> Result<(), ArgumentError> {
        let taken = [
            ("link", self.link.is_some()),
            ("choice", self.choice.is_some()),
            ("unpenalized", !self.unpenalized.is_empty()),
            ("bounds", !self.bounds.is_empty()),
            ("errors", self.errors != Errors::Model),
            ("solver", self.solver != Solver::Automatic),
            ("firth", self.correction != Correction::None),
            ("offset", !offset && given.cases.offset.is_some()),
        ];
        match taken.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("is given, but the family `{family}` takes none");
                Err(ArgumentError::new(name, message))
            }
        }
    }

    pub(super) fn firth(&self, given: Given<'_>) -> Result<Analyzed, ArgumentError> {
        let names = Self::names(&given);
        let design = &given.cases.design;
        let model = FirthLogistic { intercept: false, ..FirthLogistic::default() };
        let fitted = model.fit(design, given.targets())?;
        let intercept = design.has_intercept();
        let table = coefficients::of_firth(names, &fitted, intercept, self.level)?;
        let loss = Family::Binomial.with(Link::Logit)?;
        let mut notes = vec![
            "Firth's penalty: finite estimates, and probabilities drawn toward one half".to_owned(),
        ];
        notes.extend(fitted.aliased.iter().map(|alias| alias.words(names)));
        let predictor = Predictor::Mean {
            loss,
            intercept: fitted.intercept,
            coefficients: fitted.coefficients,
        };
        let Given { encoded, weights, reason, cases } = given;
        let family = ModelFamily::Of(Family::Binomial);
        let model = SavedModel::new(family, encoded.classes, design.rows(), predictor, table);
        let means = match model.predict(design, cases.offset.as_deref())? {
            Predictions::Means(means) => means,
            _ => Vec::new(),
        };
        let weight = |i: usize| weights.as_ref().map_or(1.0, |w| w[i]);
        let y = encoded.y;
        let accuracy = Some(share(&y, &weight, |i| (means[i] > 0.5) == (y[i] == 1.0)));
        let status = match fitted.converged {
            true => Status::Converged(Test::Violation),
            false => Status::IterationLimit,
        };
        Ok(Analyzed {
            family,
            reason,
            link: Some(loss.link().name()),
            model,
            penalty: (0.0, 0.0),
            chosen: None,
            goodness: None,
            accuracy,
            status,
            certificate: Certificate::Violation(FirthLogistic::default().tolerance),
            solver: ("firth".to_owned(), "asked for".to_owned()),
            iterations: fitted.iterations,
            history: Vec::new(),
            objective: -fitted.penalized_log_likelihood,
            notes,
            observed: y,
            means,
            residuals: Vec::new(),
            weights,
        })
    }

    pub(super) fn multinomial(&self, given: Given<'_>) -> Result<Analyzed, ArgumentError> {
        self.refuse("multinomial", &given, false)?;
        let names = Self::names(&given);
        let design = &given.cases.design;
        let alpha = self.l1 + self.l2;
        let model = Multinomial {
            alpha,
            l1_ratio: if alpha > 0.0 { self.l1 / alpha } else { 0.0 },
            intercept: false,
            tolerance: self.tolerance,
            iterations: self.iterations,
            interrupter: self.interrupter.clone(),
            ..Multinomial::default()
        };
        let codes: Vec<usize> = given.encoded.y.iter().map(|&k| k as usize).collect();
        let fitted = model.fit(design, &codes, given.weights.as_deref())?;
        let Given { encoded, weights, reason, .. } = given;
        let classes = encoded.classes.unwrap_or_default();
        let quantile = two_sided_quantile(self.level, None)?;
        let table = coefficients::of_classes(names, &classes, &fitted, model.reference, quantile);
        let p = fitted.predict(design)?;
        let weight = |i: usize| weights.as_ref().map_or(1.0, |w| w[i]);
        let most = |i: usize| {
            (0..classes.len()).max_by(|&a, &b| p[(i, a)].total_cmp(&p[(i, b)])).unwrap_or(0)
        };
        let accuracy = Some(share(&encoded.y, &weight, |i| most(i) == codes[i]));
        let mut notes = Vec::new();
        match &fitted.standard_errors {
            Some(_) => notes.push(format!(
                "coefficients are log odds against the class `{}`",
                classes[model.reference]
            )),
            None if alpha > 0.0 => notes.push(
                "no standard errors: the fit is penalized, and its coefficients are drawn toward zero"
                    .to_owned(),
            ),
            None => {}
        }
        let predictor =
            Predictor::Classes { intercepts: fitted.intercepts, coefficients: fitted.coefficients };
        let family = ModelFamily::Multinomial;
        Ok(Analyzed {
            family,
            reason,
            link: None,
            model: SavedModel::new(family, Some(classes), design.rows(), predictor, table),
            penalty: (self.l1, self.l2),
            chosen: None,
            goodness: None,
            accuracy,
            status: fitted.status,
            certificate: fitted.certificate,
            solver: ("newton".to_owned(), "the whole Hessian between classes".to_owned()),
            iterations: fitted.iterations,
            history: Vec::new(),
            objective: fitted.objective,
            notes,
            observed: encoded.y,
            means: Vec::new(),
            residuals: Vec::new(),
            weights,
        })
    }

    pub(super) fn hinge(&self, given: Given<'_>) -> Result<Analyzed, ArgumentError> {
        self.refuse("hinge", &given, false)?;
        ArgumentError::check(self.l1 == 0.0, "l1", self.l1, "0 for the family `hinge`")?;
        let names = Self::names(&given);
        let design = &given.cases.design;
        let targets = given.targets();
        let mut notes = Vec::new();
        let alpha = match self.l2 {
            0.0 => {
                let alpha = 1.0 / targets.total_weight();
                notes.push(format!(
                    "a support vector machine needs an L2 penalty: {alpha:.6}, one by the number of \
                     rows (LIBLINEAR's C = 1), was taken"
                ));
                alpha
            }
            alpha => alpha,
        };
        let machine = HingeMachine {
            alpha,
            intercept: design.has_intercept(),
            tolerance: self.tolerance.max(1e-12),
            interrupter: self.interrupter.clone(),
            ..HingeMachine::default()
        };
        let fitted = machine.fit(design, targets)?;
        if design.has_intercept() {
            notes.push("the intercept is penalized as the others are".to_owned());
        }
        let intercept = design.has_intercept().then_some(fitted.intercept);
        let table = coefficients::plain(names, intercept, &fitted.coefficients);
        let mut margins = vec![0.0; design.rows()];
        design.multiply_columns(&fitted.coefficients, &mut margins);
        let weight = |i: usize| given.weights.as_ref().map_or(1.0, |w| w[i]);
        let y = &given.encoded.y;
        let right = |i: usize| (margins[i] + fitted.intercept > 0.0) == (y[i] == 1.0);
        let accuracy = Some(share(y, &weight, right));
        let support = fitted.dual.iter().filter(|a| **a > 0.0).count();
        notes.push(format!("{support} of {} rows are support vectors", y.len()));
        let predictor =
            Predictor::Margin { intercept: fitted.intercept, coefficients: fitted.coefficients };
        let Given { encoded, weights, reason, .. } = given;
        let family = ModelFamily::Hinge;
        Ok(Analyzed {
            family,
            reason,
            link: None,
            model: SavedModel::new(family, encoded.classes, design.rows(), predictor, table),
            penalty: (0.0, alpha),
            chosen: None,
            goodness: None,
            accuracy,
            status: fitted.status,
            certificate: fitted.certificate,
            solver: ("dual-coordinate-descent".to_owned(), "the hinge is not smooth".to_owned()),
            iterations: fitted.passes,
            history: Vec::new(),
            objective: fitted.objective,
            notes,
            observed: encoded.y,
            means: Vec::new(),
            residuals: Vec::new(),
            weights,
        })
    }
}
