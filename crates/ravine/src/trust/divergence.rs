//! Steps of a bounded divergence.

use super::fixed::decrease;
use super::state::evaluate;
use super::{State, Trust};
use crate::curvature::Curvature;
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::Oracle;
use crate::settings::Described;
use crate::step::{Free, Step};
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// Steps no longer than a distance in the metric of the curvature: `d'Bd / 2 <= radius`. For the
/// Fisher information that is the Kullback-Leibler divergence of the two models, to second order. A
/// point where the function is not finite is shortened away from.
/// See [`NaturalGradient`](crate::methods::NaturalGradient) for an example.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Divergence {
    /// The largest divergence. Default 0.1.
    #[range("positive and finite")]
    pub radius: f64,
    /// The factor on a step within it. Default 1.
    #[range("positive and finite")]
    pub step: f64,
}

impl Default for Divergence {
    fn default() -> Self {
        Self { radius: 0.1, step: 1.0 }
    }
}

impl Trust for Divergence {
    type Reach = Free;

    fn validate(&self) -> Result<(), ArgumentError> {
        let Self { radius, step } = *self;
        let check = ArgumentError::check;
        check(radius > 0.0 && radius.is_finite(), "radius", radius, "positive and finite")?;
        check(step > 0.0 && step.is_finite(), "step", step, "positive and finite")
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
            return Ok(Advance::NoDecrease { predicted: f64::INFINITY });
        }
        let (trial, change) = room.get_or_insert_with(|| (iterate.clone(), d.zeros_like()));
        let mut a = self.step;
        curvature.at(oracle, iterate, memory)?.apply(d, change)?;
        let divergence = 0.5 * a * a * d.dot(change);
        a *= (self.radius / divergence).sqrt().min(1.0);
        loop {
            trial.x.point_along(&iterate.x, a, d);
            evaluate(curvature, oracle, trial, memory)?;
            if trial.value.is_finite() && trial.gradient_norm.is_finite() {
                break;
            }
            a *= 0.25;
            if a < 1e-20 * self.step {
                return Ok(Advance::NoDecrease { predicted: -0.5 * slope });
            }
        }
        if C::LEARNS {
            d.scale(a);
            state.learn(curvature, None);
        }
        state.accept(curvature, step, a);
        Ok(Advance::Moved { length: a * length })
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

    fn monotone(&self) -> bool {
        false
    }
}
