//! A minimization in one expression.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use super::error::Error;
use super::observed::observed;
use super::run::{Outcome, Progress, Run};
use super::supplied::Supplied;
use crate::conditions::{Conditions, Stopping};
use crate::minimize::Method;
use crate::objective::{Bounds, Differences, Hessian, Hessians, Objective, Supplies};
use ravine_linalg::Threads;

/// A minimization about to run: see [`minimize`].
pub struct Minimize<'a, O: Objective + ?Sized, M> {
    objective: &'a O,
    x0: O::Point,
    method: M,
    conditions: Conditions<'a>,
    observer: Option<Observer<'a, O::Point>>,
}

type Observer<'a, V> = Box<dyn FnMut(&Progress<'_, V>) -> ControlFlow<()> + 'a>;

/// Minimizes `objective` from `x0` with `method`.
///
/// ```
/// use ravine::methods::GradientDescent;
/// use ravine::minimize::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[2.0 * (x[0] - 1.0), 20.0 * x[1]]);
///     (x[0] - 1.0).powi(2) + 10.0 * x[1] * x[1]
/// });
/// let outcome = minimize(&f, vec![5.0, 1.0], GradientDescent { step: 0.05 }).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn minimize<O: Objective + ?Sized, M>(
    objective: &O,
    x0: O::Point,
    method: M,
) -> Minimize<'_, O, M> {
    Minimize { objective, x0, method, conditions: Conditions::default(), observer: None }
}

impl<'a, O: Supplies, M> Minimize<'a, O, M> {
    /// Has derivatives that the method needs, up to the Hessian, and the objective lacks, by differences
    /// of what there is. Each evaluation that they take is counted, and within the bounds.
    ///
    /// ```
    /// use ravine::methods::Bfgs;
    /// use ravine::minimize;
    /// use ravine::objective::{Differences, from_value};
    ///
    /// let f = from_value(2, |x: &[f64]| (x[0] - 1.0).powi(2) + x[1].cosh());
    /// let run = minimize(&f, vec![0.0, 1.0], Bfgs::default()).differences(Differences::default());
    /// let outcome = run.run()?;
    /// assert!((outcome.x[0] - 1.0).abs() < 1e-8);
    /// assert!(outcome.evaluations.value > 20 && outcome.evaluations.gradient == 0);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    #[must_use]
    pub fn differences<S>(
        self,
        differences: Differences,
    ) -> Minimize<'a, dyn Supplies + 'a, Supplied<M, Hessians, S>>
    where
        M: for<'b> Method<dyn Hessian + 'b, State = S>,
    {
        Minimize {
            objective: self.objective,
            x0: self.x0,
            method: Supplied::<M, Hessians, S>::new(self.method),
            conditions: self.conditions.differences(differences),
            observer: self.observer,
        }
    }
}

impl<'a, O: Objective + ?Sized, M> Minimize<'a, O, M> {
    /// Sets when to stop.
    #[must_use]
    pub fn stopping(mut self, stopping: Stopping) -> Self {
        self.conditions.stopping = stopping;
        self
    }

    /// Stays within `bounds`; a method that cannot refuses.
    ///
    /// ```
    /// use ravine::methods::Lbfgsb;
    /// use ravine::{Bounds, minimize};
    ///
    /// let f = ravine::objective!(1, |x| x[0].cosh());
    /// let bounds = Bounds::new(vec![1.0], vec![2.0])?;
    /// let outcome = minimize(&f, vec![1.5], Lbfgsb::default()).within(bounds).run()?;
    /// assert_eq!(outcome.x, [1.0]);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    #[must_use]
    pub fn within(mut self, bounds: Bounds) -> Self {
        self.conditions.bounds = Some(bounds);
        self
    }

    /// Asks `interrupter` before each evaluation; where it says true, the run ends with the best point
    /// so far.
    #[must_use]
    pub fn interrupter(mut self, interrupter: impl Fn() -> bool + 'a) -> Self {
        self.conditions = self.conditions.interrupter(interrupter);
        self
    }

    /// Once `cancel` is true the run ends before the next evaluation, with the best point so far.
    #[must_use]
    pub fn cancel(mut self, cancel: &'a AtomicBool) -> Self {
        self.conditions.cancel = Some(cancel);
        self
    }

    /// With so many threads: see [`Conditions::threads`].
    #[must_use]
    pub fn threads(mut self, threads: Threads) -> Self {
        self.conditions.threads = Some(threads);
        self
    }

    /// Calls `observer` at the start and after every iteration; `Break` stops the run.
    #[must_use]
    pub fn observe(
        mut self,
        observer: impl FnMut(&Progress<'_, O::Point>) -> ControlFlow<()> + 'a,
    ) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Runs to the end.
    ///
    /// # Errors
    ///
    /// See [`Run::new`]: only what goes wrong before there is a point to give back.
    pub fn run(self) -> Result<Outcome<O::Point>, Error>
    where
        M: Method<O>,
    {
        let mut run = Run::new(self.objective, self.method, &self.x0, self.conditions)?;
        let observe = self.observer.map(|mut see| move |run: &Run<'_, O, M>| see(&run.progress()));
        observed(&mut run, observe, Run::step, Run::stop, Run::status);
        Ok(run.outcome())
    }
}
