//! Least squares that turn to the full Hessian where the residuals stay large.

use super::composition::Named;
use super::{GaussNewton, LevenbergMarquardt, TrustRegion};
use crate::curvature::{DenseMemory, JacobianMemory, Knows, LossCurvature};
use crate::minimize::{Advance, Method};
use crate::objective::{Hessian, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use crate::step::{LeastSquaresMemory, MatrixMemory, MoreSorensen};
use crate::trust::State;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Least squares by the linear model of the residuals while that is the better one, then by the
/// Hessian of the objective.
///
/// Begins with [`GaussNewton`] where there are as many residuals as variables (Newton's method for
/// the equations `r(x) = 0`), else with [`LevenbergMarquardt`]. Both neglect
/// `sum_i r_i grad^2 r_i`, which makes them converge linearly, at best, where the residuals at the
/// solution are large. That shows when the relative offset, the share of `|r|` that the next step
/// is predicted to remove, is small and the run goes on nevertheless: after
/// [`patience`](Self::patience) such steps, [`TrustRegion`] steps with exact Hessians follow to the
/// end.
///
/// Sources: Dennis, Gay and Welsch, An adaptive nonlinear least-squares algorithm (1981), for the
/// two models; Bates and Watts, A relative offset orthogonality convergence criterion for nonlinear
/// least squares (1981), for the measure that switches.
///
/// ```
/// use ravine::methods::HybridLeastSquares;
/// use ravine::minimize;
///
/// // (10 - x^2 y)^2 + (x - y^2)^2 + (x + y)^2 fits nothing well.
/// let f = ravine::residuals!(2, |x| [10.0 - x[0] * x[0] * x[1], x[0] - x[1] * x[1], x[0] + x[1]]);
/// let outcome = minimize(&f, vec![1.0, 1.0], HybridLeastSquares::default()).run()?;
/// assert!(outcome.status.converged() && outcome.value > 1.0);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HybridLeastSquares {
    /// Who begins where there are as many residuals as variables.
    pub gauss_newton: GaussNewton,
    /// Who begins elsewhere.
    pub levenberg_marquardt: LevenbergMarquardt,
    /// Who ends where the residuals stay large.
    pub newton: TrustRegion<MoreSorensen>,
    /// The relative offset below which a step counts against the linear model. Default 0.1.
    #[range("in [0, 1)")]
    pub offset: f64,
    /// How many such steps in a row are waited for. Default 3.
    #[range("positive")]
    pub patience: u32,
}

impl Default for HybridLeastSquares {
    fn default() -> Self {
        Self {
            gauss_newton: GaussNewton::default(),
            levenberg_marquardt: LevenbergMarquardt::default(),
            newton: TrustRegion::default(),
            offset: 0.1,
            patience: 3,
        }
    }
}

/// Where a [`HybridLeastSquares`] run is.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct HybridState {
    phase: Phase,
    /// Steps in a row with a small relative offset.
    small: u32,
}

/// Of both methods with the linear model.
type LinearState = State<Vec<f64>, JacobianMemory, LeastSquaresMemory>;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Phase {
    GaussNewton(LinearState),
    LevenbergMarquardt(LinearState),
    Newton(State<Vec<f64>, DenseMemory, MatrixMemory>),
}

/// The share of `|r|` that the next step is predicted to remove; 0 where there is no step.
fn offset(state: &LinearState, predicted: Option<f64>, curvature: LossCurvature) -> f64 {
    let offset = predicted.unwrap_or(0.0).sqrt() / state.curvature.residual_norm(curvature);
    if offset.is_finite() { offset } else { 0.0 }
}

impl<O: Residuals + Hessian + ?Sized> Method<O> for HybridLeastSquares {
    type State = HybridState;

    fn name(&self) -> &'static str {
        "lm-newton"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        let Self { offset, patience, .. } = *self;
        ArgumentError::check((0.0..1.0).contains(&offset), "offset", offset, "in [0, 1)")?;
        ArgumentError::check(patience > 0, "patience", patience, "positive")?;
        // Of both, whichever begins.
        self.gauss_newton.parts().validate::<O>()?;
        self.levenberg_marquardt.parts().validate::<O>()?;
        self.newton.parts().validate::<O>()?;
        let phase = if oracle.objective().residual_count() == oracle.dimension() {
            Phase::GaussNewton(self.gauss_newton.start(oracle, x0)?)
        } else {
            Phase::LevenbergMarquardt(self.levenberg_marquardt.start(oracle, x0)?)
        };
        Ok(HybridState { phase, small: 0 })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let (step, offset) = match &mut state.phase {
            Phase::Newton(newton) => return self.newton.step(oracle, newton),
            Phase::GaussNewton(inner) => {
                let step = self.gauss_newton.step(oracle, inner)?;
                let predicted = self.gauss_newton.predicted_decrease(oracle, inner)?;
                (step, offset(inner, predicted, self.gauss_newton.loss_curvature))
            }
            Phase::LevenbergMarquardt(inner) => {
                let step = self.levenberg_marquardt.step(oracle, inner)?;
                let predicted = self.levenberg_marquardt.predicted_decrease(oracle, inner)?;
                (step, offset(inner, predicted, self.levenberg_marquardt.loss_curvature))
            }
        };
        match step {
            Advance::Moved { .. } if offset > self.offset => state.small = 0,
            Advance::Moved { .. } => state.small += 1,
            Advance::NoDecrease { .. } => state.small = self.patience,
            Advance::Rejected | Advance::Unbounded => {}
        }
        if state.small < self.patience {
            return Ok(step);
        }
        let x = &Method::<O>::iterate(self, state).x;
        match self.newton.start(oracle, x) {
            Ok(newton) => state.phase = Phase::Newton(newton),
            Err(StartError::Interrupt(interrupt)) => return Err(interrupt),
            // Nothing was wrong with the settings at the start.
            Err(StartError::Argument(_)) => return Ok(step),
        }
        Ok(if let Advance::NoDecrease { .. } = step { Advance::Rejected } else { step })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        match &state.phase {
            Phase::GaussNewton(inner) => Method::<O>::iterate(&self.gauss_newton, inner),
            Phase::LevenbergMarquardt(inner) => {
                Method::<O>::iterate(&self.levenberg_marquardt, inner)
            }
            Phase::Newton(inner) => Method::<O>::iterate(&self.newton, inner),
        }
    }

    fn knows_curvature(&self) -> Knows {
        Knows::Approximately
    }

    fn monotone(&self) -> bool {
        Method::<O>::monotone(&self.gauss_newton)
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        match &mut state.phase {
            Phase::GaussNewton(inner) => self.gauss_newton.predicted_decrease(oracle, inner),
            Phase::LevenbergMarquardt(inner) => {
                self.levenberg_marquardt.predicted_decrease(oracle, inner)
            }
            Phase::Newton(inner) => self.newton.predicted_decrease(oracle, inner),
        }
    }
}
