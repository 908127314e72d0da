//! A training from its start to its end.

use std::fmt::Debug;
use std::ops::ControlFlow;

use ravine::minimize::{Error, OverBatches};
use ravine::objective::Over;

use super::{EpochReport, Trained, Training, TrainingRun};
use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::tape::Parameters;

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
    M: OverBatches<Over<'a, MeanLoss<B>>> + Debug,
{
    let mut run = TrainingRun::new(loss, start, method, training)?;
    let mut seen = observe(&run.history()[0]);
    while run.status().is_none() && seen.is_continue() {
        if let Some(report) = run.step()? {
            seen = observe(report);
        }
    }
    run.stop();
    Ok(run.trained())
}
