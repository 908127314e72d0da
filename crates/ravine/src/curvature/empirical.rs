//! The empirical Fisher information as a curvature.

use super::{Belief, Curvature, Descended, EmpiricalFisher, Factorization, Knows, Model, Source};
use crate::objective::CaseGradients;
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::{LinearOperator, LowRank};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The empirical Fisher information `1/N sum_i g_i g_i' + damping I` of a sum over cases, of the
/// gradients `g_i` of all cases. It is of low rank where there are fewer cases than variables, so
/// that solving with it needs the damping.
///
/// It is the Fisher information where the model is right and the cases are many; far from a minimizer
/// it is neither that nor close to the Hessian (Kunstner, Balles and Hennig, Limitations of the
/// empirical Fisher approximation, 2019).
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmpiricalFisherCurvature {
    /// Added to the diagonal. Default `1e-4`.
    #[range("positive")]
    pub damping: f64,
}

impl Default for EmpiricalFisherCurvature {
    fn default() -> Self {
        Self { damping: 1e-4 }
    }
}

/// A damped Fisher information of few gradients at an iterate.
pub struct LowRankAt<'a, V>(pub(super) &'a LowRank<V>);

impl<V: Vector> LinearOperator<V> for LowRankAt<'_, V> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn structure(&self) -> ravine_linalg::operator::Structure {
        self.0.structure()
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.0.apply(x, y)
    }
}

impl<V: Vector> Model<V> for LowRankAt<'_, V> {
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &V,
        g: &V,
        d: &mut V,
        _watch: Watch<'_>,
    ) -> Result<Option<Descended<V>>, Interrupt> {
        self.0.map(|theta| -1.0 / (theta + shift)).apply(g, d)?;
        Ok(Some(Descended::of(d, g)))
    }
}

impl<O: CaseGradients + ?Sized> Curvature<O> for EmpiricalFisherCurvature {
    type Memory = Option<LowRank<O::Point>>;
    type At<'a>
        = LowRankAt<'a, O::Point>
    where
        O: 'a;
    const KNOWS: Knows = Knows::Approximately;

    fn validate(&self) -> Result<(), ArgumentError> {
        let damping = self.damping;
        let holds = damping > 0.0 && damping.is_finite();
        ArgumentError::check(holds, "damping", damping, "positive")
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &O::Point) -> Self::Memory {
        None
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        memory: &'a mut Self::Memory,
    ) -> Result<LowRankAt<'a, O::Point>, Interrupt> {
        if memory.is_none() {
            let fisher = EmpiricalFisher::at(oracle, &iterate.x)?.low_rank(self.damping);
            *memory = Some(fisher.map_err(|error| Interrupt::Function(error.into()))?);
        }
        match memory {
            Some(fisher) => Ok(LowRankAt(fisher)),
            None => Err(Interrupt::Function("there are no cases".into())),
        }
    }

    fn moved(&self, memory: &mut Self::Memory, taken: f64) {
        if taken > 0.0 {
            *memory = None;
        }
    }

    fn belief<'s>(&self, memory: &'s Self::Memory) -> Belief<'s, O::Point> {
        match memory {
            Some(fisher) => Belief::default().curvature(Source::CaseGradients, fisher),
            None => Belief::default().anew(Source::CaseGradients),
        }
    }
}
