//! Hutchinson's estimator.

use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Pointwise;

use super::SpectrumError;
use super::probing::{Growth, Probing, Sample};

/// `z'Az` and `|Az|^2` over random signs z.
pub(super) struct Hutchinson<V> {
    random: Random,
    probe: V,
    product: V,
    samples: Vec<Sample>,
}

impl<V: Pointwise> Hutchinson<V> {
    pub fn new(like: &V, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            probe: like.zeros_like(),
            product: like.zeros_like(),
            samples: Vec::new(),
        }
    }
}

impl<V: Pointwise> Probing<V> for Hutchinson<V> {
    const DEPENDENCE: f64 = 1.0;
    const COST: usize = 1;

    fn grow(&mut self, a: &impl LinearOperator<V>) -> Result<Growth, SpectrumError> {
        let Self { random, probe, product, samples } = self;
        probe.fill_signs(random);
        a.apply(probe, product)?;
        let sample = Sample { trace: probe.dot(product), square: product.dot(product) };
        if !sample.square.is_finite() {
            return Err(SpectrumError::NotFinite);
        }
        samples.push(sample);
        Ok(Growth::Grown)
    }

    fn products(&self) -> usize {
        self.samples.len()
    }

    fn samples(&self) -> Vec<Sample> {
        self.samples.clone()
    }
}
