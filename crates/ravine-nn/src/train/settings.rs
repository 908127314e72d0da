//! How to train.

use ravine::Conditions;
use ravine::minimize::Epochs;

use crate::backend::Backend;
use crate::mean_loss::MeanLoss;

/// How to train.
pub struct Training<'a, B: Backend> {
    /// Epochs, batches, schedule, order of the cases. What is measured when is said here, not there.
    pub epochs: Epochs,
    /// Budgets, threads and cancellation, which ends it between two steps.
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
