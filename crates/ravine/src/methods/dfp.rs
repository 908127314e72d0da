//! DFP with a line search.

use super::quasi_newton::QuasiNewtonState;
use crate::curvature::Belief;
use crate::curvature::{DenseSecant, SecantUpdate};
use crate::line_search::{LineSearch, MoreThuente};
use crate::minimize::{Method, Step};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::{Interrupt, StartError};

/// The method of Davidon, Fletcher and Powell: as [`Bfgs`](super::Bfgs), with the update that is
/// its dual ([`SecantUpdate::Dfp`]), the first quasi-Newton update that there was. It recovers
/// from bad curvature more slowly, and needs the better line search that it has by default.
///
/// Source: Nocedal and Wright (2006), section 6.1.
///
/// ```
/// use ravine::methods::Dfp;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let rosenbrock = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
///     a * a + 100.0 * b * b
/// });
/// let outcome = minimize(&rosenbrock, vec![-1.2, 1.0], Dfp::default()).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dfp {
    /// How the step is found, the unit step tried first. Default [`LineSearch::MoreThuente`]
    /// with slope 0.1.
    pub line_search: LineSearch,
}

impl Default for Dfp {
    fn default() -> Self {
        Self {
            line_search: LineSearch::MoreThuente(MoreThuente { slope: 0.1, ..Default::default() }),
        }
    }
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Method<O> for Dfp {
    type State = QuasiNewtonState<Vec<f64>, DenseSecant>;

    fn name(&self) -> &'static str {
        "dfp"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        self.line_search.validate()?;
        let matrix = DenseSecant::new(x0.len(), SecantUpdate::Dfp);
        Ok(QuasiNewtonState::new(Iterate::evaluate(oracle, x0.clone())?, matrix))
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        state.step(oracle, &self.line_search)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        state.current()
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, Vec<f64>> {
        match state.learnt() {
            Some(matrix) => Belief::default().dense_secant(matrix),
            None => Belief::default(),
        }
    }

    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        Ok(state.predicted_decrease())
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
