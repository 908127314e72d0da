//! What can be typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use ravine::minimize::{Epochs, FinalPoint, LastBatch, Measure, StepSchedule};
use ravine::{ArgumentError, Stopping, Threads};
use ravine_data::Header;
use ravine_glm::RegressionLoss;
use ravine_nn::CurvatureMatrix;
use ravine_race::Effort;
use ravine_text::nearest;

mod models;
mod networks;
mod numbers;

pub use models::{FitArgs, PredictArgs};
pub use networks::{NetworkArgs, TaskName, TrainArgs, TrainCheckpointArgs};

/// Minimize smooth functions by their curvature, and see why it works.
#[derive(Debug, Parser)]
#[command(name = "ravine", version, after_help = EXAMPLES, infer_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ravine race                                             the classic demonstrations
  ravine race rosenbrock --svg out.svg                    all methods on a known problem
  ravine race \"100*(y-x^2)^2+(1-x)^2\" --start -1.2,1      ... on a formula
  ravine race data.csv --target y --loss logistic         ... on a data file
  ravine race data.csv --target y --batch 64 --epochs 10  ... batch by batch
  ravine minimize himmelblau --method lbfgs --start 1,1   one method
  ravine diagnose quadratic:n=200,kappa=1e4               which method will win, and why
  ravine race rosenbrock --methods sr1/steihaug/radius    a method composed of three parts
  ravine fit data.csv --target y                          a regression, with standard errors
  ravine fit data.csv --formula \"y ~ x*z + C(k)\" --out m  ... by a formula, kept for `ravine predict m new.csv`
  ravine fit-curve \"a*exp(-b*t)+c\" data.csv --target y    a curve, with errors of its parameters
  ravine train --method adamw,kfac                        a network, on handwritten digits
  ravine spectrum --model net.safetensors                 its curvature, from a checkpoint of its training
  ravine problems | ravine methods [--parts]              what there is";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Race methods on a problem: table and convergence plot. Without a problem: a tour of the
    /// classic demonstrations
    Race(RaceArgs),
    /// Minimize a problem by one method, by default one chosen for it
    Minimize(MinimizeArgs),
    /// What a problem looks like at a point, and what each method will need
    Diagnose(DiagnoseArgs),
    /// Eigenvalues, trace and density of a problem's Hessian
    Spectrum(SpectrumArgs),
    /// Fit a generalized linear model to a table: coefficients with standard errors, penalties, classes. Without
    /// data: to the passengers of the Titanic
    Fit(FitArgs),
    /// Predict by a model that `ravine fit --out` wrote
    Predict(PredictArgs),
    /// Fit a curve to the columns of a data file, with the errors of its parameters
    FitCurve(FitCurveArgs),
    /// Train a network, by one optimizer or several from the same start. Without data: on handwritten digits
    Train(TrainArgs),
    /// List the problems
    Problems(ListArgs),
    /// List the methods, or the parts that methods are composed of
    Methods(MethodsArgs),
}

impl Cli {
    /// Ends the program, as for any option that there is not, where the problem is one: formulas may
    /// begin with a minus, so that `--jsn` was taken for one.
    pub fn refuse_options_as_problems(&self) {
        let (name, problem) = match &self.command {
            Command::Race(args) => ("race", args.problem.as_deref()),
            Command::Minimize(args) => ("minimize", Some(args.problem.as_str())),
            Command::Diagnose(args) => ("diagnose", args.problem.as_deref()),
            Command::Spectrum(args) => ("spectrum", args.problem.as_deref()),
            Command::FitCurve(args) => ("fit-curve", Some(args.formula.as_str())),
            Command::Fit(_)
            | Command::Predict(_)
            | Command::Train(_)
            | Command::Problems(_)
            | Command::Methods(_) => return,
        };
        let Some(text) = problem.filter(|text| looks_like_an_option(text)) else { return };
        let mut command = Self::command();
        command.build();
        let Some(command) = command.find_subcommand(name) else { return };
        let option = text.split('=').next().unwrap_or(text);
        let known: Vec<String> =
            command.get_arguments().filter_map(|a| Some(format!("--{}", a.get_long()?))).collect();
        let mut error = clap::Error::new(ErrorKind::UnknownArgument).with_cmd(command);
        error.insert(ContextKind::InvalidArg, ContextValue::String(option.to_owned()));
        if let Some(near) = nearest(option, known.iter().map(String::as_str)) {
            error.insert(ContextKind::SuggestedArg, ContextValue::String(near.to_owned()));
        }
        error.exit()
    }
}

/// One minus and letters, or two and letters with more of them between. A formula of that kind has no
/// minimum, or needs no sign.
fn looks_like_an_option(text: &str) -> bool {
    let word = text.split('=').next().unwrap_or(text);
    let letters = |text: &str, others: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphabetic() || others.contains(c))
    };
    match word.strip_prefix("--") {
        Some(word) => letters(word, "-"),
        None => word.strip_prefix('-').is_some_and(|word| letters(word, "")),
    }
}

impl Command {
    /// Whether objects are printed instead of a report.
    pub fn json(&self) -> bool {
        match self {
            Self::Race(args) => args.output.json,
            Self::Minimize(args) => args.output.json,
            Self::Diagnose(args) => args.output.json,
            Self::Spectrum(args) => args.output.json,
            Self::FitCurve(args) => args.output.json,
            Self::Fit(args) => args.output.json,
            Self::Predict(args) => args.json,
            Self::Train(args) => args.output.json,
            Self::Problems(args) => args.json,
            Self::Methods(args) => args.list.json,
        }
    }

    /// How many threads work together.
    pub fn threads(&self) -> Threads {
        match self {
            Self::Race(args) => args.problem_args.threads,
            Self::Minimize(args) => args.problem_args.threads,
            Self::Diagnose(args) => args.problem_args.threads,
            Self::Spectrum(args) => args.problem_args.threads,
            Self::Train(args) => args.threads,
            Self::Fit(args) => args.solving.threads,
            Self::FitCurve(_) | Self::Predict(_) | Self::Problems(_) | Self::Methods(_) => {
                Threads::default()
            }
        }
    }
}

#[derive(Debug, Args)]
pub struct RaceArgs {
    /// A name (see `ravine problems`), a formula such as "x^2 + 3*y^2", or a CSV or LIBSVM file;
    /// without it, the tour
    #[arg(allow_hyphen_values = true)]
    pub problem: Option<String>,
    /// The methods, separated by commas, with settings after a colon:
    /// `newton,lbfgs:memory=5,gd:step=0.01`. Default: all that the problem allows
    #[arg(long, value_name = "LIST")]
    pub methods: Option<String>,
    /// Performance profiles of the methods over a set of problems instead of a race on one
    #[arg(long, value_name = "SET", conflicts_with = "problem")]
    pub profile: Option<ProblemSet>,
    /// What the horizontal axis counts, and what decides between methods that converged
    #[arg(long, value_name = "WHAT", value_parser = efforts(), default_value = "evaluations")]
    pub x_axis: Effort,
    /// What the vertical axis shows
    #[arg(long, value_name = "WHAT", default_value = "gap")]
    pub y_axis: YAxis,
    /// Write a web page, in one file, with the race in motion; of functions of two variables
    #[arg(long, value_name = "FILE", requires = "problem")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub problem_args: ProblemArgs,
    #[command(flatten)]
    pub batches: BatchArgs,
    #[command(flatten)]
    pub stopping: StoppingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct MinimizeArgs {
    /// A name (see `ravine problems`), a formula such as "x^2 + 3*y^2", or a CSV or LIBSVM file
    #[arg(allow_hyphen_values = true)]
    pub problem: String,
    /// The method (see `ravine methods`), with settings after a colon: `lbfgs:memory=5`. With
    /// `--resume`, by default that of the checkpoint
    #[arg(long, default_value = ravine::methods::AUTOMATIC)]
    pub method: String,
    /// Write every iterate to a CSV file
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// What the horizontal axis of the picture counts
    #[arg(long, value_name = "WHAT", value_parser = efforts(), default_value = "iterations")]
    pub x_axis: Effort,
    #[command(flatten)]
    pub problem_args: ProblemArgs,
    #[command(flatten)]
    pub batches: BatchArgs,
    #[command(flatten)]
    pub checkpoints: CheckpointArgs,
    #[command(flatten)]
    pub stopping: StoppingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// A name (see `ravine problems`), a formula such as "x^2 + 3*y^2", or a CSV or LIBSVM file
    #[arg(allow_hyphen_values = true, required_unless_present = "model")]
    pub problem: Option<String>,
    /// Where to look: numbers separated by commas. Default: the start of the problem
    #[arg(long, value_name = "X,Y,...", allow_hyphen_values = true, conflicts_with = "start")]
    pub at: Option<String>,
    /// Race the methods and print what they needed beside the forecast
    #[arg(long, conflicts_with = "model")]
    pub verify: bool,
    /// Most Hessian products for the spectrum, where there are too many variables for all of it
    /// [default: 200]
    #[arg(long, value_name = "N")]
    pub products: Option<usize>,
    /// The seed of random vectors [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub problem_args: ProblemArgs,
    #[command(flatten)]
    pub stopping: StoppingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct SpectrumArgs {
    /// A name (see `ravine problems`), a formula such as "x^2 + 3*y^2", or a CSV or LIBSVM file
    #[arg(allow_hyphen_values = true, required_unless_present = "model")]
    pub problem: Option<String>,
    /// Where to look: numbers separated by commas. Default: the start of the problem
    #[arg(long, value_name = "X,Y,...", allow_hyphen_values = true, conflicts_with = "start")]
    pub at: Option<String>,
    /// The K largest eigenvalues. Without any of these options: five at either end and the density
    #[arg(long, value_name = "K")]
    pub largest: Option<usize>,
    /// The K smallest eigenvalues
    #[arg(long, value_name = "K")]
    pub smallest: Option<usize>,
    /// Trace, Frobenius norm and effective rank
    #[arg(long)]
    pub trace: bool,
    /// The spectral density
    #[arg(long)]
    pub density: bool,
    /// Most Hessian products of each part [default: 1000]
    #[arg(long, value_name = "N")]
    pub products: Option<usize>,
    /// Random vectors of the density [default: 10]
    #[arg(long, value_name = "P")]
    pub probes: Option<usize>,
    /// The seed of random vectors [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The matrix of a network: hessian, gauss-newton, fisher (information of the predictions) or empirical-fisher
    #[arg(
        long,
        value_name = "NAME",
        default_value = "hessian",
        requires = "model",
        help_heading = "Networks"
    )]
    pub curvature: CurvatureMatrix,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub problem_args: ProblemArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct FitCurveArgs {
    /// The curve, such as "a*exp(-b*t)+c": names that are columns of the data are its variables, all
    /// others its parameters
    #[arg(allow_hyphen_values = true)]
    pub formula: String,
    /// A CSV file
    pub data: PathBuf,
    /// The column to be fitted
    #[arg(long, value_name = "COLUMN")]
    pub target: String,
    /// Where to begin, by name: `a=1,b=2`; other parameters begin at 1, or within their bounds
    #[arg(long, value_name = "NAME=X,...", allow_hyphen_values = true)]
    pub start: Option<String>,
    /// Bounds of parameters, by name: `a=0:10,b=0:`; a side left out is free
    #[arg(long, value_name = "NAME=LOW:HIGH,...", allow_hyphen_values = true)]
    pub bounds: Option<String>,
    /// The column with the standard deviations of the target
    #[arg(long, value_name = "COLUMN")]
    pub sigma: Option<String>,
    /// The standard deviations are those of the data, not only in proportion
    #[arg(long, requires = "sigma")]
    pub absolute_sigma: bool,
    /// The method (see `ravine methods`)
    #[arg(long, default_value = ravine::methods::AUTOMATIC)]
    pub method: String,
    /// Whether the first line of the file names the columns. Default: it does unless one of its cells is
    /// a number
    #[arg(long, value_name = "WHAT")]
    pub header: Option<HeaderLine>,
    #[command(flatten)]
    pub stopping: StoppingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct MethodsArgs {
    /// One method, a familiar name or a composition, with its settings in words
    #[arg(conflicts_with = "parts")]
    pub name: Option<String>,
    /// The curvatures, steps and trusts that compose a method, as in sr1/steihaug/radius
    #[arg(long)]
    pub parts: bool,
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
pub struct ProblemArgs {
    /// Where to begin: numbers separated by commas, in the order of the variables (those of a formula
    /// are sorted), or by name, `x=1,y=2`. Default: the standard start of the problem; of a formula
    /// (-1.2, 1, -1.2, ...) where it is defined; of data zeros
    #[arg(long, value_name = "X,Y,...", allow_hyphen_values = true)]
    pub start: Option<String>,
    /// Bounds, `low..high` for each variable, separated by commas, a side left out free:
    /// `0..1,-2..,..5`; or by name, others free: `x=0..1`. One range for all variables: `0..`
    #[arg(long, value_name = "RANGES", allow_hyphen_values = true)]
    pub bounds: Option<String>,
    /// How many threads work together on evaluations over the cases of a data file and on products of
    /// large matrices; the same number gives the same digits
    #[arg(long, value_name = "N", default_value = "1", value_parser = threads)]
    pub threads: Threads,
    /// The column of a data file to be explained, by name or number
    #[arg(long, value_name = "COLUMN", help_heading = "Data files")]
    pub target: Option<String>,
    /// How predictions are compared with the target
    #[arg(long, value_parser = losses(), help_heading = "Data files")]
    pub loss: Option<RegressionLoss>,
    /// The weight of the penalty `l2/2 |w|^2`, the intercept left out
    #[arg(long, value_name = "WEIGHT", allow_negative_numbers = true, help_heading = "Data files")]
    pub l2: Option<f64>,
    /// Columns to leave out, by name or number, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', help_heading = "Data files")]
    pub ignore: Vec<String>,
    /// Bring each column to mean 0 and standard deviation 1
    #[arg(long, help_heading = "Data files")]
    pub standardize: bool,
    /// Whether the first line of a CSV file names the columns. Default: it does unless one of its cells
    /// is a number
    #[arg(long, value_name = "WHAT", help_heading = "Data files")]
    pub header: Option<HeaderLine>,
    /// Leave out the column of ones
    #[arg(long, help_heading = "Data files")]
    pub no_intercept: bool,
}

#[derive(Debug, Args)]
pub struct BatchArgs {
    /// Go over the cases of a data file in batches of so many, in a new random order each epoch
    #[arg(
        long,
        value_name = "CASES",
        help_heading = "Batches",
        conflicts_with_all = ["max_iterations", "tolerance"]
    )]
    pub batch: Option<usize>,
    /// How often every case is visited [default: 10]
    #[arg(long, value_name = "N", requires = "batch", help_heading = "Batches")]
    pub epochs: Option<u64>,
    /// How the step changes: constant, decay:FACTOR,EPOCHS, cosine, cosine:LAST, inverse:STEPS; after
    /// a warm-up as in warm-up:100+cosine
    #[arg(long, value_name = "SCHEDULE", requires = "batch", help_heading = "Batches")]
    pub schedule: Option<StepSchedule>,
    /// What becomes of the cases that do not fill the last batch of an epoch: kept as a smaller batch, or dropped
    /// until another epoch [default: kept]
    #[arg(long, value_name = "WHAT", requires = "batch", help_heading = "Batches")]
    pub last_batch: Option<LastBatch>,
    /// When the value on all cases is measured, which costs an evaluation: after every so many epochs, at the end,
    /// or never. Checkpoints, traces and pictures see what was measured [default: 1]
    #[arg(long, value_name = "N|end|never", requires = "batch", help_heading = "Batches")]
    pub measure: Option<Measure>,
    /// Give the mean of the points, those of the first so many epochs left out
    #[arg(long, value_name = "EPOCHS", requires = "batch", help_heading = "Batches")]
    pub average_after: Option<u64>,
    /// The seed of the orders [default: 0]
    #[arg(long, value_name = "N", requires = "batch", help_heading = "Batches")]
    pub seed: Option<u64>,
}

impl BatchArgs {
    /// The library's loop over epochs with what was asked for; `None` where no batches were. The value
    /// on all cases is measured after every epoch, unless something else was asked for.
    pub fn epochs(&self, stopping: &StoppingArgs) -> Option<Epochs> {
        let default = Epochs::default();
        Some(Epochs {
            batch_size: self.batch?,
            epochs: self.epochs.unwrap_or(default.epochs),
            schedule: self.schedule.clone().unwrap_or_default(),
            point: match self.average_after {
                Some(after) => FinalPoint::Averaged { after },
                None => FinalPoint::Last,
            },
            last_batch: self.last_batch.unwrap_or_default(),
            measure: self.measure.unwrap_or(Measure::Every(1)),
            gradient_tolerance: stopping.gradient_tolerance,
            seed: self.seed.unwrap_or(default.seed),
        })
    }
}

#[derive(Debug, Args)]
pub struct CheckpointArgs {
    /// Write the state of the run to a file, now and then and where a limit or Ctrl-C ends it: the run
    /// can go on from there, also after it was killed. Each checkpoint replaces the one before once it
    /// is complete
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    pub checkpoint: Option<PathBuf>,
    /// Write a checkpoint every so many iterations; with `--batch`, every so many epochs. Default:
    /// every 30 seconds, or, where writing takes long, for less than a twentieth of the time
    #[arg(
        long,
        value_name = "N",
        requires = "checkpoint",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Checkpoints"
    )]
    pub every: Option<u64>,
    /// Go on from a checkpoint, to the same bits. Problem, start, bounds, method and batches must be
    /// those it is of; limits and tolerances may be others
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    pub resume: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct StoppingArgs {
    /// Stop after so many iterations [default: 10000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Stopping")]
    pub max_iterations: Option<u64>,
    /// Stop after so many evaluations of the function, those of finding a fixed step included
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Stopping")]
    pub max_evaluations: Option<u64>,
    /// Stop after so many seconds, those of finding a fixed step included
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, help_heading = "Stopping")]
    pub max_seconds: Option<f64>,
    /// Converged where the largest entry of the gradient is at most this times what it was at the
    /// start [default: 1e-8]
    #[arg(long, value_name = "RELATIVE", allow_negative_numbers = true, help_heading = "Stopping")]
    pub tolerance: Option<f64>,
    /// Converged where the largest entry of the gradient is at most this [default: 1e-10]
    #[arg(long, value_name = "ABSOLUTE", allow_negative_numbers = true, help_heading = "Stopping")]
    pub gradient_tolerance: Option<f64>,
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// One JSON object a line instead of the report
    #[arg(long)]
    pub json: bool,
    /// Write the picture as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// What the first line of a CSV file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HeaderLine {
    /// It names the columns, also where they are numbers.
    Names,
    /// It is a row like the others.
    None,
}

impl HeaderLine {
    /// As the reader of files has it.
    pub fn header(self) -> Header {
        match self {
            Self::Names => Header::Names,
            Self::None => Header::None,
        }
    }
}

/// Sets of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProblemSet {
    /// The problems of More, Garbow and Hillstrom (1981) at their standard starts.
    Mgh,
}

/// What progress is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YAxis {
    /// The value above the lowest one known or found.
    Gap,
    /// The maximum norm of the gradient.
    Gradient,
}

impl YAxis {
    /// What the axis is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Gap => "value above the lowest",
            Self::Gradient => "|gradient|",
        }
    }
}

/// One of the library's values by its name, with its meaning in the help.
fn one_of<T: Copy + Send + Sync + FromStr<Err = ArgumentError> + 'static>(
    all: &[T],
    name: fn(T) -> &'static str,
    meaning: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let values = all.iter().map(|&value| PossibleValue::new(name(value)).help(meaning(value)));
    PossibleValuesParser::new(values).try_map(|text| text.parse())
}

fn efforts() -> impl TypedValueParser<Value = Effort> {
    one_of(&Effort::ALL, Effort::name, Effort::meaning)
}

/// A number of threads.
pub fn threads(text: &str) -> Result<Threads, String> {
    let allowed = || "give a number from 1 to 1024".to_owned();
    let count = text.parse().map_err(|_| allowed())?;
    Threads::new(count).map_err(|_| allowed())
}

fn losses() -> impl TypedValueParser<Value = RegressionLoss> {
    one_of(&RegressionLoss::ALL, RegressionLoss::name, RegressionLoss::meaning)
}

impl StoppingArgs {
    /// The library's rules with what was asked for.
    pub fn stopping(&self) -> Stopping {
        let default = Stopping::default();
        Stopping {
            iterations: self.max_iterations.or(default.iterations),
            evaluations: self.max_evaluations,
            seconds: self.max_seconds,
            ..default.with_tolerances(self.tolerance, self.gradient_tolerance)
        }
    }
}
