//! Least squares that turn to the full Hessian where the residuals stay large.

use super::gauss_newton::GaussNewtonState;
use super::{GaussNewton, LevenbergMarquardt, LevenbergMarquardtState, TrustRegion};
use crate::curvature::DenseMemory;
use crate::minimize::{Advance, Method};
use crate::objective::{Hessian, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use crate::step::{MatrixMemory, MoreSorensen};
use crate::trust::{State, Trust};
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

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Phase {
    GaussNewton(GaussNewtonState),
    LevenbergMarquardt(LevenbergMarquardtState),
    Newton(State<Vec<f64>, DenseMemory, MatrixMemory>),
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
        self.gauss_newton.validate()?;
        self.levenberg_marquardt.validate()?;
        Trust::validate(&self.newton.radius)?;
        self.newton.step.validate()?;
        let phase = if oracle.objective().residual_count() == oracle.dimension() {
            Phase::GaussNewton(self.gauss_newton.start(oracle, x0)?)
        } else {
            Phase::LevenbergMarquardt(self.levenberg_marquardt.start(oracle, x0)?)
        };
        Ok(HybridState { phase, small: 0 })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let loss = oracle.objective().loss();
        let (step, offset) = match &mut state.phase {
            Phase::Newton(newton) => return self.newton.step(oracle, newton),
            Phase::GaussNewton(inner) => {
                let step = self.gauss_newton.step(oracle, inner)?;
                (step, self.gauss_newton.relative_offset(loss, inner))
            }
            Phase::LevenbergMarquardt(inner) => {
                let step = self.levenberg_marquardt.step(oracle, inner)?;
                (step, self.levenberg_marquardt.relative_offset(loss, inner))
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
