//! The step of the model as it is, or a fixed part of it.

use super::state::evaluate;
use super::{State, Trust};
use crate::curvature::{Curvature, Searched};
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::Oracle;
use crate::settings::Described;
use crate::step::{Free, Step};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// `x <- x + a d` with the same a at every step: full trust. Where a is 1 and the curvature exact this
/// is Newton's method itself. Nothing guards it: the iterates may go anywhere.
///
/// ```
/// use ravine::curvature::DenseCurvature;
/// use ravine::methods::Composition;
/// use ravine::step::Solve;
/// use ravine::trust::FixedLength;
///
/// let f = ravine::objective!(1, |x| x[0].cosh());
/// let (step, trust) = (Solve::default(), FixedLength::default());
/// let method = Composition { curvature: DenseCurvature, step, trust };
/// let outcome = ravine::minimize(&f, vec![0.8], method).run()?;
/// assert!(outcome.status.converged() && outcome.iterations <= 4);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FixedLength {
    /// The factor a. Default 1.
    #[range("positive and finite")]
    pub step: f64,
}

impl Default for FixedLength {
    fn default() -> Self {
        Self { step: 1.0 }
    }
}

/// The decrease of the model along its step, infinite where there is none.
pub(super) fn decrease(slope: f64) -> f64 {
    let decrease = -0.5 * slope;
    if decrease.is_finite() { decrease.max(0.0) } else { f64::INFINITY }
}

impl Trust for FixedLength {
    type Reach = Free;

    fn validate(&self) -> Result<(), ArgumentError> {
        let step = self.step;
        ArgumentError::check(step > 0.0 && step.is_finite(), "step", step, "positive and finite")
    }

    fn advance<O, C, S>(
        &self,
        curvature: &C,
        step: &S,
        oracle: &Oracle<'_, O>,
        state: &mut State<O::Point, C::Memory, S::Memory>,
    ) -> Result<Advance, Interrupt>
    where
        O: Gradient + ?Sized,
        C: Curvature<O>,
        S: Step<O::Point, Free>,
    {
        let found = state.solve(curvature, step, Free, oracle)?.is_some();
        let State { iterate, curvature: memory, step: d, room, .. } = state;
        let (slope, length) = d.dot_and_norm_max(&iterate.gradient);
        if !found || !length.is_finite() {
            // Singular, or without numbers: there is no step, and nothing else to do.
            return Ok(Advance::NoDecrease { predicted: f64::INFINITY });
        }
        let (trial, change) = room.get_or_insert_with(|| (iterate.clone(), d.zeros_like()));
        trial.x.point_along(&iterate.x, self.step, d);
        change.point_along(&trial.x, -1.0, &iterate.x);
        if change.norm_max() == 0.0 {
            return Ok(Advance::NoDecrease { predicted: 0.0 });
        }
        evaluate(curvature, oracle, trial, memory)?;
        if C::LEARNS {
            let new_slope = trial.gradient.dot(d);
            d.scale(self.step);
            let searched = Searched { length: self.step, slope, new_slope };
            state.learn(curvature, Some(searched));
        }
        state.accept(curvature, step, self.step);
        Ok(Advance::Moved { length: self.step * length })
    }

    fn predicted_decrease<O, C, S>(
        &self,
        curvature: &C,
        step: &S,
        oracle: &Oracle<'_, O>,
        state: &mut State<O::Point, C::Memory, S::Memory>,
    ) -> Result<Option<f64>, Interrupt>
    where
        O: Gradient + ?Sized,
        C: Curvature<O>,
        S: Step<O::Point, Free>,
    {
        state.solve(curvature, step, Free, oracle)?;
        Ok(Some(decrease(state.step.dot(&state.iterate.gradient))))
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        Some(Self { step: self.step * factor })
    }

    fn monotone(&self) -> bool {
        false
    }
}
