//! The models that are not generalized linear ones by maximum likelihood: Firth's, of several classes,
//! and support vector machines.

use ravine::ArgumentError;
use ravine::fit::two_sided_quantile;

use super::coefficients;
use super::family::ModelFamily;
use super::fit::{Analyzed, Ended, Given};
use super::saved::{Predictions, Predictor, SavedModel};
use super::settings::Analysis;
use crate::family::{Family, Link};
use crate::firth::FirthLogistic;
use crate::hinge::HingeMachine;
use crate::model::{PenaltyUnits, Solver};
use crate::multinomial::Multinomial;
use crate::solve::Certificate;

impl Analysis {
    /// Refuses settings that a model does not take.
    fn refuse(&self, family: &str, given: &Given<'_>) -> Result<(), ArgumentError> {
        let taken = [
            ("link", self.link.is_some()),
            ("unpenalized", !self.unpenalized.is_empty()),
            ("standardize", self.penalty_units != PenaltyUnits::Columns),
            ("bounds", !self.bounds.is_empty()),
            ("together", !self.together.is_empty()),
            ("monotone", !self.monotone.is_empty()),
            ("errors", self.robust(given)),
            ("solver", self.solver != Solver::Automatic),
            ("offset", given.cases.offset.is_some()),
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
        let taken = [("errors", self.robust(&given)), ("solver", self.solver != Solver::Automatic)];
        if let Some((name, _)) = taken.into_iter().find(|(_, is_given)| *is_given) {
            return Err(ArgumentError::new(name, "is given, but Firth's penalty takes none"));
        }
        let names = Self::names(&given);
        let design = &given.cases.design;
        let model = FirthLogistic {
            intercept: false,
            iterations: self.iterations,
            interrupter: self.interrupter.clone(),
            ..FirthLogistic::default()
        };
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
        let family = ModelFamily::Of(Family::Binomial);
        let classes = given.encoded.classes.clone();
        let model = SavedModel::new(family, classes, design.rows(), predictor, table);
        let means = match model.predict(design, given.cases.offset.as_deref())? {
            Predictions::Means(means) => means,
            _ => Vec::new(),
        };
        let accuracy = Some(given.accuracy(&model)?);
        let ended = Ended {
            status: fitted.status,
            certificate: Certificate::Decrement(fitted.decrement),
            solver: ("firth".to_owned(), "asked for".to_owned()),
            iterations: fitted.iterations,
            objective: -fitted.penalized_log_likelihood,
        };
        let link = Some(loss.link().name());
        Ok(Analyzed { link, accuracy, notes, means, ..Analyzed::bare(given, model, ended) })
    }

    pub(super) fn multinomial(&self, given: Given<'_>) -> Result<Analyzed, ArgumentError> {
        self.refuse("multinomial", &given)?;
        let names = Self::names(&given);
        let design = &given.cases.design;
        let (alpha, l1_ratio) = self.elastic_net();
        let model = Multinomial {
            alpha,
            l1_ratio,
            intercept: false,
            tolerance: self.tolerance,
            iterations: self.iterations,
            interrupter: self.interrupter.clone(),
            ..Multinomial::default()
        };
        let codes: Vec<usize> = given.encoded.y.iter().map(|&k| k as usize).collect();
        let weights = given.weights.as_deref();
        let (chosen, fitted) = match &self.choice {
            None => (None, model.fit(design, &codes, weights)?),
            Some(choice) => {
                let (chosen, fitted) = choice.of_classes(model.clone(), design, &codes, weights)?;
                (Some(chosen), fitted)
            }
        };
        let classes = given.encoded.classes.clone().unwrap_or_default();
        let quantile = two_sided_quantile(self.level, None)?;
        let table = coefficients::of_classes(names, &classes, &fitted, model.reference, quantile);
        let mut notes = Vec::new();
        match &fitted.standard_errors {
            Some(_) => notes.push(format!(
                "coefficients are log odds against the class `{}`",
                classes[model.reference]
            )),
            None if fitted.alpha > 0.0 => notes.push(
                "no standard errors: the fit is penalized, and its coefficients are drawn toward zero"
                    .to_owned(),
            ),
            None => {}
        }
        notes.extend(fitted.aliased.iter().map(|alias| alias.words(names)));
        notes.extend(fitted.notes.iter().cloned());
        let predictor =
            Predictor::Classes { intercepts: fitted.intercepts, coefficients: fitted.coefficients };
        let family = ModelFamily::Multinomial;
        let model = SavedModel::new(family, Some(classes), design.rows(), predictor, table);
        let accuracy = Some(given.accuracy(&model)?);
        let ended = Ended {
            status: fitted.status,
            certificate: fitted.certificate,
            solver: (fitted.solver.name().to_owned(), fitted.solver.reason().to_owned()),
            iterations: fitted.iterations,
            objective: fitted.objective,
        };
        let penalty = (fitted.alpha * fitted.l1_ratio, fitted.alpha * (1.0 - fitted.l1_ratio));
        Ok(Analyzed { penalty, chosen, accuracy, notes, ..Analyzed::bare(given, model, ended) })
    }

    pub(super) fn hinge(&self, given: Given<'_>) -> Result<Analyzed, ArgumentError> {
        self.refuse("hinge", &given)?;
        if self.choice.is_some() {
            let message = "is given, but the family `hinge` takes none";
            return Err(ArgumentError::new("choice", message));
        }
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
        let support = fitted.dual.iter().filter(|a| **a > 0.0).count();
        notes.push(format!("{support} of {} rows are support vectors", design.rows()));
        let predictor =
            Predictor::Margin { intercept: fitted.intercept, coefficients: fitted.coefficients };
        let classes = given.encoded.classes.clone();
        let family = ModelFamily::Hinge;
        let model = SavedModel::new(family, classes, design.rows(), predictor, table);
        let accuracy = Some(given.accuracy(&model)?);
        let ended = Ended {
            status: fitted.status,
            certificate: fitted.certificate,
            solver: ("dual-coordinate-descent".to_owned(), "the hinge is not smooth".to_owned()),
            iterations: fitted.passes,
            objective: fitted.objective,
        };
        let penalty = (0.0, alpha);
        Ok(Analyzed { penalty, accuracy, notes, ..Analyzed::bare(given, model, ended) })
    }
}
