//! Hutch++.

use crate::matrix::orthogonalize;
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Pointwise;

use super::SpectrumError;
use super::probing::{Growth, Probing, Sample};
use super::range_sketch::{RangeSketch, trace};

/// A sketch Q of the range, and Hutchinson on what is left,
///
/// ```text
/// tr A    =  tr Q'AQ  + mean_i g_i'A g_i,     g = (I - QQ') signs
/// |A|_F^2 = |AQ|_F^2  + mean_i |A g_i|^2
/// ```
///
/// where the g and their products are kept, so that both halves can grow together: a new q takes
/// `q (q'g)` from g and `A q (q'g)` from `A g`.
pub(super) struct HutchPlusPlus<V> {
    random: Random,
    like: V,
    sketch: RangeSketch<V>,
    remainders: Vec<V>,
    products: Vec<V>,
}

impl<V: Pointwise> HutchPlusPlus<V> {
    pub fn new(like: &V, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            like: like.zeros_like(),
            sketch: RangeSketch::new(),
            remainders: Vec::new(),
            products: Vec::new(),
        }
    }

    /// What is on the sketch: all, where it spans the range of A.
    fn known(&self) -> Sample {
        Sample { trace: trace(&self.sketch.projected), square: trace(&self.sketch.gram) }
    }
}

impl<V: Pointwise> Probing<V> for HutchPlusPlus<V> {
    const DEPENDENCE: f64 = 1.0;
    const COST: usize = 3;

    fn grow(&mut self, a: &impl LinearOperator<V>) -> Result<Growth, SpectrumError> {
        let mut probe = self.like.zeros_like();
        probe.fill_signs(&mut self.random);
        if !self.sketch.grow(a, probe)? {
            return Ok(Growth::Exhausted(self.known()));
        }
        let k = self.sketch.rank();
        let (q, z) = (&self.sketch.basis[k - 1], &self.sketch.images[k - 1]);
        for (g, ag) in self.remainders.iter_mut().zip(&mut self.products) {
            let along = q.dot(g);
            g.axpy(-along, q);
            ag.axpy(-along, z);
        }
        let (mut g, mut ag) = (self.like.zeros_like(), self.like.zeros_like());
        g.fill_signs(&mut self.random);
        orthogonalize(&mut g, &self.sketch.basis, &mut vec![0.0; k], &mut Vec::new());
        self.sketch.apply(a, &g, &mut ag)?;
        self.remainders.push(g);
        self.products.push(ag);
        Ok(Growth::Grown)
    }

    fn products(&self) -> usize {
        self.sketch.products
    }

    fn samples(&self) -> Vec<Sample> {
        let known = self.known();
        let sample = |(g, ag): (&V, &V)| Sample {
            trace: known.trace + g.dot(ag),
            square: known.square + ag.dot(ag),
        };
        self.remainders.iter().zip(&self.products).map(sample).collect()
    }
}
