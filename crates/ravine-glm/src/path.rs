//! Fits over a range of penalties, and the choice among them by cross-validation.

use ravine::ArgumentError;
use ravine::random::Random;
use ravine::vector::norm;
use ravine_data::Design;

use crate::Status;
use crate::family::Family;
use crate::model::{
    ColumnGroup, FittedModel, GeneralizedLinearModel, Targets, by_increments, null_point,
    problem_of,
};
use crate::solve::coordinate_descent::Kept;

/// Below this share of L1 the largest alpha is that of this share, as ridge alone has none.
const LEAST_RATIO: f64 = 1e-3;
/// A path ends where this share of the null deviance is explained.
const EXPLAINED: f64 = 0.999;

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
    /// The least alpha at which all penalized coefficients are zero, `max_j |g_j| / (l1_ratio pf_j)` with
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
        if let Some(alphas) = &self.alphas {
            ArgumentError::check(!alphas.is_empty(), "alphas.len()", 0, "at least 1")?;
            if let Some(i) = alphas.iter().position(|a| !(*a >= 0.0 && a.is_finite())) {
                let name = format!("alphas[{i}]");
                ArgumentError::check(false, &name, alphas[i], "zero or positive, and finite")?;
            }
            let mut alphas = alphas.clone();
            alphas.sort_by(|a, b| b.total_cmp(a));
            return Ok(alphas);
        }
        let count = self.count;
        ArgumentError::check(count > 0, "count", count, "at least 1")?;
        let wide = design.rows() <= design.columns();
        let ratio = self.ratio.unwrap_or(if wide { 1e-2 } else { 1e-4 });
        ArgumentError::check(ratio > 0.0 && ratio < 1.0, "ratio", ratio, "above 0 and below 1")?;
        let first = self.largest_alpha(design, targets)?;
        let step = |k: usize| ratio.powf(k as f64 / (count.max(2) - 1) as f64);
        Ok((0..count).map(|k| first * step(k)).collect())
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

/// One penalty and what held-out rows say of it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CrossValidated {
    /// The size of the penalty.
    pub alpha: f64,
    /// The share of L1.
    pub l1_ratio: f64,
    /// The mean over folds of the held-out deviance by the held-out weight.
    pub deviance: f64,
    /// The standard error of that mean.
    pub standard_error: f64,
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

impl ChosenModel {
    /// Nothing was chosen: a fit of a fold was stopped.
    fn stopped(points: Vec<CrossValidated>, folds: Vec<usize>, fitted: FittedModel) -> Self {
        let best = CrossValidated {
            alpha: fitted.model.alpha,
            l1_ratio: fitted.model.l1_ratio,
            deviance: f64::INFINITY,
            standard_error: f64::INFINITY,
        };
        Self { points, best, one_standard_error: best, folds, fitted }
    }
}

/// What held-out rows say of penalties: see [`ChosenModel`].
pub(crate) struct Scores {
    pub(crate) points: Vec<CrossValidated>,
    pub(crate) best: CrossValidated,
    pub(crate) one_standard_error: CrossValidated,
    pub(crate) folds: Vec<usize>,
}

/// How the scoring of penalties ended.
pub(crate) enum Scoring {
    Done(Scores),
    /// A fit of a fold was stopped.
    Stopped(Box<ChosenModel>),
}

impl CrossValidation {
    /// The fold of each row: at random by the seed, whole groups together, and of two classes the same
    /// share of each class in every fold.
    ///
    /// # Errors
    ///
    /// If there are fewer than two folds, or more than rows or groups.
    pub fn assign(&self, y: &[f64]) -> Result<Vec<usize>, ArgumentError> {
        let n = y.len();
        let mut random = Random::new(self.seed);
        let groups: Vec<usize> = match &self.groups {
            None => (0..n).collect(),
            Some(groups) => {
                let allowed = format!("one a row, {n}");
                ArgumentError::check(groups.len() == n, "groups.len()", groups.len(), &allowed)?;
                groups.clone()
            }
        };
        let mut names: Vec<usize> = groups.clone();
        names.sort_unstable();
        names.dedup();
        let (folds, most) = (self.folds, names.len());
        let allowed = format!("at least 2 and at most {most}, the number of rows or groups");
        ArgumentError::check(folds >= 2 && folds <= most, "folds", folds, &allowed)?;
        random.shuffle(&mut names);
        let classes = matches!(
            self.path.model.family,
            Family::Binomial | Family::SquaredHinge | Family::SmoothedHinge { .. }
        );
        if classes && self.groups.is_none() && y.iter().all(|&y| y == 0.0 || y == 1.0) {
            // Classes one after another: every fold has its share of each.
            names.sort_by(|&i, &j| y[i].total_cmp(&y[j]));
        }
        let fold: std::collections::BTreeMap<usize, usize> =
            names.into_iter().enumerate().map(|(k, name)| (name, k % folds)).collect();
        Ok(groups.iter().map(|group| fold[group]).collect())
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
        let Scores { points, best, one_standard_error, folds } =
            match self.score(design, targets)? {
                Scoring::Done(scores) => scores,
                Scoring::Stopped(stopped) => return Ok(*stopped),
            };
        // All rows, down to the best alpha from the largest.
        let down: Vec<f64> = points
            .iter()
            .filter(|point| point.l1_ratio == best.l1_ratio && point.alpha >= best.alpha)
            .map(|point| point.alpha)
            .collect();
        let model = GeneralizedLinearModel { l1_ratio: best.l1_ratio, ..self.path.model.clone() };
        let path = Path { model, ..self.path.clone() };
        let mut fits = path.fit_at(&down, design, targets, false)?;
        match fits.pop() {
            Some(fitted) => Ok(ChosenModel { points, best, one_standard_error, folds, fitted }),
            None => Err(ArgumentError::new("alphas", "are none")),
        }
    }

    /// What held-out rows say of every penalty.
    pub(crate) fn score(
        &self,
        design: &Design,
        targets: Targets<'_>,
    ) -> Result<Scoring, ArgumentError> {
        targets.check(design.rows())?;
        let folds = self.assign(targets.y)?;
        let own = [self.path.model.l1_ratio];
        let ratios = if self.l1_ratios.is_empty() { &own[..] } else { &self.l1_ratios };
        let mut points = Vec::new();
        for &l1_ratio in ratios {
            let model = GeneralizedLinearModel { l1_ratio, ..self.path.model.clone() };
            let path = Path { model, ..self.path.clone() };
            let alphas = path.grid(design, targets)?;
            let mut scores = vec![Vec::with_capacity(self.folds); alphas.len()];
            for fold in 0..self.folds {
                let weight = |i: usize, held: bool| {
                    if (folds[i] == fold) == held { targets.weight(i) } else { 0.0 }
                };
                let training: Vec<f64> = (0..folds.len()).map(|i| weight(i, false)).collect();
                let held: f64 = (0..folds.len()).map(|i| weight(i, true)).sum();
                if held == 0.0 {
                    continue;
                }
                let part = Targets { weights: Some(&training), ..targets };
                let fits = path.fit_at(&alphas, design, part, false)?;
                if let Some(last) = fits.last().filter(|last| last.status == Status::Stopped) {
                    let stopped = ChosenModel::stopped(points, folds, last.clone());
                    return Ok(Scoring::Stopped(Box::new(stopped)));
                }
                for (scores, fitted) in scores.iter_mut().zip(&fits) {
                    scores.push(deviance(fitted, &targets, |i| weight(i, true)) / held);
                }
            }
            for (&alpha, scores) in alphas.iter().zip(&scores) {
                let count = scores.len() as f64;
                let mean = scores.iter().sum::<f64>() / count;
                let square: f64 = scores.iter().map(|s| (s - mean).powi(2)).sum();
                let standard_error = (square / (count - 1.0).max(1.0) / count).sqrt();
                points.push(CrossValidated { alpha, l1_ratio, deviance: mean, standard_error });
            }
        }
        let Some(best) = points.iter().copied().min_by(|a, b| a.deviance.total_cmp(&b.deviance))
        else {
            return Err(ArgumentError::new("alphas", "are none"));
        };
        let near = |point: &&CrossValidated| {
            point.l1_ratio == best.l1_ratio && point.deviance <= best.deviance + best.standard_error
        };
        let one_standard_error = points.iter().find(near).copied().unwrap_or(best);
        Ok(Scoring::Done(Scores { points, best, one_standard_error, folds }))
    }
}
