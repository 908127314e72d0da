//! The settings of a model.

use super::monotone::MonotoneTerm;
use crate::family::{Family, Link};
use crate::solve::Interrupter;

/// How the objective is minimized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// Chosen from shape, density and penalty; the fitted model says which and why.
    #[default]
    Automatic,
    /// Newton's method, or Fisher scoring where the objective is not convex, with `X'WX` formed and
    /// factorized. Not with L1, groups or bounds.
    Cholesky,
    /// Newton's method by conjugate gradients with the diagonal as preconditioner; products alone. Not
    /// with L1 or bounds.
    NewtonCg,
    /// The core's L-BFGS. Not with L1, groups or bounds.
    Lbfgs,
    /// Proximal Newton with coordinate descent on working sets.
    CoordinateDescent,
    /// Stochastic steps with a memory of every row's slope: for comparison, and for very many rows at a
    /// loose tolerance. Losses of bounded curvature; not with groups.
    Saga,
    /// The same in the metric of a sketched Hessian. Not with L1, groups or bounds.
    SketchySaga,
}

impl Solver {
    /// The solver as one word.
    ///
    /// ```
    /// assert_eq!(ravine_glm::Solver::NewtonCg.name(), "newton-cg");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Cholesky => "cholesky",
            Self::NewtonCg => "newton-cg",
            Self::Lbfgs => "lbfgs",
            Self::CoordinateDescent => "coordinate-descent",
            Self::Saga => "saga",
            Self::SketchySaga => "sketchy-saga",
        }
    }
}

/// In which units of the columns coefficients are penalized; they are given in the columns' own always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyUnits {
    /// Those of the columns as they are.
    #[default]
    Columns,
    /// Standard deviations of the columns, of the weighted rows and over their number: as if the columns
    /// had been standardized. Without an intercept root mean squares. Not with groups.
    Deviations,
}

/// Columns whose coefficients enter a model together: the group lasso.
///
/// Source: Yuan and Lin, Model selection and estimation in regression with grouped variables (2006).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{ColumnGroup, GeneralizedLinearModel};
///
/// let x = [[0.0, 1.0, 0.3], [1.0, 0.0, -0.2], [2.0, 1.0, 0.1], [3.0, 0.0, -0.3]];
/// let x = Design::dense(Matrix::from_rows(&x), vec!["a".into(), "b".into(), "c".into()]);
/// let model = GeneralizedLinearModel {
///     alpha: 0.3,
///     l1_ratio: 1.0,
///     groups: vec![ColumnGroup::new([0, 1]), ColumnGroup::new([2])],
///     ..Default::default()
/// };
/// let fitted = model.fit(&x, &[0.1, 0.9, 2.2, 2.8])?;
/// assert!(fitted.coefficients[0] != 0.0 && fitted.coefficients[1] != 0.0);
/// assert_eq!(fitted.coefficients[2], 0.0);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnGroup {
    /// Which columns, without the intercept. Their penalty factors must be the same, and count for L2
    /// alone.
    pub columns: Vec<usize>,
    /// The factor of the norm, positive; `None` for the root of the number of columns.
    #[serde(default)]
    pub weight: Option<f64>,
}

impl ColumnGroup {
    /// Of these columns, with the root of their number as weight.
    pub fn new(columns: impl Into<Vec<usize>>) -> Self {
        Self { columns: columns.into(), weight: None }
    }
}

/// A generalized linear model with an elastic-net penalty:
///
/// `F(b, b0) = (1/W) sum_i w_i f(y_i, z_i) + sum_j (l1_j |b_j| + l2_j b_j^2 / 2)`,
/// `z = X b + b0 + offset`, `W = sum_i w_i`,
///
/// with `l1_j = alpha l1_ratio pf_j`, `l2_j = alpha (1 - l1_ratio) pf_j`, and f half the unit deviance
/// up to a term free of z. The intercept b0 is never penalized. A constant factor of the weights
/// changes nothing.
///
/// scikit-learn's logistic regression has `alpha = 1 / (C W)`, its ridge `alpha = a / n`; its Poisson,
/// gamma and Tweedie regressors, its lasso and glum have the same alpha.
///
/// Sources: McCullagh and Nelder, Generalized Linear Models (1989); Zou and Hastie, Regularization and
/// variable selection via the elastic net (2005).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{Family, GeneralizedLinearModel};
///
/// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let model = GeneralizedLinearModel::new(Family::Poisson);
/// let fitted = model.fit(&x, &[1.0, 1.0, 3.0, 5.0])?;
/// assert!(fitted.status.converged());
/// assert_eq!(fitted.solver.name(), "cholesky");
/// // The score is zero: fitted and observed counts have the same sum.
/// let sum: f64 = fitted.predict(&x, None)?.iter().sum();
/// assert!((sum - 10.0).abs() < 1e-10);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneralizedLinearModel {
    /// The distribution of the targets. Default [`Family::Gaussian`].
    pub family: Family,
    /// The link; `None` for the family's default. Default `None`.
    pub link: Option<Link>,
    /// The size of the penalty, zero or positive. Default 0.
    pub alpha: f64,
    /// The share of L1 in the penalty, from 0 to 1. Default 0.
    pub l1_ratio: f64,
    /// Factors of the penalty, one a column, zero or positive; `None` for ones. Default `None`.
    pub penalty_factors: Option<Vec<f64>>,
    /// In which units of the columns; `l1_j` is multiplied by the deviation of the column, `l2_j` by its
    /// square. Default [`PenaltyUnits::Columns`].
    pub penalty_units: PenaltyUnits,
    /// Columns that are penalized together: a group has `alpha l1_ratio weight ||b_g||` in place of the
    /// absolute values of its coefficients, so that they are all zero or none is. Not with bounds.
    /// Default none.
    pub groups: Vec<ColumnGroup>,
    /// Columns whose coefficients rise or fall in order. Default none.
    pub monotone: Vec<MonotoneTerm>,
    /// Least coefficients, one a column. Default `None`.
    pub lower: Option<Vec<f64>>,
    /// Largest coefficients, one a column. Default `None`.
    pub upper: Option<Vec<f64>>,
    /// Whether there is an intercept; a design with a column of ones first has one in any case.
    /// Default `true`.
    pub intercept: bool,
    /// How the objective is minimized. Default [`Solver::Automatic`].
    pub solver: Solver,
    /// How exact the fit is: see [`Test`](crate::Test). Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations of Newton's method; of coordinate descent, rounds. L-BFGS may take ten times as
    /// many. Default 200.
    pub iterations: usize,
    /// Who may end the fit. Default nobody.
    #[serde(skip)]
    pub interrupter: Interrupter,
}

impl Default for GeneralizedLinearModel {
    fn default() -> Self {
        Self {
            family: Family::Gaussian,
            link: None,
            alpha: 0.0,
            l1_ratio: 0.0,
            penalty_factors: None,
            penalty_units: PenaltyUnits::Columns,
            groups: Vec::new(),
            monotone: Vec::new(),
            lower: None,
            upper: None,
            intercept: true,
            solver: Solver::Automatic,
            tolerance: 1e-8,
            iterations: 200,
            interrupter: Interrupter::default(),
        }
    }
}

impl GeneralizedLinearModel {
    /// Of a family with its default link, without penalty.
    pub fn new(family: Family) -> Self {
        Self { family, ..Self::default() }
    }
}
