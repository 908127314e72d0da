//! The conditions of a run: when it ends, within which bounds it stays, who may stop it, and how
//! derivatives that are missing are had.

mod epochs;
mod schedule;
mod stopping;

pub use epochs::{Epochs, FinalPoint, LastBatch, Measure};
pub use schedule::StepSchedule;
pub use stopping::Stopping;

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::objective::{Bounds, Differences};
use ravine_linalg::{ArgumentError, Threads};

/// The conditions of a run. They belong to the run and not to the function: one function may be
/// minimized within several bounds. [`Stopping`] rules alone are conditions too.
///
/// ```
/// use ravine::methods::Lbfgsb;
/// use ravine::minimize::Run;
/// use ravine::{Bounds, Conditions, Stopping};
///
/// let f = ravine::objective!(2, |x| (x[0] - 1.0).powi(2) + (x[1] + x[0]).powi(2));
/// let bounds = Bounds::new(vec![0.0, 0.0], vec![f64::INFINITY; 2])?;
/// let conditions = Conditions::default().within(bounds).stopping(Stopping::gradient(1e-9));
/// let mut run = Run::new(&f, Lbfgsb::default(), &vec![2.0, 2.0], conditions)?;
/// while run.step().is_none() {}
/// let x = run.outcome().x;
/// assert!((x[0] - 0.5).abs() < 1e-8 && x[1] == 0.0);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Conditions<'a> {
    /// When the run ends by itself, and what it may spend.
    pub stopping: Stopping,
    /// Bounds on the variables; methods that cannot keep them refuse.
    pub bounds: Option<Bounds>,
    /// The sizes of the variables, one each: methods for least squares measure their steps in `x / sizes`. By
    /// default they find scales for themselves, by the columns of the Jacobian.
    pub sizes: Option<Vec<f64>>,
    /// Once true, it ends the run before the next evaluation.
    pub cancel: Option<&'a AtomicBool>,
    /// Asked before each evaluation; where it says true, the run ends there.
    pub interrupter: Option<Rc<dyn Fn() -> bool + 'a>>,
    /// How derivatives that a method needs and an objective lacks are had by differences, of values or
    /// of gradients; `None`: such a method refuses. Taken where what an objective supplies is known
    /// at run time.
    pub differences: Option<Differences>,
    /// How it goes over the batches of a sum; `None`: all cases at once.
    pub epochs: Option<Epochs>,
    /// How many threads work on one evaluation, on the products of large matrices, and on differences of
    /// an objective that [several threads may evaluate](crate::objective::Shared); `None`: as many as the
    /// work around the run has, one unless somebody asked for more. See [`Threads`].
    pub threads: Option<Threads>,
}

impl<'a> Conditions<'a> {
    /// With these stopping rules.
    #[must_use]
    pub fn stopping(self, stopping: Stopping) -> Self {
        Self { stopping, ..self }
    }

    /// Within these bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds: Some(bounds), ..self }
    }

    /// With variables of these sizes.
    ///
    /// ```
    /// use ravine::methods::LevenbergMarquardt;
    /// use ravine::minimize::Run;
    /// use ravine::Conditions;
    ///
    /// let f = ravine::residuals!(2, |x| [x[0] - 3.0, 1e-6 * (x[1] - 5.0)]);
    /// let conditions = Conditions::default().sizes(vec![1.0, 1e6]);
    /// let mut run = Run::new(&f, LevenbergMarquardt::default(), &vec![0.0, 0.0], conditions)?;
    /// while run.step().is_none() {}
    /// assert!((run.outcome().x[1] - 5.0).abs() < 1e-6);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    #[must_use]
    pub fn sizes(self, sizes: Vec<f64>) -> Self {
        Self { sizes: Some(sizes), ..self }
    }

    /// Ended by `cancel`, once it is true.
    #[must_use]
    pub fn cancel(self, cancel: &'a AtomicBool) -> Self {
        Self { cancel: Some(cancel), ..self }
    }

    /// Ended where `interrupter`, asked before each evaluation, says true.
    ///
    /// ```
    /// use ravine::Conditions;
    /// use ravine::methods::Bfgs;
    /// use ravine::minimize::Run;
    /// use std::cell::Cell;
    ///
    /// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0].powi(2)).powi(2));
    /// let asked = Cell::new(0);
    /// let conditions = Conditions::default().interrupter(|| {
    ///     asked.set(asked.get() + 1);
    ///     asked.get() > 10
    /// });
    /// let mut run = Run::new(&f, Bfgs::default(), &vec![-1.2, 1.0], conditions)?;
    /// while run.step().is_none() {}
    /// assert_eq!(run.outcome().status, ravine::Status::Stopped);
    /// assert_eq!(run.outcome().evaluations.value, 10);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    #[must_use]
    pub fn interrupter(self, interrupter: impl Fn() -> bool + 'a) -> Self {
        Self { interrupter: Some(Rc::new(interrupter)), ..self }
    }

    /// With missing derivatives by differences.
    #[must_use]
    pub fn differences(self, differences: Differences) -> Self {
        Self { differences: Some(differences), ..self }
    }

    /// Over the batches of a sum.
    #[must_use]
    pub fn epochs(self, epochs: Epochs) -> Self {
        Self { epochs: Some(epochs), ..self }
    }

    /// With so many threads.
    ///
    /// ```
    /// use ravine::methods::Bfgs;
    /// use ravine::objective::{Differences, Shared, from_value};
    /// use ravine::Threads;
    ///
    /// // Each gradient by differences takes eight values, four on each thread.
    /// let f = Shared(from_value(4, |x: &[f64]| x.iter().map(|x| x.cosh()).sum()));
    /// let outcome = ravine::minimize(&f, vec![1.0; 4], Bfgs::default())
    ///     .threads(Threads::new(2)?)
    ///     .differences(Differences::default())
    ///     .run()?;
    /// assert!((outcome.value - 4.0).abs() < 1e-12);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    #[must_use]
    pub fn threads(self, threads: Threads) -> Self {
        Self { threads: Some(threads), ..self }
    }

    /// The threads of the run.
    pub(crate) fn threads_of_run(&self) -> Threads {
        self.threads.unwrap_or_else(Threads::current)
    }

    /// Whether somebody asks the run to end: `cancel`, or the interrupter.
    pub fn interrupted(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
            || self.interrupter.as_ref().is_some_and(|interrupts| interrupts())
    }

    /// Checks every part, for `n` variables, but for the epochs, which only runs over them look at.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self, n: usize) -> Result<(), ArgumentError> {
        self.stopping.validate()?;
        if let Some(bounds) = &self.bounds {
            let given = bounds.lower().len();
            ArgumentError::check(given == n, "bounds", given, &format!("one a variable, {n}"))?;
        }
        if let Some(sizes) = &self.sizes {
            ArgumentError::check(
                sizes.len() == n,
                "sizes",
                sizes.len(),
                &format!("one a variable, {n}"),
            )?;
            for &size in sizes {
                let allowed = size > 0.0 && size.is_finite() && (1.0 / size).is_finite();
                ArgumentError::check(allowed, "sizes", size, "positive and finite")?;
            }
        }
        self.differences.as_ref().map_or(Ok(()), Differences::validate)
    }
}

impl From<Stopping> for Conditions<'_> {
    fn from(stopping: Stopping) -> Self {
        Self { stopping, ..Self::default() }
    }
}

impl From<Epochs> for Conditions<'_> {
    fn from(epochs: Epochs) -> Self {
        Self::default().epochs(epochs)
    }
}
