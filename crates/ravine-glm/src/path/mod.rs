//! Fits over a range of penalties, and the choice among them by cross-validation.

mod cross_validation;
mod grid;
mod multinomial;
mod scoring;
mod splits;
mod squares;

pub(crate) use cross_validation::PathOfRows;
pub use cross_validation::{ChosenModel, CrossValidation};
pub(crate) use multinomial::PathOfClasses;
pub use multinomial::{ChosenMultinomial, MultinomialCrossValidation, MultinomialPath};
pub use scoring::CrossValidated;
use scoring::HeldOut;
pub(crate) use scoring::{Penalized, Scores, score};
use splits::Splits;

use ravine::ArgumentError;
use ravine::vector::norm;
use ravine_data::Design;

use crate::Status;
use crate::model::{
    ColumnGroup, FittedModel, GeneralizedLinearModel, PenaltyUnits, Targets, by_increments,
    column_deviations, null_point, problem_of,
};
use crate::solve::coordinate_descent::Kept;
use grid::{EXPLAINED, Grid};

/// Below this share of L1 the largest alpha is that of this share, as ridge alone has none.
const LEAST_RATIO: f64 = 1e-3;

/// The norm of the gradient of a group by the weight of the group.
fn group_pull(group: &ColumnGroup, gradient: &[f64]) -> f64 {
    let own: Vec<f64> = group.columns.iter().map(|&j| gradient[j]).collect();
    norm(&own) / group.weight.unwrap_or((own.len() as f64).sqrt())
}

/// Fits for a falling sequence of alphas, each started from the one before, with its own certificate.
///
/// Source: Friedman, Hastie and Tibshirani, Regularization paths for generalized linear models via
/// coordinate descent (2010).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{GeneralizedLinearModel, Path};
///
/// let x = Matrix::from_rows(&[[0.0, 1.0], [1.0, -1.0], [2.0, 0.5], [3.0, -0.3]]);
/// let x = Design::dense(x, vec!["a".into(), "b".into()]);
/// let model = GeneralizedLinearModel { l1_ratio: 1.0, ..Default::default() };
/// let path = Path { model, count: 5, ..Default::default() };
/// let points = path.fit(&x, &[0.1, 0.9, 2.2, 2.8])?;
/// // At the first alpha all coefficients are zero, at the next one is not.
/// assert_eq!(points[0].coefficients, [0.0, 0.0]);
/// assert!(points[1].coefficients[0] > 0.0);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Path {
    /// All settings but alpha.
    pub model: GeneralizedLinearModel,
    /// The alphas, taken in falling order; `None` for a geometric grid from the least alpha at which
    /// all penalized coefficients are zero. Default `None`.
    pub alphas: Option<Vec<f64>>,
    /// Points of the grid. Default 100.
    pub count: usize,
    /// The last alpha by the first; `None` for 1e-4 where there are more rows than columns, else 1e-2.
    /// Default `None`.
    pub ratio: Option<f64>,
}

impl Default for Path {
    fn default() -> Self {
        Self { model: GeneralizedLinearModel::default(), alphas: None, count: 100, ratio: None }
    }
}

impl Path {
    /// The least alpha at which all penalized coefficients are zero, `max_j |g_j| / (l1_ratio pf_j)`, by the deviations where penalties are in those units, with
    /// the gradient g of the model of intercept, offset and columns without penalty; with a lower bound
    /// of zero only gradients that pull upward count.
    ///
    /// # Errors
    ///
    /// Those of [`GeneralizedLinearModel::fit`]; and if the targets do not depend on any column.
    pub fn largest_alpha<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<f64, ArgumentError> {
        let targets = targets.into();
        if let Some((model, design)) = by_increments(&self.model, design)? {
            return Self { model, ..self.clone() }.largest_alpha(&design, targets);
        }
        let n = design.columns();
        let factors = self.model.penalty_factors.clone().unwrap_or_else(|| vec![1.0; n]);
        let null = GeneralizedLinearModel { alpha: 0.0, ..self.model.clone() };
        let problem = problem_of(&null, design, &targets)?;
        let (point, rows) = null_point(&problem, &targets)?;
        let mut gradient = vec![0.0; n];
        if factors.contains(&0.0) {
            // Penalized coefficients are held at zero.
            let bound = |far: f64| -> Vec<f64> {
                factors.iter().map(|&f| if f == 0.0 { far } else { 0.0 }).collect()
            };
            let held = GeneralizedLinearModel {
                lower: Some(bound(f64::NEG_INFINITY)),
                upper: Some(bound(f64::INFINITY)),
                solver: crate::Solver::Automatic,
                ..null
            };
            let fitted = held.fit(design, targets)?;
            let slopes: Vec<f64> = (0..targets.y.len())
                .map(|i| {
                    let slope = problem.loss.row(targets.y[i], fitted.linear_predictor[i]).slope;
                    problem.weights[i] * slope
                })
                .collect();
            design.multiply_columns_transposed(&slopes, &mut gradient);
        } else {
            problem.gradient(&rows, &mut gradient);
        }
        if self.model.penalty_units == PenaltyUnits::Deviations {
            let deviations = column_deviations(design, &problem.weights, problem.intercept);
            gradient.iter_mut().zip(&deviations).for_each(|(g, s)| *g /= s);
        }
        let at_zero =
            |bound: &Option<Vec<f64>>, j: usize| bound.as_ref().is_some_and(|b| b[j] == 0.0);
        let mut alone: Vec<bool> = factors.iter().map(|&f| f > 0.0).collect();
        let grouped = self.model.groups.iter().flat_map(|group| &group.columns);
        grouped.for_each(|&j| alone[j] = false);
        let pull = (0..n).filter(|&j| alone[j]).map(|j| {
            let g = gradient[j];
            let up = if at_zero(&self.model.upper, j) { 0.0 } else { -g };
            let down = if at_zero(&self.model.lower, j) { 0.0 } else { g };
            up.max(down).max(0.0) / factors[j]
        });
        let alone = pull.fold(0.0, f64::max);
        let of_groups = self.model.groups.iter().map(|group| group_pull(group, &gradient));
        let largest = of_groups.fold(alone, f64::max) / self.model.l1_ratio.max(LEAST_RATIO);
        // Rounding of the gradient at a perfect null model is no slope.
        if largest <= 1e-14 * point.intercept.abs() || largest == 0.0 {
            let message = "the targets do not depend on any penalized column";
            return Err(ArgumentError::new("y", message));
        }
        Ok(largest)
    }

    /// The alphas in falling order.
    ///
    /// # Errors
    ///
    /// Those of [`largest_alpha`](Self::largest_alpha), and alphas that are negative or none.
    pub fn grid<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<Vec<f64>, ArgumentError> {
        let grid = Grid { alphas: self.alphas.as_deref(), count: self.count, ratio: self.ratio };
        grid.of(design, || self.largest_alpha(design, targets))
    }

    /// Fits the model at each alpha of the grid; a grid that is not given ends early where the fits
    /// explain 99.9 % of the null deviance. A fit that is stopped is the last.
    ///
    /// # Errors
    ///
    /// Those of [`grid`](Self::grid).
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<Vec<FittedModel>, ArgumentError> {
        let targets = targets.into();
        let alphas = self.grid(design, targets)?;
        self.fit_at(&alphas, design, targets, self.alphas.is_none())
    }

    /// The mean deviance of rows held out, at shares of L1 with their falling alphas: by share and split, of
    /// the rows that are fitted and those that are held out, a number an alpha. None for a split that holds
    /// out no weight, and none at all where a fit was stopped.
    ///
    /// # Errors
    ///
    /// Those of [`GeneralizedLinearModel::fit`], and rows that there are not.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::Path;
    ///
    /// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0]]);
    /// let x = Design::dense(x, vec!["a".into()]);
    /// let splits = [(vec![0, 1, 3], vec![2]), (vec![1, 2, 3], vec![0])];
    /// let grid = (1.0, vec![0.1, 1e-6]);
    /// let found = Path::default().held_out(&x, &[1.0, 3.0, 5.0, 7.0], &[grid], &splits)?;
    /// // The points lie on a line, from which the penalty keeps.
    /// assert!(found[0][1][0] > 1e-3 && found[0][1][1] < 1e-9);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn held_out<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
        grids: &[(f64, Vec<f64>)],
        splits: &[(Vec<usize>, Vec<usize>)],
    ) -> Result<Vec<Vec<Vec<f64>>>, ArgumentError> {
        let targets = targets.into();
        targets.check(design.rows())?;
        let rows = targets.y.len();
        for (k, (training, held)) in splits.iter().enumerate() {
            if let Some(i) = training.iter().chain(held).find(|&&i| i >= rows) {
                let name = format!("splits[{k}]");
                ArgumentError::check(false, &name, i, &format!("a row, below {rows}"))?;
            }
        }
        let rows = PathOfRows { path: self, design, targets };
        match rows.held_out(grids, &Splits::Lists(splits))? {
            HeldOut::Deviances(deviances) => Ok(deviances),
            HeldOut::Stopped(_) => Ok(Vec::new()),
        }
    }

    fn fit_at(
        &self,
        alphas: &[f64],
        design: &Design,
        targets: Targets<'_>,
        may_end: bool,
    ) -> Result<Vec<FittedModel>, ArgumentError> {
        let mut points: Vec<FittedModel> = Vec::with_capacity(alphas.len());
        let mut null_deviance = None;
        let mut kept = Kept::of_path();
        for &alpha in alphas {
            let model = GeneralizedLinearModel { alpha, ..self.model.clone() };
            let start = points.last().map(|last| (last.intercept, &last.coefficients[..]));
            let fitted = model.fit_sharing(design, targets, start, &mut kept)?;
            let deviance = deviance(&fitted, &targets, |i| targets.weight(i));
            let null = *null_deviance.get_or_insert(deviance);
            let stopped = fitted.status == Status::Stopped;
            points.push(fitted);
            if stopped || may_end && deviance <= (1.0 - EXPLAINED) * null {
                break;
            }
        }
        Ok(points)
    }
}

/// The deviance of the rows with these weights, at the linear predictor of a fit.
fn deviance(fitted: &FittedModel, targets: &Targets<'_>, weight: impl Fn(usize) -> f64) -> f64 {
    let rows = (0..targets.y.len()).filter(|&i| weight(i) > 0.0);
    let of =
        |i: usize| weight(i) * fitted.loss.unit_deviance(targets.y[i], fitted.linear_predictor[i]);
    rows.map(of).sum()
}
