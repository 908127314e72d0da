//! Derivatives that are missing, from differences of those that are there.

use std::rc::Rc;

use super::{Counting, Held, Oracle};
use crate::objective::finite_difference::stencil::{Room, Stencil, stencils};
use crate::objective::{
    Bounds, Differences, Evaluation, Gradient, Gradients, Hessian, HessianProduct, HessianProducts,
    Hessians, Loss, Objective, Residuals, SumOfSquares, Supplies,
};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::{ArgumentError, FunctionError, Interrupt};

/// An objective with what it lacks supplied by finite differences.
///
/// What the objective has is passed on. A missing gradient comes from differences of values, one
/// variable at a time; missing Hessian products from differences of gradients along the direction;
/// a missing Hessian from products, or else from differences of gradients, made symmetric. Without
/// a gradient, second derivatives come from second differences of values: they have half of the
/// digits at best, and a product costs about 2n (forward) or 4n (central) values.
///
/// # Steps
///
/// With `e = 2^-52`, the step for variable i is `h = e^p max(|x_i|, typical)`, and along a
/// direction d it is `t d` with `t = e^p max(|x|, typical) / |d|` in maximum norms. The power p
/// balances rounding against truncation:
///
/// | | forward | central |
/// |---|---|---|
/// | values to gradient, gradient to product | 1/2, relative error about 1e-8 | 1/3, about 1e-10 |
/// | values to second derivatives | 1/4, about 1e-4 | 1/4, about 1e-8 |
///
/// Points stay within the bounds: next to a bound, differences are taken to the other side, and
/// between two close ones with a shorter step; a fixed variable has derivative 0. Where the
/// function is not finite on one side, the other is tried.
///
/// Source: Nocedal and Wright, Numerical Optimization (2006), section 8.1.
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
    oracle: Oracle<'r, dyn Supplies + 'r>,
    differences: Differences,
}

/// The last point that products were asked for, and the gradient there.
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

    fn bounds(&self) -> Option<&Bounds> {
        self.oracle.bounds()
    }

    fn has_gradient(&self) -> bool {
        self.oracle.objective().as_gradient().is_some()
    }

    /// The gradient from values around x, where `f(x)` is known: of as many variables at once as threads
    /// have something to do.
    fn differentiate_values(
        &self,
        x: &[f64],
        value: f64,
        step: impl Fn(f64) -> f64,
        gradient: &mut [f64],
    ) -> Evaluation {
        let threads = self.oracle.threads();
        let at_once = if threads > 1 { 4 * threads } else { 1 };
        let stencils_of = |i: usize| {
            let room = Room::along_axis(x, i, self.bounds());
            // The step as the variable takes it, after rounding.
            let h = (x[i] + step(x[i].abs())) - x[i];
            stencils(self.differences.scheme, h, room)
        };
        let mut points = Vec::new();
        for first in (0..x.len()).step_by(at_once) {
            let variables = first..(first + at_once).min(x.len());
            let mut tried: Vec<_> =
                variables.map(|i| (i, stencils_of(i), Stencil::nowhere())).collect();
            // In the first round those that are best; later ones where values were not finite.
            while !tried.is_empty() {
                tried.retain_mut(|(_, stencils, stencil)| match stencils.next() {
                    Some(next) => {
                        *stencil = next;
                        true
                    }
                    None => false,
                });
                points.clear();
                for (i, _, stencil) in &tried {
                    points.extend(stencil.displacements().map(|t| {
                        let mut point = x.to_vec();
                        point[*i] = x[*i] + t;
                        self.keep_bounds(&mut point);
                        point
                    }));
                }
                let values = self.oracle.values(&points)?;
                let mut values = values.into_iter();
                tried.retain(|&(i, _, stencil)| {
                    let at = |t| if t == 0.0 { Some(value) } else { values.next() };
                    gradient[i] = stencil.combine(at);
                    !gradient[i].is_finite() && value.is_finite()
                });
            }
        }
        Ok(())
    }

    /// A gradient whose differences give second derivatives.
    fn gradient_for_differences(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation {
        if self.has_gradient() {
            self.value_and_gradient(x, gradient)?;
            return Ok(());
        }
        let value = self.oracle.value(x)?;
        self.differentiate_values(x, value, |size| self.differences.second_step(size), gradient)
    }

    /// `product = H d` from gradients along d.
    fn differentiate_gradients(&self, x: &Vec<f64>, d: &[f64], product: &mut [f64]) -> Evaluation {
        product.fill(0.0);
        let largest = |v: &[f64]| v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let length = largest(d);
        if length == 0.0 {
            return Ok(());
        }
        let size = largest(x);
        let step = match self.has_gradient() {
            true => self.differences.first_step(f64::EPSILON, size),
            false => self.differences.second_step(size),
        };
        let room = Room::along(x, d, self.bounds());
        let (mut point, mut gradient) = (x.clone(), vec![0.0; x.len()]);
        for stencil in stencils(self.differences.scheme, step / length, room) {
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
    fn keep_bounds(&self, point: &mut [f64]) {
        if let Some(bounds) = self.bounds() {
            bounds.project(point);
        }
    }

    /// The gradient at x, computed once for all products there.
    fn base_gradient(&self, x: &Vec<f64>, gradient: &mut [f64]) -> Evaluation {
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
        Ok(self.oracle.value(x)?)
    }
}

impl Gradient for FiniteDifferences<'_> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        if let Some(oracle) = self.oracle.supplied::<Gradients>() {
            return Ok(oracle.value_and_gradient(x, gradient)?);
        }
        let value = self.oracle.value(x)?;
        self.differentiate_values(
            x,
            value,
            |size| self.differences.first_step(f64::EPSILON, size),
            gradient,
        )?;
        Ok(value)
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
        let n = x.len();
        let x = x.to_vec();
        let (mut unit, mut product) = (vec![0.0; n], vec![0.0; n]);
        for j in 0..n {
            unit[j] = 1.0;
            self.hessian_product(&x, &unit, &mut product)?;
            hessian.column_mut(j).copy_from_slice(&product);
            unit[j] = 0.0;
        }
        for j in 0..n {
            for i in 0..j {
                let mean = 0.5 * (hessian[(i, j)] + hessian[(j, i)]);
                hessian[(i, j)] = mean;
                hessian[(j, i)] = mean;
            }
        }
        Ok(())
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
