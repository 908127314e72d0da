//! Penalties of a model of several classes, and the choice among them.

use ravine::ArgumentError;
use ravine_data::Design;

use super::LEAST_RATIO;
use super::grid::{EXPLAINED, Grid};
use super::scoring::{Assignment, CrossValidated, Penalized, Scores, fit_best};
use crate::multinomial::{Multinomial, MultinomialFit, class_deviance};
use crate::solve::Status;

/// [`Path`](crate::Path) of a [`Multinomial`] model.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{Multinomial, MultinomialPath};
///
/// let x = Matrix::from_rows(&[[0.0], [0.2], [1.0], [1.3], [2.0], [2.4]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let model = Multinomial { l1_ratio: 1.0, ..Default::default() };
/// let path = MultinomialPath { model, count: 4, ..Default::default() };
/// let fits = path.fit(&x, &[0, 0, 1, 1, 2, 2], None)?;
/// // At the first alpha all coefficients are zero.
/// assert!(fits[0].coefficients.iter().all(|b| b[0] == 0.0));
/// assert!(fits[1].coefficients.iter().any(|b| b[0] != 0.0));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MultinomialPath {
    /// All settings but alpha.
    pub model: Multinomial,
    /// The alphas, taken in falling order; `None` for a geometric grid from the least alpha at which
    /// all coefficients are zero. Default `None`.
    pub alphas: Option<Vec<f64>>,
    /// Points of the grid. Default 100.
    pub count: usize,
    /// The last alpha by the first; `None` for 1e-4 where there are more rows than columns, else 1e-2.
    /// Default `None`.
    pub ratio: Option<f64>,
}

impl Default for MultinomialPath {
    fn default() -> Self {
        Self { model: Multinomial::default(), alphas: None, count: 100, ratio: None }
    }
}

impl MultinomialPath {
    /// The least alpha at which all coefficients are zero,
    /// `max_jk |sum_i w_i x_ij (p_k - 1[y_i = k])| / (W l1_ratio)`, with the shares `p_k` of the classes
    /// where there are intercepts, and equal ones else.
    ///
    /// # Errors
    ///
    /// If sizes do not fit, or classes depend on no column.
    pub fn largest_alpha(
        &self,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<f64, ArgumentError> {
        let shares = Multinomial::shares(design, classes, weights)?;
        let total: f64 = shares.iter().sum();
        let intercept = self.model.intercept || design.has_intercept();
        let equal = 1.0 / shares.len() as f64;
        let mut gradient = vec![0.0; design.columns()];
        let mut largest = 0.0_f64;
        for (k, share) in shares.iter().enumerate() {
            let p = if intercept { share / total } else { equal };
            let slope = |i: usize| {
                weights.map_or(1.0, |w| w[i]) / total * (p - f64::from(u8::from(classes[i] == k)))
            };
            let slopes: Vec<f64> = (0..classes.len()).map(slope).collect();
            design.multiply_columns_transposed(&slopes, &mut gradient);
            largest = gradient.iter().fold(largest, |most, g| most.max(g.abs()));
        }
        if largest == 0.0 {
            return Err(ArgumentError::new("classes", "do not depend on any column"));
        }
        Ok(largest / self.model.l1_ratio.max(LEAST_RATIO))
    }

    /// The alphas in falling order.
    ///
    /// # Errors
    ///
    /// Those of [`largest_alpha`](Self::largest_alpha), and alphas that are negative or none.
    pub fn grid(
        &self,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<Vec<f64>, ArgumentError> {
        let grid = Grid { alphas: self.alphas.as_deref(), count: self.count, ratio: self.ratio };
        grid.of(design, || self.largest_alpha(design, classes, weights))
    }

    /// Fits the model at each alpha of the grid, each from the one before; a grid that is not given ends
    /// early where the fits explain 99.9 % of the null deviance. A fit that is stopped is the last.
    ///
    /// # Errors
    ///
    /// Those of [`grid`](Self::grid) and of [`Multinomial::fit`].
    pub fn fit(
        &self,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<Vec<MultinomialFit>, ArgumentError> {
        let alphas = self.grid(design, classes, weights)?;
        self.fit_at(&alphas, design, classes, weights, self.alphas.is_none())
    }

    fn fit_at(
        &self,
        alphas: &[f64],
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
        may_end: bool,
    ) -> Result<Vec<MultinomialFit>, ArgumentError> {
        let mut fits: Vec<MultinomialFit> = Vec::with_capacity(alphas.len());
        for &alpha in alphas {
            let model = Multinomial { alpha, ..self.model.clone() };
            let start = fits.last().map(|last| (&last.intercepts[..], &last.coefficients[..]));
            let fitted = model.fit_from(design, classes, weights, start)?;
            let null = fits.first().unwrap_or(&fitted).log_likelihood;
            let explained = fitted.log_likelihood >= (1.0 - EXPLAINED) * null;
            let stopped = fitted.status == Status::Stopped;
            fits.push(fitted);
            if stopped || may_end && explained {
                break;
            }
        }
        Ok(fits)
    }
}

/// [`CrossValidation`](crate::CrossValidation) of a [`Multinomial`] model: each class has its share in
/// every fold.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{Multinomial, MultinomialCrossValidation, MultinomialPath};
///
/// let x = Matrix::from_fn(60, 2, |i, j| ((i * (j + 3) * 37) % 61) as f64 / 30.0 - 1.0);
/// let classes: Vec<usize> = (0..60)
///     .map(|i| match x[(i, 0)] + 0.2 * ((i * 13 % 7) as f64 - 3.0) {
///         z if z < -0.4 => 0,
///         z if z < 0.4 => 1,
///         _ => 2,
///     })
///     .collect();
/// let x = Design::dense(x, vec!["a".into(), "b".into()]);
/// let model = Multinomial { l1_ratio: 1.0, ..Default::default() };
/// let path = MultinomialPath { model, count: 15, ..Default::default() };
/// let chosen = MultinomialCrossValidation { path, ..Default::default() };
/// let chosen = chosen.fit(&x, &classes, None)?;
/// assert!(chosen.fitted.coefficients[2][0] > 0.5);
/// assert!(chosen.one_standard_error.alpha >= chosen.best.alpha);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MultinomialCrossValidation {
    /// The path.
    pub path: MultinomialPath,
    /// Shares of L1 to choose among; none for that of the model. Default none.
    pub l1_ratios: Vec<f64>,
    /// The number of folds. Default 5.
    pub folds: usize,
    /// Of the random assignment of rows. Default 1.
    pub seed: u64,
    /// Rows of the same number stay together: one number a row. Default `None`.
    pub groups: Option<Vec<usize>>,
}

impl Default for MultinomialCrossValidation {
    fn default() -> Self {
        let path = MultinomialPath::default();
        Self { path, l1_ratios: Vec::new(), folds: 5, seed: 1, groups: None }
    }
}

/// What [`MultinomialCrossValidation`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenMultinomial {
    /// All penalties, share by share with falling alpha.
    pub points: Vec<CrossValidated>,
    /// The one of least held-out deviance.
    pub best: CrossValidated,
    /// Of the same share, the one of largest alpha within a standard error of the best.
    pub one_standard_error: CrossValidated,
    /// The fold of each row.
    pub folds: Vec<usize>,
    /// The model of all rows at the best penalty; where a fit was stopped before, that one.
    pub fitted: MultinomialFit,
}

/// A path and the rows that it is fitted to.
pub(crate) struct PathOfClasses<'a> {
    pub(crate) path: &'a MultinomialPath,
    pub(crate) design: &'a Design,
    pub(crate) classes: &'a [usize],
    pub(crate) weights: Option<&'a [f64]>,
}

impl PathOfClasses<'_> {
    fn with_share(&self, l1_ratio: f64) -> MultinomialPath {
        let model = Multinomial { l1_ratio, ..self.path.model.clone() };
        MultinomialPath { model, ..self.path.clone() }
    }
}

impl Penalized for PathOfClasses<'_> {
    type Fit = MultinomialFit;

    fn rows(&self) -> usize {
        self.classes.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    fn alphas(&self, l1_ratio: f64) -> Result<Vec<f64>, ArgumentError> {
        self.with_share(l1_ratio).grid(self.design, self.classes, self.weights)
    }

    fn fits(
        &self,
        l1_ratio: f64,
        alphas: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Vec<MultinomialFit>, ArgumentError> {
        let path = self.with_share(l1_ratio);
        path.fit_at(alphas, self.design, self.classes, weights.or(self.weights), false)
    }

    fn is_stopped(fit: &MultinomialFit) -> bool {
        fit.status == Status::Stopped
    }

    fn penalty(fit: &MultinomialFit) -> (f64, f64) {
        (fit.alpha, fit.l1_ratio)
    }

    fn deviance(&self, fit: &MultinomialFit, weight: &dyn Fn(usize) -> f64) -> f64 {
        class_deviance(self.design, self.classes, fit, weight)
    }
}

impl MultinomialCrossValidation {
    /// The fold of each row: at random by the seed, whole groups together, and each class with the same
    /// share in every fold where there are no groups.
    ///
    /// # Errors
    ///
    /// If there are fewer than two folds, or more than rows or groups.
    pub fn assign(&self, classes: &[usize]) -> Result<Vec<usize>, ArgumentError> {
        let assignment =
            Assignment { folds: self.folds, seed: self.seed, groups: self.groups.as_deref() };
        assignment.of(classes.len(), Some(&|i| classes[i]))
    }

    /// Chooses the penalty and fits all rows with it.
    ///
    /// # Errors
    ///
    /// Those of [`assign`](Self::assign) and [`MultinomialPath::fit`]; and if the training rows of a fold
    /// lack a class.
    pub fn fit(
        &self,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<ChosenMultinomial, ArgumentError> {
        Multinomial::shares(design, classes, weights)?;
        let folds = self.assign(classes)?;
        let rows = PathOfClasses { path: &self.path, design, classes, weights };
        let own = self.path.model.l1_ratio;
        let (scores, fitted) = fit_best(&rows, &self.l1_ratios, own, &folds)?;
        let Scores { points, best, one_standard_error } = scores;
        Ok(ChosenMultinomial { points, best, one_standard_error, folds, fitted })
    }
}
