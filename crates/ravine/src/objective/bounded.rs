//! Bounds around an objective that has none of its own.

use super::{
    Bounds, Derivatives, DynamicObjective, Evaluation, FiniteSum, Fisher, Gradient, Hessian,
    HessianProduct, HessianRoot, Loss, Objective, Residuals, SparseHessian,
};
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// An objective within bounds that it does not have of its own: see [`within`], and
/// [`Bounded::new`] for one whose derivatives are known only at run time.
///
/// ```
/// use ravine::Bounds;
/// use ravine::objective::{Bounded, DynamicObjective, from_value};
///
/// let f = from_value(1, |x: &[f64]| x[0] * x[0]);
/// let bounds = Bounds::new(vec![1.0], vec![2.0])?;
/// let f = Bounded::new(Box::new(f), bounds)?;
/// assert_eq!(f.bounds().unwrap().lower(), [1.0]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bounded<F = Box<dyn DynamicObjective>> {
    inner: F,
    bounds: Bounds,
}

impl Bounded {
    /// `objective` within `bounds`, which take the place of any that it has.
    ///
    /// # Errors
    ///
    /// If there is not one bound a variable.
    pub fn new(
        objective: Box<dyn DynamicObjective>,
        bounds: Bounds,
    ) -> Result<Self, ArgumentError> {
        let (given, n) = (bounds.lower().len(), objective.dimension());
        ArgumentError::check(given == n, "bounds", given, &format!("one a variable, {n}"))?;
        Ok(Self { inner: objective, bounds })
    }
}

/// The same objective with bounds on its variables, in place of those that it may have. It has the
/// derivatives of `inner`. Whether there is one bound a variable is checked where a run starts.
///
/// ```
/// use ravine::objective::{Bounds, Objective, from_gradient, within};
///
/// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
///     g[0] = 2.0 * x[0];
///     x[0] * x[0]
/// });
/// let f = within(f, Bounds::new(vec![1.0], vec![f64::INFINITY]).unwrap());
/// assert_eq!(f.bounds().unwrap().lower(), [1.0]);
/// ```
pub fn within<F>(inner: F, bounds: Bounds) -> Bounded<F> {
    Bounded { inner, bounds }
}

impl<F: Objective> Objective for Bounded<F> {
    type Point = F::Point;

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn value(&self, x: &F::Point) -> Evaluation<f64> {
        self.inner.value(x)
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}

impl<F: Gradient> Gradient for Bounded<F> {
    fn value_and_gradient(&self, x: &F::Point, gradient: &mut F::Point) -> Evaluation<f64> {
        self.inner.value_and_gradient(x, gradient)
    }
}

impl<F: HessianProduct> HessianProduct for Bounded<F> {
    fn hessian_product(
        &self,
        x: &F::Point,
        direction: &F::Point,
        product: &mut F::Point,
    ) -> Evaluation {
        self.inner.hessian_product(x, direction, product)
    }
}

impl<F: Hessian> Hessian for Bounded<F> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.inner.hessian(x, hessian)
    }
}

impl<F: SparseHessian> SparseHessian for Bounded<F> {
    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.inner.sparse_hessian_pattern(x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.inner.sparse_hessian(x, hessian)
    }
}

impl<F: Residuals> Residuals for Bounded<F> {
    fn residual_count(&self) -> usize {
        self.inner.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.inner.residuals(x, residuals)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.inner.residuals_and_jacobian(x, residuals, jacobian)
    }

    fn loss(&self) -> Loss {
        self.inner.loss()
    }
}

impl<F: Fisher> Fisher for Bounded<F> {
    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        self.inner.fisher(x, fisher)
    }
}

impl<F: FiniteSum> FiniteSum for Bounded<F> {
    fn cases(&self) -> usize {
        self.inner.cases()
    }

    fn subset_value_and_gradient(
        &self,
        x: &F::Point,
        cases: &[usize],
        gradient: &mut F::Point,
    ) -> Evaluation<f64> {
        self.inner.subset_value_and_gradient(x, cases, gradient)
    }

    fn subset_hessian_product(
        &self,
        x: &F::Point,
        cases: &[usize],
        direction: &F::Point,
        product: &mut F::Point,
    ) -> Evaluation {
        self.inner.subset_hessian_product(x, cases, direction, product)
    }

    fn case_gradient(&self, x: &F::Point, case: usize, gradient: &mut F::Point) -> Evaluation {
        self.inner.case_gradient(x, case, gradient)
    }
}

impl<F: HessianRoot> HessianRoot for Bounded<F> {
    fn root_rows(&self) -> usize {
        self.inner.root_rows()
    }

    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        self.inner.root_block(x, first, block)
    }

    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
        self.inner.root_diagonal(x, diagonal)
    }
}

impl DynamicObjective for Bounded {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn derivatives(&self) -> Derivatives {
        self.inner.derivatives()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }

    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.inner.value(x)
    }

    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.inner.value_and_gradient(x, gradient)
    }

    fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.inner.hessian_product(x, d, product)
    }

    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.inner.hessian(x, hessian)
    }

    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.inner.sparse_hessian_pattern(x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.inner.sparse_hessian(x, hessian)
    }

    fn residual_count(&self) -> usize {
        self.inner.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.inner.residuals(x, residuals)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.inner.residuals_and_jacobian(x, residuals, jacobian)
    }

    fn loss(&self) -> Loss {
        self.inner.loss()
    }

    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        self.inner.fisher(x, fisher)
    }

    fn cases(&self) -> usize {
        self.inner.cases()
    }

    fn subset_value_and_gradient(
        &self,
        x: &[f64],
        cases: &[usize],
        gradient: &mut [f64],
    ) -> Evaluation<f64> {
        self.inner.subset_value_and_gradient(x, cases, gradient)
    }

    fn subset_hessian_product(
        &self,
        x: &[f64],
        cases: &[usize],
        d: &[f64],
        product: &mut [f64],
    ) -> Evaluation {
        self.inner.subset_hessian_product(x, cases, d, product)
    }

    fn case_gradient(&self, x: &[f64], case: usize, gradient: &mut [f64]) -> Evaluation {
        self.inner.case_gradient(x, case, gradient)
    }

    fn root_rows(&self) -> usize {
        self.inner.root_rows()
    }

    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        self.inner.root_block(x, first, block)
    }

    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
        self.inner.root_diagonal(x, diagonal)
    }
}
