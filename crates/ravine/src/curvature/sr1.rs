//! The dense symmetric rank-one matrix as a curvature.

use std::borrow::Cow;

use super::{Belief, Curvature, DenseSr1, Descended, Factorization, Model, Pair, Source};
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The symmetric rank-one matrix of all steps tried ([`DenseSr1`]), which may be indefinite, as the
/// Hessian may. See [`Sr1`](crate::methods::Sr1) for an example.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sr1Curvature {
    /// Where the update is skipped: `|s'(y - Bs)| < skip |s| |y - Bs|`. Default `1e-8`.
    #[range("in [0, 1)")]
    pub skip: f64,
}

impl Default for Sr1Curvature {
    fn default() -> Self {
        Self { skip: 1e-8 }
    }
}

/// The symmetric rank-one matrix at an iterate.
pub struct Sr1At<'a>(&'a DenseSr1);

impl LinearOperator<Vec<f64>> for Sr1At<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.0.apply(x, y)
    }
}

impl Model<Vec<f64>> for Sr1At<'_> {
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        Ok(Some(Cow::Borrowed(self.0.matrix())))
    }

    fn descend(
        &mut self,
        how: Factorization,
        shift: f64,
        x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        how.descend(self.0.matrix(), shift, x, g, d, watch).map(Some)
    }
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Curvature<O> for Sr1Curvature {
    type Memory = DenseSr1;
    type At<'a>
        = Sr1At<'a>
    where
        O: 'a;
    const LEARNS: bool = true;

    fn validate(&self) -> Result<(), ArgumentError> {
        let skip = self.skip;
        ArgumentError::check((0.0..1.0).contains(&skip), "skip", skip, "in [0, 1)")
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> DenseSr1 {
        DenseSr1::new(x0.len())
    }

    fn at<'a>(
        &'a self,
        _oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut DenseSr1,
    ) -> Result<Sr1At<'a>, Interrupt> {
        if memory.is_initial() {
            // Nothing is known of the scale but a cautious first step.
            memory.set_multiple_of_identity(1.0 / iterate.first_step());
        }
        Ok(Sr1At(memory))
    }

    fn learn(&self, memory: &mut DenseSr1, pair: Pair<'_, Vec<f64>>) {
        memory.update(pair.s, pair.y.clone(), self.skip);
    }

    fn is_initial(&self, memory: &DenseSr1) -> bool {
        memory.is_initial()
    }

    fn renew(&self, memory: &mut DenseSr1) -> bool {
        let learnt = !memory.is_initial();
        memory.forget();
        learnt
    }

    fn belief<'s>(&self, memory: &'s DenseSr1) -> Belief<'s, Vec<f64>> {
        if memory.is_initial() {
            return Belief::default();
        }
        Belief::default().curvature(Source::SecantPairs, memory.matrix())
    }
}
