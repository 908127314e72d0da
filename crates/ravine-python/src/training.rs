//! Trainings of networks.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::PyArray2;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use ravine::Conditions;
use ravine::minimize::Epochs;
use ravine_nn::{
    About, Cpu, Elementary, EpochReport, Flat, MeanLoss, Optimizer, Saved, Training,
    TrainingCheckpoints, TrainingRun,
};

use crate::failure;
use crate::watch::{Signals, Watch};

/// A loss in the precision of the training, which several threads may use in turn.
pub type Shared<T> = Arc<Mutex<MeanLoss<Cpu<T>>>>;

/// What a training is asked for.
pub struct Asked {
    pub x: Vec<f64>,
    pub method: Optimizer,
    pub epochs: Epochs,
    pub patience: Option<u64>,
    pub checkpoint: Option<PathBuf>,
    pub every: Option<u64>,
    pub saved: Option<Saved>,
    pub about: About,
    pub callback: Option<Py<PyAny>>,
}

/// What came of it.
pub struct Trained {
    pub parameters: Vec<f64>,
    pub status: ravine::Status,
    pub history: Vec<EpochReport>,
}

/// Why nothing came of it.
pub enum Failed {
    Argument(String),
    Run(ravine::minimize::Error),
    Checkpoint(ravine::checkpoint::Error),
}

impl Failed {
    /// As a Python exception.
    pub fn raised(&self) -> PyErr {
        match self {
            Self::Argument(message) => PyValueError::new_err(message.clone()),
            Self::Run(error) => failure::start(error),
            Self::Checkpoint(error) => failure::checkpoint(error),
        }
    }
}

impl From<ravine::minimize::Error> for Failed {
    fn from(error: ravine::minimize::Error) -> Self {
        Self::Run(error)
    }
}

impl From<ravine::checkpoint::Error> for Failed {
    fn from(error: ravine::checkpoint::Error) -> Self {
        Self::Checkpoint(error)
    }
}

/// Trains, with the losses locked for as long as it takes.
pub fn train<T>(
    held: &Shared<T>,
    others: Option<&Shared<T>>,
    asked: Asked,
    watch: &Watch,
) -> Result<Trained, Failed>
where
    T: Elementary + ravine::matrix::Precision,
    Vec<T>: ravine::vector::Pointwise,
{
    let Asked { x, method, epochs, patience, checkpoint, every, saved, about, callback } = asked;
    let loss = held.lock().unwrap_or_else(PoisonError::into_inner);
    // Python makes a loss for each of the two, so that no lock is taken twice.
    let others = others.map(|others| others.lock().unwrap_or_else(PoisonError::into_inner));
    let signals = Signals::default();
    // Ctrl-C ends it between two steps.
    let conditions = Conditions::default().interrupter(|| signals.look(watch).is_err());
    let held_out = others.as_deref();
    let training = Training { epochs, conditions, held_out, patience };
    let start = Flat::new(&loss).split(&x);
    let mut run = match &saved {
        Some(saved) => TrainingRun::resume(&loss, method, training, saved)?,
        None => TrainingRun::new(&loss, &start, method, training)?,
    };
    let mut checkpoints = match checkpoint {
        Some(path) => Some(
            TrainingCheckpoints::new(path, about, every)
                .map_err(|error| Failed::Argument(error.to_string()))?,
        ),
        None => None,
    };
    let tell = |report: &EpochReport| {
        let Some(callback) = &callback else { return ControlFlow::Continue(()) };
        let row = row(report).to_vec();
        let asked = watch.attached(|py| callback.call1(py, (row,))?.extract::<bool>(py));
        match asked {
            Ok(false) => ControlFlow::Continue(()),
            Ok(true) | Err(_) => ControlFlow::Break(()),
        }
    };
    if saved.is_none() && tell(&run.history()[0]).is_break() {
        run.stop();
    }
    if let Some(checkpoints) = &mut checkpoints {
        checkpoints.note(&run)?;
    }
    while run.status().is_none() {
        let stop = match run.step()? {
            Some(report) => tell(report).is_break(),
            None => false,
        };
        if stop {
            run.stop();
        }
        if let Some(checkpoints) = &mut checkpoints {
            checkpoints.note(&run)?;
        }
    }
    let trained = run.trained();
    Ok(Trained {
        parameters: Flat::new(&loss).join(&trained.parameters),
        status: trained.status,
        history: trained.history,
    })
}

/// Epoch, steps, seconds, loss, accuracy, both on the cases held out, steps taken back and parts kept; what there is not
/// is not a number.
fn row(report: &EpochReport) -> [f64; 9] {
    let (loss, accuracy) = report.held_out.unwrap_or((f64::NAN, None));
    let known = |share: Option<f64>| share.unwrap_or(f64::NAN);
    let (epoch, steps) = (report.epoch as f64, report.steps as f64);
    let (rejected, failures) = (report.rejected as f64, report.failures as f64);
    let accuracies = (known(report.accuracy), known(accuracy));
    let seconds = report.seconds;
    [epoch, steps, seconds, report.loss, accuracies.0, loss, accuracies.1, rejected, failures]
}

/// A row a report.
pub fn history<'py>(
    py: Python<'py>,
    history: &[EpochReport],
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let rows: Vec<Vec<f64>> = history.iter().map(|report| row(report).to_vec()).collect();
    PyArray2::from_vec2(py, &rows).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
