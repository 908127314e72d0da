//! Derivatives that are missing, from differences of those that are there.

mod jacobian;
pub(crate) mod stencil;

use std::cell::{Cell, RefCell};

use super::{
    Bounds, Derivatives, DynamicObjective, Evaluation, Gradient, Hessian, HessianProduct, Loss,
    Objective,
};
use crate::objective::Counts;
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};
use stencil::{Room, stencils};

/// Which differences are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// `(F(x + h) - F(x)) / h`: one evaluation a derivative, an error of order h.
    Forward,
    /// `(F(x + h) - F(x - h)) / (2 h)`: two evaluations a derivative, an error of order h^2. Next
    /// to a bound, the formula of the same order to one side, with three.
    #[default]
    Central,
}

/// How differences are taken.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Differences {
    /// Forward or central (the default) differences.
    pub scheme: Scheme,
    /// The size that a variable near 0 is taken to have; by default 1.
    pub typical: f64,
}

impl Default for Differences {
    fn default() -> Self {
        Self { scheme: Scheme::Central, typical: 1.0 }
    }
}

impl Differences {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// If the typical size is not positive and finite.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let typical = self.typical;
        let holds = typical > 0.0 && typical.is_finite();
        ArgumentError::check(holds, "typical", typical, "positive and finite")
    }

    /// The step `e^p size` for first differences of exact values or gradients.
    pub(crate) fn first_step(&self, size: f64) -> f64 {
        let root = match self.scheme {
            Scheme::Forward => f64::EPSILON.sqrt(),
            Scheme::Central => f64::EPSILON.cbrt(),
        };
        root * size.max(self.typical)
    }
}

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
/// A run counts what it asks for: one gradient, whatever it took.
/// [`counts`](Self::counts) says how often the objective inside was evaluated.
///
/// # Example
///
/// ```
/// use ravine::objective::{FiniteDifferences, Gradient, from_value};
///
/// let f = FiniteDifferences::new(from_value(2, |x: &[f64]| x[0].exp() * x[1]));
/// let mut gradient = vec![0.0; 2];
/// f.value_and_gradient(&vec![0.0, 3.0], &mut gradient)?;
/// assert!((gradient[0] - 3.0).abs() < 1e-9 && (gradient[1] - 1.0).abs() < 1e-9);
/// assert_eq!(f.counts().value, 5);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
#[derive(Debug)]
pub struct FiniteDifferences<O> {
    objective: O,
    differences: Differences,
    counts: Cell<Counts>,
    /// The last point that products were asked for, and the gradient there.
    base: RefCell<Option<Base>>,
}

#[derive(Debug)]
struct Base {
    x: Vec<f64>,
    gradient: Vec<f64>,
}

impl<O: DynamicObjective> FiniteDifferences<O> {
    /// With central differences.
    pub fn new(objective: O) -> Self {
        let differences = Differences::default();
        Self { objective, differences, counts: Cell::default(), base: RefCell::default() }
    }

    /// With other differences.
    ///
    /// # Errors
    ///
    /// If the typical size is not positive and finite.
    ///
    /// ```
    /// use ravine::objective::{Differences, FiniteDifferences, Scheme, from_value};
    ///
    /// let f = FiniteDifferences::new(from_value(1, |x: &[f64]| x[0] * x[0]));
    /// let f = f.with_differences(Differences { scheme: Scheme::Forward, typical: 1e-3 })?;
    /// let nothing = Differences { typical: 0.0, ..Differences::default() };
    /// assert!(f.with_differences(nothing).is_err());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn with_differences(self, differences: Differences) -> Result<Self, ArgumentError> {
        differences.validate()?;
        Ok(Self { differences, ..self })
    }

    /// How often the objective inside was evaluated, for itself and for differences.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// The objective inside.
    pub fn inner(&self) -> &O {
        &self.objective
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        count(&mut counts);
        self.counts.set(counts);
    }

    fn has(&self) -> Derivatives {
        self.objective.derivatives()
    }

    fn value_at(&self, x: &[f64]) -> Evaluation<f64> {
        self.count(|c| c.value += 1);
        self.objective.value(x)
    }

    fn first_step(&self, size: f64) -> f64 {
        self.differences.first_step(size)
    }

    /// The step for second differences of values.
    fn second_step(&self, size: f64) -> f64 {
        f64::EPSILON.sqrt().sqrt() * size.max(self.differences.typical)
    }

    /// The gradient from values around x, where `f(x)` is known.
    fn differentiate_values(
        &self,
        x: &[f64],
        value: f64,
        step: impl Fn(f64) -> f64,
        gradient: &mut [f64],
    ) -> Evaluation {
        let mut point = x.to_vec();
        for i in 0..x.len() {
            let room = Room::along_axis(x, i, self.objective.bounds());
            // The step as the variable takes it, after rounding.
            let h = (x[i] + step(x[i].abs())) - x[i];
            for stencil in stencils(self.differences.scheme, h, room) {
                gradient[i] = 0.0;
                for &(t, weight) in stencil.terms() {
                    point[i] = x[i] + t;
                    self.keep_bounds(&mut point);
                    let value = if t == 0.0 { value } else { self.value_at(&point)? };
                    gradient[i] += weight * value;
                }
                if gradient[i].is_finite() || !value.is_finite() {
                    break;
                }
            }
            point[i] = x[i];
        }
        Ok(())
    }

    fn gradient_at(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        if self.has().gradient {
            self.count(|c| {
                c.value += 1;
                c.gradient += 1;
            });
            return self.objective.value_and_gradient(x, gradient);
        }
        let value = self.value_at(x)?;
        self.differentiate_values(x, value, |size| self.first_step(size), gradient)?;
        Ok(value)
    }

    /// A gradient whose differences give second derivatives.
    fn gradient_for_differences(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation {
        if self.has().gradient {
            self.gradient_at(x, gradient)?;
            return Ok(());
        }
        let value = self.value_at(x)?;
        self.differentiate_values(x, value, |size| self.second_step(size), gradient)
    }

    /// `product = H d` from gradients along d.
    fn differentiate_gradients(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        product.fill(0.0);
        let largest = |v: &[f64]| v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let length = largest(d);
        if length == 0.0 {
            return Ok(());
        }
        let size = largest(x);
        let step = if self.has().gradient { self.first_step(size) } else { self.second_step(size) };
        let room = Room::along(x, d, self.objective.bounds());
        let (mut point, mut gradient) = (x.to_vec(), vec![0.0; x.len()]);
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
        if let Some(bounds) = self.objective.bounds() {
            bounds.project(point);
        }
    }

    /// The gradient at x, computed once for all products there.
    fn base_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation {
        let base = match self.base.take() {
            Some(base) if base.x == x => base,
            _ => {
                let mut base = Base { x: x.to_vec(), gradient: vec![0.0; x.len()] };
                self.gradient_for_differences(x, &mut base.gradient)?;
                base
            }
        };
        gradient.copy_from_slice(&base.gradient);
        self.base.replace(Some(base));
        Ok(())
    }

    fn product_at(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        if self.has().hessian_product {
            self.count(|c| c.hessian_product += 1);
            return self.objective.hessian_product(x, d, product);
        }
        self.differentiate_gradients(x, d, product)
    }

    fn hessian_at(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        if self.has().hessian {
            self.count(|c| c.hessian += 1);
            return self.objective.hessian(x, hessian);
        }
        let n = x.len();
        let mut unit = vec![0.0; n];
        for j in 0..n {
            unit[j] = 1.0;
            self.product_at(x, &unit, hessian.column_mut(j))?;
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

impl<O: DynamicObjective> Objective for FiniteDifferences<O> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.value_at(x)
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.objective.bounds()
    }
}

impl<O: DynamicObjective> Gradient for FiniteDifferences<O> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.gradient_at(x, gradient)
    }
}

impl<O: DynamicObjective> HessianProduct for FiniteDifferences<O> {
    fn hessian_product(
        &self,
        x: &Vec<f64>,
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        self.product_at(x, direction, product)
    }
}

impl<O: DynamicObjective> Hessian for FiniteDifferences<O> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.hessian_at(x, hessian)
    }
}

impl<O: DynamicObjective> DynamicObjective for FiniteDifferences<O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    /// Those of the objective inside, and everything up to the dense Hessian; not the terms of a
    /// sum, which would have no count of what was evaluated for them.
    fn derivatives(&self) -> Derivatives {
        Derivatives {
            gradient: true,
            hessian_product: true,
            hessian: true,
            finite_sum: false,
            hessian_root: false,
            ..self.has()
        }
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.objective.bounds()
    }

    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.value_at(x)
    }

    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.gradient_at(x, gradient)
    }

    fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.product_at(x, d, product)
    }

    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.hessian_at(x, hessian)
    }

    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.objective.sparse_hessian_pattern(x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.count(|c| c.hessian += 1);
        self.objective.sparse_hessian(x, hessian)
    }

    fn residual_count(&self) -> usize {
        self.objective.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.count(|c| c.value += 1);
        self.objective.residuals(x, residuals)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.count(|c| {
            c.value += 1;
            c.gradient += 1;
        });
        self.objective.residuals_and_jacobian(x, residuals, jacobian)
    }

    fn loss(&self) -> Loss {
        self.objective.loss()
    }

    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        self.count(|c| c.hessian += 1);
        self.objective.fisher(x, fisher)
    }
}
