//! The objective as a method sees it: counted, timed, and under the conditions of a run.

mod differences;
mod iterate;
mod meter;
mod need;

pub use differences::FiniteDifferences;
pub use iterate::Iterate;
pub(crate) use iterate::{NOISE, actual_decrease};
use meter::Meter;
pub(crate) use meter::{Parts, Spent};

use std::rc::Rc;
use std::time::Duration;

use crate::conditions::Conditions;
use crate::objective::{
    Bounds, Counts, Evaluation, FiniteSum, Fisher, Gradient, Hessian, HessianProduct, HessianRoot,
    Objective, Residuals, SparseHessian,
};
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// An objective, lent or shared.
pub(crate) enum Held<'a, O: ?Sized> {
    Lent(&'a O),
    Shared(Rc<O>),
}

impl<O: ?Sized> std::ops::Deref for Held<'_, O> {
    type Target = O;

    fn deref(&self) -> &O {
        match self {
            Self::Lent(objective) => objective,
            Self::Shared(objective) => objective,
        }
    }
}

/// Who asks, and where evaluations are counted.
#[derive(Clone, Copy)]
enum Counting {
    /// A method asks, and the objective evaluates.
    Plain,
    /// A method asks for what is had by differences, which are counted where they evaluate.
    Asked,
    /// A difference evaluates.
    Difference,
}

/// An objective that counts and times its evaluations and refuses those beyond the budget.
///
/// ```
/// use ravine::Stopping;
/// use ravine::oracle::Oracle;
///
/// let f = ravine::objective!(1, |x| x[0].cosh());
/// let oracle = Oracle::new(&f, Stopping { evaluations: Some(1), ..Stopping::default() });
/// assert_eq!(oracle.value(&vec![0.0])?, 1.0);
/// assert!(oracle.value(&vec![0.0]).is_err());
/// assert_eq!(oracle.counts().value, 1);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
pub struct Oracle<'a, O: ?Sized> {
    objective: Held<'a, O>,
    meter: Rc<Meter<'a>>,
    counting: Counting,
}

impl<'a, O: ?Sized> Oracle<'a, O> {
    /// A fresh count, under these conditions: its budget, its bounds, and who may end it.
    pub fn new(objective: &'a O, conditions: impl Into<Conditions<'a>>) -> Self {
        Self::holding(Held::Lent(objective), conditions.into(), Spent::default())
    }

    /// [`new`](Self::new), with a share of the objective.
    pub fn sharing(objective: Rc<O>, conditions: impl Into<Conditions<'a>>) -> Self {
        Self::holding(Held::Shared(objective), conditions.into(), Spent::default())
    }

    pub(crate) fn holding(
        objective: Held<'a, O>,
        conditions: Conditions<'a>,
        spent: Spent,
    ) -> Self {
        let meter = Rc::new(Meter::new(conditions, spent));
        Self { objective, meter, counting: Counting::Plain }
    }

    /// Calls `start`, whose evaluations count, but are made also beyond the budget of evaluations.
    pub(crate) fn starting<T>(&self, start: impl FnOnce(&Self) -> T) -> T {
        self.meter.starting.set(true);
        let started = start(self);
        self.meter.starting.set(false);
        started
    }

    /// The objective itself; evaluations made on it directly are not counted.
    pub fn objective(&self) -> &O {
        &self.objective
    }

    /// The conditions of the run.
    pub fn conditions(&self) -> &Conditions<'a> {
        &self.meter.conditions
    }

    /// The bounds of the run.
    pub fn bounds(&self) -> Option<&Bounds> {
        self.meter.conditions.bounds.as_ref()
    }

    /// What was evaluated so far.
    pub fn counts(&self) -> Counts {
        self.meter.counts.get()
    }

    /// What was asked for so far: a gradient by differences is one gradient, whatever it took.
    pub fn asked(&self) -> Counts {
        self.meter.asked.get()
    }

    pub(crate) fn parts(&self) -> Parts {
        self.meter.parts.get()
    }

    /// Wall time so far, over all parts of a resumed run.
    pub fn elapsed(&self) -> Duration {
        self.meter.elapsed()
    }

    /// Time spent inside the user's function.
    pub fn inside(&self) -> Duration {
        self.meter.inside.get()
    }

    /// Whether an evaluation would be made now: for those who work long between two.
    ///
    /// # Errors
    ///
    /// The interrupt that refuses it.
    pub fn check(&self) -> Result<(), Interrupt> {
        self.meter.admit().map(drop)
    }
}

impl<O: Objective + ?Sized> Oracle<'_, O> {
    fn call<T>(
        &self,
        counts: impl FnOnce() -> Counts,
        evaluate: impl FnOnce(&O) -> Evaluation<T>,
    ) -> Result<T, Interrupt> {
        let Self { objective, meter, counting } = self;
        let count = || {
            let counts = counts();
            if !matches!(counting, Counting::Difference) {
                meter.asked.set(meter.asked.get() + counts);
            }
            counts
        };
        match counting {
            Counting::Plain | Counting::Difference => {
                meter.call(count, || evaluate(objective), || objective.taken())
            }
            Counting::Asked => {
                let result = evaluate(objective);
                count();
                result.map_err(Interrupt::from)
            }
        }
    }

    /// The number of variables n.
    pub fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    /// See [`Objective::value`].
    pub fn value(&self, x: &O::Point) -> Result<f64, Interrupt> {
        self.call(|| Counts::VALUE, |f| f.value(x))
    }
}

impl<O: Gradient + ?Sized> Oracle<'_, O> {
    /// See [`Gradient::value_and_gradient`].
    pub fn value_and_gradient(
        &self,
        x: &O::Point,
        gradient: &mut O::Point,
    ) -> Result<f64, Interrupt> {
        self.call(|| Counts::FUSED, |f| f.value_and_gradient(x, gradient))
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
        self.call(|| Counts::HESSIAN_PRODUCT, |f| f.hessian_product(x, direction, product))
    }
}

impl<O: Hessian + ?Sized> Oracle<'_, O> {
    /// See [`Hessian::hessian`].
    pub fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.hessian(x, hessian))
    }
}

impl<O: SparseHessian + ?Sized> Oracle<'_, O> {
    /// See [`SparseHessian::sparse_hessian_pattern`]; not counted.
    pub fn sparse_hessian_pattern(&self, x: &[f64]) -> Result<SparseMatrix, Interrupt> {
        self.call(Counts::default, |f| f.sparse_hessian_pattern(x))
    }

    /// See [`SparseHessian::sparse_hessian`].
    pub fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.sparse_hessian(x, hessian))
    }
}

impl<O: Residuals + ?Sized> Oracle<'_, O> {
    /// See [`Residuals::residuals`].
    pub fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Result<(), Interrupt> {
        self.call(|| Counts::VALUE, |f| f.residuals(x, residuals))
    }

    /// See [`Residuals::residuals_and_jacobian`].
    pub fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Result<(), Interrupt> {
        self.call(|| Counts::FUSED, |f| f.residuals_and_jacobian(x, residuals, jacobian))
    }
}

impl<O: Fisher + ?Sized> Oracle<'_, O> {
    /// See [`Fisher::fisher`].
    pub fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.fisher(x, fisher))
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
        let count = || self.count_gradients(cases.len());
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
        let count = || {
            let mut parts = self.meter.parts.get();
            let wholes = complete(&mut parts.hessian_product, cases.len(), self.cases());
            self.meter.parts.set(parts);
            Counts { hessian_product: wholes, ..Counts::default() }
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
        self.call(|| self.count_gradients(1), |f| f.case_gradient(x, case, gradient))
    }

    fn count_gradients(&self, cases: usize) -> Counts {
        let mut parts = self.meter.parts.get();
        let wholes = complete(&mut parts.gradient, cases, self.cases());
        self.meter.parts.set(parts);
        Counts { value: wholes, gradient: wholes, ..Counts::default() }
    }
}

impl<O: HessianRoot + ?Sized> Oracle<'_, O> {
    /// See [`HessianRoot::root_rows`].
    pub fn root_rows(&self) -> usize {
        self.objective.root_rows()
    }

    /// See [`HessianRoot::root_block`]; not counted.
    pub fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Result<(), Interrupt> {
        self.call(Counts::default, |f| f.root_block(x, first, block))
    }

    /// See [`HessianRoot::root_diagonal`]; it stands for the whole root and is counted.
    pub fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.root_diagonal(x, diagonal))
    }
}
