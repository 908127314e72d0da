//! The iteration that compares what the model predicts with what the function does, for every
//! curvature, step and number.

use super::{Region, State, Tried, Trust};
use crate::curvature::{Belief, Curvature, Size};
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::{NOISE, Oracle, actual_decrease};
use crate::step::{Extent, Solution, Step, evaluate_within, settle_within};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// A trial with a ratio below this is far outside the region where the model means anything.
const ABSURD: f64 = -10.0;

impl<T: Region> Trust for T {
    type Reach = T::Reach;

    fn validate(&self) -> Result<(), ArgumentError> {
        Region::validate(self)
    }

    fn first(&self, size: &Size) -> f64 {
        Region::first(self, size)
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
        S: Step<O::Point, T::Reach>,
    {
        let reach = T::Reach::of(state.trust);
        let Some(&solution) = state.solve(curvature, step, reach, oracle)? else {
            return Ok(Advance::NoDecrease { predicted: f64::INFINITY });
        };
        let Solution { predicted, on_boundary, scaled_length, .. } = solution;
        let length = state.step.norm_max();
        // In the scales of the variables a step is too short where it moves none of them.
        let least = if scaled_length.is_some() { 0.0 } else { O::Point::EPSILON };
        let too_short = length <= least * state.iterate.x.norm_max();
        if predicted.is_nan() || predicted <= 0.0 || too_short {
            return give_up(self, curvature, step, oracle, state);
        }
        let slope = match solution.measures {
            Some((slope, _)) => slope,
            None => state.iterate.gradient.dot(&state.step),
        };

        let State { iterate, curvature: memory, step: p, room, .. } = state;
        curvature.bend(oracle, iterate, memory, p, solution.multiplier)?;
        let (trial, _) = room.get_or_insert_with(|| (iterate.clone(), p.zeros_like()));
        trial.x.point_along(&iterate.x, 1.0, p);
        settle_within(step, oracle, &mut trial.x);
        let noise = NOISE * oracle.rounding(iterate.value);
        let mut tried = None;
        if predicted > noise {
            tried = curvature.try_value(oracle, trial, memory)?;
            // What is learnt from a trial needs its gradient.
            if tried.is_none()
                && !C::LEARNS
                && let Some(value) = oracle.value_first(&trial.x)?
            {
                trial.value = value;
                // Of equal values the gradients say more.
                tried = Some(iterate.value - trial.value).filter(|&decrease| decrease != 0.0);
            }
        }
        let hopeful = tried.is_none_or(|decrease| {
            decrease / predicted > self.accept() && trial.value <= iterate.value
        });
        if hopeful {
            evaluate_within(step, oracle, trial, |trial| {
                curvature.evaluate(oracle, trial, memory)
            })?;
        }
        let finite = trial.value.is_finite() && (!hopeful || trial.gradient_norm.is_finite());

        let ratio = if finite {
            let measured = || actual_decrease(iterate, trial, p, predicted, noise);
            tried.unwrap_or_else(measured) / predicted
        } else if trial.value == f64::NEG_INFINITY {
            f64::INFINITY
        } else {
            f64::NAN
        };
        let euclidean = p.norm();
        if C::LEARNS && finite && ratio > ABSURD {
            state.learn(curvature, None);
            step.forget(&mut state.solver);
        }
        let (length_tried, failures) = (scaled_length.unwrap_or(euclidean), state.failures);
        let tried = Tried { ratio, length: length_tried, on_boundary, predicted, slope, failures };
        state.trust = self.next(state.trust, &tried);
        state.solution = None;
        if hopeful && ratio > self.accept() {
            state.accept(curvature, step, 1.0);
            return Ok(Advance::Moved { length });
        }
        state.failures += 1;
        // A scaled radius may still be ten times the step that was rejected, and fall in several trials.
        let tried_enough = scaled_length.is_none() || state.failures > 3;
        if predicted <= oracle.rounding(state.iterate.value) && tried_enough {
            return give_up(self, curvature, step, oracle, state);
        }
        Ok(Advance::Rejected)
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
        S: Step<O::Point, T::Reach>,
    {
        let reach = T::Reach::of(state.trust);
        let solution = state.solve(curvature, step, reach, oracle)?.copied();
        let known = solution.filter(|s| !s.on_boundary && s.multiplier == 0.0);
        if let Some(known) = known {
            return Ok(Some(known.predicted));
        }
        // A step that the trust has shortened says little of what is left: the trust of the start tells.
        let trust = Region::first(self, &curvature.size(&state.curvature, &state.iterate));
        state.solution = None;
        let wide = state.solve(curvature, step, T::Reach::of(trust), oracle)?.copied();
        state.solution = None;
        let predicted =
            |solution: Option<Solution>| solution.map_or(f64::INFINITY, |s| s.predicted);
        Ok(Some(predicted(wide).max(solution.map_or(0.0, |s| s.predicted))))
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, trust: f64) -> Belief<'s, V> {
        Region::belief(self, belief, trust)
    }
}

/// There is no step left to try: a learnt model may be wrong and is renewed, once; else the run
/// ends, and what the model promises with the trust of the start tells why.
fn give_up<O, C, S, T>(
    rules: &T,
    curvature: &C,
    step: &S,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
) -> Result<Advance, Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, T::Reach>,
    T: Region,
{
    let trust = Region::first(rules, &curvature.size(&state.curvature, &state.iterate));
    state.solution = None;
    if !state.renewed && state.renew(curvature, step) {
        state.renewed = true;
        state.trust = trust;
        return Ok(Advance::Rejected);
    }
    let solution = state.solve(curvature, step, T::Reach::of(trust), oracle)?;
    let predicted = solution.map_or(f64::INFINITY, |solution| solution.predicted);
    state.solution = None;
    Ok(Advance::NoDecrease { predicted })
}
