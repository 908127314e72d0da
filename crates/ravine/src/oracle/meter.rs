//! What a run has spent, and what it may spend.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::differences::Base;
use crate::clock::Instant;
use crate::conditions::Conditions;
use crate::objective::finite_difference::second::SecondSteps;
use crate::objective::finite_difference::steps::Steps;
use crate::objective::{Counts, Evaluation};
use ravine_linalg::Interrupt;

/// An evaluation is short if it takes less than this: reading the clock twice would be a good part of it.
const SHORT: Duration = Duration::from_nanos(500);

/// Of short evaluations one in so many is timed, and stands for those until the next.
const TIMED: u32 = 16;

/// Of how many cases how many are evaluated at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub cases: u64,
    pub all: u64,
}

/// What a run had spent when it was left.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Spent {
    counts: Counts,
    asked: Counts,
    parts: Counts,
    seconds: f64,
    seconds_in_objective: f64,
    steps: Steps,
    second: SecondSteps,
    /// The gradient at the point of the last products, so that a run that goes on there does not ask for it again.
    base: Option<Base>,
}

/// The counts and the time of a run, under its conditions.
pub(super) struct Meter<'a> {
    pub conditions: Conditions<'a>,
    /// What was evaluated.
    pub counts: Cell<Counts>,
    /// What the method asked for.
    pub asked: Cell<Counts>,
    /// Cases evaluated over batches that do not yet make up a whole evaluation.
    parts: Cell<Counts>,
    pub inside: Cell<Duration>,
    /// What the last evaluation that was timed took, and how many may follow before the next that is.
    last: Cell<(Duration, u32)>,
    /// Whether the run is at its start, which is evaluated at any cost.
    pub starting: Cell<bool>,
    /// Evaluations of the budget that are kept for later.
    pub kept_back: Cell<u64>,
    started: Cell<Instant>,
    earlier: Cell<Duration>,
    /// The last point that differenced products were asked for, and the gradient there.
    pub base: RefCell<Option<Base>>,
    /// The last point that the value alone was asked for, where gradients come from values, and the value there.
    /// It serves within an iteration, and no checkpoint holds it.
    pub asked_for: RefCell<Option<(Vec<f64>, f64)>>,
    /// Whether the second derivatives that were asked for last were finite.
    pub curvature_is_finite: Cell<bool>,
    /// What differences of values have shown.
    pub steps: RefCell<Steps>,
    /// What second differences have shown.
    pub second: RefCell<SecondSteps>,
}

impl<'a> Meter<'a> {
    pub fn new(conditions: Conditions<'a>, spent: Spent) -> Self {
        Self {
            conditions,
            counts: Cell::new(spent.counts),
            asked: Cell::new(spent.asked),
            parts: Cell::new(spent.parts),
            inside: Cell::new(Duration::from_secs_f64(spent.seconds_in_objective.max(0.0))),
            last: Cell::default(),
            starting: Cell::new(false),
            kept_back: Cell::new(0),
            started: Cell::new(Instant::now()),
            earlier: Cell::new(Duration::from_secs_f64(spent.seconds.max(0.0))),
            base: RefCell::new(spent.base),
            asked_for: RefCell::default(),
            curvature_is_finite: Cell::new(true),
            steps: RefCell::new(spent.steps),
            second: RefCell::new(spent.second),
        }
    }

    /// Nothing is spent any more.
    pub fn begin_again(&self) {
        self.counts.take();
        self.asked.take();
        self.parts.take();
        self.inside.take();
        self.last.take();
        self.starting.take();
        self.kept_back.take();
        self.started.set(Instant::now());
        self.earlier.take();
        self.base.take();
        self.asked_for.take();
        self.steps.take();
        self.second.take();
    }

    pub fn spent(&self) -> Spent {
        Spent {
            counts: self.counts.get(),
            asked: self.asked.get(),
            parts: self.parts.get(),
            seconds: self.elapsed().as_secs_f64(),
            seconds_in_objective: self.inside.get().as_secs_f64(),
            steps: self.steps.borrow().clone(),
            second: self.second.borrow().clone(),
            base: self.base.borrow().clone(),
        }
    }

    /// Of evaluations over a share of the cases, the whole ones that they complete.
    #[inline]
    pub fn whole(&self, counts: Counts, share: Option<Share>) -> Counts {
        match share {
            None => counts,
            Some(share) => self.completed(counts, share),
        }
    }

    fn completed(&self, counts: Counts, Share { cases, all }: Share) -> Counts {
        let (mut parts, all) = (self.parts.get(), all.max(1));
        let complete = |part: &mut u64, kind: u64| {
            *part += kind * cases;
            let wholes = *part / all;
            *part %= all;
            wholes
        };
        let wholes = Counts {
            value: complete(&mut parts.value, counts.value),
            gradient: complete(&mut parts.gradient, counts.gradient),
            hessian_product: complete(&mut parts.hessian_product, counts.hessian_product),
            hessian: complete(&mut parts.hessian, counts.hessian),
        };
        self.parts.set(parts);
        wholes
    }

    /// Wall time so far.
    pub fn elapsed(&self) -> Duration {
        self.earlier.get() + self.started.get().elapsed()
    }

    /// Evaluates, if the conditions allow it, and counts what that took: `nominal`, unless the objective
    /// says otherwise.
    #[inline]
    pub fn call<T>(
        &self,
        nominal: impl FnOnce() -> Counts,
        evaluate: impl FnOnce() -> Evaluation<T>,
        taken: impl FnOnce() -> Option<Counts>,
    ) -> Result<T, Interrupt> {
        self.admit()?;
        let result = self.timed(evaluate);
        let nominal = nominal();
        self.counts.set(self.counts.get() + taken().unwrap_or(nominal));
        result.map_err(Interrupt::from)
    }

    #[inline]
    fn timed<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        if cfg!(not(feature = "clock")) {
            return evaluate();
        }
        let (took, untimed) = self.last.get();
        if untimed > 0 {
            self.last.set((took, untimed - 1));
            self.inside.set(self.inside.get() + took);
            return evaluate();
        }
        let before = Instant::now();
        let result = evaluate();
        let took = before.elapsed();
        self.last.set((took, if took < SHORT { TIMED - 1 } else { 0 }));
        self.inside.set(self.inside.get() + took);
        result
    }

    /// Whether there may be another evaluation.
    #[inline]
    pub fn admit(&self) -> Result<(), Interrupt> {
        let stopping = &self.conditions.stopping;
        if self.conditions.interrupted() {
            return Err(Interrupt::Cancelled);
        }
        if self.starting.get() {
            return Ok(());
        }
        let spent = |most| self.counts.get().value + self.kept_back.get() >= most;
        if stopping.evaluations.is_some_and(spent) {
            return Err(Interrupt::EvaluationLimit);
        }
        if stopping.seconds.is_some_and(|most| self.elapsed().as_secs_f64() >= most) {
            return Err(Interrupt::TimeLimit);
        }
        Ok(())
    }
}
