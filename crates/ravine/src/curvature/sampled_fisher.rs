//! The Fisher information from cases drawn from the model.

use super::empirical::LowRankAt;
use super::{Belief, Curvature, EmpiricalFisher, Knows, Source};
use crate::objective::DrawnGradients;
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::LowRank;
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// The Fisher information `1/S sum_s g_s g_s' + damping I` from the gradients `g_s` of S cases that are
/// drawn from the model at the point itself: an estimate of the Fisher information without bias, with a
/// relative error of about `sqrt(n / S)` in the worst direction. Drawn anew at every iterate.
///
/// Unlike the empirical Fisher information, of the data as they are, it is right far from the
/// minimizer too (Kunstner, Balles and Hennig, Limitations of the empirical Fisher approximation,
/// 2019). Of low rank where fewer cases are drawn than there are variables, so that solving with it needs
/// the damping.
///
/// Source: Martens, New insights and perspectives on the natural gradient method (2020), section 5.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampledFisherCurvature {
    /// The cases drawn at an iterate; `None` for four a variable, at least 100. Default `None`.
    #[range("at least 1")]
    pub sample: Option<usize>,
    /// Added to the diagonal. Default `1e-4`.
    #[range("positive")]
    pub damping: f64,
    /// Of the draws. Default 0.
    pub seed: u64,
}

impl Default for SampledFisherCurvature {
    fn default() -> Self {
        Self { sample: None, damping: 1e-4, seed: 0 }
    }
}

/// What [`SampledFisherCurvature`] keeps: the generator, and the information at the current point.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SampledFisherMemory<V> {
    random: Random,
    fisher: Option<LowRank<V>>,
}

impl<O: DrawnGradients + ?Sized> Curvature<O> for SampledFisherCurvature {
    type Memory = SampledFisherMemory<O::Point>;
    type At<'a>
        = LowRankAt<'a, O::Point>
    where
        O: 'a;
    const KNOWS: Knows = Knows::Approximately;

    fn validate(&self) -> Result<(), ArgumentError> {
        let damping = self.damping;
        ArgumentError::check(self.sample != Some(0), "sample", 0, "at least 1")?;
        let holds = damping > 0.0 && damping.is_finite();
        ArgumentError::check(holds, "damping", damping, "positive")
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &O::Point) -> Self::Memory {
        SampledFisherMemory { random: Random::new(self.seed), fisher: None }
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        memory: &'a mut Self::Memory,
    ) -> Result<LowRankAt<'a, O::Point>, Interrupt> {
        if memory.fisher.is_none() {
            let drawn = self.sample.unwrap_or((4 * oracle.dimension()).max(100));
            let mut gradients = vec![iterate.x.zeros_like(); drawn];
            oracle.drawn_gradients(&iterate.x, &mut memory.random, &mut gradients)?;
            let fisher = EmpiricalFisher::new(gradients)
                .and_then(|fisher| fisher.low_rank(self.damping))
                .map_err(|error| Interrupt::Function(error.into()))?;
            memory.fisher = Some(fisher);
        }
        match &memory.fisher {
            Some(fisher) => Ok(LowRankAt(fisher)),
            None => Err(Interrupt::Function("no cases were drawn".into())),
        }
    }

    fn moved(&self, memory: &mut Self::Memory, taken: f64) {
        if taken > 0.0 {
            memory.fisher = None;
        }
    }

    fn belief<'s>(&self, memory: &'s Self::Memory) -> Belief<'s, O::Point> {
        match &memory.fisher {
            Some(fisher) => Belief::default().curvature(Source::Fisher, fisher),
            None => Belief::default().anew(Source::Fisher),
        }
    }
}
