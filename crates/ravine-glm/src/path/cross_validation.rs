//! The choice of a penalty of a generalized linear model by cross-validation.

use ravine::ArgumentError;
use ravine_data::Design;

use super::scoring::{Assignment, CrossValidated, HeldOut, Penalized, Scores, by_fits, fit_best};
use super::splits::Splits;
use super::{Path, deviance, squares};
use crate::Status;
use crate::family::Family;
use crate::model::{FittedModel, GeneralizedLinearModel, Targets};

/// The choice of alpha, and of the share of L1 among several, by the deviance of rows that were held
/// out. The grid comes from all rows, and the folds are the same for all alphas and shares; a fold is
/// held out by weights of zero, so that the design is shared and never copied.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{CrossValidation, GeneralizedLinearModel, Path};
///
/// let x = Matrix::from_fn(40, 3, |i, j| ((i * (j + 3) * 37) % 41) as f64 / 20.0 - 1.0);
/// let y: Vec<f64> = (0..40).map(|i| x[(i, 0)] + 0.2 * ((i * 13 % 7) as f64 - 3.0)).collect();
/// let x = Design::dense(x, vec!["a".into(), "b".into(), "c".into()]);
/// let path = Path { count: 20, ..Default::default() };
/// let chosen = CrossValidation { path, l1_ratios: vec![0.5, 1.0], ..Default::default() };
/// let chosen = chosen.fit(&x, &y)?;
/// assert!(chosen.fitted.coefficients[0] > 0.5);
/// assert!(chosen.one_standard_error.alpha >= chosen.best.alpha);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossValidation {
    /// The path.
    pub path: Path,
    /// Shares of L1 to choose among; none for that of the model. Default none.
    pub l1_ratios: Vec<f64>,
    /// The number of folds. Default 5.
    pub folds: usize,
    /// Of the random assignment of rows. Default 1.
    pub seed: u64,
    /// Rows of the same number stay together: one number a row. Default `None`.
    pub groups: Option<Vec<usize>>,
}

impl Default for CrossValidation {
    fn default() -> Self {
        Self { path: Path::default(), l1_ratios: Vec::new(), folds: 5, seed: 1, groups: None }
    }
}

/// What [`CrossValidation`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenModel {
    /// All penalties, share by share with falling alpha.
    pub points: Vec<CrossValidated>,
    /// The one of least held-out deviance.
    pub best: CrossValidated,
    /// Of the same share, the one of largest alpha within a standard error of the best.
    pub one_standard_error: CrossValidated,
    /// The fold of each row.
    pub folds: Vec<usize>,
    /// The model of all rows at the best penalty; where a fit was stopped before, that one.
    pub fitted: FittedModel,
}

/// A path and the rows that it is fitted to.
pub(crate) struct PathOfRows<'a> {
    pub(crate) path: &'a Path,
    pub(crate) design: &'a Design,
    pub(crate) targets: Targets<'a>,
}

impl PathOfRows<'_> {
    fn with_share(&self, l1_ratio: f64) -> Path {
        let model = GeneralizedLinearModel { l1_ratio, ..self.path.model.clone() };
        Path { model, ..self.path.clone() }
    }
}

impl Penalized for PathOfRows<'_> {
    type Fit = FittedModel;

    fn rows(&self) -> usize {
        self.targets.y.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.targets.weight(row)
    }

    fn alphas(&self, l1_ratio: f64) -> Result<Vec<f64>, ArgumentError> {
        self.with_share(l1_ratio).grid(self.design, self.targets)
    }

    fn fits(
        &self,
        l1_ratio: f64,
        alphas: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Vec<FittedModel>, ArgumentError> {
        let part = Targets { weights: weights.or(self.targets.weights), ..self.targets };
        self.with_share(l1_ratio).fit_at(alphas, self.design, part, false)
    }

    fn is_stopped(fit: &FittedModel) -> bool {
        fit.status == Status::Stopped
    }

    fn penalty(fit: &FittedModel) -> (f64, f64) {
        (fit.model.alpha, fit.model.l1_ratio)
    }

    fn deviance(&self, fit: &FittedModel, weight: &dyn Fn(usize) -> f64) -> f64 {
        deviance(fit, &self.targets, weight)
    }

    /// Where Gram matrices decide, the fit at the last alpha needs none before it.
    fn fit_last(
        &self,
        l1_ratio: f64,
        alphas: &[f64],
    ) -> Result<Option<FittedModel>, ArgumentError> {
        let last = &alphas[alphas.len().saturating_sub(1)..];
        let alone = squares::applies(self.path, self.design, &[(l1_ratio, last.to_vec())]);
        Ok(self.fits(l1_ratio, if alone { last } else { alphas }, None)?.pop())
    }

    fn held_out(
        &self,
        grids: &[(f64, Vec<f64>)],
        splits: &Splits<'_>,
    ) -> Result<HeldOut<FittedModel>, ArgumentError> {
        if squares::applies(self.path, self.design, grids)
            && let Some(found) =
                squares::deviances(self.path, self.design, self.targets, grids, splits)?
        {
            return Ok(HeldOut::Deviances(found));
        }
        by_fits(self, grids, splits)
    }
}

impl CrossValidation {
    /// The fold of each row: at random by the seed, whole groups together, and of two classes the same
    /// share of each class in every fold.
    ///
    /// # Errors
    ///
    /// If there are fewer than two folds, or more than rows or groups.
    pub fn assign(&self, y: &[f64]) -> Result<Vec<usize>, ArgumentError> {
        let binary = matches!(
            self.path.model.family,
            Family::Binomial | Family::SquaredHinge | Family::SmoothedHinge { .. }
        );
        let class = |i: usize| usize::from(y[i] == 1.0);
        let classes = binary && y.iter().all(|&y| y == 0.0 || y == 1.0);
        let assignment =
            Assignment { folds: self.folds, seed: self.seed, groups: self.groups.as_deref() };
        assignment.of(y.len(), classes.then_some(&class as &dyn Fn(usize) -> usize))
    }

    /// Chooses the penalty and fits all rows with it.
    ///
    /// # Errors
    ///
    /// Those of [`assign`](Self::assign) and [`Path::fit`]; also of a fold whose training rows allow no
    /// fit, such as a single class.
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<ChosenModel, ArgumentError> {
        let targets = targets.into();
        targets.check(design.rows())?;
        let folds = self.assign(targets.y)?;
        let rows = PathOfRows { path: &self.path, design, targets };
        let own = self.path.model.l1_ratio;
        let (scores, fitted) = fit_best(&rows, &self.l1_ratios, own, &folds)?;
        let Scores { points, best, one_standard_error } = scores;
        Ok(ChosenModel { points, best, one_standard_error, folds, fitted })
    }
}
