//! Objectives that are mean losses of a network.

use std::borrow::Cow;

use ravine::objective::{FiniteSum, Gradient, Over};

use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::tape::Parameters;

/// A mean loss, over all cases or a batch of them: what methods need that ask a network for more than
/// gradients.
pub trait OnNetwork: Gradient<Point = Parameters<Self::Backend>> {
    /// Where it is evaluated.
    type Backend: Backend;

    /// The loss over all cases.
    fn mean_loss(&self) -> &MeanLoss<Self::Backend>;

    /// The cases of it that this one is over.
    fn batch(&self) -> Cow<'_, [usize]>;
}

impl<B: Backend> OnNetwork for MeanLoss<B> {
    type Backend = B;

    fn mean_loss(&self) -> &MeanLoss<B> {
        self
    }

    fn batch(&self) -> Cow<'_, [usize]> {
        (0..self.cases()).collect()
    }
}

impl<B: Backend> OnNetwork for Over<'_, MeanLoss<B>> {
    type Backend = B;

    fn mean_loss(&self) -> &MeanLoss<B> {
        self.sum()
    }

    fn batch(&self) -> Cow<'_, [usize]> {
        self.batch().into()
    }
}
