//! The objective as a method sees it: counted, timed, and within a budget.

mod iterate;

pub use iterate::Iterate;
pub(crate) use iterate::actual_decrease;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock::Instant;
use crate::objective::{
    Bounds, Counts, FiniteSum, Fisher, Gradient, Hessian, HessianProduct, HessianRoot, Objective,
    Residuals, SparseHessian,
};
use ravine_linalg::matrix::{Matrix, SparseMatrix};
use ravine_linalg::{FunctionError, Interrupt};

/// Cases evaluated over subsets that do not yet make up a whole evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Parts {
    gradient: u64,
    hessian_product: u64,
}

/// Limits on what a run may spend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// Most evaluations of the value (fused ones included).
    pub evaluations: Option<u64>,
    /// Most seconds of wall time.
    pub seconds: Option<f64>,
}

/// An objective, lent or given.
pub(crate) enum Held<'a, O: ?Sized> {
    Lent(&'a O),
    Given(Box<O>),
}

impl<O: ?Sized> std::ops::Deref for Held<'_, O> {
    type Target = O;

    fn deref(&self) -> &O {
        match self {
            Self::Lent(objective) => objective,
            Self::Given(objective) => objective,
        }
    }
}

/// An objective that counts and times its evaluations and refuses those beyond the budget.
pub struct Oracle<'a, O: ?Sized> {
    objective: Held<'a, O>,
    budget: Budget,
    cancel: Option<&'a AtomicBool>,
    counts: Cell<Counts>,
    parts: Cell<Parts>,
    inside: Cell<Duration>,
    started: Instant,
    earlier: Duration,
}

impl<'a, O: ?Sized> Oracle<'a, O> {
    /// A fresh count. `cancel`, once true, stops the run before the next evaluation.
    pub fn new(objective: &'a O, budget: Budget, cancel: Option<&'a AtomicBool>) -> Self {
        Self::holding(Held::Lent(objective), budget, cancel)
    }

    pub(crate) fn holding(
        objective: Held<'a, O>,
        budget: Budget,
        cancel: Option<&'a AtomicBool>,
    ) -> Self {
        let counts = (Counts::default(), Parts::default());
        Self::resumed(objective, budget, cancel, counts, Duration::ZERO, Duration::ZERO)
    }

    pub(crate) fn resumed(
        objective: Held<'a, O>,
        budget: Budget,
        cancel: Option<&'a AtomicBool>,
        (counts, parts): (Counts, Parts),
        inside: Duration,
        earlier: Duration,
    ) -> Self {
        Self {
            objective,
            budget,
            cancel,
            counts: Cell::new(counts),
            parts: Cell::new(parts),
            inside: Cell::new(inside),
            started: Instant::now(),
            earlier,
        }
    }

    /// The objective itself; evaluations made on it directly are not counted.
    pub fn objective(&self) -> &O {
        &self.objective
    }

    /// What was evaluated so far.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    pub(crate) fn parts(&self) -> Parts {
        self.parts.get()
    }

    /// Wall time so far, over all parts of a resumed run.
    pub fn elapsed(&self) -> Duration {
        self.earlier + self.started.elapsed()
    }

    /// Time spent inside the user's function.
    pub fn inside(&self) -> Duration {
        self.inside.get()
    }

    fn call<T>(
        &self,
        count: impl FnOnce(&mut Counts),
        evaluate: impl FnOnce(&O) -> Result<T, FunctionError>,
    ) -> Result<T, Interrupt> {
        if self.cancel.is_some_and(|c| c.load(Ordering::Relaxed)) {
            return Err(Interrupt::Cancelled);
        }
        let mut counts = self.counts.get();
        if self.budget.evaluations.is_some_and(|most| counts.value >= most) {
            return Err(Interrupt::EvaluationLimit);
        }
        let before = Instant::now();
        if let Some(seconds) = self.budget.seconds {
            let spent = self.earlier + before.duration_since(self.started);
            if spent.as_secs_f64() >= seconds {
                return Err(Interrupt::TimeLimit);
            }
        }
        let result = evaluate(&self.objective);
        self.inside.set(self.inside.get() + before.elapsed());
        count(&mut counts);
        self.counts.set(counts);
        result.map_err(Interrupt::Function)
    }
}

impl<O: Objective + ?Sized> Oracle<'_, O> {
    /// The number of variables n.
    pub fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    /// See [`Objective::bounds`].
    pub fn bounds(&self) -> Option<&Bounds> {
        self.objective.bounds()
    }

    /// See [`Objective::value`].
    pub fn value(&self, x: &O::Point) -> Result<f64, Interrupt> {
        self.call(|c| c.value += 1, |f| f.value(x))
    }
}

impl<O: Gradient + ?Sized> Oracle<'_, O> {
    /// See [`Gradient::value_and_gradient`].
    pub fn value_and_gradient(
        &self,
        x: &O::Point,
        gradient: &mut O::Point,
    ) -> Result<f64, Interrupt> {
        let count = |c: &mut Counts| {
            c.value += 1;
            c.gradient += 1;
        };
        self.call(count, |f| f.value_and_gradient(x, gradient))
    }
}

impl<O: HessianProduct + ?Sized> Oracle<'_, O> {
    /// See [`HessianProduct::hessian_product`].
    pub fn hessian_product(
        &self,
        x: &O::Point,
        direction: &O::Point,
        product: &mut O::Point,
    ) -> Result<(), Interrupt> {
        self.call(|c| c.hessian_product += 1, |f| f.hessian_product(x, direction, product))
    }
}

impl<O: Hessian + ?Sized> Oracle<'_, O> {
    /// See [`Hessian::hessian`].
    pub fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|c| c.hessian += 1, |f| f.hessian(x, hessian))
    }
}

impl<O: SparseHessian + ?Sized> Oracle<'_, O> {
    /// See [`SparseHessian::sparse_hessian_pattern`]; not counted.
    pub fn sparse_hessian_pattern(&self, x: &[f64]) -> Result<SparseMatrix, Interrupt> {
        self.call(|_| (), |f| f.sparse_hessian_pattern(x))
    }

    /// See [`SparseHessian::sparse_hessian`].
    pub fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Result<(), Interrupt> {
        self.call(|c| c.hessian += 1, |f| f.sparse_hessian(x, hessian))
    }
}

impl<O: Residuals + ?Sized> Oracle<'_, O> {
    /// See [`Residuals::residuals`].
    pub fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Result<(), Interrupt> {
        self.call(|c| c.value += 1, |f| f.residuals(x, residuals))
    }

    /// See [`Residuals::residuals_and_jacobian`].
    pub fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Result<(), Interrupt> {
        let count = |c: &mut Counts| {
            c.value += 1;
            c.gradient += 1;
        };
        self.call(count, |f| f.residuals_and_jacobian(x, residuals, jacobian))
    }
}

impl<O: Fisher + ?Sized> Oracle<'_, O> {
    /// See [`Fisher::fisher`].
    pub fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|c| c.hessian += 1, |f| f.fisher(x, fisher))
    }
}

/// Adds `cases` of `all` to `part`; how many wholes that completes.
fn complete(part: &mut u64, cases: usize, all: usize) -> u64 {
    let all = all.max(1) as u64;
    *part += cases as u64;
    let wholes = *part / all;
    *part %= all;
    wholes
}

impl<O: FiniteSum + ?Sized> Oracle<'_, O> {
    /// See [`FiniteSum::cases`].
    pub fn cases(&self) -> usize {
        self.objective.cases()
    }

    /// See [`FiniteSum::subset_value_and_gradient`].
    pub fn subset_value_and_gradient(
        &self,
        x: &O::Point,
        cases: &[usize],
        gradient: &mut O::Point,
    ) -> Result<f64, Interrupt> {
        let count = |c: &mut Counts| self.count_gradients(c, cases.len());
        self.call(count, |f| f.subset_value_and_gradient(x, cases, gradient))
    }

    /// See [`FiniteSum::subset_hessian_product`].
    pub fn subset_hessian_product(
        &self,
        x: &O::Point,
        cases: &[usize],
        direction: &O::Point,
        product: &mut O::Point,
    ) -> Result<(), Interrupt> {
        let count = |c: &mut Counts| {
            let mut parts = self.parts.get();
            c.hessian_product += complete(&mut parts.hessian_product, cases.len(), self.cases());
            self.parts.set(parts);
        };
        self.call(count, |f| f.subset_hessian_product(x, cases, direction, product))
    }

    /// See [`FiniteSum::case_gradient`].
    pub fn case_gradient(
        &self,
        x: &O::Point,
        case: usize,
        gradient: &mut O::Point,
    ) -> Result<(), Interrupt> {
        self.call(|c| self.count_gradients(c, 1), |f| f.case_gradient(x, case, gradient))
    }

    fn count_gradients(&self, counts: &mut Counts, cases: usize) {
        let mut parts = self.parts.get();
        let wholes = complete(&mut parts.gradient, cases, self.cases());
        self.parts.set(parts);
        counts.value += wholes;
        counts.gradient += wholes;
    }
}

impl<O: HessianRoot + ?Sized> Oracle<'_, O> {
    /// See [`HessianRoot::root_rows`].
    pub fn root_rows(&self) -> usize {
        self.objective.root_rows()
    }

    /// See [`HessianRoot::root_block`]; not counted.
    pub fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|_| (), |f| f.root_block(x, first, block))
    }

    /// See [`HessianRoot::root_diagonal`]; it stands for the whole root and is counted.
    pub fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Result<(), Interrupt> {
        self.call(|c| c.hessian += 1, |f| f.root_diagonal(x, diagonal))
    }
}
