//! The objective as a method sees it: counted, timed, and under the conditions of a run.

mod differences;
mod first;
mod iterate;
mod meter;
mod need;
mod newton;
mod second;

pub use differences::FiniteDifferences;
pub use iterate::Iterate;
pub(crate) use iterate::{NOISE, actual_decrease};
pub(crate) use meter::Spent;
use meter::{Meter, Share};

use std::rc::Rc;
use std::time::Duration;

use crate::conditions::Conditions;
use crate::objective::finite_difference::newton::Newton;
use crate::objective::finite_difference::steps::Ask;
use crate::objective::{
    Bounds, CaseGradients, Counts, DrawnGradients, Evaluation, FiniteSum, Fisher,
    GaussNewtonProduct, Gradient, Hessian, HessianProduct, HessianRoot, Objective, Over, Residuals,
    SparseHessian, Supplies,
};
use ravine_linalg::matrix::{Matrix, SparseMatrix};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Threads};

/// An objective, lent, given or shared.
pub(crate) enum Held<'a, O: ?Sized> {
    Lent(&'a O),
    Given(Box<O>),
    Shared(Rc<O>),
}

impl<O: ?Sized> std::ops::Deref for Held<'_, O> {
    type Target = O;

    fn deref(&self) -> &O {
        match self {
            Self::Lent(objective) => objective,
            Self::Given(objective) => objective,
            Self::Shared(objective) => objective,
        }
    }
}

fn finite(entries: &[f64]) -> bool {
    entries.iter().all(|entry| entry.is_finite())
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
    /// What an evaluation counts as, where the objective is a batch of a sum.
    share: Option<Share>,
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
        Self { objective, meter, counting: Counting::Plain, share: None }
    }

    /// Nothing is spent any more.
    pub(crate) fn begin_again(&self) {
        self.meter.begin_again();
    }

    /// Calls `start`, whose evaluations count, but are made also beyond the budgets of
    /// evaluations and time.
    pub(crate) fn starting<T>(&self, start: impl FnOnce(&Self) -> T) -> T {
        self.beyond_budgets(true);
        let started = start(self);
        self.beyond_budgets(false);
        started
    }

    /// Whether evaluations that follow are made also beyond the budgets.
    pub(crate) fn beyond_budgets(&self, beyond: bool) {
        self.meter.starting.set(beyond);
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

    /// All that a checkpoint needs of counts and times.
    pub(crate) fn spent(&self) -> Spent {
        self.meter.spent()
    }

    /// Refuses so many of the last evaluations of the budget, until told otherwise.
    pub(crate) fn keep_back(&self, evaluations: u64) {
        self.meter.kept_back.set(evaluations);
    }

    /// Wall time so far, over all parts of a resumed run.
    pub fn elapsed(&self) -> Duration {
        self.meter.elapsed()
    }

    /// The error of the last gradient, where that was had by differences; else 0.
    pub(crate) fn gradient_error(&self) -> f64 {
        if !cfg!(feature = "differences") {
            return 0.0;
        }
        let error = self.meter.steps.borrow().error;
        // Of an error that nothing is known of, only that there is one.
        if error.is_finite() { error } else { f64::MIN_POSITIVE }
    }

    /// Up to which a gradient by differences may as well be zero: twice its error, or where that comes from
    /// measured noise, once.
    pub(crate) fn gradient_may_be(&self) -> f64 {
        if self.noise() > 0.0 { self.gradient_error() } else { 2.0 * self.gradient_error() }
    }

    /// Whether the last gradient was had by differences whose error nothing is known of.
    pub(crate) fn gradient_error_is_unknown(&self) -> bool {
        !self.meter.steps.borrow().error.is_finite()
    }

    /// The noise of values beyond their rounding, where it was measured; else 0.
    pub(crate) fn noise(&self) -> f64 {
        if cfg!(feature = "differences") { self.meter.steps.borrow().noise } else { 0.0 }
    }

    /// Whether gradients come from differences of values, which were not measured at a point of this value or a
    /// lower one.
    pub(crate) fn may_measure(&self, value: f64) -> bool {
        let steps = self.meter.steps.borrow();
        // In noise a value says little of which point is the lower one.
        let lower = value != steps.measured_at && value <= steps.measured_at + 4.0 * steps.noise;
        steps.known() && (steps.measured == 0 || (steps.measured < 6 && lower))
    }

    /// Whether differences of values have seen no change at the last gradient, or none of some variable and may
    /// look farther away for it.
    pub(crate) fn differences_are_blind(&self) -> bool {
        let steps = self.meter.steps.borrow();
        steps.flat || (steps.measured == 0 && !steps.unseen().is_empty())
    }

    /// What a step along one variable gains at the last gradient by differences of values, with the curvatures
    /// that they have seen: so much at least is left; and what it may gain with their errors.
    pub(crate) fn gains_by_differences(&self) -> [f64; 2] {
        if cfg!(feature = "differences") { self.meter.steps.borrow().gains } else { [0.0; 2] }
    }

    /// The next gradient by differences of values, at a point where those have this noise, is measured: by the
    /// steps that are best there, with its error; and comes with a model where that is asked, or where there is noise.
    pub(crate) fn measure_next(&self, value: f64, noise: f64, ask: Ask) {
        let mut steps = self.meter.steps.borrow_mut();
        let more = noise > 16.0 * f64::EPSILON * value.abs();
        steps.noise = if more { noise } else { 0.0 };
        (steps.ask, steps.measured_at) = (ask, value);
        // In noise nothing but a model tells what is left.
        if more && steps.may_be_modelled() {
            steps.ask = Ask::Model;
        }
    }

    /// Where a gradient was measured at a point of this value, its error holds, whatever gradients were had
    /// elsewhere since.
    pub(crate) fn recall_measured(&self, value: f64) {
        self.meter.steps.borrow_mut().recall(value);
    }

    /// Whether gradients come from differences of values, of so few variables that values show a model, and no
    /// model was had at a point of this value or a lower one.
    pub(crate) fn may_model(&self, value: f64) -> bool {
        let steps = self.meter.steps.borrow();
        let lower = steps.models == 0 || (steps.models < 6 && value < steps.modelled_at);
        steps.known() && lower && steps.may_be_modelled()
    }

    /// The model that the last gradient by differences of values came with.
    pub(crate) fn take_newton(&self) -> Option<Newton> {
        self.meter.steps.borrow_mut().newton.take()
    }

    /// The relative error of the last Hessian, or of the first product, that was had by differences: see
    /// [`FiniteDifferences::hessian_error`].
    pub fn hessian_error(&self) -> Option<f64> {
        self.meter.second.borrow().error
    }

    /// Whether the second derivatives that were asked for last were finite.
    pub(crate) fn curvature_is_finite(&self) -> bool {
        self.meter.curvature_is_finite.get()
    }

    /// Time spent inside the user's function. Where an evaluation takes less than half a microsecond, one in
    /// sixteen is timed and stands for the others: reading the clock would take longer than they do.
    pub fn inside(&self) -> Duration {
        self.meter.inside.get().min(self.elapsed())
    }

    /// Whether an evaluation would be made now: for those who work long between two.
    ///
    /// # Errors
    ///
    /// The interrupt that refuses it.
    pub fn check(&self) -> Result<(), Interrupt> {
        self.meter.admit()
    }
}

impl<O: Objective + ?Sized> Oracle<'_, O> {
    /// The precision of values like this, relative to them: that of their type, or their measured noise.
    pub(crate) fn precision(&self, value: f64) -> f64 {
        let noise = self.noise();
        let relative = noise / value.abs().max(f64::MIN_POSITIVE);
        O::Point::EPSILON.max(relative.min(f64::MAX))
    }

    /// What rounding or noise make of a value like this.
    pub(crate) fn rounding(&self, value: f64) -> f64 {
        self.precision(value) * value.abs()
    }

    #[inline]
    fn call<T>(
        &self,
        counts: impl FnOnce() -> Counts,
        evaluate: impl FnOnce(&O) -> Evaluation<T>,
    ) -> Result<T, Interrupt> {
        let Self { objective, meter, counting, share } = self;
        let count = || {
            let counts = meter.whole(counts(), *share);
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

    /// An evaluation of a kind of its own, which counts as `counts`: for methods and objectives from outside that
    /// share more than the traits of this crate say.
    ///
    /// ```
    /// use ravine::objective::Counts;
    /// use ravine::oracle::Oracle;
    /// use ravine::{Objective, Stopping};
    ///
    /// let f = ravine::objective!(1, |x| x[0].cosh());
    /// let oracle = Oracle::new(&f, Stopping::default());
    /// let slope = oracle.evaluate(Counts::HESSIAN_PRODUCT, |f| {
    ///     Ok((f.value(&vec![1e-3])? - f.value(&vec![0.0])?) / 1e-3)
    /// })?;
    /// assert!(slope < 1e-3 && oracle.counts().hessian_product == 1);
    /// # Ok::<(), ravine::Interrupt>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn evaluate<T>(
        &self,
        counts: Counts,
        evaluate: impl FnOnce(&O) -> Evaluation<T>,
    ) -> Result<T, Interrupt> {
        self.call(|| counts, evaluate)
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

impl Oracle<'_, dyn Supplies + '_> {
    /// How many threads may evaluate the objective at once.
    pub(crate) fn threads(&self) -> usize {
        self.objective.as_shared().map_or(1, |_| Threads::current().count())
    }

    /// Values at several points, split among the threads that may evaluate. Beyond the budget, one by one
    /// up to it.
    pub(crate) fn values(&self, points: &[Vec<f64>]) -> Result<Vec<f64>, Interrupt> {
        let wanted = points.len() as u64;
        let most = self.conditions().stopping.evaluations;
        let spent = self.counts().value.saturating_add(wanted);
        let shared = self.objective.as_shared().filter(|_| most.is_none_or(|most| spent <= most));
        let threads = Threads::current().count();
        match shared {
            Some(shared) if threads > 1 && points.len() > 1 => {
                let counts = Counts { value: wanted, ..Counts::default() };
                let parts = points.chunks(points.len().div_ceil(threads)).collect();
                self.call(
                    || counts,
                    |_| {
                        let of_part = |points: &[Vec<f64>]| -> Evaluation<Vec<f64>> {
                            points.iter().map(|x| shared.value(x)).collect()
                        };
                        let parts: Evaluation<Vec<_>> =
                            Threads::each(parts, of_part).into_iter().collect();
                        Ok(parts?.concat())
                    },
                )
            }
            _ => points.iter().map(|x| self.value(x)).collect(),
        }
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

    /// The value where it pays to ask for it before the gradient, as
    /// [`gradient_follows_value`](Gradient::gradient_follows_value) says; else `None`, and nothing is
    /// evaluated.
    pub fn value_first(&self, x: &O::Point) -> Result<Option<f64>, Interrupt> {
        // Of the library's own objectives only differences say so: without them this, and the searches that
        // use it, are no part of the program.
        let follows = cfg!(feature = "differences") && self.objective().gradient_follows_value();
        follows.then(|| self.value(x)).transpose()
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
        self.call(|| Counts::HESSIAN_PRODUCT, |f| f.hessian_product(x, direction, product))?;
        self.meter.curvature_is_finite.set(product.is_finite() || !direction.is_finite());
        Ok(())
    }
}

impl<O: Hessian + ?Sized> Oracle<'_, O> {
    /// See [`Hessian::hessian`].
    pub fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.hessian(x, hessian))?;
        self.meter.curvature_is_finite.set(finite(hessian.entries()));
        Ok(())
    }
}

impl<O: SparseHessian + ?Sized> Oracle<'_, O> {
    /// See [`SparseHessian::sparse_hessian_pattern`]; not counted.
    pub fn sparse_hessian_pattern(&self, x: &[f64]) -> Result<SparseMatrix, Interrupt> {
        self.call(Counts::default, |f| f.sparse_hessian_pattern(x))
    }

    /// See [`SparseHessian::sparse_hessian`].
    pub fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.sparse_hessian(x, hessian))?;
        self.meter.curvature_is_finite.set(finite(hessian.values()));
        Ok(())
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

    /// See [`Residuals::jacobian_alone`]: `false`, and nothing is counted, where it is not to be had.
    pub fn jacobian_alone(&self, x: &[f64], jacobian: &mut Matrix) -> Result<bool, Interrupt> {
        let done = std::cell::Cell::new(false);
        let counts = || Counts { gradient: u64::from(done.get()), ..Counts::default() };
        self.call(counts, |f| {
            done.set(f.jacobian_alone(x, jacobian)?);
            Ok(done.get())
        })
    }

    /// See [`Residuals::sparse_jacobian_pattern`]; not counted.
    pub fn sparse_jacobian_pattern(&self, x: &[f64]) -> Result<Option<SparseMatrix>, Interrupt> {
        self.call(Counts::default, |f| f.sparse_jacobian_pattern(x))
    }

    /// See [`Residuals::residuals_and_sparse_jacobian`].
    pub fn residuals_and_sparse_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut SparseMatrix,
    ) -> Result<(), Interrupt> {
        self.call(|| Counts::FUSED, |f| f.residuals_and_sparse_jacobian(x, residuals, jacobian))
    }
}

impl<O: Fisher + ?Sized> Oracle<'_, O> {
    /// See [`Fisher::fisher`].
    pub fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN, |f| f.fisher(x, fisher))
    }
}

impl<O: GaussNewtonProduct + ?Sized> Oracle<'_, O> {
    /// See [`GaussNewtonProduct::gauss_newton_product`]; counted as a Hessian product.
    pub fn gauss_newton_product(
        &self,
        x: &O::Point,
        direction: &O::Point,
        product: &mut O::Point,
    ) -> Result<(), Interrupt> {
        self.call(|| Counts::HESSIAN_PRODUCT, |f| f.gauss_newton_product(x, direction, product))
    }
}

impl<'a, O: FiniteSum + ?Sized> Oracle<'a, O> {
    /// See [`FiniteSum::cases`].
    pub fn cases(&self) -> usize {
        self.objective.cases()
    }

    /// The oracle of a batch of this sum, on the same account: counts, conditions and time are those of
    /// this one, and evaluations over as many cases as there are count as one.
    ///
    /// ```
    /// use ravine::Interrupt;
    /// use ravine::curvature::HessianAt;
    /// use ravine::objective::{BatchHessianProduct, Over};
    /// use ravine::operator::LinearOperator;
    /// use ravine::oracle::Oracle;
    ///
    /// /// What some cases say of the curvature along a direction.
    /// fn curvature<S: BatchHessianProduct<Point = Vec<f64>>>(
    ///     oracle: &Oracle<'_, S>,
    ///     x: &Vec<f64>,
    ///     d: &Vec<f64>,
    ///     cases: &[usize],
    /// ) -> Result<f64, Interrupt> {
    ///     let batch = Over::new(oracle.objective(), cases);
    ///     let mut product = d.clone();
    ///     HessianAt { oracle: &oracle.batch(&batch), x }.apply(d, &mut product)?;
    ///     Ok(product.iter().zip(d).map(|(p, d)| p * d).sum())
    /// }
    /// ```
    pub fn batch<'b>(&self, batch: &'b Over<'b, O>) -> Oracle<'b, Over<'b, O>>
    where
        'a: 'b,
    {
        self.on_the_account(Held::Lent(batch), batch.cases())
    }

    /// [`batch`](Self::batch) of one that can be changed.
    pub(crate) fn batch_given<'b>(&self, batch: Over<'b, O>) -> Oracle<'b, Over<'b, O>>
    where
        'a: 'b,
    {
        let cases = batch.cases();
        self.on_the_account(Held::Given(Box::new(batch)), cases)
    }

    fn on_the_account<'b, P: ?Sized>(&self, part: Held<'b, P>, cases: usize) -> Oracle<'b, P>
    where
        'a: 'b,
    {
        let (meter, share) = (self.meter.clone(), Some(self.share(cases)));
        Oracle { objective: part, meter, counting: self.counting, share }
    }

    /// So many cases of all; of a batch, of all that its sum has.
    fn share(&self, cases: usize) -> Share {
        let all = self.share.map_or(self.cases() as u64, |share| share.all);
        Share { cases: cases as u64, all }
    }
}

impl<S: FiniteSum + ?Sized> Oracle<'_, Over<'_, S>> {
    /// Changes the batch, of an oracle that was given it.
    pub(crate) fn change_batch(&mut self, change: impl FnOnce(&mut Vec<usize>)) {
        if let Held::Given(batch) = &mut self.objective {
            change(batch.batch_mut());
            self.share = Some(self.share(self.cases()));
        }
    }
}

impl<O: CaseGradients + ?Sized> Oracle<'_, O> {
    /// See [`CaseGradients::case_gradient`]; N of them count as one value and gradient.
    pub fn case_gradient(
        &self,
        x: &O::Point,
        case: usize,
        gradient: &mut O::Point,
    ) -> Result<(), Interrupt> {
        // A case for itself, of a sum as of a batch.
        let (objective, meter, share) = (&self.objective, &self.meter, Some(self.share(1)));
        let one = Oracle {
            objective: Held::Lent(&**objective),
            meter: Rc::clone(meter),
            counting: self.counting,
            share,
        };
        one.call(|| Counts::FUSED, |f| f.case_gradient(x, case, gradient))
    }
}

impl<O: DrawnGradients + ?Sized> Oracle<'_, O> {
    /// See [`DrawnGradients::drawn_gradient`]; all of them together count as one value and gradient.
    pub fn drawn_gradients(
        &self,
        x: &O::Point,
        random: &mut Random,
        gradients: &mut [O::Point],
    ) -> Result<(), Interrupt> {
        self.call(
            || Counts::FUSED,
            |f| gradients.iter_mut().try_for_each(|g| f.drawn_gradient(x, random, g)),
        )
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
