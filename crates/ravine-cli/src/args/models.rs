//! What `ravine fit` and `ravine predict` take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ravine::Threads;
use ravine_data::{Missing, Unseen};
use ravine_glm::analysis::{Correction, Errors, ModelFamily, Rule};
use ravine_glm::{Link, PenaltyUnits, Solver};

use super::numbers::{at_least_one, between, folds, share, weight};
use super::{HeaderLine, OutputArgs, threads};

#[derive(Debug, Args)]
pub struct FitArgs {
    /// A CSV file, also compressed (.csv.gz), a LIBSVM file, or a Parquet file where the command is built
    /// with `--features parquet`; without it, who survived the Titanic
    pub data: Option<PathBuf>,
    /// The column to be explained, by all others
    #[arg(long, value_name = "COLUMN", conflicts_with = "formula")]
    pub target: Option<String>,
    /// What is explained by what: "y ~ x1*x2 + C(region)", "cbind(dead, alive) ~ log(dose)",
    /// "claims ~ age + offset(log(exposure))"
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    pub formula: Option<String>,
    /// Columns to leave out, by name, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "formula")]
    pub ignore: Vec<String>,
    /// The distribution of the target: gaussian, binomial, multinomial, poisson, negative-binomial (its
    /// alpha estimated, or :alpha=0.5), gamma, inverse-gaussian, tweedie:power=1.5, huber:delta=1.345,
    /// hinge, squared-hinge, smoothed-hinge:width=0.5. Default: as the target suggests
    #[arg(long, value_name = "NAME")]
    pub family: Option<ModelFamily>,
    /// What function of the mean is linear: identity, log, inverse, inverse-squared, logit, probit or
    /// cloglog. Default: the family's first
    #[arg(long, value_name = "NAME")]
    pub link: Option<Link>,
    /// The class that counts as 1. Default: the last of two
    #[arg(long, value_name = "CLASS")]
    pub positive: Option<String>,
    /// The column of weights
    #[arg(long, value_name = "COLUMN")]
    pub weights: Option<String>,
    /// The column that is added to the linear predictor
    #[arg(long, value_name = "COLUMN")]
    pub offset: Option<String>,
    /// Rows with a cell missing in a column that is used are left out and counted, or refused
    #[arg(long, value_name = "WHAT", default_value = "drop")]
    pub missing: MissingRows,
    /// Whether the first line of a CSV file names the columns. Default: it does unless one of its cells
    /// is a number
    #[arg(long, value_name = "WHAT")]
    pub header: Option<HeaderLine>,
    /// Read the file in batches, once for every step, and keep sums alone: for one that does not fit into
    /// memory. Newton's method for families of one linear predictor, with --l2 or without a penalty
    #[arg(long, conflicts_with = "race")]
    pub stream: bool,
    #[command(flatten)]
    pub penalty: PenaltyArgs,
    #[command(flatten)]
    pub inference: InferenceArgs,
    #[command(flatten)]
    pub solving: SolvingArgs,
    /// Write the model to a file, for `ravine predict`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct PenaltyArgs {
    /// The weight of the penalty `sum |b_j|`, beside the mean loss; never of the intercept
    #[arg(
        long,
        value_name = "WEIGHT",
        default_value = "0",
        value_parser = weight,
        allow_negative_numbers = true,
        help_heading = "Penalty"
    )]
    pub l1: f64,
    /// The weight of the penalty `sum b_j^2 / 2`
    #[arg(
        long,
        value_name = "WEIGHT",
        default_value = "0",
        value_parser = weight,
        allow_negative_numbers = true,
        help_heading = "Penalty"
    )]
    pub l2: f64,
    /// Choose the penalty by the deviance on so many parts of the rows, each held out once
    #[arg(
        long,
        value_name = "FOLDS",
        value_parser = folds,
        conflicts_with_all = ["l1", "l2"],
        help_heading = "Penalty"
    )]
    pub cv: Option<usize>,
    /// Shares of L1 in the penalty that `--cv` chooses among, from 0 to 1 [default: 1]
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        value_parser = share,
        allow_negative_numbers = true,
        requires = "cv",
        help_heading = "Penalty"
    )]
    pub l1_ratio: Vec<f64>,
    /// Which penalty `--cv` takes
    #[arg(
        long,
        value_name = "RULE",
        default_value = "best",
        requires = "cv",
        help_heading = "Penalty"
    )]
    pub rule: RuleName,
    /// The seed of the parts [default: 1]
    #[arg(long, value_name = "N", requires = "cv", help_heading = "Penalty")]
    pub seed: Option<u64>,
    /// Penalize as if the columns had been standardized: coefficients in units of the columns' standard
    /// deviations, as glmnet does; they are given in the columns' own units
    #[arg(long, help_heading = "Penalty")]
    pub standardize: bool,
    /// Columns without penalty, by the names in the table of coefficients; a term, as `region` of
    /// `region[north]`, is all of its columns, here and below
    #[arg(long, value_name = "COLUMNS", help_heading = "Penalty")]
    pub unpenalized: Vec<String>,
    /// Bounds of coefficients, by the names in the table, a side left out free: `x=0..,z=-1..1`
    #[arg(
        long,
        value_name = "NAME=RANGE,...",
        allow_hyphen_values = true,
        help_heading = "Penalty"
    )]
    pub bounds: Option<String>,
    /// Terms whose coefficients L1 takes in together or leaves out (the group lasso)
    #[arg(long, value_name = "TERMS", help_heading = "Penalty")]
    pub together: Vec<String>,
    /// Terms whose coefficients rise or fall in the order of their levels: `age:rising,dose:falling`
    #[arg(long, value_name = "TERM:WAY,...", help_heading = "Penalty")]
    pub monotone: Vec<String>,
    /// Firth's penalty: finite estimates of a logistic regression in spite of separation
    #[arg(long, help_heading = "Penalty")]
    pub firth: bool,
}

#[derive(Debug, Args)]
pub struct InferenceArgs {
    /// Where standard errors come from: the model, or robust forms
    #[arg(long, value_name = "WHAT", default_value = "model", help_heading = "Errors")]
    pub errors: ErrorsName,
    /// The column of clusters of rows that are not independent, or two of them for clusters of two kinds
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        conflicts_with = "errors",
        help_heading = "Errors"
    )]
    pub clusters: Vec<String>,
    /// The level of intervals
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "0.95",
        value_parser = between,
        allow_negative_numbers = true,
        help_heading = "Errors"
    )]
    pub level: f64,
}

#[derive(Debug, Args)]
pub struct SolvingArgs {
    /// How the objective is minimized. Default: chosen from shape, density and penalty
    #[arg(long, value_name = "NAME", default_value = "automatic", help_heading = "Solving")]
    pub solver: SolverName,
    /// Fit by every solver, each from the same start, and compare them
    #[arg(long, conflicts_with_all = ["solver", "cv", "out"], help_heading = "Solving")]
    pub race: bool,
    /// How exact the fit is: the duality gap relative to the objective, where there is one
    #[arg(
        long,
        value_name = "X",
        default_value = "1e-8",
        value_parser = between,
        allow_negative_numbers = true,
        help_heading = "Solving"
    )]
    pub tolerance: f64,
    /// Most iterations
    #[arg(
        long,
        value_name = "N",
        default_value = "200",
        value_parser = at_least_one,
        help_heading = "Solving"
    )]
    pub max_iterations: usize,
    /// How many threads work together; the same number gives the same digits
    #[arg(long, value_name = "N", default_value = "1", value_parser = threads, help_heading = "Solving")]
    pub threads: Threads,
}

#[derive(Debug, Args)]
pub struct PredictArgs {
    /// A model that `ravine fit --out` wrote
    pub model: PathBuf,
    /// A file with the columns that the model was fitted to; the target need not be there
    pub data: PathBuf,
    /// Write the predictions to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// With intervals of the means at this level, as 0.95
    #[arg(long, value_name = "SHARE", value_parser = between, allow_negative_numbers = true)]
    pub interval: Option<f64>,
    /// A text that the model has not seen is an error, or counts as the base level
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub unseen: UnseenName,
    /// The column that is added to the linear predictor
    #[arg(long, value_name = "COLUMN")]
    pub offset: Option<String>,
    /// Whether the first line of a CSV file names the columns. Default: it does unless one of its cells
    /// is a number
    #[arg(long, value_name = "WHAT")]
    pub header: Option<HeaderLine>,
    /// One JSON object a row instead of a table
    #[arg(long)]
    pub json: bool,
}

/// What happens to rows with missing cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MissingRows {
    Drop,
    Fail,
}

impl MissingRows {
    pub fn rule(self) -> Missing {
        match self {
            Self::Drop => Missing::Drop,
            Self::Fail => Missing::Fail,
        }
    }
}

/// What happens to unknown levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnseenName {
    Refuse,
    Base,
}

impl UnseenName {
    pub fn rule(self) -> Unseen {
        match self {
            Self::Refuse => Unseen::Refuse,
            Self::Base => Unseen::Base,
        }
    }
}

/// Which penalty is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuleName {
    /// The one with the lowest deviance on rows held out
    Best,
    /// The largest whose deviance is within a standard error of the lowest
    OneStandardError,
}

impl RuleName {
    pub fn rule(self) -> Rule {
        match self {
            Self::Best => Rule::Best,
            Self::OneStandardError => Rule::OneStandardError,
        }
    }
}

/// Where standard errors come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ErrorsName {
    /// The model's variances are believed
    Model,
    /// The sandwich as it is
    Hc0,
    /// With n / (n - p)
    Hc1,
    /// With leverages
    Hc2,
    /// With squared leverages
    Hc3,
}

impl InferenceArgs {
    pub fn errors(&self) -> Errors {
        match self.errors {
            ErrorsName::Model => Errors::Model,
            ErrorsName::Hc0 => Errors::Hc0,
            ErrorsName::Hc1 => Errors::Hc1,
            ErrorsName::Hc2 => Errors::Hc2,
            ErrorsName::Hc3 => Errors::Hc3,
        }
    }
}

impl PenaltyArgs {
    pub fn units(&self) -> PenaltyUnits {
        if self.standardize { PenaltyUnits::Deviations } else { PenaltyUnits::Columns }
    }

    pub fn correction(&self) -> Correction {
        if self.firth { Correction::Firth } else { Correction::None }
    }
}

/// How the objective is minimized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SolverName {
    /// Chosen from shape, density and penalty
    Automatic,
    /// Newton's method or Fisher scoring with the matrix formed and factorized
    Cholesky,
    /// Newton's method by conjugate gradients
    NewtonCg,
    /// The core's L-BFGS
    Lbfgs,
    /// Proximal Newton with coordinate descent on working sets
    CoordinateDescent,
    /// Stochastic steps with a memory of every row's slope
    Saga,
    /// The same in the metric of a sketched Hessian
    SketchySaga,
}

impl SolverName {
    pub fn solver(self) -> Solver {
        match self {
            Self::Automatic => Solver::Automatic,
            Self::Cholesky => Solver::Cholesky,
            Self::NewtonCg => Solver::NewtonCg,
            Self::Lbfgs => Solver::Lbfgs,
            Self::CoordinateDescent => Solver::CoordinateDescent,
            Self::Saga => Solver::Saga,
            Self::SketchySaga => Solver::SketchySaga,
        }
    }
}
