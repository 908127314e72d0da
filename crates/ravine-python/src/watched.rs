//! An objective of the library that is counted and can be interrupted.

use std::rc::Rc;

use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::Counts;
use ravine::objective::{Bounds, Derivatives, DynamicObjective, Evaluation, Loss};

use crate::record::Record;

/// An objective that never enters Python: it looks for signals now and then.
pub struct Watched {
    inner: Box<dyn DynamicObjective>,
    record: Rc<Record>,
}

impl Watched {
    pub fn new(inner: Box<dyn DynamicObjective>, record: Rc<Record>) -> Self {
        Self { inner, record }
    }

    /// Counts an evaluation, before it is made.
    fn at(&self, count: impl FnOnce(&mut Counts)) -> Evaluation<&dyn DynamicObjective> {
        self.record.watch()?;
        self.record.count(count);
        Ok(self.inner.as_ref())
    }
}

fn fused(counts: &mut Counts) {
    counts.value += 1;
    counts.gradient += 1;
}

impl DynamicObjective for Watched {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn derivatives(&self) -> Derivatives {
        self.inner.derivatives()
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.inner.bounds()
    }

    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.record.allow_value()?;
        self.at(|c| c.value += 1)?.value(x)
    }

    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.record.allow_value()?;
        self.at(fused)?.value_and_gradient(x, gradient)
    }

    fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.at(|c| c.hessian_product += 1)?.hessian_product(x, d, product)
    }

    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.at(|c| c.hessian += 1)?.hessian(x, hessian)
    }

    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.at(|_| ())?.sparse_hessian_pattern(x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.at(|c| c.hessian += 1)?.sparse_hessian(x, hessian)
    }

    fn residual_count(&self) -> usize {
        self.inner.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.record.allow_value()?;
        self.at(|c| c.value += 1)?.residuals(x, residuals)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.record.allow_value()?;
        self.at(fused)?.residuals_and_jacobian(x, residuals, jacobian)
    }

    fn loss(&self) -> Loss {
        self.inner.loss()
    }

    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        self.at(|c| c.hessian += 1)?.fisher(x, fisher)
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
        self.at(|_| ())?.subset_value_and_gradient(x, cases, gradient)
    }

    fn subset_hessian_product(
        &self,
        x: &[f64],
        cases: &[usize],
        d: &[f64],
        product: &mut [f64],
    ) -> Evaluation {
        self.at(|_| ())?.subset_hessian_product(x, cases, d, product)
    }

    fn case_gradient(&self, x: &[f64], case: usize, gradient: &mut [f64]) -> Evaluation {
        self.at(|_| ())?.case_gradient(x, case, gradient)
    }

    fn root_rows(&self) -> usize {
        self.inner.root_rows()
    }

    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        self.at(|_| ())?.root_block(x, first, block)
    }

    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
        self.at(|c| c.hessian += 1)?.root_diagonal(x, diagonal)
    }
}
