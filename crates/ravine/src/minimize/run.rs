//! The one loop.

use super::error::Error;
use super::left::Left;
use super::rounding::Stall;
use super::status::{Rule, Status};
use crate::conditions::{Conditions, Stopping};
use crate::curvature::{Belief, SecantPairs};
use crate::minimize::{Advance, Method};
use crate::objective::{Counts, Objective};
use crate::oracle::{Held, NOISE, Oracle, Spent};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// How a run went.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Outcome<V> {
    /// The name of the method.
    pub method: String,
    /// Why the run ended.
    pub status: Status,
    /// The last point; where the run did not converge, the best.
    pub x: V,
    /// `f(x)`.
    pub value: f64,
    /// `grad f(x)`.
    pub gradient: V,
    /// The maximum norm of the (projected) gradient at `x`.
    pub gradient_norm: f64,
    /// Of a run that ended as unbounded: the direction of the ray from the point where it ended along which
    /// values were seen to fall forever, of length 1 in the maximum norm.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub ray: Option<V>,
    /// Of second derivatives by differences, the last Hessian or the first product: the error relative to the
    /// largest entry, each entry in the units of its variables
    /// ([`FiniteDifferences::hessian_error`](crate::oracle::FiniteDifferences::hessian_error)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hessian_error: Option<f64>,
    /// Iterations made, rejected trials included.
    pub iterations: u64,
    /// Evaluations of each kind, those that differences take included.
    pub evaluations: Counts,
    /// What the method asked for: the same, but for derivatives by differences, each of which is one
    /// here whatever it took.
    pub asked: Counts,
    /// Wall time.
    pub seconds: f64,
    /// Wall time inside the user's function; of evaluations that take less than half a microsecond one in
    /// sixteen is timed.
    pub seconds_in_objective: f64,
}

fn none<V>() -> Option<V> {
    None
}

/// What an observer sees after each iteration (and once at the start, as iteration 0).
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a, V> {
    /// Iterations made.
    pub iteration: u64,
    /// The current point.
    pub x: &'a V,
    /// `f(x)`.
    pub value: f64,
    /// `grad f(x)`.
    pub gradient: &'a V,
    /// The norm that the gradient test compares.
    pub gradient_norm: f64,
    /// Evaluations so far.
    pub evaluations: Counts,
    /// What the method asked for so far: see [`Outcome::asked`].
    pub asked: Counts,
    /// Wall time so far, in seconds.
    pub seconds: f64,
}

/// The best point of a run that may go up.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Best<V> {
    pub x: V,
    pub value: f64,
    pub gradient: V,
    pub gradient_norm: f64,
}

/// A method on its way: [`step`](Run::step) until it gives a status.
///
/// ```
/// use ravine::Stopping;
/// use ravine::methods::GradientDescent;
/// use ravine::minimize::Run;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
///     g[0] = 2.0 * x[0];
///     x[0] * x[0]
/// });
/// let method = GradientDescent { step: 0.25 };
/// let mut run = Run::new(&f, method, &vec![1.0], Stopping::default())?;
/// while run.step().is_none() {
///     println!("{:?}", run.progress().x);
/// }
/// assert!(run.outcome().status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub struct Run<'a, O: Objective + ?Sized, M: Method<O>> {
    pub(super) oracle: Oracle<'a, O>,
    pub(super) method: M,
    pub(super) state: M::State,
    pub(super) status: Option<Status>,
    pub(super) iterations: u64,
    pub(super) first_value: f64,
    pub(super) first_gradient_norm: f64,
    pub(super) stall: Stall,
    pub(super) left: Left,
    /// The direction along which the function was seen to fall forever.
    pub(super) ray: Option<O::Point>,
    /// The best point so far, of methods that may go up; those that never do are at it.
    pub(super) best: Option<Best<O::Point>>,
}

/// A value that is so many times as far below zero as the first one is from it may have no lower bound.
const SUSPECT: f64 = 1e10;

impl<'a, O: Objective + ?Sized, M: Method<O>> Run<'a, O, M> {
    /// Validates everything, then evaluates the start.
    ///
    /// # Errors
    ///
    /// An argument that cannot be used (dimension, not finite, bad setting), named with its value
    /// and what is allowed; or an error of the user's function.
    pub fn new(
        objective: &'a O,
        method: M,
        x0: &O::Point,
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Self, Error> {
        Self::holding(Held::Lent(objective), method, x0, conditions.into())
    }

    /// [`new`](Self::new), with an objective that the run may keep.
    pub(crate) fn holding(
        objective: Held<'a, O>,
        method: M,
        x0: &O::Point,
        conditions: Conditions<'a>,
    ) -> Result<Self, Error> {
        let n = objective.dimension();
        conditions.validate(n)?;
        check_start(x0, n)?;
        if conditions.epochs.is_some() {
            let message = "are for runs over the batches of a sum: see `EpochRun`";
            return Err(ArgumentError::new("epochs", message).into());
        }
        if conditions.bounds.is_some() && method.within().is_none() {
            let message = format!("`{}` cannot keep bounds", method.name());
            return Err(ArgumentError::new("method", message).into());
        }
        let oracle = Oracle::holding(objective, conditions, Spent::default());
        let threads = oracle.conditions().threads_of_run();
        let state = threads.during(|| oracle.starting(|oracle| method.start(oracle, x0)))?;
        let mut run = Self {
            oracle,
            method,
            state,
            status: None,
            iterations: 0,
            first_value: 0.0,
            first_gradient_norm: 0.0,
            stall: Stall::default(),
            left: Left::default(),
            ray: None,
            best: None,
        };
        run.begin()?;
        Ok(run)
    }

    /// From the state at the start.
    fn begin(&mut self) -> Result<(), Error> {
        let first = self.method.iterate(&self.state);
        let (value, gradient_norm) = (first.value, first.gradient_norm);
        if !value.is_finite() || !gradient_norm.is_finite() {
            let message = format!(
                "the objective is {value} there and its gradient has norm {gradient_norm}; \
                 start where both are finite"
            );
            return Err(ArgumentError::new("start", message).into());
        }
        self.best = (!self.method.monotone()).then(|| Best {
            x: first.x.clone(),
            value,
            gradient: first.gradient.clone(),
            gradient_norm,
        });
        (self.first_value, self.first_gradient_norm) = (value, gradient_norm);
        (self.status, self.ray, self.iterations) = (None, None, 0);
        (self.stall, self.left) = (Stall::default(), Left::default());
        self.status = self.check_gradient().unwrap_or_else(|interrupt| Some(ended_by(interrupt)));
        Ok(())
    }

    /// Begins again at `x0`, as a new run would with the same objective, method and conditions, but in the
    /// memory of this one: for many small problems, whose data the objective finds elsewhere, in a cell
    /// say. Counts and times begin again, too.
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// use ravine::Stopping;
    /// use ravine::matrix::Matrix;
    /// use ravine::methods::LevenbergMarquardt;
    /// use ravine::minimize::Run;
    /// use ravine::objective::from_residuals;
    ///
    /// // The square roots of many numbers.
    /// let number = Cell::new(1.0);
    /// let f = from_residuals(
    ///     1,
    ///     1,
    ///     |x: &[f64], r: &mut [f64]| r[0] = x[0] * x[0] - number.get(),
    ///     |x: &[f64], j: &mut Matrix| j[(0, 0)] = 2.0 * x[0],
    /// );
    /// let start = vec![1.0];
    /// let mut run = Run::new(&f, LevenbergMarquardt::default(), &start, Stopping::default())?;
    /// for k in 1..1000 {
    ///     number.set(f64::from(k));
    ///     run.begin_again(&start)?;
    ///     while run.step().is_none() {}
    ///     assert!((run.progress().x[0] - f64::from(k).sqrt()).abs() < 1e-8);
    /// }
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); the run has then ended.
    pub fn begin_again(&mut self, x0: &O::Point) -> Result<(), Error> {
        self.status = Some(Status::Stopped);
        check_start(x0, self.oracle.dimension())?;
        self.oracle.begin_again();
        let Self { oracle, method, state, .. } = self;
        let threads = oracle.conditions().threads_of_run();
        threads.during(|| oracle.starting(|oracle| method.start_again(oracle, x0, state)))?;
        self.begin()
    }

    /// One iteration; the status once the run has ended.
    pub fn step(&mut self) -> Option<&Status> {
        if self.status.is_none() {
            let threads = self.oracle.conditions().threads_of_run();
            self.status = match threads.during(|| self.advance()) {
                Ok(status) => status,
                Err(interrupt) => Some(ended_by(interrupt)),
            };
        }
        self.status.as_ref()
    }

    /// Ends the run as stopped by the caller.
    pub fn stop(&mut self) {
        self.status.get_or_insert(Status::Stopped);
    }

    /// Why the run ended, once it has.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    pub(super) fn stopping(&self) -> &Stopping {
        &self.oracle.conditions().stopping
    }

    fn advance(&mut self) -> Result<Option<Status>, Interrupt> {
        if self.stopping().iterations.is_some_and(|most| self.iterations >= most) {
            return Ok(Some(Status::IterationLimit));
        }
        let before = self.method.iterate(&self.state).value;
        let step = self.method.step(&self.oracle, &mut self.state)?;
        self.iterations += 1;
        let iterate = self.method.iterate(&self.state);
        let (value, gradient_norm) = (iterate.value, iterate.gradient_norm);
        match step {
            // The gradient test may hold already, and only the model has asked for more.
            Advance::Rejected => self.check_gradient(),
            Advance::Unbounded => {
                self.falls_forever()?;
                Ok(Some(Status::Unbounded))
            }
            Advance::NoDecrease { predicted } => self.without_decrease(Some(predicted)),
            Advance::Moved { length } => {
                if value == f64::NEG_INFINITY {
                    return Ok(Some(Status::Unbounded));
                }
                if !value.is_finite() || !gradient_norm.is_finite() {
                    return Ok(Some(Status::Diverged));
                }
                self.keep_best();
                let low = -SUSPECT * self.first_value.abs();
                if value < low.max(self.stopping().unbounded_below) && self.falls_forever()? {
                    return Ok(Some(Status::Unbounded));
                }
                if let Some(status) = self.check_gradient()? {
                    return Ok(Some(status));
                }
                let noise = NOISE * self.oracle.rounding(value);
                if self.stall.record(value, gradient_norm, self.best.is_none(), noise) {
                    return self.without_decrease(None);
                }
                if let Some(tolerance) = self.stopping().step {
                    let size = self.method.iterate(&self.state).x.norm_max();
                    if length <= tolerance * size.max(1.0) {
                        return Ok(Some(Status::Converged(Rule::Step)));
                    }
                }
                if let Some(tolerance) = self.stopping().value_change
                    && (before - value).abs() <= tolerance * value.abs().max(1.0)
                {
                    return Ok(Some(Status::Converged(Rule::ValueChange)));
                }
                Ok(None)
            }
        }
    }

    fn keep_best(&mut self) {
        let Some(best) = &mut self.best else { return };
        let iterate = self.method.iterate(&self.state);
        if iterate.value < best.value {
            best.x.copy_from(&iterate.x);
            best.value = iterate.value;
            best.gradient.copy_from(&iterate.gradient);
            best.gradient_norm = iterate.gradient_norm;
        }
    }

    /// The current point and what was spent.
    pub fn progress(&self) -> Progress<'_, O::Point> {
        let iterate = self.method.iterate(&self.state);
        Progress {
            iteration: self.iterations,
            x: &iterate.x,
            value: iterate.value,
            gradient: &iterate.gradient,
            gradient_norm: iterate.gradient_norm,
            evaluations: self.oracle.counts(),
            asked: self.oracle.asked(),
            seconds: self.oracle.elapsed().as_secs_f64(),
        }
    }

    /// What the method believes of the function around the current point.
    pub fn belief(&self) -> Belief<'_, O::Point> {
        self.method.belief(&self.state)
    }

    /// Takes the secant pairs out of a run that has ended, of a method that keeps the last few, without a
    /// copy; `None` also while the run goes on. What the method believes is gone with them.
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::Lbfgs;
    /// use ravine::minimize::Run;
    ///
    /// let f = ravine::objective!(2, |x| x[0] * x[0] + 10.0 * x[1] * x[1]);
    /// let mut run = Run::new(&f, Lbfgs::default(), &vec![1.0, 1.0], Stopping::default())?;
    /// while run.step().is_none() {}
    /// let pairs = run.take_pairs().unwrap();
    /// assert!(!pairs.is_empty() && run.take_pairs().is_none());
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn take_pairs(&mut self) -> Option<SecantPairs<O::Point>> {
        self.status.as_ref()?;
        self.method.take_pairs(&mut self.state)
    }

    /// The method's state, for those who want to look inside.
    pub fn state(&self) -> &M::State {
        &self.state
    }

    /// How the run ended, or [`Status::Stopped`] if it has not.
    pub fn outcome(&self) -> Outcome<O::Point> {
        let status = self.status.clone().unwrap_or(Status::Stopped);
        let iterate = self.method.iterate(&self.state);
        let (x, value, gradient, gradient_norm) = match &self.best {
            Some(best) if !status.converged() => {
                (&best.x, best.value, &best.gradient, best.gradient_norm)
            }
            _ => (&iterate.x, iterate.value, &iterate.gradient, iterate.gradient_norm),
        };
        Outcome {
            method: self.method.name().to_owned(),
            x: x.clone(),
            value,
            gradient: gradient.clone(),
            gradient_norm,
            ray: self.ray.as_ref().filter(|_| status == Status::Unbounded).map(|ray| {
                let mut unit = ray.clone();
                unit.scale(1.0 / ray.norm_max());
                unit
            }),
            status,
            hessian_error: self.oracle.hessian_error(),
            iterations: self.iterations,
            evaluations: self.oracle.counts(),
            asked: self.oracle.asked(),
            seconds: self.oracle.elapsed().as_secs_f64(),
            seconds_in_objective: self.oracle.inside().as_secs_f64(),
        }
    }
}

/// Refuses a start that is not a point of n variables.
pub(super) fn check_start<V: Vector>(x0: &V, n: usize) -> Result<(), ArgumentError> {
    if x0.dimension() != n {
        let message =
            format!("has {} entries, but the objective has {n} variables", x0.dimension());
        return Err(ArgumentError::new("start", message));
    }
    ArgumentError::check(n > 0, "start", "empty", "a point with at least one variable")?;
    ArgumentError::check(x0.is_finite(), "start", "not finite", "finite in every entry")
}

pub(super) fn ended_by(interrupt: Interrupt) -> Status {
    match interrupt {
        Interrupt::EvaluationLimit => Status::EvaluationLimit,
        Interrupt::TimeLimit => Status::TimeLimit,
        Interrupt::Cancelled => Status::Stopped,
        Interrupt::Function(error) => Status::Failed(error.to_string()),
    }
}
