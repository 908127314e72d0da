//! Why a run ends where it does: what its gradient, its model and the values around it say.

use super::left::{Left, Near, lost_share};
use super::rounding::Stall;
use super::run::Run;
use super::status::{Rule, Status};
use crate::curvature::Knows;
use crate::minimize::Method;
use crate::objective::Objective;
use crate::objective::finite_difference::newton::Newton;
use crate::objective::finite_difference::steps::Ask;
use crate::oracle::NOISE;
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// What differences of values have found where they measured the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measured {
    /// They did not: there are none, or there is nothing new since they did so.
    Not,
    /// Nothing that values can show is left to gain.
    Nothing,
    /// Another gradient than was known, or a lower point.
    Another,
    /// A model of which no step is lower, and which does not say how much is left.
    Unclear,
}

/// A model that is known promises up to so many times the noise of values, and no step shows it: nothing is left.
const UNKEPT: f64 = 8.0;

/// The steps to the minimizer of a model that are tried.
const SHARES: [f64; 3] = [1.0, 0.25, 0.0625];

/// In a curved valley so many times as much is to be gained as by any variable by itself.
const VALLEY: f64 = 1e4;

impl<O: Objective + ?Sized, M: Method<O>> Run<'_, O, M> {
    /// Why no step of the method decreases, of which one was to gain `predicted`; or, without that, why
    /// its steps go in a circle. `None` where a better gradient was found.
    pub(super) fn without_decrease(
        &mut self,
        predicted: Option<f64>,
    ) -> Result<Option<Status>, Interrupt> {
        let rule = self.gradient_rule().filter(|_| !self.is_above_best());
        if let Some(rule) = rule
            && (self.stopping().decrease.is_none() || self.gradient_norm() == 0.0)
        {
            return Ok(Some(Status::Converged(rule)));
        }
        let value = self.method.iterate(&self.state).value;
        self.oracle.recall_measured(value);
        let error = self.oracle.gradient_error();
        if error > 0.0 && self.gradient_norm() <= 10.0 * error {
            let converged = Ok(Some(Status::Converged(rule.unwrap_or(Rule::GradientAccuracy))));
            if self.gains_nothing()? {
                return converged;
            }
            let smallest = self.gradient_norm() <= self.oracle.gradient_may_be();
            match self.measured_or_modelled()? {
                Measured::Another => return Ok(None),
                Measured::Nothing => return converged,
                // Without a better gradient than this one.
                Measured::Not | Measured::Unclear if smallest && self.oracle.noise() == 0.0 => {
                    return converged;
                }
                Measured::Not => {}
                Measured::Unclear => return Ok(Some(Status::NoProgress)),
            }
        }
        let Self { oracle, method, state, .. } = self;
        let model = method.predicted_decrease(oracle, state)?;
        let (noise, size) = (self.near(|near| near.noise())?, self.near(|near| near.size())?);
        let bound = self.negligible(size);
        // A model that is learnt says little where the gradient is not small: in a curved valley its step
        // may be all that it knows.
        let knows = self.method.knows_curvature();
        let known = knows > Knows::Little || rule.is_some();
        let left = predicted.into_iter().chain(model).reduce(f64::min).filter(|_| known);
        // What a model promises that no step of it has kept counts for nothing, where the gradient is as
        // small as was asked.
        let unkept = knows < Knows::Exactly && rule == Some(Rule::GradientAbsolute);
        // So much is left along a variable that differences know.
        let seen = self.oracle.gains_by_differences()[0] > bound;
        let vanishes =
            error > 0.0 && rule.is_some() && self.method.iterate(&self.state).value.abs() <= bound;
        let none = vanishes || (!seen && (unkept || left.is_some_and(|left| left <= bound)));
        if none && !self.near(|near| near.falls_along_gradient(bound))? {
            return Ok(Some(match self.stopping().decrease {
                Some(_) => Status::Converged(rule.unwrap_or(Rule::Decrease)),
                None => Status::PrecisionLimit,
            }));
        }
        // What the method's own model promises counts with a margin for curvatures ten times less than
        // the one that it knows.
        let in_noise = predicted.is_none_or(|predicted| predicted <= 10.0 * noise)
            || model.is_some_and(|model| model > 0.0 && 10.0 * model <= noise);
        // In a larger noise than they know of the gradient of differences says nothing.
        let blind = error > 0.0 && noise > 1e3 * self.oracle.rounding(value);
        let known_noise = self.oracle.noise() > 0.0;
        let fine = !blind && !known_noise && noise <= O::Point::EPSILON.powf(0.3) * size;
        if in_noise
            && fine
            && !seen
            && !self.near(|near| near.falls_along_gradient(10.0 * noise))?
        {
            return Ok(Some(Status::PrecisionLimit));
        }
        if error > 0.0 {
            match self.measured_or_modelled()? {
                Measured::Another => return Ok(None),
                Measured::Nothing => {
                    let rule = rule.unwrap_or(Rule::GradientAccuracy);
                    return Ok(Some(Status::Converged(rule)));
                }
                Measured::Not | Measured::Unclear => {}
            }
        }
        if !self.oracle.curvature_is_finite() {
            let message = "its second derivatives are not finite where value and gradient are";
            return Ok(Some(Status::Failed(message.to_owned())));
        }
        Ok(Some(Status::NoProgress))
    }

    /// Whether all variables have been seen, and the value is nothing against the terms that cancel in it, or
    /// the method's model promises nothing that differences of values could find.
    fn gains_nothing(&mut self) -> Result<bool, Interrupt> {
        // In noise nothing but a model of values tells.
        if self.oracle.differences_are_blind() || self.oracle.noise() > 0.0 {
            return Ok(false);
        }
        let size = self.near(|near| near.size())?;
        let bound = self.negligible(size);
        if self.method.iterate(&self.state).value.abs() <= bound {
            return Ok(true);
        }
        let predicted = self.method.predicted_decrease(&self.oracle, &mut self.state)?;
        let [known, possible] = self.oracle.gains_by_differences();
        Ok(predicted.unwrap_or(VALLEY * possible).max(known) <= bound)
    }

    /// Has differences of values measure the gradient, or where that was done already, show a model.
    fn measured_or_modelled(&mut self) -> Result<Measured, Interrupt> {
        match self.measured(Ask::Measure)? {
            Measured::Not => self.measured(Ask::Model),
            found => Ok(found),
        }
    }

    /// Has differences of values measure the gradient at this point, with the noise of values there, or also show a
    /// model: the method goes on with what they find.
    fn measured(&mut self, ask: Ask) -> Result<Measured, Interrupt> {
        let value = self.method.iterate(&self.state).value;
        let may = match ask {
            Ask::Model => self.oracle.may_model(value),
            Ask::Measure | Ask::Use => self.oracle.may_measure(value),
        };
        if !cfg!(feature = "differences") || !may {
            return Ok(Measured::Not);
        }
        let before = self.method.iterate(&self.state);
        let (norm_before, mut change) = (before.gradient_norm, before.gradient.clone());
        let noise = self.near(|near| near.noise()).map_err(StartError::from);
        let Self { oracle, method, state, .. } = self;
        let renewed = noise.and_then(|noise| {
            oracle.measure_next(value, noise, ask);
            method.renew(oracle, state)
        });
        match renewed {
            Ok(()) => {}
            // What is known has to do.
            Err(StartError::Argument(_)) => return Ok(Measured::Not),
            Err(StartError::Interrupt(Interrupt::EvaluationLimit | Interrupt::TimeLimit)) => {
                return Ok(Measured::Not);
            }
            Err(StartError::Interrupt(interrupt)) => return Err(interrupt),
        }
        let after = method.iterate(state);
        let norm = after.gradient_norm;
        change.axpy(-1.0, &after.gradient);
        let known = !self.oracle.gradient_error_is_unknown();
        let zero = norm <= self.oracle.gradient_may_be();
        // By a gradient that is known.
        let size = self.near(|near| near.size())?;
        let bound = self.negligible(size);
        if let Some(newton) = self.oracle.take_newton() {
            match self.by_newton(&newton, bound)? {
                // Its gradient is better all the same.
                Measured::Unclear if !zero => {}
                found => return Ok(found),
            }
        }
        let gain = VALLEY * self.oracle.gains_by_differences()[0];
        let shown = zero || (gain <= bound && self.oracle.noise() == 0.0);
        if known && shown {
            return Ok(Measured::Nothing);
        }
        // What was learnt from gradients like that before is worth nothing.
        if change.norm_max() > 0.5 * norm_before.max(norm) {
            let x = self.method.iterate(&self.state).x.clone();
            return self.again_from(&x);
        }
        self.stall = Stall::default();
        self.left = Left::default();
        Ok(Measured::Another)
    }

    /// What the model that values show says, which has the minimizer at this step: less is left than `bound`; or the
    /// method starts again from a lower point.
    fn by_newton(&mut self, newton: &Newton, bound: f64) -> Result<Measured, Interrupt> {
        if newton.most <= bound {
            return Ok(Measured::Nothing);
        }
        let from = self.method.iterate(&self.state);
        let (value, from) = (from.value, from.x.clone());
        for share in SHARES {
            let step: Vec<f64> = newton.step.iter().map(|d| share * d).collect();
            let mut x = from.clone();
            x.add_entries(&step);
            self.near(|near| near.keep_bounds(&mut x));
            if x.is_finite() && value - self.near(|near| (near.value)(&x))? > bound {
                return self.again_from(&x);
            }
        }
        let noise = self.oracle.rounding(value);
        Ok(if newton.most <= UNKEPT * noise { Measured::Nothing } else { Measured::Unclear })
    }

    /// Starts the method anew from a point, which takes what it had learnt.
    fn again_from(&mut self, x: &O::Point) -> Result<Measured, Interrupt> {
        match self.method.start(&self.oracle, x) {
            Ok(fresh) => self.state = fresh,
            Err(StartError::Interrupt(interrupt)) => return Err(interrupt),
            Err(StartError::Argument(_)) => return Ok(Measured::Not),
        }
        self.stall = Stall::default();
        self.left = Left::default();
        Ok(Measured::Another)
    }

    /// Whether the value falls without bound along the negative gradient. Asked again only where it is ten
    /// times as low.
    pub(super) fn falls_forever(&mut self) -> Result<bool, Interrupt> {
        let value = self.method.iterate(&self.state).value;
        if self.left.bounded_at.is_some_and(|bounded| value > 10.0 * bounded) {
            return Ok(false);
        }
        self.left.bounded_at = Some(value);
        self.ray = self.near(|near| near.falls_forever())?;
        Ok(self.ray.is_some())
    }

    /// Asks the function around the current point.
    fn near<R>(&self, ask: impl FnOnce(&Near<'_, O::Point>) -> R) -> R {
        let Self { oracle, method, state, .. } = self;
        let value = |x: &O::Point| method.value_at(oracle, state, x);
        let bounds = oracle.bounds().zip(method.within());
        ask(&Near { value: &value, bounds, iterate: method.iterate(state) })
    }

    fn gradient_norm(&self) -> f64 {
        self.method.iterate(&self.state).gradient_norm
    }

    /// Which gradient rule holds at the current point, if one does.
    fn gradient_rule(&self) -> Option<Rule> {
        let norm = self.gradient_norm();
        if norm <= self.stopping().gradient_absolute {
            Some(Rule::GradientAbsolute)
        } else if norm <= self.stopping().gradient_relative * self.first_gradient_norm {
            Some(Rule::GradientRelative)
        } else if norm <= self.oracle.gradient_may_be() {
            Some(Rule::GradientAccuracy)
        } else {
            None
        }
    }

    pub(super) fn check_gradient(&mut self) -> Result<Option<Status>, Interrupt> {
        let Some(rule) = self.gradient_rule() else { return Ok(None) };
        if self.is_above_best() {
            return Ok(None);
        }
        let converged = Ok(Some(Status::Converged(rule)));
        // Where the gradient is zero, one that knows the curvature may know a way down from a saddle.
        let knows = self.method.knows_curvature();
        let exact = knows == Knows::Exactly;
        let norm = self.gradient_norm();
        let error = self.oracle.gradient_error();
        let shown = (error > 0.0 && norm <= 2.0 * error) || (norm == 0.0 && !exact);
        if shown && error > 0.0 && !self.gains_nothing()? {
            match self.measured(Ask::Measure)? {
                Measured::Another => return Ok(None),
                Measured::Not if self.oracle.noise() > 0.0 => return Ok(None),
                Measured::Unclear => return Ok(Some(Status::NoProgress)),
                Measured::Not | Measured::Nothing => {}
            }
        }
        if self.stopping().decrease.is_none() || shown {
            return converged;
        }
        if knows == Knows::Little && self.left.is_too_soon(norm) {
            return Ok(None);
        }
        let predicted = self.method.predicted_decrease(&self.oracle, &mut self.state)?;
        // What the gradient alone can tell is asked of the function below.
        let predicted = predicted.unwrap_or(0.0).max(self.oracle.gains_by_differences()[0]);
        let value = self.method.iterate(&self.state).value;
        let mut size = value.abs();
        if predicted.is_nan() || predicted > self.negligible(size) {
            if !self.left.may_be_negligible(self.method.iterate(&self.state), predicted) {
                return Ok(None);
            }
            size = self.near(|near| near.size())?;
            self.left.size = Some(size);
            if predicted > self.negligible(size) {
                return Ok(None);
            }
        }
        let bound = self.negligible(size).max(predicted);
        if self.near(|near| near.falls_along_gradient(bound))? {
            self.left.missed_at = Some(norm);
            return Ok(None);
        }
        converged
    }

    /// Up to which a decrease is none: a share of the value, or of the terms that cancel in it, of this
    /// size, or of the first value where the gradient is small by both rules.
    fn negligible(&self, size: f64) -> f64 {
        let stopping = self.stopping();
        let epsilon = O::Point::EPSILON;
        let share = stopping.decrease.unwrap_or(0.0).max(8.0 * epsilon);
        let value = self.method.iterate(&self.state).value.abs();
        let norm = self.gradient_norm();
        let both = norm <= stopping.gradient_absolute
            && norm <= stopping.gradient_relative * self.first_gradient_norm;
        let of_first = if both { epsilon * self.first_value.abs() } else { 0.0 };
        // Differences of values find a minimizer to about the square root of their precision.
        let lost = if self.oracle.gradient_error() > 0.0 {
            NOISE * epsilon * (size - value).max(0.0)
        } else {
            lost_share::<O::Point>() * size
        };
        (share * value).max(lost).max(of_first).max(2.0 * self.oracle.noise())
    }

    /// Whether a point before was lower, by more than what rounding makes: that the gradient is small here,
    /// on a plateau far away perhaps, does not make it a minimum.
    /// What knows second derivatives looks for a point without a gradient, whatever its kind.
    fn is_above_best(&self) -> bool {
        let exact = self.method.knows_curvature() == Knows::Exactly;
        let Some(best) = self.best.as_ref().filter(|_| !exact) else { return false };
        let value = self.method.iterate(&self.state).value;
        let size = value.abs().max(best.value.abs());
        // Terms that cancel make more of it than the value tells.
        let rounding = O::Point::EPSILON * self.first_value.abs() + O::Point::EPSILON.sqrt() * size;
        value - best.value > self.negligible(size).max(rounding)
    }
}
