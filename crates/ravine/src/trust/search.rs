//! A line search along the step of the model.

use super::state::Gains;
use super::{State, Trust};
use crate::curvature::{Curvature, Searched};
#[cfg(feature = "differences")]
use crate::line_search::Resolution;
use crate::line_search::{Found, LineSearch, Phi, Start, longest_step};
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::{Iterate, NOISE, Oracle, actual_decrease};
use crate::step::{Free, Solution, Step, evaluate_within, gradient_norm_within, settle_within};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

impl Trust for LineSearch {
    type Reach = Free;

    fn validate(&self) -> Result<(), ArgumentError> {
        LineSearch::validate(self)
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
        advance(self, curvature, step, Free, oracle, state)
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
        predicted_decrease(curvature, step, Free, oracle, state)
    }

    fn monotone(&self) -> bool {
        LineSearch::monotone(self)
    }
}

/// One iteration: the search along the step of reach `reach`.
pub(super) fn advance<O, C, S, R: Copy>(
    search: &LineSearch,
    curvature: &C,
    step: &S,
    reach: R,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
) -> Result<Advance, Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    let mut predicted = None;
    loop {
        let Prepared { promised, slope, length } = prepare(curvature, step, reach, oracle, state)?;
        if state.escaping {
            return escape(curvature, step, oracle, state, promised);
        }
        let initial = C::LEARNS && curvature.is_initial(&state.curvature);
        if slope < 0.0 && length.is_finite() {
            if !C::LEARNS && promised <= NOISE * oracle.rounding(state.iterate.value) {
                return in_noise(curvature, step, oracle, state, promised);
            }
            let first = match search {
                LineSearch::Fixed(_) => 1.0,
                // After a failed search all steps were too long.
                _ if initial && predicted.is_some() => state.iterate.first_step(),
                _ if initial => state.iterate.first_trial(),
                _ => 1.0,
            };
            // No point is asked for that is not finite.
            let longest = longest_step::<O::Point>(length);
            // A step that keeps bounds says nothing of what is beyond it.
            let longest = if oracle.bounds().is_some() { longest.min(1.0) } else { longest };
            let start = Start { value: state.iterate.value, slope, step: first, longest };
            match along(search, curvature, step, oracle, state, start)? {
                (Found::Step(a), new_slope) => {
                    if C::LEARNS {
                        let searched = Searched { length: a, slope, new_slope };
                        learn(curvature, step, state, searched);
                    }
                    state.accept(curvature, step, a);
                    return Ok(Advance::Moved { length: a * length });
                }
                (Found::Unbounded, _) => return Ok(Advance::Unbounded),
                (Found::NoDecrease, _) => {
                    let promised = if C::LEARNS { -0.5 * first * slope } else { promised };
                    predicted.get_or_insert(promised);
                }
            }
        }
        curvature.moved(&mut state.curvature, 0.0);
        if step.another(&mut state.solver) {
            state.solution = None;
            return Ok(Advance::Rejected);
        }
        if !C::LEARNS {
            let predicted = predicted.unwrap_or(promised);
            return Ok(Advance::NoDecrease { predicted });
        }
        if initial || !state.renew(curvature, step) {
            return Ok(Advance::NoDecrease { predicted: predicted.unwrap_or(0.0) });
        }
    }
}

/// The decrease that the step promises.
pub(super) fn predicted_decrease<O, C, S, R: Copy>(
    curvature: &C,
    step: &S,
    reach: R,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
) -> Result<Option<f64>, Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    if C::LEARNS && curvature.is_initial(&state.curvature) {
        return Ok(None);
    }
    let Prepared { promised, slope, .. } = prepare(curvature, step, reach, oracle, state)?;
    if C::LEARNS {
        let promised = (-0.5 * slope).max(0.0);
        let value = state.iterate.value;
        return Ok(Some(state.gains.as_ref().map_or(promised, |g| g.promised(promised, value))));
    }
    if let Some((direction, promised)) = step.escape(&mut state.solver) {
        state.step = direction;
        state.solution = Some(Solution { predicted: promised, ..Solution::default() });
        state.escaping = true;
        return Ok(Some(promised));
    }
    Ok(Some(promised / step.share(oracle.dimension())))
}

/// A direction, and what is known of it.
pub(super) struct Prepared {
    /// The decrease that the model predicts at its unit step.
    pub promised: f64,
    /// `g'd`.
    pub slope: f64,
    /// `max_i |d_i|`.
    pub length: f64,
}

/// The direction from the current point, found once. A curvature that is evaluated and gives no
/// direction of descent is replaced by the negative gradient with a cautious length.
pub(super) fn prepare<O, C, S, R: Copy>(
    curvature: &C,
    step: &S,
    reach: R,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
) -> Result<Prepared, Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    if state.solution.is_none() {
        state.solve(curvature, step, reach, oracle)?;
        let State { iterate, curvature: memory, step: d, solution, .. } = state;
        let solution = solution.get_or_insert_with(|| {
            d.fill(f64::NAN);
            Solution { predicted: f64::NAN, ..Solution::default() }
        });
        let before = solution.predicted;
        let predicted = curvature.correct(oracle, iterate, memory, d, before, solution.residual)?;
        if predicted != before {
            solution.predicted = predicted;
            solution.measures = None;
        }
        let (mut slope, mut length) =
            solution.measures.unwrap_or_else(|| d.dot_and_norm_max(&iterate.gradient));
        if !C::LEARNS {
            let descends = slope < 0.0 && length.is_finite();
            if descends || iterate.gradient_norm == 0.0 {
                solution.predicted = if predicted.is_finite() { predicted.max(0.0) } else { 0.0 };
            } else {
                let step = iterate.first_step();
                d.axpby(-step, &iterate.gradient, 0.0);
                solution.predicted = 0.5 * step * iterate.gradient.dot(&iterate.gradient);
                (slope, length) = d.dot_and_norm_max(&iterate.gradient);
            }
        }
        solution.measures = Some((slope, length));
        return Ok(Prepared { promised: solution.predicted, slope, length });
    }
    let (predicted, measures) =
        state.solution.as_ref().map_or((0.0, None), |known| (known.predicted, known.measures));
    let (slope, length) =
        measures.unwrap_or_else(|| state.step.dot_and_norm_max(&state.iterate.gradient));
    Ok(Prepared { promised: predicted, slope, length })
}

/// Has the curvature learn from an accepted step of length a along the direction.
fn learn<O, C, S, R>(
    curvature: &C,
    step: &S,
    state: &mut State<O::Point, C::Memory, S::Memory>,
    searched: Searched,
) where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    if let Some((trial, _)) = &state.room {
        Gains::record(&mut state.gains, &state.iterate, trial);
    }
    if searched.length != 1.0 {
        state.step.scale(searched.length);
    }
    state.learn(curvature, Some(searched));
    step.forget(&mut state.solver);
}

/// The line search, and the slope at its end.
fn along<O, C, S, R>(
    search: &LineSearch,
    curvature: &C,
    step: &S,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
    start: Start,
) -> Result<(Found, f64), Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    let State { iterate, curvature: memory, step: direction, room, .. } = state;
    let (trial, _) = room.get_or_insert_with(|| (iterate.clone(), direction.zeros_like()));
    let x = &iterate.x;
    let settle = |x: &mut O::Point| settle_within(step, oracle, x);
    let settle: &dyn Fn(&mut O::Point) = &settle;
    let (slope, epsilon) = (f64::NAN, oracle.precision(start.value));
    let mut ray = Ray { curvature, oracle, settle, memory, x, direction, trial, slope, epsilon };
    let found = search.search_along(&mut ray, start)?;
    let slope = ray.slope;
    if oracle.bounds().is_some() {
        trial.gradient_norm = gradient_norm_within(step, oracle, trial);
    }
    // One that never goes up does not leave the numbers either: its last point is the one that it gives.
    let lost = !(trial.value.is_finite() && trial.gradient_norm.is_finite());
    let left = lost && trial.value != f64::NEG_INFINITY && search.monotone();
    Ok((if left { Found::NoDecrease } else { found }, slope))
}

/// The objective along a direction, evaluated as the curvature asks.
struct Ray<'r, 'a, O: Gradient + ?Sized, C: Curvature<O>> {
    curvature: &'r C,
    oracle: &'r Oracle<'a, O>,
    /// Keeps a point within the bounds.
    settle: &'r dyn Fn(&mut O::Point),
    memory: &'r mut C::Memory,
    x: &'r O::Point,
    direction: &'r O::Point,
    trial: &'r mut Iterate<O::Point>,
    slope: f64,
    epsilon: f64,
}

impl<O: Gradient + ?Sized, C: Curvature<O>> Phi for Ray<'_, '_, O, C> {
    fn value(&mut self, a: f64) -> Result<f64, Interrupt> {
        self.trial.x.point_along(self.x, a, self.direction);
        (self.settle)(&mut self.trial.x);
        self.trial.value = self.oracle.value(&self.trial.x)?;
        Ok(self.trial.value)
    }

    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt> {
        self.trial.x.point_along(self.x, a, self.direction);
        (self.settle)(&mut self.trial.x);
        self.curvature.evaluate(self.oracle, self.trial, self.memory)?;
        (self.slope, self.trial.gradient_norm) =
            self.trial.gradient.dot_and_norm_max(self.direction);
        Ok((self.trial.value, self.slope))
    }

    #[cfg(feature = "differences")]
    fn resolution(&self) -> Resolution {
        Resolution::along(self.oracle.gradient_error(), self.x, self.direction)
    }

    #[cfg(feature = "differences")]
    fn value_first(&mut self, a: f64) -> Result<Option<f64>, Interrupt> {
        self.trial.x.point_along(self.x, a, self.direction);
        (self.settle)(&mut self.trial.x);
        match self.curvature.try_value(self.oracle, self.trial, self.memory)? {
            Some(_) => Ok(Some(self.trial.value)),
            None => self.oracle.value_first(&self.trial.x),
        }
    }

    fn dimension(&self) -> usize {
        self.x.dimension()
    }

    fn epsilon(&self) -> f64 {
        self.epsilon
    }
}

/// Where a line search would compare values that differ by rounding only: the whole step, if the
/// gradients say that it decreases.
fn in_noise<O, C, S, R>(
    curvature: &C,
    step: &S,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
    promised: f64,
) -> Result<Advance, Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    let State { iterate, curvature: memory, step: direction, room, .. } = state;
    let (trial, _) = room.get_or_insert_with(|| (iterate.clone(), direction.zeros_like()));
    trial.x.point_along(&iterate.x, 1.0, direction);
    evaluate_within(step, oracle, trial, |trial| curvature.evaluate(oracle, trial, memory))?;
    let noise = NOISE * oracle.rounding(iterate.value);
    let better = actual_decrease(iterate, trial, direction, promised, noise) > 0.0;
    if !(better && trial.value.is_finite() && trial.gradient_norm.is_finite()) {
        curvature.moved(memory, 0.0);
        return Ok(Advance::NoDecrease { predicted: promised });
    }
    let length = direction.norm_max();
    state.accept(curvature, step, 1.0);
    Ok(Advance::Moved { length })
}

/// Goes down along negative curvature, where the slope says nothing: halves the step until the value
/// falls by a tenth of what is promised.
fn escape<O, C, S, R>(
    curvature: &C,
    step: &S,
    oracle: &Oracle<'_, O>,
    state: &mut State<O::Point, C::Memory, S::Memory>,
    promised: f64,
) -> Result<Advance, Interrupt>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, R>,
{
    let State { iterate, curvature: memory, step: direction, room, .. } = state;
    let (trial, _) = room.get_or_insert_with(|| (iterate.clone(), direction.zeros_like()));
    let mut a = 1.0f64;
    let noise = oracle.rounding(iterate.value);
    while a * a * promised > noise && a > 1e-12 {
        trial.x.point_along(&iterate.x, a, direction);
        evaluate_within(step, oracle, trial, |trial| curvature.evaluate(oracle, trial, memory))?;
        let enough = trial.value <= iterate.value - 0.1 * a * a * promised;
        if enough && trial.gradient_norm.is_finite() {
            let length = a * direction.norm_max();
            state.accept(curvature, step, a);
            return Ok(Advance::Moved { length });
        }
        a *= 0.5;
    }
    Ok(Advance::NoDecrease { predicted: promised })
}
