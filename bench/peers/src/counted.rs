//! An objective that counts.

use std::cell::Cell;

use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::Counts;
use ravine::objective::{Derivatives, DynamicObjective, Evaluation};

/// Evaluations of any kind after which an objective refuses further ones, so that a peer that
/// loops ends.
const LIMIT: u64 = 200_000;

/// An objective that counts what it is asked for, and stops answering after a limit.
pub struct Counted<'a> {
    objective: &'a dyn DynamicObjective,
    counts: Cell<Counts>,
}

impl<'a> Counted<'a> {
    /// With nothing counted yet.
    pub fn new(objective: &'a dyn DynamicObjective) -> Self {
        Self { objective, counts: Cell::default() }
    }

    /// The objective itself: evaluations made on it are not counted.
    pub fn objective(&self) -> &'a dyn DynamicObjective {
        self.objective
    }

    /// What was evaluated so far.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// Whether the limit was reached.
    pub fn exhausted(&self) -> bool {
        let counts = self.counts.get();
        counts.value + counts.gradient + counts.hessian_product + counts.hessian >= LIMIT
    }

    /// Starts again from zero.
    pub fn reset(&self) {
        self.counts.set(Counts::default());
    }

    fn count(&self, add: impl FnOnce(&mut Counts)) -> Evaluation {
        if self.exhausted() {
            return Err("the limit of evaluations".into());
        }
        let mut counts = self.counts.get();
        add(&mut counts);
        self.counts.set(counts);
        Ok(())
    }

    /// The gradient without the value, for peers that ask for one at a time.
    pub fn gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation {
        self.count(|c| c.gradient += 1)?;
        self.objective.value_and_gradient(x, gradient).map(|_| ())
    }

    /// The Jacobian without the residuals.
    pub fn jacobian(&self, x: &[f64], jacobian: &mut Matrix) -> Evaluation {
        self.count(|c| c.gradient += 1)?;
        let mut residuals = vec![0.0; self.objective.residual_count()];
        self.objective.residuals_and_jacobian(x, &mut residuals, jacobian)
    }

    /// The maximum norm of the gradient, not counted.
    pub fn gradient_norm(&self, x: &[f64]) -> f64 {
        let mut gradient = vec![0.0; x.len()];
        match self.objective.value_and_gradient(x, &mut gradient) {
            Ok(_) => gradient
                .iter()
                .fold(0.0, |norm: f64, g| if g.is_nan() { f64::NAN } else { norm.max(g.abs()) }),
            Err(_) => f64::NAN,
        }
    }
}

impl DynamicObjective for Counted<'_> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn derivatives(&self) -> Derivatives {
        self.objective.derivatives()
    }

    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.count(|c| c.value += 1)?;
        self.objective.value(x)
    }

    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.count(|c| {
            c.value += 1;
            c.gradient += 1;
        })?;
        self.objective.value_and_gradient(x, gradient)
    }

    fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.count(|c| c.hessian_product += 1)?;
        self.objective.hessian_product(x, d, product)
    }

    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.count(|c| c.hessian += 1)?;
        self.objective.hessian(x, hessian)
    }

    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.objective.sparse_hessian_pattern(x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.count(|c| c.hessian += 1)?;
        self.objective.sparse_hessian(x, hessian)
    }

    fn residual_count(&self) -> usize {
        self.objective.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.count(|c| c.value += 1)?;
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
        })?;
        self.objective.residuals_and_jacobian(x, residuals, jacobian)
    }
}
