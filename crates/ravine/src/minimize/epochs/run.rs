//! The loop over epochs.

use super::average::Average;
use super::batches::Batches;
use super::checkpoint::{Measured, Next, Place};
use crate::conditions::{Conditions, Epochs, FinalPoint, Measure, StepSchedule};
use crate::curvature::Belief;
use crate::minimize::error::Error;
use crate::minimize::run::{Outcome, check_start, ended_by};
use crate::minimize::status::{Rule, Status};
use crate::minimize::{Advance, OverBatches, Setbacks};
use crate::objective::{BatchGradient, Counts, Over};
use crate::oracle::{Held, Iterate, Oracle, Spent};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// What an observer sees after each step of a run over epochs (and once at the start, as step 0).
#[derive(Clone, Copy, Debug)]
pub struct BatchProgress<'a, V> {
    /// Steps made.
    pub step: u64,
    /// Whole epochs behind.
    pub epoch: u64,
    /// Cases visited.
    pub cases: u64,
    /// The current point of the method.
    pub x: &'a V,
    /// The value on the last batch that was evaluated, at the point where that was: an estimate with
    /// noise, and for methods with a fixed step of the point before this one.
    pub batch_value: f64,
    /// The last measurement on all cases.
    pub measured: Option<&'a Measured<V>>,
    /// Evaluations so far; parts of N cases add up to one.
    pub evaluations: Counts,
    /// What the method has taken back and kept.
    pub setbacks: Setbacks,
    /// Wall time so far, in seconds.
    pub seconds: f64,
}

/// A method on its way over the cases of a sum, batch by batch: [`step`](EpochRun::step) until it gives
/// a status.
///
/// The oracle of the batches is on the account of the whole sum's: counts, budget, time and
/// cancellation are shared, and an interrupt ends the run inside an epoch, to be resumed there.
///
/// A run ends as converged only where [`Epochs::gradient_tolerance`] asks for a test on all cases, and it
/// holds. Its outcome is the last point or the mean, never the one with the luckiest batch.
///
/// ```
/// use ravine::Status;
/// use ravine::methods::Adam;
/// use ravine::minimize::{EpochRun, Epochs};
/// use ravine::objective::BatchGradient;
///
/// fn train<S: BatchGradient<Point = Vec<f64>>>(
///     sum: &S,
///     start: &Vec<f64>,
/// ) -> Result<Vec<f64>, ravine::minimize::Error> {
///     let epochs = Epochs { epochs: 5, batch_size: 64, ..Epochs::default() };
///     let mut run = EpochRun::new(sum, Adam::default(), start, epochs)?;
///     while run.step().is_none() {
///         println!("{}", run.progress().batch_value);
///     }
///     assert_eq!(run.outcome().status, Status::EpochLimit);
///     Ok(run.outcome().x)
/// }
/// ```
pub struct EpochRun<'a, S, M>
where
    S: BatchGradient + ?Sized,
    M: OverBatches<Over<'a, S>>,
{
    pub(super) all: Oracle<'a, S>,
    pub(super) batch: Oracle<'a, Over<'a, S>>,
    pub(super) method: M,
    pub(super) settings: Epochs,
    pub(super) place: Place<M::State, S::Point>,
    pub(super) status: Option<Status>,
}

impl<'a, S, M> EpochRun<'a, S, M>
where
    S: BatchGradient + ?Sized,
    M: OverBatches<Over<'a, S>>,
{
    /// Validates everything, then evaluates the start on the first batch.
    ///
    /// # Errors
    ///
    /// An argument that cannot be used, named with its value and what is allowed; or an error of
    /// the user's function.
    pub fn new(
        sum: &'a S,
        method: M,
        x0: &S::Point,
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Self, Error> {
        check_start(x0, sum.dimension())?;
        let (settings, all, mut batch) =
            prepared(sum, &method, conditions.into(), Spent::default())?;
        let mut batches = Batches::new(sum.cases(), &settings);
        load(&mut batch, &mut batches);
        let threads = batch.conditions().threads_of_run();
        let state = threads.during(|| batch.starting(|batch| method.start(batch, x0)))?;
        let first = method.iterate(&state);
        if !first.value.is_finite() || !first.gradient_norm.is_finite() {
            let message = format!(
                "the first batch has value {} there and a gradient of norm {}; start where both \
                 are finite",
                first.value, first.gradient_norm
            );
            return Err(ArgumentError::new("start", message).into());
        }
        let place = Place {
            state,
            batches,
            steps: 0,
            seen: 0,
            next: Next::Leave,
            average: None,
            measured: None,
        };
        let mut run = Self { all, batch, method, settings, place, status: None };
        if matches!(run.settings.measure, Measure::Every(_)) {
            // As the start of other runs, it is made beyond the budgets.
            run.all.beyond_budgets(true);
            let measured = run.measure();
            run.all.beyond_budgets(false);
            run.status = measured.unwrap_or_else(|interrupt| Some(ended_by(interrupt)));
        }
        if run.settings.epochs == 0 {
            run.status = run.end().unwrap_or_else(|interrupt| Some(ended_by(interrupt)));
        }
        Ok(run)
    }

    /// One step, on one batch, and at the end of an epoch the measurement that is due; the status once the
    /// run has ended.
    pub fn step(&mut self) -> Option<&Status> {
        if self.status.is_none() {
            let threads = self.batch.conditions().threads_of_run();
            self.status = match threads.during(|| self.advance()) {
                Ok(status) => status,
                Err(Interrupt::EvaluationLimit) => Some(self.spent()),
                Err(interrupt) => Some(ended_by(interrupt)),
            };
        }
        self.status.as_ref()
    }

    /// The status, once the run has ended.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// Ends the run as stopped by the caller.
    pub fn stop(&mut self) {
        self.status.get_or_insert(Status::Stopped);
    }

    fn advance(&mut self) -> Result<Option<Status>, Interrupt> {
        // What an interrupt has left undone.
        if let Some(status) = self.settle()? {
            return Ok(Some(status));
        }
        let Self { batch, method, settings, place, .. } = self;
        if place.next == Next::Turn {
            load(batch, &mut place.batches);
            method.turn(batch, &mut place.state)?;
            place.next = Next::Leave;
        }
        let iterate = method.iterate(&place.state);
        if !iterate.value.is_finite() || !iterate.gradient_norm.is_finite() {
            return Ok(Some(Status::Diverged));
        }
        let an_epoch = place.batches.per_epoch();
        let total = settings.epochs.saturating_mul(an_epoch);
        let step = match settings.schedule {
            StepSchedule::Constant => method.leave(batch, &mut place.state)?,
            ref schedule => {
                let scaled = method.scaled(schedule.factor(place.steps, total, an_epoch));
                scaled.as_ref().unwrap_or(method).leave(batch, &mut place.state)?
            }
        };
        place.steps += 1;
        place.seen += place.batches.pass() as u64;
        place.next = Next::Turn;
        // A batch that promises no decrease, or has none at all, says little of the sum.
        if let Advance::Moved { length } = step
            && !length.is_finite()
        {
            return Ok(Some(Status::Diverged));
        }
        if let FinalPoint::Averaged { after } = settings.point
            && place.steps > after.saturating_mul(an_epoch)
        {
            let x = &method.iterate(&place.state).x;
            match &mut place.average {
                Some(average) => average.add(x),
                none => *none = Some(Average::of(x)),
            }
        }
        if place.batches.between_epochs()
            && let Measure::Every(epochs) = settings.measure
            && place.batches.epoch().is_multiple_of(epochs)
        {
            place.next = Next::Measure;
        }
        self.settle()
    }

    /// Between two steps: the measurement that is due, and the end.
    fn settle(&mut self) -> Result<Option<Status>, Interrupt> {
        if self.place.batches.epoch() >= self.settings.epochs {
            return self.end();
        }
        if self.place.next == Next::Measure {
            let status = self.measure()?;
            self.place.next = Next::Turn;
            return Ok(status);
        }
        Ok(None)
    }

    /// The last measurement, and what it says.
    fn end(&mut self) -> Result<Option<Status>, Interrupt> {
        self.all.keep_back(0);
        let status = match self.settings.measure {
            Measure::Never => None,
            Measure::AtEnd | Measure::Every(_) => self.measure()?,
        };
        Ok(Some(status.unwrap_or(Status::EpochLimit)))
    }

    /// The batches have spent what they may: what was kept back for the last measurement is used.
    fn spent(&mut self) -> Status {
        // A run that has measured nothing has no value, so that it measures once in any case.
        self.all.beyond_budgets(self.place.measured.is_none());
        let ended = self.end();
        self.all.beyond_budgets(false);
        match ended {
            Ok(Some(status @ (Status::Converged(_) | Status::Unbounded | Status::Diverged))) => {
                status
            }
            _ => Status::EvaluationLimit,
        }
    }

    /// Value and gradient on all cases at the point that the run gives, and what they say.
    fn measure(&mut self) -> Result<Option<Status>, Interrupt> {
        let known = self.place.measured.as_ref().is_some_and(|m| m.step == self.place.steps);
        if !known {
            let x = self.point();
            let mut at = match &self.place.measured {
                Some(measured) => measured.at.clone(),
                None => {
                    let (value, gradient_norm) = (f64::NAN, f64::NAN);
                    Iterate { x: x.clone(), value, gradient: x.zeros_like(), gradient_norm }
                }
            };
            at.x.copy_from(x);
            at.update(&self.all)?;
            let (epoch, step) = (self.place.batches.epoch(), self.place.steps);
            self.place.measured = Some(Measured { epoch, step, at });
        }
        let Some(Measured { at, .. }) = &self.place.measured else { return Ok(None) };
        let status = if at.value < self.all.conditions().stopping.unbounded_below {
            Some(Status::Unbounded)
        } else if !at.value.is_finite() || !at.gradient_norm.is_finite() {
            Some(Status::Diverged)
        } else {
            let tolerance = self.settings.gradient_tolerance;
            tolerance
                .is_some_and(|tolerance| at.gradient_norm <= tolerance)
                .then_some(Status::Converged(Rule::GradientAbsolute))
        };
        Ok(status)
    }

    /// The point that the run gives.
    fn point(&self) -> &S::Point {
        match &self.place.average {
            Some(average) => average.mean(),
            None => &self.method.iterate(&self.place.state).x,
        }
    }

    /// Where the run is.
    pub fn progress(&self) -> BatchProgress<'_, S::Point> {
        let iterate = self.method.iterate(&self.place.state);
        BatchProgress {
            step: self.place.steps,
            epoch: self.place.batches.epoch(),
            cases: self.place.seen,
            x: &iterate.x,
            batch_value: iterate.value,
            measured: self.place.measured.as_ref(),
            evaluations: self.all.counts(),
            setbacks: self.method.setbacks(&self.place.state),
            seconds: self.all.elapsed().as_secs_f64(),
        }
    }

    /// What was measured last; before that, what the method has evaluated last, on a batch.
    #[cfg(feature = "all-methods")]
    pub(crate) fn measured_or_last(&self) -> &Iterate<S::Point> {
        match &self.place.measured {
            Some(measured) => &measured.at,
            None => self.method.iterate(&self.place.state),
        }
    }

    /// What the method believes of the function around the current point.
    pub fn belief(&self) -> Belief<'_, S::Point> {
        self.method.belief(&self.place.state)
    }

    /// How the run ended, or [`Status::Stopped`] if it has not: the last point or the mean, with the
    /// value and the gradient on all cases.
    ///
    /// A run that was cut short, by time or by its caller, or has left the numbers, gives the last
    /// point that was measured, and where there is none the last one with a value and a gradient
    /// that are not numbers.
    pub fn outcome(&self) -> Outcome<S::Point> {
        let status = self.status.clone().unwrap_or(Status::Stopped);
        let (x, value, gradient, gradient_norm) = match &self.place.measured {
            Some(Measured { at, .. }) => {
                (at.x.clone(), at.value, at.gradient.clone(), at.gradient_norm)
            }
            None => {
                let x = self.point().clone();
                let mut gradient = x.zeros_like();
                gradient.fill(f64::NAN);
                (x, f64::NAN, gradient, f64::NAN)
            }
        };
        Outcome {
            method: self.method.name().to_owned(),
            status,
            x,
            value,
            gradient,
            gradient_norm,
            ray: None,
            hessian_error: self.all.hessian_error(),
            iterations: self.place.steps,
            evaluations: self.all.counts(),
            asked: self.all.asked(),
            seconds: self.all.elapsed().as_secs_f64(),
            seconds_in_objective: self.all.inside().as_secs_f64(),
        }
    }
}

/// Checks the conditions; the settings in them, and the oracles of the sum and of its batches, on one
/// account.
#[expect(clippy::type_complexity, reason = "three parts of a run")]
pub(super) fn prepared<'a, S, M>(
    sum: &'a S,
    method: &M,
    conditions: Conditions<'a>,
    spent: Spent,
) -> Result<(Epochs, Oracle<'a, S>, Oracle<'a, Over<'a, S>>), ArgumentError>
where
    S: BatchGradient + ?Sized,
    M: OverBatches<Over<'a, S>>,
{
    conditions.validate(sum.dimension())?;
    let settings = conditions.epochs.clone().unwrap_or_default();
    settings.validate()?;
    ArgumentError::check(sum.cases() > 0, "objective", "a sum over no cases", "at least one")?;
    if settings.schedule != StepSchedule::Constant && method.scaled(1.0).is_none() {
        let message = format!(
            "`{}` finds the length of its steps itself; it must be constant",
            method.name()
        );
        return Err(ArgumentError::new("schedule", message));
    }
    if conditions.bounds.is_some() && method.within().is_none() {
        let message = format!("`{}` cannot keep bounds", method.name());
        return Err(ArgumentError::new("method", message));
    }
    let all = Oracle::holding(Held::Lent(sum), conditions, spent);
    all.keep_back(u64::from(settings.measure != Measure::Never));
    let batch = all.batch_given(Over::new(sum, Vec::new()));
    Ok((settings, all, batch))
}

/// Makes the next batch that of the oracle.
pub(super) fn load<S: BatchGradient + ?Sized>(
    oracle: &mut Oracle<'_, Over<'_, S>>,
    batches: &mut Batches,
) {
    oracle.change_batch(|batch| {
        batch.clear();
        batch.extend_from_slice(batches.current());
    });
}
