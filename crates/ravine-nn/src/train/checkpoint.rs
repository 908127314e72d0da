//! Trainings that are written to files and go on from them.

use std::fmt::Debug;
use std::io::Write;
use std::path::{Path, PathBuf};

use ravine::Status;
use ravine::checkpoint::{Error, Pace, checksum, decode, encode, replace};
use ravine::minimize::{EpochRun, Epochs, OverBatches};
use ravine::objective::Over;
use ravine_linalg::ArgumentError;
use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::run::{Best, Parts, TrainingRun};
use super::saved::{About, BEST, HISTORY, Head, KEY, LIBRARY, RUN, Saved, VERSION};
use super::{EpochReport, Training};
use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::network::Network;
use crate::tape::Parameters;

impl<'a, B, M> TrainingRun<'a, B, M>
where
    B: Backend,
    M: OverBatches<Over<'a, MeanLoss<B>>> + Debug,
    M::State: Serialize + DeserializeOwned,
    Parameters<B>: Serialize + DeserializeOwned,
{
    /// Writes the training to a file in the format safetensors: the parameters that it gives if it ends now as tensors
    /// by their names, for any tool that reads such files; everything [`resume`](Self::resume) needs as tensors of
    /// bytes, `ravine/run`, `ravine/history` and `ravine/best`; and a description as metadata. The file takes the place
    /// of what was there once it is complete.
    ///
    /// # Errors
    ///
    /// A file that cannot be written; what was there before then still is.
    pub fn save(&self, path: &Path, about: &About) -> Result<(), Error> {
        let failed = |error| Error::Write { path: path.to_owned(), error };
        let mut run = Vec::new();
        self.run.write_checkpoint(&mut run).map_err(failed)?;
        // A report within an epoch is not one of the run that goes on.
        let mut history: Vec<&EpochReport> = Vec::new();
        for report in &self.history {
            if history.last().is_none_or(|last| report.epoch > last.epoch) {
                history.push(report);
            }
        }
        let (history, best) = (encode(&history), encode(&self.best));
        let (steps, epoch) = self.place();
        let head = Head {
            version: VERSION,
            ravine: LIBRARY.to_owned(),
            about: about.clone(),
            loss: *self.loss.loss(),
            penalty: self.loss.penalty().to_vec(),
            steps,
            epoch,
            seconds: self.seconds(),
            settings: self.settings.clone(),
            epochs: self.epochs.clone(),
            precision: precision::<B>(),
            network: checksum(&encode(self.loss.network())),
            cases: self.loss.fingerprint(),
            held_out: self.held_out.map(MeanLoss::fingerprint),
            state: checksum(&[&run[..], &history, &best].concat()),
        };
        let (x, backend) = (self.parameters(), self.loss.backend());
        let weights: Vec<Vec<u8>> = x.blocks().iter().map(|x| bytes_of(backend, x)).collect();
        let parameters = self.loss.network().parameters().iter().zip(&weights);
        let dtype = if precision::<B>() == 32 { Dtype::F32 } else { Dtype::F64 };
        let states = [(RUN, &run), (HISTORY, &history), (BEST, &best)];
        let tensors = parameters
            .map(|(p, bytes)| (p.name.as_str(), dtype, p.shape.sizes.clone(), bytes))
            .chain(states.map(|(name, bytes)| (name, Dtype::U8, vec![bytes.len()], bytes)));
        let tensors = tensors
            .map(|(name, dtype, shape, bytes)| Ok((name, TensorView::new(dtype, shape, bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>();
        let bytes = tensors.and_then(|tensors| {
            let head = serde_json::to_string(&head)?;
            serialize(tensors, Some([(KEY.to_owned(), head)].into_iter().collect()))
        });
        let bytes = bytes.map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        replace(path, |file| file.write_all(&bytes)).map_err(failed)
    }

    /// Goes on to the same bits as a run that was not interrupted, with the same network, loss, cases, method and
    /// batches; there may be more epochs, and another patience.
    ///
    /// # Errors
    ///
    /// A file of another training, with what it is of and what was expected; settings that cannot be used.
    pub fn resume(
        loss: &'a MeanLoss<B>,
        method: M,
        training: Training<'a, B>,
        saved: &Saved,
    ) -> Result<Self, Error> {
        let settings = format!("{method:?}");
        let parts = Parts::of(training);
        let epochs = parts.within.epochs.clone().unwrap_or_default();
        if saved.head.network != checksum(&encode(loss.network())) {
            let of = saved.head.about.architecture.as_ref();
            let of =
                of.map_or(String::new(), |of| format!(", {} with {}", of.model, of.units.name()));
            return Err(saved.refused(format!(
                "is of a training of another network{of}; this one has the parameters {}",
                shapes(loss.network())
            )));
        }
        let asked = [
            ("numbers of bits", saved.head.precision.to_string(), precision::<B>().to_string()),
            ("the method", saved.head.settings.clone(), settings.clone()),
            ("the loss", format!("{:?}", saved.head.loss), format!("{:?}", loss.loss())),
            ("the penalty", short(&saved.head.penalty), short(loss.penalty())),
            ("batches", batches(&saved.head.epochs), batches(&epochs)),
        ];
        if let Some((what, of, asked)) = asked.into_iter().find(|(_, of, asked)| of != asked) {
            return Err(saved.refused(format!("is of a training with {what} {of}, not {asked}")));
        }
        let name =
            saved.head.about.data.as_ref().map_or(String::new(), |d| format!(", {}", d.name));
        if saved.head.cases != loss.fingerprint() {
            return Err(saved.refused(format!("is of a training on other cases{name}")));
        }
        if saved.head.held_out != parts.held_out.map(MeanLoss::fingerprint) {
            return Err(saved.refused(format!("is of a training with other cases held out{name}")));
        }
        let state = [RUN, HISTORY, BEST].map(|name| saved.bytes(name));
        let [run, history, best] = state;
        let (run, history, best) = (run?, history?, best?);
        if saved.head.state != checksum(&[run, history, best].concat()) {
            return Err(saved.refused("is damaged: its state was changed".to_owned()));
        }
        let refuse = |error: ArgumentError| saved.refused(error.to_string());
        let history: Vec<EpochReport> = decode(history).map_err(refuse)?;
        let best: Option<Best<B>> = decode(best).map_err(refuse)?;
        if history.is_empty() {
            return Err(saved.refused("has no measurements".to_owned()));
        }
        let run = EpochRun::resume_from(loss, method, run, parts.within.clone())
            .map_err(|error| saved.refused(error.to_string()))?;
        let mut resumed = Self::of(loss, run, settings, parts, saved.head.seconds);
        (resumed.history, resumed.best) = (history, best);
        resumed.settle();
        Ok(resumed)
    }
}

/// Writes checkpoints of a training to a file, each in the place of the one before.
#[derive(Debug)]
pub struct TrainingCheckpoints {
    path: PathBuf,
    about: About,
    pace: Pace,
    epoch: Option<u64>,
}

impl TrainingCheckpoints {
    /// Writes to `path` every so many epochs; `None` for every 30 seconds, or, where writing takes long, for less than
    /// a twentieth of the time.
    ///
    /// # Errors
    ///
    /// If `every` is 0.
    pub fn new(
        path: impl Into<PathBuf>,
        about: About,
        every: Option<u64>,
    ) -> Result<Self, ArgumentError> {
        Ok(Self { path: path.into(), about, pace: Pace::new(every)?, epoch: None })
    }

    /// To be called at the start and after every step, the last included: writes a checkpoint at once, at the end of
    /// an epoch where one is due, and where the run has ended but [can go on](Status::can_go_on).
    ///
    /// # Errors
    ///
    /// If the file cannot be written. The last checkpoint is then still there.
    pub fn note<'a, B, M>(&mut self, run: &TrainingRun<'a, B, M>) -> Result<(), Error>
    where
        B: Backend,
        M: OverBatches<Over<'a, MeanLoss<B>>> + Debug,
        M::State: Serialize + DeserializeOwned,
        Parameters<B>: Serialize + DeserializeOwned,
    {
        let (_, epoch) = run.place();
        let between = self.epoch != Some(epoch);
        self.epoch = Some(epoch);
        // What has left the numbers does not take the place of what can go on.
        let write = run.status().map_or(between && self.pace.due(), Status::can_go_on);
        if write {
            let Self { path, about, pace, .. } = self;
            return pace.wrote(|| run.save(path, about));
        }
        if between {
            self.pace.passed();
        }
        Ok(())
    }
}

/// Bits of a number.
fn precision<B: Backend>() -> usize {
    8 * size_of::<B::Scalar>()
}

/// Numbers as they are in memory, the lowest byte first.
fn bytes_of<B: Backend>(backend: &B, block: &B::Buffer) -> Vec<u8> {
    let numbers = backend.download(block);
    if precision::<B>() == 32 {
        numbers.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect()
    } else {
        numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
    }
}

/// A few numbers in words; one, where all are the same.
fn short(numbers: &[f64]) -> String {
    match numbers {
        [first, rest @ ..] if rest.iter().all(|x| x == first) => format!("{first} of each block"),
        _ => format!("{numbers:?}"),
    }
}

/// What may not change of batches.
fn batches(epochs: &Epochs) -> String {
    let Epochs { batch_size, last_batch, schedule, point, seed, .. } = epochs;
    format!("of {batch_size} cases, seed {seed}, {last_batch:?}, {schedule:?}, {point:?}")
}

/// The parameters of a network with their shapes.
fn shapes(network: &Network) -> String {
    let named = network.parameters().iter().map(|p| format!("{} ({})", p.name, p.shape));
    named.collect::<Vec<_>>().join(", ")
}
