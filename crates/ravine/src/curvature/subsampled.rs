//! The Hessian over some cases of a sum.

use super::{Belief, Curvature, HessianAt, Knows, Model, Source};
use crate::objective::{BatchHessianProduct, Over};
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// The Hessian over the sampled cases at a point, as a linear operator: an estimate of `H(x)` without
/// bias. An application costs, and counts as, `|S| / N` Hessian products.
pub struct SampledHessian<'a, O: BatchHessianProduct + ?Sized> {
    oracle: Oracle<'a, Over<'a, O>>,
    x: &'a O::Point,
}

impl<O: BatchHessianProduct + ?Sized> LinearOperator<O::Point> for SampledHessian<'_, O> {
    fn dimension(&self) -> usize {
        self.oracle.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &O::Point, y: &mut O::Point) -> Result<(), Interrupt> {
        HessianAt { oracle: &self.oracle, x: self.x }.apply(x, y)
    }
}

impl<O: BatchHessianProduct + ?Sized> Model<O::Point> for SampledHessian<'_, O> {}

/// The Hessian over a random subset of cases, drawn anew at every iterate, without replacement.
///
/// The sample doubles where a step left more than half of the gradient although the solve was to leave
/// less (more than twice its residual), up to all cases.
/// See [`SubsampledNewton`](crate::methods::SubsampledNewton) for more, and its sources.
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubsampledCurvature {
    /// The cases of the first sample; `None` for a tenth of all, at least 100. No more than all are
    /// used. Default `None`.
    #[range("at least 1")]
    pub sample: Option<usize>,
    /// Of the samples. Default 0.
    pub seed: u64,
}

/// What [`SubsampledCurvature`] keeps: the size of the sample, and the generator.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SubsampledMemory {
    /// Cases of the next sample.
    sample: usize,
    /// `|g|` before the last step, and the residual that it was solved to.
    before: Option<(f64, f64)>,
    random: Random,
    /// Of the current point; none before they are drawn, or where they are all.
    cases: Vec<usize>,
    drawn: bool,
}

/// A step that leaves more of the gradient than this shows that the sample is too small.
const LEFT: f64 = 0.5;

impl<O: BatchHessianProduct + ?Sized> Curvature<O> for SubsampledCurvature {
    type Memory = SubsampledMemory;
    type At<'a>
        = SampledHessian<'a, O>
    where
        O: 'a;
    const KNOWS: Knows = Knows::Approximately;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.sample != Some(0), "sample", 0, "at least 1")
    }

    fn memory(&self, oracle: &Oracle<'_, O>, _x0: &O::Point) -> SubsampledMemory {
        let all = oracle.cases();
        SubsampledMemory {
            sample: self.sample.unwrap_or((all / 10).max(100)).min(all),
            before: None,
            random: Random::new(self.seed),
            cases: Vec::new(),
            drawn: false,
        }
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        memory: &'a mut SubsampledMemory,
    ) -> Result<SampledHessian<'a, O>, Interrupt> {
        let all = oracle.cases();
        if !memory.drawn {
            let norm = iterate.gradient.norm();
            if let Some((before, residual)) = memory.before
                && norm > LEFT.max(2.0 * residual) * before
            {
                memory.sample = (2 * memory.sample).min(all);
            }
            if memory.sample < all {
                memory.random.sample(all, memory.sample, &mut memory.cases);
            } else {
                memory.cases.clear();
                memory.cases.extend(0..all);
            }
            memory.drawn = true;
        }
        let batch = Over::new(oracle.objective(), &memory.cases[..]);
        Ok(SampledHessian { oracle: oracle.batch_given(batch), x: &iterate.x })
    }

    fn correct(
        &self,
        _oracle: &Oracle<'_, O>,
        iterate: &Iterate<O::Point>,
        memory: &mut SubsampledMemory,
        _step: &mut O::Point,
        predicted: f64,
        residual: f64,
    ) -> Result<f64, Interrupt> {
        memory.before = Some((iterate.gradient.norm(), residual));
        Ok(predicted)
    }

    fn moved(&self, memory: &mut SubsampledMemory, taken: f64) {
        memory.drawn &= taken == 0.0;
    }

    fn turned(&self, memory: &mut SubsampledMemory) {
        // A gradient over other cases says nothing of the sample.
        memory.before = None;
        memory.drawn = false;
    }

    fn belief<'s>(&self, _memory: &'s SubsampledMemory) -> Belief<'s, O::Point> {
        Belief::default().anew(Source::Sample)
    }
}
