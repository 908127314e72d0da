//! XTrace.

use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Pointwise;

use super::SpectrumError;
use super::probing::{Growth, Probing, Sample};
use super::range_sketch::{RangeSketch, SHARED_SKETCH, dot, form, trace};

/// For every probe `omega` (normal) the sketch without it, `Q_i = Q (I - s s')`, and what that
/// leaves of the probe, `nu = (I - Q_i Q_i') omega`, made as long as a normal vector of that space
/// is on average:
///
/// ```text
/// tr Q_i'A Q_i + c nu'A nu,      |A Q_i|_F^2 + c |A nu|^2,      c = (n - k + 1) / |nu|^2
/// ```
///
/// With `u = (I - s s') Q'omega` and `nu = omega - Q u` all of it comes from small matrices, as
/// `A omega = Q r` and `A Q = Z`.
pub(super) struct XTrace<V> {
    random: Random,
    like: V,
    sketch: RangeSketch<V>,
    squared_norms: Vec<f64>,
}

impl<V: Pointwise> XTrace<V> {
    pub fn new(like: &V, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            like: like.zeros_like(),
            sketch: RangeSketch::new(),
            squared_norms: Vec::new(),
        }
    }

    /// What is on the sketch: all, where it spans the range of A.
    fn known(&self) -> Sample {
        Sample { trace: trace(&self.sketch.projected), square: trace(&self.sketch.gram) }
    }
}

impl<V: Pointwise> Probing<V> for XTrace<V> {
    const DEPENDENCE: f64 = SHARED_SKETCH;
    const COST: usize = 2;

    fn grow(&mut self, a: &impl LinearOperator<V>) -> Result<Growth, SpectrumError> {
        let mut probe = self.like.zeros_like();
        probe.fill_normal(&mut self.random);
        let square = probe.dot(&probe);
        if !self.sketch.grow(a, probe)? {
            return Ok(Growth::Exhausted(self.known()));
        }
        self.squared_norms.push(square);
        Ok(Growth::Grown)
    }

    fn products(&self) -> usize {
        self.sketch.products
    }

    fn samples(&self) -> Vec<Sample> {
        let RangeSketch { r, basis_probes, images_probes, projected: h, gram, .. } = &self.sketch;
        let all = self.known();
        let n = self.like.dimension();
        let k = self.sketch.rank();
        let sample = |(i, s): (usize, Vec<f64>)| {
            let (w, t) = (&basis_probes[i], &images_probes[i]);
            let mut r = r[i].clone();
            r.resize(k, 0.0);
            let along = dot(&s, w);
            let u: Vec<f64> = w.iter().zip(&s).map(|(w, s)| w - along * s).collect();
            let length = self.squared_norms[i] - dot(&u, &u);
            let c = if length > 0.0 { (n - k + 1) as f64 / length } else { 0.0 };
            let bilinear = dot(w, &r) - dot(t, &u) - dot(&u, &r) + form(&u, h, &u);
            let square = dot(&r, &r) - 2.0 * form(&r, h, &u) + form(&u, gram, &u);
            Sample {
                trace: all.trace - form(&s, h, &s) + c * bilinear,
                square: all.square - form(&s, gram, &s) + c * square,
            }
        };
        self.sketch.left_out().into_iter().enumerate().map(sample).collect()
    }
}
