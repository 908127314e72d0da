//! An objective that counts, for peers.

use std::cell::Cell;

use ravine::matrix::Matrix;
use ravine::objective::{Counts, Evaluation, Supplies};

/// Evaluations of any kind after which an objective refuses further ones, so that a peer that
/// loops ends.
const LIMIT: u64 = 200_000;

/// An objective that counts what peers ask it for, and stops answering after a limit.
pub struct Counted<'a> {
    objective: &'a dyn Supplies,
    counts: Cell<Counts>,
}

impl<'a> Counted<'a> {
    /// With nothing counted yet.
    pub fn new(objective: &'a dyn Supplies) -> Self {
        Self { objective, counts: Cell::default() }
    }

    /// The objective itself: evaluations made on it are not counted.
    pub fn objective(&self) -> &'a dyn Supplies {
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

    /// Counts what a run counted that asked the objective itself.
    pub fn charge(&self, counts: Counts) {
        self.counts.set(self.counts.get() + counts);
    }

    fn count(&self, counts: Counts) -> Evaluation {
        if self.exhausted() {
            return Err("the limit of evaluations".into());
        }
        self.charge(counts);
        Ok(())
    }

    /// The value.
    pub fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.count(Counts::VALUE)?;
        self.objective.value(&x.to_vec())
    }

    /// The value with the gradient.
    pub fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.count(Counts::FUSED)?;
        self.slopes(x, gradient)
    }

    /// The gradient without the value, for peers that ask for one at a time.
    pub fn gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation {
        self.count(Counts { value: 0, ..Counts::FUSED })?;
        self.slopes(x, gradient).map(drop)
    }

    /// A Hessian product.
    pub fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.count(Counts::HESSIAN_PRODUCT)?;
        let mut room = product.to_vec();
        let objective = supplied(self.objective.as_hessian_product())?;
        objective.hessian_product(&x.to_vec(), &d.to_vec(), &mut room)?;
        product.copy_from_slice(&room);
        Ok(())
    }

    /// The dense Hessian.
    pub fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.count(Counts::HESSIAN)?;
        supplied(self.objective.as_hessian())?.hessian(x, hessian)
    }

    /// The number of residuals.
    pub fn residual_count(&self) -> usize {
        self.objective.residual_total()
    }

    /// The residuals.
    pub fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.count(Counts::VALUE)?;
        supplied(self.objective.as_residuals())?.residuals(x, residuals)
    }

    /// The Jacobian without the residuals.
    pub fn jacobian(&self, x: &[f64], jacobian: &mut Matrix) -> Evaluation {
        self.count(Counts { value: 0, ..Counts::FUSED })?;
        let mut residuals = vec![0.0; self.residual_count()];
        let objective = supplied(self.objective.as_residuals())?;
        objective.residuals_and_jacobian(x, &mut residuals, jacobian)
    }

    fn slopes(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        let mut room = gradient.to_vec();
        let objective = supplied(self.objective.as_gradient())?;
        let value = objective.value_and_gradient(&x.to_vec(), &mut room)?;
        gradient.copy_from_slice(&room);
        Ok(value)
    }

    /// The maximum norm of the gradient, not counted.
    pub fn gradient_norm(&self, x: &[f64]) -> f64 {
        let mut gradient = vec![0.0; x.len()];
        match self.slopes(x, &mut gradient) {
            Ok(_) => gradient
                .iter()
                .fold(0.0, |norm: f64, g| if g.is_nan() { f64::NAN } else { norm.max(g.abs()) }),
            Err(_) => f64::NAN,
        }
    }
}

/// What the objective supplies, or an error.
fn supplied<T>(capability: Option<T>) -> Evaluation<T> {
    capability.ok_or_else(|| "the objective does not supply it".into())
}
