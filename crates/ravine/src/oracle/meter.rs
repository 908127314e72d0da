//! What a run has spent, and what it may spend.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::differences::Base;
use crate::clock::Instant;
use crate::conditions::Conditions;
use crate::objective::{Counts, Evaluation};
use ravine_linalg::Interrupt;

/// Cases evaluated over subsets that do not yet make up a whole evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Parts {
    pub(super) gradient: u64,
    pub(super) hessian_product: u64,
}

/// What a run had spent when it was left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub counts: Counts,
    pub asked: Counts,
    pub parts: Parts,
    /// Time inside the function, and altogether.
    pub inside: Duration,
    pub elapsed: Duration,
}

/// The counts and the time of a run, under its conditions.
pub(super) struct Meter<'a> {
    pub conditions: Conditions<'a>,
    /// What was evaluated.
    pub counts: Cell<Counts>,
    /// What the method asked for.
    pub asked: Cell<Counts>,
    pub parts: Cell<Parts>,
    pub inside: Cell<Duration>,
    /// Whether the run is at its start, which is evaluated at any cost.
    pub starting: Cell<bool>,
    started: Instant,
    earlier: Duration,
    /// The last point that differenced products were asked for, and the gradient there.
    pub base: RefCell<Option<Base>>,
}

impl<'a> Meter<'a> {
    pub fn new(conditions: Conditions<'a>, spent: Spent) -> Self {
        Self {
            conditions,
            counts: Cell::new(spent.counts),
            asked: Cell::new(spent.asked),
            parts: Cell::new(spent.parts),
            inside: Cell::new(spent.inside),
            starting: Cell::new(false),
            started: Instant::now(),
            earlier: spent.elapsed,
            base: RefCell::default(),
        }
    }

    /// Wall time so far.
    pub fn elapsed(&self) -> Duration {
        self.earlier + self.started.elapsed()
    }

    /// Evaluates, if the conditions allow it, and counts what that took: `nominal`, unless the objective
    /// says otherwise.
    pub fn call<T>(
        &self,
        nominal: impl FnOnce() -> Counts,
        evaluate: impl FnOnce() -> Evaluation<T>,
        taken: impl FnOnce() -> Option<Counts>,
    ) -> Result<T, Interrupt> {
        let before = self.admit()?;
        let result = evaluate();
        self.inside.set(self.inside.get() + before.elapsed());
        let nominal = nominal();
        self.counts.set(self.counts.get() + taken().unwrap_or(nominal));
        result.map_err(Interrupt::from)
    }

    /// The time, unless there may be no more evaluations.
    pub fn admit(&self) -> Result<Instant, Interrupt> {
        let stopping = &self.conditions.stopping;
        if self.conditions.interrupted() {
            return Err(Interrupt::Cancelled);
        }
        let spent = |most| self.counts.get().value >= most;
        if !self.starting.get() && stopping.evaluations.is_some_and(spent) {
            return Err(Interrupt::EvaluationLimit);
        }
        let now = Instant::now();
        if let Some(seconds) = stopping.seconds {
            let spent = self.earlier + now.duration_since(self.started);
            if spent.as_secs_f64() >= seconds {
                return Err(Interrupt::TimeLimit);
            }
        }
        Ok(now)
    }
}
