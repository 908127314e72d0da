//! What is asked of an analysis.

use ravine::ArgumentError;
use ravine::matrix::SparseRows;
use ravine_data::{Design, LevelColumns, Response};

use super::family::ModelFamily;
use crate::family::{Family, Link};
use crate::model::{Direction, GeneralizedLinearModel, PenaltyUnits, Solver};
use crate::solve::Interrupter;

/// Where standard errors come from; see [`Covariance`](crate::inference::Covariance).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// The model's variances are believed.
    #[default]
    Model,
    /// The sandwich as it is.
    Hc0,
    /// With `n / (n - p)`.
    Hc1,
    /// With leverages.
    Hc2,
    /// With squared leverages.
    Hc3,
    /// Scores summed within clusters.
    Clustered,
}

/// Whether the likelihood is corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correction {
    /// It is not.
    #[default]
    None,
    /// Firth's penalty: see [`FirthLogistic`](crate::FirthLogistic).
    Firth,
}

/// Which of the penalties is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The one with the lowest deviance on rows that were held out.
    #[default]
    Best,
    /// The largest whose deviance is within a standard error of the lowest.
    OneStandardError,
}

/// The penalty by cross-validation.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Parts of the rows, each held out once. Default 5.
    pub folds: usize,
    /// Shares of L1 to choose among, from 0 to 1. Default 1 alone.
    pub l1_ratios: Vec<f64>,
    /// Of the parts. Default 1.
    pub seed: u64,
    /// Default [`Rule::Best`].
    pub rule: Rule,
}

impl Default for Choice {
    fn default() -> Self {
        Self { folds: 5, l1_ratios: vec![1.0], seed: 1, rule: Rule::Best }
    }
}

/// The rows that a model is fitted to.
#[derive(Clone, Debug)]
pub struct Cases {
    /// A row a case; it has an intercept where the model shall have one.
    pub design: Design,
    /// What is explained.
    pub response: Response,
    /// Weights, one a row.
    pub weights: Option<Vec<f64>>,
    /// What is added to the linear predictor.
    pub offset: Option<Vec<f64>>,
    /// Clusters of rows that are not independent, by number: of no kind, of one, or of two.
    pub clusters: Vec<Vec<usize>>,
}

impl Cases {
    /// The rows of a LIBSVM file, with an intercept.
    ///
    /// ```
    /// use ravine_data::read_libsvm;
    /// use ravine_glm::analysis::{Analysis, Cases};
    ///
    /// let (x, labels) = read_libsvm("3 1:1\n5 1:2\n7.5 1:3\n9 1:4\n".as_bytes(), "a.svm")?;
    /// let found = Analysis::default().fit(&Cases::of_sparse(x, labels))?;
    /// assert!(found.status.converged());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_sparse(matrix: SparseRows, labels: Vec<f64>) -> Self {
        let mut design = Design::sparse(matrix);
        design.add_intercept();
        let response = Response::Numbers(labels);
        Self { design, response, weights: None, offset: None, clusters: Vec::new() }
    }
}

/// What is fitted, and how.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::{Design, Response};
/// use ravine_glm::analysis::{Analysis, Cases, Estimate};
///
/// let mut x = Design::dense(
///     Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]),
///     vec!["dose".into()],
/// );
/// x.add_intercept();
/// let response = Response::Classes {
///     levels: vec!["ill".into(), "well".into()],
///     codes: vec![0, 0, 1, 0, 1, 1],
/// };
/// let cases = Cases { design: x, response, weights: None, offset: None, clusters: Vec::new() };
/// let found = Analysis::default().fit(&cases)?;
/// assert_eq!((found.family.name(), found.reason.as_str()), ("binomial", "the target has two classes"));
/// let slope = &found.model.coefficients[1];
/// assert!(matches!(slope.estimate, Estimate::Finite(b) if b > 0.0));
/// assert!(slope.p_value.unwrap() > 0.05);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// `None`: as the target suggests. Default `None`.
    pub family: Option<ModelFamily>,
    /// `None`: the family's default. Default `None`.
    pub link: Option<Link>,
    /// The class that counts as 1; `None`: the last of two. Default `None`.
    pub positive: Option<String>,
    /// The weight of `sum |b_j|`. Default 0.
    pub l1: f64,
    /// The weight of `sum b_j^2 / 2`. Default 0.
    pub l2: f64,
    /// Chooses the penalty in place of `l1` and `l2`. Default `None`.
    pub choice: Option<Choice>,
    /// In which units of the columns. Default [`PenaltyUnits::Columns`].
    pub penalty_units: PenaltyUnits,
    /// Columns without penalty, by name; the name of a term, as `region` of `region[north]` and
    /// `region[south]`, is that of all its columns, here and below. Default none.
    pub unpenalized: Vec<String>,
    /// Bounds of coefficients. Default none.
    pub bounds: Vec<(String, f64, f64)>,
    /// Terms whose coefficients L1 takes into the model together, or not at all: see
    /// [`ColumnGroup`](crate::ColumnGroup). Default none.
    pub together: Vec<String>,
    /// Terms whose coefficients rise or fall with the order of their columns: see
    /// [`MonotoneTerm`](crate::MonotoneTerm). Default none.
    pub monotone: Vec<(String, Direction)>,
    /// Default [`Correction::None`].
    pub correction: Correction,
    /// Default [`Errors::Model`].
    pub errors: Errors,
    /// The level of intervals. Default 0.95.
    pub level: f64,
    /// Default [`Solver::Automatic`].
    pub solver: Solver,
    /// How exact the fit is: see [`Test`](crate::Test). Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations. Default 200.
    pub iterations: usize,
    /// Who may end the fit. Default nobody.
    pub interrupter: Interrupter,
}

impl Default for Analysis {
    fn default() -> Self {
        let model = GeneralizedLinearModel::default();
        Self {
            family: None,
            link: None,
            positive: None,
            l1: 0.0,
            l2: 0.0,
            choice: None,
            penalty_units: PenaltyUnits::Columns,
            unpenalized: Vec::new(),
            bounds: Vec::new(),
            together: Vec::new(),
            monotone: Vec::new(),
            correction: Correction::None,
            errors: Errors::Model,
            level: 0.95,
            solver: Solver::Automatic,
            tolerance: model.tolerance,
            iterations: model.iterations,
            interrupter: model.interrupter,
        }
    }
}

impl Analysis {
    /// The size of the penalty and the share of L1 in it.
    pub(super) fn elastic_net(&self) -> (f64, f64) {
        let alpha = self.l1 + self.l2;
        (alpha, if alpha > 0.0 { self.l1 / alpha } else { 0.0 })
    }

    /// Whether categories keep all their levels, as they do where there is a penalty or one is chosen.
    ///
    /// ```
    /// use ravine_data::LevelColumns;
    /// use ravine_glm::analysis::Analysis;
    ///
    /// assert_eq!(Analysis::default().levels(), LevelColumns::FullRank);
    /// assert_eq!(Analysis { l2: 0.1, ..Analysis::default() }.levels(), LevelColumns::All);
    /// ```
    pub fn levels(&self) -> LevelColumns {
        match self.l1 > 0.0 || self.l2 > 0.0 || self.choice.is_some() {
            true => LevelColumns::All,
            false => LevelColumns::FullRank,
        }
    }

    /// Checks what no fit looks at; `family` is the one that is fitted.
    pub(super) fn check(&self, family: ModelFamily) -> Result<(), ArgumentError> {
        for (name, value) in [("l1", self.l1), ("l2", self.l2)] {
            let allowed = value >= 0.0 && value.is_finite();
            ArgumentError::check(allowed, name, value, "zero or positive, and finite")?;
        }
        for (name, value) in [("tolerance", self.tolerance), ("level", self.level)] {
            ArgumentError::check(value > 0.0 && value < 1.0, name, value, "above 0 and below 1")?;
        }
        let most = self.iterations;
        ArgumentError::check(most > 0, "iterations", most, "at least 1")?;
        for &ratio in self.choice.iter().flat_map(|choice| &choice.l1_ratios) {
            ArgumentError::check((0.0..=1.0).contains(&ratio), "l1_ratio", ratio, "from 0 to 1")?;
        }
        let penalized = self.l1 > 0.0 || self.l2 > 0.0;
        if self.choice.is_some() && penalized {
            let message = "is given with a penalty, but chooses one; leave `l1` and `l2` out";
            return Err(ArgumentError::new("choice", message));
        }
        if !self.unpenalized.is_empty() && !penalized && self.choice.is_none() {
            return Err(ArgumentError::new("unpenalized", "is given, but there is no penalty"));
        }
        let deviations = self.penalty_units == PenaltyUnits::Deviations;
        if deviations && !penalized && self.choice.is_none() {
            return Err(ArgumentError::new("standardize", "is given, but there is no penalty"));
        }
        let selects = match &self.choice {
            None => self.l1 > 0.0,
            Some(choice) => choice.l1_ratios.iter().any(|&ratio| ratio > 0.0),
        };
        if !self.together.is_empty() && !selects {
            let message =
                "is given, but there is no L1 penalty that takes terms in or leaves them out";
            return Err(ArgumentError::new("together", message));
        }
        if self.correction == Correction::Firth {
            let binomial = family == ModelFamily::Of(Family::Binomial);
            let logit = self.link.is_none_or(|link| link == Link::Logit);
            let free = self.bounds.is_empty() && self.monotone.is_empty();
            if penalized || self.choice.is_some() || !free || !binomial || !logit {
                let message = "is given, but is for logistic regression without other penalties and \
                               without bounds";
                return Err(ArgumentError::new("firth", message));
            }
        }
        Ok(())
    }
}
