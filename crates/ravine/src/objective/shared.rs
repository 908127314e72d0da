//! Objectives that several threads may evaluate.

use super::{
    BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients, Counts, DrawnGradients,
    Evaluation, Fisher, Gradient, Hessian, HessianProduct, HessianRoot, Objective, Recession,
    Residuals, ResidualsAndHessian, SparseHessian, Supplies,
};

/// An objective that several threads may evaluate at once, with all that it supplies: differences of
/// its values are taken on as many as the [conditions](crate::Conditions::threads) of a run say. The
/// results are the same bits as on one.
///
/// ```
/// use ravine::Threads;
/// use ravine::methods::Bfgs;
/// use ravine::minimize;
/// use ravine::objective::{Differences, Shared, from_value};
///
/// let slow = Shared(from_value(8, |x: &[f64]| x.iter().map(|x| (x - 1.0).cosh()).sum()));
/// let outcome = minimize(&slow, vec![0.0; 8], Bfgs::default())
///     .threads(Threads::new(2)?)
///     .differences(Differences::default())
///     .run()?;
/// assert!((outcome.value - 8.0).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shared<O>(pub O);

impl<O: Objective> Objective for Shared<O> {
    type Point = O::Point;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &O::Point) -> Evaluation<f64> {
        self.0.value(x)
    }

    fn taken(&self) -> Option<Counts> {
        self.0.taken()
    }
}

impl<O: Supplies + Sync> Supplies for Shared<O> {
    fn as_shared(&self) -> Option<&(dyn Objective<Point = Vec<f64>> + Sync + '_)> {
        Some(&self.0)
    }

    fn as_gradient(&self) -> Option<&(dyn Gradient<Point = Vec<f64>> + '_)> {
        self.0.as_gradient()
    }

    fn as_hessian_product(&self) -> Option<&(dyn HessianProduct<Point = Vec<f64>> + '_)> {
        self.0.as_hessian_product()
    }

    fn as_hessian(&self) -> Option<&(dyn Hessian + '_)> {
        self.0.as_hessian()
    }

    fn as_sparse_hessian(&self) -> Option<&(dyn SparseHessian + '_)> {
        self.0.as_sparse_hessian()
    }

    fn as_residuals(&self) -> Option<&(dyn Residuals + '_)> {
        self.0.as_residuals()
    }

    fn as_residuals_and_hessian(&self) -> Option<&(dyn ResidualsAndHessian + '_)> {
        self.0.as_residuals_and_hessian()
    }

    fn as_fisher(&self) -> Option<&(dyn Fisher + '_)> {
        self.0.as_fisher()
    }

    fn as_batch_gradient(&self) -> Option<&(dyn BatchGradient<Point = Vec<f64>> + '_)> {
        self.0.as_batch_gradient()
    }

    fn as_batch_hessian_product(
        &self,
    ) -> Option<&(dyn BatchHessianProduct<Point = Vec<f64>> + '_)> {
        self.0.as_batch_hessian_product()
    }

    fn as_batch_hessian_root(&self) -> Option<&(dyn BatchHessianRoot + '_)> {
        self.0.as_batch_hessian_root()
    }

    fn as_case_gradients(&self) -> Option<&(dyn CaseGradients<Point = Vec<f64>> + '_)> {
        self.0.as_case_gradients()
    }

    fn as_recession(&self) -> Option<&(dyn Recession<Point = Vec<f64>> + '_)> {
        self.0.as_recession()
    }
    fn as_drawn_gradients(&self) -> Option<&(dyn DrawnGradients<Point = Vec<f64>> + '_)> {
        self.0.as_drawn_gradients()
    }

    fn as_hessian_root(&self) -> Option<&(dyn HessianRoot + '_)> {
        self.0.as_hessian_root()
    }
}
