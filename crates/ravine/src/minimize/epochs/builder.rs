//! A minimization of a sum about to run.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use super::run::{BatchProgress, EpochRun};
use crate::conditions::{
    Conditions, Epochs, FinalPoint, LastBatch, Measure, StepSchedule, Stopping,
};
use crate::minimize::observed::observed;
use crate::minimize::{Error, Outcome, OverBatches};
use crate::objective::{BatchGradient, Objective, Over};
use ravine_linalg::Threads;

/// A minimization of a sum about to run: see [`minimize_sum`].
pub struct MinimizeSum<'a, S: BatchGradient + ?Sized, M> {
    sum: &'a S,
    x0: S::Point,
    method: M,
    epochs: Epochs,
    conditions: Conditions<'a>,
    observer: Option<Observer<'a, S::Point>>,
}

type Observer<'a, V> = Box<dyn FnMut(&BatchProgress<'_, V>) -> ControlFlow<()> + 'a>;

/// Minimizes a sum over cases from `x0` with `method`, batch by batch.
///
/// ```
/// use ravine::Status;
/// use ravine::methods::GradientDescent;
/// use ravine::minimize::{StepSchedule, minimize_sum};
/// use ravine::objective::{BatchGradient, Evaluation, FiniteSum, Gradient, Objective};
///
/// /// The mean of `(x - y_i)^2 / 2`.
/// struct Mean(Vec<f64>);
/// impl Objective for Mean {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         self.value_and_gradient(x, &mut vec![0.0])
///     }
/// }
/// impl Gradient for Mean {
///     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
///         let all: Vec<usize> = (0..self.0.len()).collect();
///         self.batch_value_and_gradient(x, &all, g)
///     }
/// }
/// impl FiniteSum for Mean {
///     fn cases(&self) -> usize {
///         self.0.len()
///     }
///     fn batch_value(&self, x: &Vec<f64>, cases: &[usize]) -> Evaluation<f64> {
///         self.batch_value_and_gradient(x, cases, &mut vec![0.0])
///     }
/// }
/// impl BatchGradient for Mean {
///     fn batch_value_and_gradient(
///         &self,
///         x: &Vec<f64>,
///         cases: &[usize],
///         g: &mut Vec<f64>,
///     ) -> Evaluation<f64> {
///         let n = cases.len() as f64;
///         g[0] = cases.iter().map(|&i| x[0] - self.0[i]).sum::<f64>() / n;
///         Ok(cases.iter().map(|&i| (x[0] - self.0[i]).powi(2) / 2.0).sum::<f64>() / n)
///     }
/// }
///
/// let f = Mean((0..100).map(f64::from).collect());
/// let outcome = minimize_sum(&f, vec![0.0], GradientDescent { step: 1.0 })
///     .batch_size(10)
///     .epochs(20)
///     // With it every step gives the mean of the batches so far.
///     .schedule(StepSchedule::Inverse { after: 1.0 })
///     .run()?;
/// assert_eq!(outcome.status, Status::EpochLimit);
/// assert!((outcome.x[0] - 49.5).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn minimize_sum<'a, S, M>(
    sum: &'a S,
    x0: <S as Objective>::Point,
    method: M,
) -> MinimizeSum<'a, S, M>
where
    S: BatchGradient + ?Sized,
    M: OverBatches<Over<'a, S>>,
{
    let (epochs, conditions) = (Epochs::default(), Conditions::default());
    MinimizeSum { sum, x0, method, epochs, conditions, observer: None }
}

impl<'a, S, M> MinimizeSum<'a, S, M>
where
    S: BatchGradient + ?Sized,
    M: OverBatches<Over<'a, S>>,
{
    /// Sets all of [`Epochs`].
    #[must_use]
    pub fn settings(mut self, epochs: Epochs) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the budgets, which end it inside an epoch.
    #[must_use]
    pub fn stopping(mut self, stopping: Stopping) -> Self {
        self.conditions.stopping = stopping;
        self
    }

    /// See [`Epochs::epochs`].
    #[must_use]
    pub fn epochs(mut self, epochs: u64) -> Self {
        self.epochs.epochs = epochs;
        self
    }

    /// See [`Epochs::batch_size`].
    #[must_use]
    pub fn batch_size(mut self, cases: usize) -> Self {
        self.epochs.batch_size = cases;
        self
    }

    /// See [`Epochs::last_batch`].
    #[must_use]
    pub fn last_batch(mut self, last: LastBatch) -> Self {
        self.epochs.last_batch = last;
        self
    }

    /// See [`Epochs::schedule`].
    #[must_use]
    pub fn schedule(mut self, schedule: StepSchedule) -> Self {
        self.epochs.schedule = schedule;
        self
    }

    /// See [`Epochs::point`].
    #[must_use]
    pub fn point(mut self, point: FinalPoint) -> Self {
        self.epochs.point = point;
        self
    }

    /// See [`Epochs::measure`].
    #[must_use]
    pub fn measure(mut self, measure: Measure) -> Self {
        self.epochs.measure = measure;
        self
    }

    /// With so many threads: see [`Conditions::threads`].
    #[must_use]
    pub fn threads(mut self, threads: Threads) -> Self {
        self.conditions.threads = Some(threads);
        self
    }

    /// Once `cancel` is true the run ends before the next evaluation.
    #[must_use]
    pub fn cancel(mut self, cancel: &'a AtomicBool) -> Self {
        self.conditions.cancel = Some(cancel);
        self
    }

    /// Calls `observer` at the start and after every step; `Break` stops the run.
    #[must_use]
    pub fn observe(
        mut self,
        observer: impl FnMut(&BatchProgress<'_, S::Point>) -> ControlFlow<()> + 'a,
    ) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Runs to the end.
    ///
    /// # Errors
    ///
    /// See [`EpochRun::new`].
    pub fn run(self) -> Result<Outcome<S::Point>, Error> {
        let Self { sum, x0, method, epochs, conditions, observer } = self;
        let mut run = EpochRun::new(sum, method, &x0, conditions.epochs(epochs))?;
        let observe = observer.map(|mut see| move |run: &EpochRun<'a, S, M>| see(&run.progress()));
        observed(&mut run, observe, EpochRun::step, EpochRun::stop, EpochRun::status);
        Ok(run.outcome())
    }
}
