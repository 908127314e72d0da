//! What the methods for traces have in common: probes added one by one.

use crate::operator::LinearOperator;
use crate::vector::Vector;

use super::SpectrumError;

/// What one probe says: of `tr A` and of `|A|_F^2 = tr A'A`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub trace: f64,
    pub square: f64,
}

/// A method that adds probes one by one.
pub(super) trait Probing<V: Vector> {
    /// Products that one more probe takes.
    const COST: usize;

    /// The standard error of the mean over that of as many independent samples.
    const DEPENDENCE: f64;

    /// One more probe.
    fn grow(&mut self, a: &impl LinearOperator<V>) -> Result<Growth, SpectrumError>;

    /// Products made.
    fn products(&self) -> usize;

    /// What the probes say so far; their mean is the estimate.
    fn samples(&self) -> Vec<Sample>;
}

/// What one more probe brought.
pub(super) enum Growth {
    /// A sample more.
    Grown,
    /// Nothing: the earlier ones hold all there is, and this is the truth.
    Exhausted(Sample),
}
