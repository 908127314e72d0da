//! A training, step by step.

use std::fmt::Debug;
use std::time::Instant;

use ravine::minimize::{EpochRun, Epochs, Error, Measure, OverBatches, Setbacks};
use ravine::objective::{FiniteSum, Over};
use ravine::{Conditions, Status, Vector};

use super::{EpochReport, Trained, Training};
use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::tape::Parameters;

/// A loss is lost above so many times that of the start, at least 1.
const LOST: f64 = 1e4;

/// The parameters with the lowest loss on the cases held out.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(bound(
    serialize = "Parameters<B>: serde::Serialize",
    deserialize = "Parameters<B>: serde::de::DeserializeOwned"
))]
pub(super) struct Best<B: Backend> {
    pub loss: f64,
    pub epoch: u64,
    pub parameters: Parameters<B>,
}

/// A training that is under way: [`train`](super::train()) step by step, with checkpoints between the steps.
///
/// ```
/// use ravine::minimize::Epochs;
/// use ravine_nn::{About, Learning, Optimizer, Saved, Task, Training, TrainingRun, Unary, digits, mlp};
///
/// let (images, labels) = digits()?;
/// let data = Learning::of_images(&images, Some(&labels), Task::Classification)?;
/// let network = mlp(data.input().clone(), &[4], data.outputs(), Unary::Relu)?;
/// let (learnt, _) = data.split(0.8, 1)?;
/// let loss = data.mean_loss(&network, &learnt)?;
/// let start = network.start(loss.backend(), None, 1);
/// let method = || Optimizer::named("soap", &network);
/// let training = |epochs| Training { epochs: Epochs { epochs, ..Epochs::default() }, ..Training::default() };
///
/// // One epoch, a file, and two more.
/// let mut run = TrainingRun::new(&loss, &start, method()?, training(1))?;
/// while run.status().is_none() {
///     run.step()?;
/// }
/// let path = std::env::temp_dir().join(format!("digits-{}.safetensors", std::process::id()));
/// run.save(&path, &About::default())?;
/// let mut resumed = TrainingRun::resume(&loss, method()?, training(3), &Saved::read(&path)?)?;
/// while resumed.status().is_none() {
///     resumed.step()?;
/// }
/// assert_eq!(resumed.history().len(), 4);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TrainingRun<'a, B: Backend, M: OverBatches<Over<'a, MeanLoss<B>>>> {
    pub(super) loss: &'a MeanLoss<B>,
    pub(super) held_out: Option<&'a MeanLoss<B>>,
    pub(super) run: EpochRun<'a, MeanLoss<B>, M>,
    pub(super) history: Vec<EpochReport>,
    pub(super) best: Option<Best<B>>,
    /// The method with its settings.
    pub(super) settings: String,
    pub(super) epochs: Epochs,
    patience: Option<u64>,
    /// For cancellation alone.
    conditions: Conditions<'a>,
    clock: Clock,
    status: Option<Status>,
}

/// Seconds of training, without measurements.
struct Clock {
    begin: Instant,
    /// Of the run that this one continues.
    before: f64,
    measuring: f64,
}

impl<'a, B, M> TrainingRun<'a, B, M>
where
    B: Backend,
    M: OverBatches<Over<'a, MeanLoss<B>>> + Debug,
{
    /// Checks everything, and measures at `start`.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used, or an error of an evaluation.
    pub fn new(
        loss: &'a MeanLoss<B>,
        start: &Parameters<B>,
        method: M,
        training: Training<'a, B>,
    ) -> Result<Self, Error> {
        let settings = format!("{method:?}");
        let parts = Parts::of(training);
        let run = EpochRun::new(loss, method, start, parts.within.clone())?;
        let mut new = Self::of(loss, run, settings, parts, 0.0);
        let first = new.report(start.clone(), 0, 0)?;
        new.history.push(first);
        Ok(new)
    }

    /// Of its parts, without a history.
    pub(super) fn of(
        loss: &'a MeanLoss<B>,
        run: EpochRun<'a, MeanLoss<B>, M>,
        settings: String,
        parts: Parts<'a, B>,
        before: f64,
    ) -> Self {
        let Parts { within, conditions, held_out, patience } = parts;
        let epochs = within.epochs.unwrap_or_default();
        let clock = Clock { begin: Instant::now(), before, measuring: 0.0 };
        let (history, best, status) = (Vec::new(), None, None);
        Self {
            loss,
            held_out,
            run,
            history,
            best,
            settings,
            epochs,
            patience,
            conditions,
            clock,
            status,
        }
    }

    /// One step, on one batch; the report, at the end of an epoch and of the run.
    ///
    /// # Errors
    ///
    /// Of a measurement.
    pub fn step(&mut self) -> Result<Option<&EpochReport>, Error> {
        if self.status.is_some() {
            return Ok(None);
        }
        // Between two steps: what a method has half done could not be saved.
        let interrupted = self.conditions.interrupted();
        if interrupted {
            self.run.stop();
        } else {
            self.run.step();
        }
        self.status = self.run.status().cloned();
        if self.status.is_none() && self.is_lost() {
            self.run.stop();
            self.status = Some(Status::Diverged);
        }
        let now = self.run.progress();
        let (epoch, steps) = (now.epoch, now.step);
        let last = &self.history[self.history.len() - 1];
        let whole = epoch > last.epoch;
        if !whole && (self.status.is_none() || steps == last.steps) {
            return Ok(None);
        }
        let x = now.x.clone();
        let report = self.report(x, epoch, steps)?;
        // After the last step no batch shows where it led.
        let lost = report.loss.is_nan() || report.loss > self.most();
        if lost && self.status == Some(Status::EpochLimit) {
            self.status = Some(Status::Diverged);
        }
        // What is measured within an epoch decides nothing: a run that goes on does not see it.
        if let (true, Some((loss, _))) = (whole && self.patience.is_some(), report.held_out) {
            if self.best.as_ref().is_none_or(|best| loss < best.loss) {
                let parameters = self.run.progress().x.clone();
                self.best = Some(Best { loss, epoch, parameters });
            }
            if !self.patient(epoch) {
                self.run.stop();
                self.status = Some(Status::Stopped);
            }
        }
        self.history.push(report);
        Ok(self.history.last())
    }

    /// Whether the loss of the last batch is so far above that of the start that the steps lead nowhere, of a method
    /// that does not take them back itself.
    fn is_lost(&self) -> bool {
        self.run.progress().batch_value > self.most()
    }

    /// The largest loss that is not lost.
    fn most(&self) -> f64 {
        LOST * self.history.first().map_or(1.0, |start| start.loss.abs().max(1.0))
    }

    /// Whether the lowest loss on the cases held out is not too long ago.
    fn patient(&self, epoch: u64) -> bool {
        match (self.patience, &self.best) {
            (Some(patience), Some(best)) => epoch - best.epoch < patience,
            _ => true,
        }
    }

    /// Ends a run that went on from a state after which there was no patience left.
    pub(super) fn settle(&mut self) {
        let epoch = self.history.last().map_or(0, |report| report.epoch);
        if !self.patient(epoch) {
            self.stop();
        }
    }

    /// Ends it as stopped by the caller.
    pub fn stop(&mut self) {
        if self.status.is_none() {
            self.run.stop();
            self.status = Some(Status::Stopped);
        }
    }

    /// Why it ended, once it has.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// A line an epoch.
    pub fn history(&self) -> &[EpochReport] {
        &self.history
    }

    /// Steps and whole epochs behind.
    pub fn place(&self) -> (u64, u64) {
        let now = self.run.progress();
        (now.step, now.epoch)
    }

    /// Seconds of training so far, without measurements.
    pub fn seconds(&self) -> f64 {
        self.clock.before + self.clock.begin.elapsed().as_secs_f64() - self.clock.measuring
    }

    /// The parameters that it gives if it ends now.
    pub fn parameters(&self) -> Parameters<B> {
        let epoch = self.history.last().map_or(0, |report| report.epoch);
        match &self.best {
            Some(best) if !self.patient(epoch) => best.parameters.clone(),
            _ => self.run.outcome().x,
        }
    }

    /// What it gives.
    pub fn trained(self) -> Trained<B> {
        let parameters = self.parameters();
        let evaluations = self.run.progress().evaluations;
        let status = self.status.unwrap_or(Status::Stopped);
        Trained { parameters, status, history: self.history, evaluations }
    }

    fn report(&mut self, x: Parameters<B>, epoch: u64, steps: u64) -> Result<EpochReport, Error> {
        let (now, seconds) = (Instant::now(), self.seconds());
        let (loss, accuracy) = measured(self.loss, &x)?;
        let held_out = self.held_out.map(|others| measured(others, &x)).transpose()?;
        self.clock.measuring += now.elapsed().as_secs_f64();
        let Setbacks { rejected, failures } = self.run.progress().setbacks;
        Ok(EpochReport { epoch, steps, seconds, loss, accuracy, held_out, rejected, failures })
    }
}

/// What a training is run with.
pub(super) struct Parts<'a, B: Backend> {
    /// Of the run over epochs: it is asked for no measurements, and cancelled from outside.
    pub within: Conditions<'a>,
    conditions: Conditions<'a>,
    pub held_out: Option<&'a MeanLoss<B>>,
    patience: Option<u64>,
}

impl<'a, B: Backend> Parts<'a, B> {
    pub fn of(training: Training<'a, B>) -> Self {
        let Training { epochs, conditions, held_out, patience } = training;
        let epochs = Epochs { measure: Measure::Never, ..epochs };
        let within = Conditions { cancel: None, interrupter: None, ..conditions.clone() };
        Self { within: within.epochs(epochs), conditions, held_out, patience }
    }
}

/// Loss and accuracy over all cases.
fn measured<B: Backend>(
    loss: &MeanLoss<B>,
    x: &Parameters<B>,
) -> Result<(f64, Option<f64>), Error> {
    if !x.is_finite() {
        return Ok((f64::NAN, None));
    }
    let all: Vec<usize> = (0..loss.cases()).collect();
    loss.value_and_accuracy(x, &all).map_err(Error::Objective)
}
