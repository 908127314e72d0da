//! The penalty by cross-validation.

use ravine::ArgumentError;
use ravine_data::Design;

use super::settings::{Choice, Rule};
use crate::model::{FittedModel, GeneralizedLinearModel, Targets};
use crate::multinomial::{Multinomial, MultinomialFit};
use crate::path::{
    CrossValidated, CrossValidation, MultinomialCrossValidation, MultinomialPath, Path,
    PathOfClasses, PathOfRows, Penalized, Scores, score,
};

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

impl Choice {
    /// A generalized linear model at the penalty that is chosen.
    pub(super) fn of_model(
        &self,
        model: GeneralizedLinearModel,
        design: &Design,
        targets: Targets<'_>,
    ) -> Result<(Chosen, FittedModel), ArgumentError> {
        targets.check(design.rows())?;
        let path = Path { model, ..Path::default() };
        let (folds, seed) = (self.folds, self.seed);
        let validation = CrossValidation { path, folds, seed, ..CrossValidation::default() };
        let folds = validation.assign(targets.y)?;
        let rows = PathOfRows { path: &validation.path, design, targets };
        self.choose(&rows, &folds, |fit| fit.coefficients.clone())
    }

    /// A multinomial model at the penalty that is chosen.
    pub(super) fn of_classes(
        &self,
        model: Multinomial,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<(Chosen, MultinomialFit), ArgumentError> {
        let path = MultinomialPath { model, ..MultinomialPath::default() };
        let (folds, seed) = (self.folds, self.seed);
        let own = MultinomialCrossValidation::default();
        let validation = MultinomialCrossValidation { path, folds, seed, ..own };
        let folds = validation.assign(classes)?;
        let rows = PathOfClasses { path: &validation.path, design, classes, weights };
        self.choose(&rows, &folds, |fit| fit.coefficients.concat())
    }

    /// Scores the penalties on rows held out, and fits all rows along the alphas of the best share.
    fn choose<P: Penalized<Fit: Clone>>(
        &self,
        rows: &P,
        folds: &[usize],
        coefficients: impl Fn(&P::Fit) -> Vec<f64>,
    ) -> Result<(Chosen, P::Fit), ArgumentError> {
        let (scores, stopped) = score(rows, &self.l1_ratios, folds)?;
        let Scores { points, best, one_standard_error } = scores;
        if let Some(fitted) = stopped {
            return Ok((Chosen { points, best, one_standard_error, path: Vec::new() }, fitted));
        }
        let alpha = match self.rule {
            Rule::Best => best.alpha,
            Rule::OneStandardError => one_standard_error.alpha,
        };
        let of_share = points.iter().filter(|point| point.l1_ratio == best.l1_ratio);
        let alphas: Vec<f64> = of_share.map(|point| point.alpha).collect();
        let fits = rows.fits(best.l1_ratio, &alphas, None)?;
        // A path that was stopped may not have come as far.
        let taken = fits.iter().find(|fit| P::penalty(fit).0 == alpha).or(fits.last()).cloned();
        let Some(fitted) = taken else { return Err(ArgumentError::new("alphas", "are none")) };
        let path = fits.iter().map(|fit| (P::penalty(fit).0, coefficients(fit))).collect();
        Ok((Chosen { points, best, one_standard_error, path }, fitted))
    }
}
