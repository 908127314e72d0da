//! Training: epochs with measurements, on the cases and on others.

use std::ops::ControlFlow;
use std::time::Instant;

use ravine::minimize::{EpochRun, Epochs, Error, Measure, OverBatches};
use ravine::objective::{Counts, FiniteSum, Over};
use ravine::{Conditions, Status, Vector};

use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::tape::Parameters;

/// How to train.
pub struct Training<'a, B: Backend> {
    /// Epochs, batches, schedule, order of the cases. What is measured when is said here, not there.
    pub epochs: Epochs,
    /// Budgets, threads and cancellation.
    pub conditions: Conditions<'a>,
    /// The loss over cases held out, measured after each epoch.
    pub held_out: Option<&'a MeanLoss<B>>,
    /// Training stops after so many epochs without a lower loss on the cases held out.
    pub patience: Option<u64>,
}

impl<B: Backend> Default for Training<'_, B> {
    fn default() -> Self {
        let (epochs, conditions) = (Epochs::default(), Conditions::default());
        Self { epochs, conditions, held_out: None, patience: None }
    }
}

/// What was measured after an epoch, or, as epoch 0, at the start.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EpochReport {
    /// Whole epochs.
    pub epoch: u64,
    /// Steps.
    pub steps: u64,
    /// Seconds of training, without these measurements.
    pub seconds: f64,
    /// The loss over all cases, with its penalty.
    pub loss: f64,
    /// The share of the cases that are classified right, where there are classes.
    pub accuracy: Option<f64>,
    /// Loss and accuracy over the cases held out, without a penalty.
    pub held_out: Option<(f64, Option<f64>)>,
}

/// How training ended.
#[derive(Clone)]
pub struct Trained<B: Backend> {
    /// The parameters: the last ones, or, where cases are held out and patience ended it, those with the lowest loss
    /// on them.
    pub parameters: Parameters<B>,
    /// Why it ended.
    pub status: Status,
    /// A line an epoch.
    pub history: Vec<EpochReport>,
    /// Evaluations of the training itself.
    pub evaluations: Counts,
}

/// Trains a network from `start`, and measures after each epoch; `observe` sees each report, and may stop.
///
/// ```
/// use ravine::minimize::Epochs;
/// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Optimizer, Training, Unary, mlp, train};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f32>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let method = Optimizer::named("kfac-adaptive", &network)?;
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let epochs = Epochs { epochs: 40, batch_size: 4, ..Epochs::default() };
/// let training = Training { epochs, ..Training::default() };
/// let trained = train(&loss, &start, method, training, |_| std::ops::ControlFlow::Continue(()))?;
/// assert_eq!(trained.history.last().and_then(|report| report.accuracy), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Settings that cannot be used, or an error of an evaluation.
pub fn train<'a, B, M>(
    loss: &'a MeanLoss<B>,
    start: &Parameters<B>,
    method: M,
    training: Training<'a, B>,
    mut observe: impl FnMut(&EpochReport) -> ControlFlow<()>,
) -> Result<Trained<B>, Error>
where
    B: Backend,
    M: OverBatches<Over<'a, MeanLoss<B>>>,
{
    let Training { mut epochs, conditions, held_out, patience } = training;
    epochs.measure = Measure::Never;
    let begin = Instant::now();
    let mut measuring = 0.0;
    let mut report = |x: &Parameters<B>, epoch: u64, steps: u64| -> Result<EpochReport, Error> {
        let now = Instant::now();
        let seconds = (now - begin).as_secs_f64() - measuring;
        let (of_cases, accuracy) = measured(loss, x)?;
        let held_out = held_out.map(|others| measured(others, x)).transpose()?;
        measuring += now.elapsed().as_secs_f64();
        Ok(EpochReport { epoch, steps, seconds, loss: of_cases, accuracy, held_out })
    };
    let mut history = vec![report(start, 0, 0)?];
    let mut best: Option<(f64, u64, Parameters<B>)> = None;
    let mut stopped = observe(&history[0]).is_break();
    let mut patient = true;
    let mut run = EpochRun::new(loss, method, start, conditions.epochs(epochs))?;
    while !stopped && patient {
        let ended = run.step().is_some();
        let progress = run.progress();
        let last = history[history.len() - 1].epoch;
        if progress.epoch > last || ended {
            let now = report(progress.x, progress.epoch, progress.step)?;
            stopped = observe(&now).is_break();
            if let (Some(patience), Some((value, _))) = (patience, now.held_out) {
                let better = best.as_ref().is_none_or(|(least, ..)| value < *least);
                if better {
                    best = Some((value, now.epoch, progress.x.clone()));
                }
                patient = best.as_ref().is_some_and(|(_, since, _)| now.epoch - since < patience);
            }
            history.push(now);
        }
        if ended {
            break;
        }
    }
    if stopped || !patient {
        run.stop();
    }
    let outcome = run.outcome();
    let parameters = match best {
        Some((_, _, best)) if !patient => best,
        _ => outcome.x,
    };
    Ok(Trained { parameters, status: outcome.status, history, evaluations: outcome.evaluations })
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
