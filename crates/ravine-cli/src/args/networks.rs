//! What the commands of networks take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ravine::Threads;
use ravine::minimize::StepSchedule;

use super::{OutputArgs, threads};

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// An IDX file of images, or a CSV or LIBSVM file; without it, 1,797 handwritten digits
    pub data: Option<PathBuf>,
    /// The IDX file of what the images show
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// The target's column of a CSV file, by name or by number from 1
    #[arg(long, value_name = "COLUMN")]
    pub target: Option<String>,
    /// What is to be learnt. Default: classes, or numbers where the target has numbers
    #[arg(long, value_name = "TASK")]
    pub task: Option<TaskName>,
    /// The network: mlp:128,64 (units of layers), conv:16,32 (channels of two convolutions), autoencoder:128,16 (layers
    /// down to the code) or linear
    #[arg(long, default_value = "mlp:64")]
    pub model: String,
    /// The units of its layers: relu, squared-relu, tanh, sigmoid, softplus or gelu
    #[arg(long, value_name = "NAME", default_value = "relu", value_parser = crate::train::units)]
    pub units: ravine_nn::Unary,
    /// Optimizers, separated by commas, each from the same start: sgd, momentum, nesterov, adagrad, rmsprop, adamw,
    /// schedule-free, schedule-free-sgd, muon, shampoo, soap, kl-shampoo, psgd, adahessian, sophia, kfac, ekfac,
    /// kfac-tridiagonal, kfac-adaptive, ekfac-adaptive, k-bfgs, lbfgs, natural-gradient, hessian-free; settings after
    /// a colon: `sgd:step=0.1,kfac:damping=1e-3,step=0.05`
    ///
    /// Default: sgd,adamw,soap,kfac; with `--resume`, that of the checkpoint
    #[arg(long, value_name = "LIST", alias = "race")]
    pub method: Option<String>,
    /// Passes over the cases
    #[arg(long, value_name = "N", default_value = "20")]
    pub epochs: u64,
    /// Cases of a batch
    #[arg(long, value_name = "N", default_value = "128")]
    pub batch: usize,
    /// Find the step of each optimizer that has one by so many trial trainings of a fifth of the epochs, two steps to a
    /// decade around its own: the same budget for all
    #[arg(
        long,
        value_name = "TRIALS",
        conflicts_with = "resume",
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=50),
    )]
    pub tune: Option<usize>,
    /// How the step changes: constant, decay:FACTOR,EPOCHS, cosine, cosine:LAST, inverse:STEPS; after a warm-up as in
    /// warm-up:100+cosine
    #[arg(long, value_name = "SCHEDULE", default_value = "constant")]
    pub schedule: StepSchedule,
    /// The penalty: so much times half the sum of the squares of all parameters
    #[arg(long, value_name = "X", default_value = "0")]
    pub l2: f64,
    /// The share of the cases that is held out
    #[arg(long, value_name = "SHARE", default_value = "0.2")]
    pub held_out: f64,
    /// End after so many epochs without a lower loss on the cases held out, with the parameters of the lowest
    #[arg(long, value_name = "N")]
    pub patience: Option<u64>,
    /// Of the start, the order of the cases, and which are held out
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// How many threads work together
    #[arg(long, value_name = "N", default_value = "1", value_parser = threads)]
    pub threads: Threads,
    #[command(flatten)]
    pub checkpoints: TrainCheckpointArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct TrainCheckpointArgs {
    /// Write the training of one optimizer to a safetensors file, now and then, at its end and where Ctrl-C ends it:
    /// the weights as tensors by their names, and what is needed to go on from there. Each checkpoint replaces the one
    /// before once it is complete
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    pub checkpoint: Option<PathBuf>,
    /// Write a checkpoint every so many epochs. Default: every 30 seconds, or, where writing takes long, for less than
    /// a twentieth of the time
    #[arg(
        long,
        value_name = "N",
        requires = "checkpoint",
        value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "Checkpoints"
    )]
    pub every: Option<u64>,
    /// Go on from a checkpoint, to the same bits. Data, model, method, batches and seed must be those it is of; epochs
    /// and patience may be others
    #[arg(long, value_name = "FILE", help_heading = "Checkpoints")]
    pub resume: Option<PathBuf>,
}

/// The network of `ravine spectrum` and `ravine diagnose`.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// The loss of a trained network, at its parameters, from a checkpoint of `ravine train`; then a first argument is
    /// its data, where those are a file
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Networks",
        conflicts_with_all = [
            "start", "at", "bounds", "loss", "l2", "ignore", "standardize", "header", "no_intercept",
        ]
    )]
    pub model: Option<PathBuf>,
    /// The IDX file of what the images of a network show
    #[arg(long, value_name = "FILE", requires = "model", help_heading = "Networks")]
    pub labels: Option<PathBuf>,
    /// So many of the cases, drawn at random. Default: all that the network learnt from; of other data, all
    #[arg(
        long,
        value_name = "N",
        requires = "model",
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..),
        help_heading = "Networks"
    )]
    pub cases: Option<usize>,
}

/// What a network learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TaskName {
    /// The class of a case.
    Classification,
    /// A number.
    Regression,
    /// The inputs themselves.
    Autoencoder,
}

impl TaskName {
    pub fn task(self) -> ravine_nn::Task {
        match self {
            Self::Classification => ravine_nn::Task::Classification,
            Self::Regression => ravine_nn::Task::Regression,
            Self::Autoencoder => ravine_nn::Task::Autoencoder,
        }
    }
}
