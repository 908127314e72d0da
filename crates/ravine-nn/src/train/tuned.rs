//! The step of an optimizer by trial trainings.

use std::ops::ControlFlow;

use ravine::minimize::{Epochs, Error, OverBatches};
use ravine::objective::Over;
use ravine::{ArgumentError, Conditions};

use super::{Training, train};
use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::optimizers::{Optimizer, TunedStep};
use crate::tape::Parameters;

impl Optimizer {
    /// Tries so many steps around the optimizer's own, two to a decade, each in a training of its own from the
    /// same start and in the same batches, and takes the one with the lowest loss over all cases at its end. A
    /// loss that is no number is worse than any.
    ///
    /// ```
    /// use ravine::Conditions;
    /// use ravine::minimize::Epochs;
    /// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// let cpu = Cpu::<f32>::new();
    /// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
    /// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
    /// let start = network.start(&cpu, None, 1);
    /// let sgd = Optimizer::named("sgd", &network)?;
    /// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
    /// let epochs = Epochs { epochs: 20, batch_size: 4, ..Epochs::default() };
    /// let tuned = sgd.tuned(&loss, &start, &epochs, 5, &|| Conditions::default())?;
    /// assert_eq!(tuned.trials.len(), 5);
    /// // On four cases at once, a longer step than the usual one is better.
    /// assert!(tuned.optimizer.step() > Some(0.1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No trial, settings that cannot be used, or an error of an evaluation.
    pub fn tuned<'a, B>(
        &self,
        loss: &'a MeanLoss<B>,
        start: &Parameters<B>,
        epochs: &Epochs,
        trials: usize,
        conditions: &dyn Fn() -> Conditions<'a>,
    ) -> Result<TunedStep, Error>
    where
        B: Backend,
        Optimizer: OverBatches<Over<'a, MeanLoss<B>>>,
    {
        ArgumentError::check(trials > 0, "trials", trials, "at least 1")?;
        let mut tried = Vec::with_capacity(trials);
        for step in self.steps_to_try(trials) {
            let training = Training {
                epochs: epochs.clone(),
                conditions: conditions(),
                ..Training::default()
            };
            let method = self.clone().with_step(step);
            let trained = train(loss, start, method, training, |_| ControlFlow::Continue(()))?;
            let ended = trained.history.last().map_or(f64::NAN, |report| report.loss);
            tried.push((step, ended));
        }
        Ok(self.best_of(tried))
    }
}
