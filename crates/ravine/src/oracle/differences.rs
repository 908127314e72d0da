//! Derivatives that are missing, from differences of those that are there.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Counting, Held, Oracle};
use crate::objective::finite_difference::second::SecondSteps;
use crate::objective::finite_difference::stencil::{Room, stencils};
use crate::objective::{
    Bounds, Differences, Evaluation, Gradient, Gradients, Hessian, HessianProduct, HessianProducts,
    Hessians, Loss, Objective, Residuals, SumOfSquares, Supplies,
};
use ravine_linalg::matrix::{Matrix, SparseMatrix};
use ravine_linalg::{ArgumentError, FunctionError, Interrupt};

/// An objective with what it lacks supplied by finite differences.
///
/// What the objective has is passed on. A missing gradient comes from differences of values, one
/// variable at a time; missing Hessian products from differences of gradients along the direction;
/// a missing Hessian from products, or else from differences of gradients, made symmetric. Without
/// a gradient, a Hessian comes from `n^2 + 3 n + 1` values, with half of the digits at best, and a product from
/// about 2n (forward) or 4n (central) of them. How far second derivatives are off is measured:
/// [`hessian_error`](Self::hessian_error).
///
/// # Steps
///
/// With `e = 2^-52`, gradients are forward differences with steps that balance rounding against
/// the curvature of the variable, which the first gradient, a central one, tells: `2 sqrt(e |f| / L)`
/// for `|d^2 f / dx_i^2| = L`. The first gradient also finds the length over which each variable changes the
/// function: it begins with steps of `e^(1/3) |x_i|` (`e^(1/3) typical` at 0), makes them longer where
/// values do not show them, and shorter where the function turns within them. Where the gradient
/// comes close to the error of forward differences, central ones follow. Before a run ends by them they are
/// measured: with the noise of values there, with steps that grow for as long as they show no other derivative,
/// and with a look farther away along variables that no value has shown. Where the gradient is zero to the error
/// that this leaves, the run has converged: values show no more.
///
/// Along a direction d second derivatives have the displacement `t d`, with which no variable moves by
/// more than `e^p |x_i|`, or `e^p typical` from 0:
///
/// | | forward | central |
/// |---|---|---|
/// | gradients to product | p = 1/2, relative error about 1e-8 | 1/3, about 1e-10 |
/// | values to second derivatives | 1/4, about 1e-4 | 1/4, about 1e-8 |
///
/// Points stay within the bounds: next to a bound, differences are taken to the other side, and
/// between two close ones with a shorter step; a fixed variable has derivative 0. Where the
/// function is not finite on one side, the other is tried.
///
/// Sources: Nocedal and Wright, Numerical Optimization (2006), section 8.1; More and Wild, Estimating
/// derivatives of noisy simulations (2012); Shi, Xie, Xuan and Nocedal, Adaptive finite-difference
/// interval estimation (2022).
///
/// # Counts
///
/// Every evaluation that a difference takes is one on the oracle: counted as what it is, a value or a
/// gradient, within the budget, and refused once the run is cancelled.
///
/// # Example
///
/// ```
/// use ravine::Conditions;
/// use ravine::objective::{Gradient, Supplies, from_value};
/// use ravine::oracle::{FiniteDifferences, Oracle};
///
/// let f = from_value(2, |x: &[f64]| x[0].exp() * x[1]);
/// let f: &dyn Supplies = &f;
/// let oracle = Oracle::new(f, Conditions::default());
/// let f = FiniteDifferences::new(&oracle)?;
/// let mut gradient = vec![0.0; 2];
/// f.value_and_gradient(&vec![0.0, 3.0], &mut gradient)?;
/// assert!((gradient[0] - 3.0).abs() < 1e-9 && (gradient[1] - 1.0).abs() < 1e-9);
/// assert_eq!(oracle.counts().value, 5);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub struct FiniteDifferences<'r> {
    pub(super) oracle: Oracle<'r, dyn Supplies + 'r>,
    pub(super) differences: Differences,
}

/// The last point that products were asked for, and the gradient there.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Base {
    x: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'r> FiniteDifferences<'r> {
    /// What the oracle's objective lacks, by the differences that its conditions name, or else central
    /// ones, within its bounds.
    ///
    /// # Errors
    ///
    /// If the conditions cannot be used.
    pub fn new(oracle: &'r Oracle<'r, dyn Supplies + 'r>) -> Result<Self, ArgumentError> {
        oracle.conditions().validate(oracle.dimension())?;
        Ok(Self::unchecked(oracle))
    }

    /// Under conditions that are known to be good.
    pub(super) fn unchecked(oracle: &'r Oracle<'r, dyn Supplies + 'r>) -> Self {
        let differences = oracle.conditions().differences.clone().unwrap_or_default();
        let (objective, meter) = (Held::Lent(oracle.objective()), Rc::clone(&oracle.meter));
        let (counting, share) = (Counting::Difference, oracle.share);
        Self { oracle: Oracle { objective, meter, counting, share }, differences }
    }

    /// The error of the last Hessian by differences, or of the first product, relative to its largest entry, each
    /// entry in the units of its variables; `None` where none was taken.
    ///
    /// A Hessian is compared with itself, for it must be symmetric; the first, and one that is not symmetric to
    /// `1e-4`, also with a product along all variables with another step. Where they differ, the step of each
    /// variable is looked for that is long enough for the noise and short enough for the function. The first product
    /// is compared with one with a fourth of the step. What remains is this error: beyond `1e-3` it is worth a
    /// warning.
    ///
    /// ```
    /// use ravine::Conditions;
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::{Hessian, Supplies, from_value};
    /// use ravine::oracle::{FiniteDifferences, Oracle};
    ///
    /// let f = from_value(2, |x: &[f64]| (x[0] * x[1]).exp());
    /// let f: &dyn Supplies = &f;
    /// let oracle = Oracle::new(f, Conditions::default());
    /// let f = FiniteDifferences::new(&oracle)?;
    /// let mut hessian = Matrix::zeros(2, 2);
    /// f.hessian(&[0.0, 1.0], &mut hessian)?;
    /// let error = f.hessian_error().unwrap();
    /// assert!((hessian[(0, 1)] - 1.0).abs() <= error && error < 1e-3);
    /// # Ok::<(), ravine::FunctionError>(())
    /// ```
    pub fn hessian_error(&self) -> Option<f64> {
        self.oracle.hessian_error()
    }

    pub(super) fn bounds(&self) -> Option<&Bounds> {
        self.oracle.bounds()
    }

    pub(super) fn has_gradient(&self) -> bool {
        self.oracle.objective().as_gradient().is_some()
    }

    pub(super) fn has_products(&self) -> bool {
        self.oracle.objective().as_hessian_product().is_some()
    }

    pub(super) fn values(&self, points: &[Vec<f64>]) -> Evaluation<Vec<f64>> {
        Ok(self.oracle.values(points)?)
    }

    pub(super) fn meter_second(&self) -> &RefCell<SecondSteps> {
        &self.oracle.meter.second
    }

    /// A gradient whose differences give second derivatives.
    pub(super) fn gradient_for_differences(
        &self,
        x: &Vec<f64>,
        gradient: &mut Vec<f64>,
    ) -> Evaluation {
        if self.has_gradient() {
            self.value_and_gradient(x, gradient)?;
            return Ok(());
        }
        let value = self.oracle.value(x)?;
        let all: Vec<usize> = (0..x.len()).collect();
        let step = |i: usize| self.differences.second_step() * self.differences.size(x[i]);
        let scheme = self.differences.scheme;
        self.differentiate_values(x, value, scheme, &all, step, gradient, |_, _| ())
    }

    /// `product = H d` from gradients at `x + t d` and around there, t near the step.
    pub(super) fn differentiate_along(
        &self,
        x: &Vec<f64>,
        d: &[f64],
        step: f64,
        product: &mut [f64],
    ) -> Evaluation {
        product.fill(0.0);
        let room = Room::along(x, d, self.bounds());
        let (mut point, mut gradient) = (x.clone(), vec![0.0; x.len()]);
        for stencil in stencils(self.differences.scheme, step, room) {
            product.fill(0.0);
            for &(t, weight) in stencil.terms() {
                if t == 0.0 {
                    self.base_gradient(x, &mut gradient)?;
                } else {
                    for ((p, x), d) in point.iter_mut().zip(x).zip(d) {
                        *p = x + t * d;
                    }
                    self.keep_bounds(&mut point);
                    self.gradient_for_differences(&point, &mut gradient)?;
                }
                for (product, g) in product.iter_mut().zip(&gradient) {
                    *product += weight * g;
                }
            }
            if product.iter().all(|v| v.is_finite()) {
                break;
            }
        }
        Ok(())
    }

    /// Undoes the rounding of a displacement up to a bound.
    pub(super) fn keep_bounds(&self, point: &mut [f64]) {
        if let Some(bounds) = self.bounds() {
            bounds.project(point);
        }
    }

    /// The gradient at x, computed once for all products there.
    pub(super) fn base_gradient(&self, x: &Vec<f64>, gradient: &mut [f64]) -> Evaluation {
        let kept = &self.oracle.meter.base;
        let base = match kept.take() {
            Some(base) if base.x == *x => base,
            _ => {
                let mut base = Base { x: x.clone(), gradient: vec![0.0; x.len()] };
                self.gradient_for_differences(x, &mut base.gradient)?;
                base
            }
        };
        gradient.copy_from_slice(&base.gradient);
        kept.replace(Some(base));
        Ok(())
    }

    /// What the objective lacks and differences cannot give.
    fn residuals_of<T>(
        &self,
        body: impl FnOnce(&Oracle<'_, dyn Residuals + '_>) -> Result<T, Interrupt>,
    ) -> Evaluation<T> {
        let Some(oracle) = self.oracle.supplied::<SumOfSquares>() else {
            return Err(FunctionError::from("the objective does not supply its residuals"));
        };
        Ok(body(&oracle)?)
    }
}

impl Objective for FiniteDifferences<'_> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.oracle.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let value = self.oracle.value(x)?;
        if !self.has_gradient() {
            self.oracle.meter.steps.borrow_mut().trials += 1;
            let mut asked = self.oracle.meter.asked_for.borrow_mut();
            let asked = asked.get_or_insert_with(|| (Vec::new(), value));
            asked.0.clone_from(x);
            asked.1 = value;
        }
        Ok(value)
    }
}

impl Gradient for FiniteDifferences<'_> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        if let Some(oracle) = self.oracle.supplied::<Gradients>() {
            return Ok(oracle.value_and_gradient(x, gradient)?);
        }
        let known = self.oracle.meter.asked_for.take().filter(|(point, _)| point == x);
        let value = known.map_or_else(|| self.oracle.value(x), |(_, value)| Ok(value))?;
        self.gradient_of_values(x, value, gradient)?;
        Ok(value)
    }

    /// The value is kept until the gradient at its point, or the next value, is asked for.
    fn gradient_follows_value(&self) -> bool {
        self.oracle.objective().as_gradient().is_none_or(|f| f.gradient_follows_value())
    }
}

impl HessianProduct for FiniteDifferences<'_> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        if let Some(oracle) = self.oracle.supplied::<HessianProducts>() {
            return Ok(oracle.hessian_product(x, d, product)?);
        }
        self.differentiate_gradients(x, d, product)
    }
}

impl Hessian for FiniteDifferences<'_> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        if let Some(oracle) = self.oracle.supplied::<Hessians>() {
            return Ok(oracle.hessian(x, hessian)?);
        }
        self.differenced_hessian(&x.to_vec(), hessian)
    }
}

impl Residuals for FiniteDifferences<'_> {
    fn residual_count(&self) -> usize {
        self.oracle.objective().residual_total()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.residuals_of(|f| f.residuals(x, residuals))
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.residuals_of(|f| f.residuals_and_jacobian(x, residuals, jacobian))
    }

    fn sparse_jacobian_pattern(&self, x: &[f64]) -> Evaluation<Option<SparseMatrix>> {
        self.residuals_of(|f| f.sparse_jacobian_pattern(x))
    }

    fn residuals_and_sparse_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut SparseMatrix,
    ) -> Evaluation {
        self.residuals_of(|f| f.residuals_and_sparse_jacobian(x, residuals, jacobian))
    }

    fn loss(&self) -> Loss {
        self.oracle.objective().as_residuals().map_or(Loss::Squares, |f| f.loss())
    }
}

impl Supplies for FiniteDifferences<'_> {
    crate::supplies!(
        gradient,
        hessian_product,
        hessian,
        residuals if |f: &Self| f.oracle.objective().as_residuals().is_some(),
        residuals_and_hessian if |f: &Self| f.oracle.objective().as_residuals().is_some(),
    );
}
