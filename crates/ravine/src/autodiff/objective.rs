//! Objectives with exact derivatives from a function written over [`Real`].

use super::engine::Engine;
use super::pass::Body;
use super::{Function, LeftOperand, Real};
use crate::objective::{
    Evaluation, Gradient, Hessian, HessianProduct, Objective, SparseHessian, Supplies,
};
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// A [`Function`] with its exact derivatives, ready to be minimized.
///
/// Gradient and Hessian products come from one recording of the function and one backward sweep,
/// at a cost that is a small multiple of the function's and does not depend on n; the dense
/// Hessian from a sweep for every four columns. Up to eight variables the gradient is carried
/// forward without recording. The function is recorded anew at each point, so
/// branches may depend on it.
///
/// The sparse Hessian is read from products with the colours of a star colouring of its pattern,
/// four a sweep; the pattern is that of the operations in the function, with both sides of a
/// comparison taken to interact. [`Supplies`] hands out the sparse Hessian where that pays: from 50
/// variables on, if at most a tenth of the entries and no more than 250 a row can differ from zero.
/// To find out, the function is evaluated at a point with entries between 0.5 and 0.75.
///
/// # Example
///
/// ```
/// use ravine::autodiff::{Autodiff, Function, LeftOperand, Real};
/// use ravine::objective::Gradient;
///
/// struct Rosenbrock;
///
/// impl Function for Rosenbrock {
///     fn dimension(&self) -> usize {
///         2
///     }
///
///     fn evaluate<R: Real>(&self, x: &[R]) -> R
///     where
///         f64: LeftOperand<R>,
///     {
///         (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0].powi(2)).powi(2)
///     }
/// }
///
/// let f = Autodiff::new(Rosenbrock);
/// let mut gradient = vec![0.0; 2];
/// assert_eq!(f.value_and_gradient(&vec![0.0, 1.0], &mut gradient)?, 101.0);
/// assert_eq!(gradient, [-2.0, 200.0]);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub struct Autodiff<F> {
    engine: Engine<Plain<F>>,
}

/// A function that needs no room for intermediate numbers.
struct Plain<F>(F);

impl<F: Function> Body for Plain<F> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn evaluate<R: Real>(&self, x: &[R], _: &mut Vec<R>) -> R
    where
        f64: LeftOperand<R>,
    {
        self.0.evaluate(x)
    }
}

impl<F: Function> Autodiff<F> {
    /// The function with its derivatives.
    pub fn new(function: F) -> Self {
        Self { engine: Engine::new(Plain(function)) }
    }

    /// The function itself.
    pub fn function(&self) -> &F {
        &self.engine.body.0
    }
}

impl<F: Function + Clone> Clone for Autodiff<F> {
    fn clone(&self) -> Self {
        Self::new(self.function().clone())
    }
}

impl<F> std::fmt::Debug for Autodiff<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Autodiff").finish_non_exhaustive()
    }
}

derivatives_from_engine!([F: Function] Autodiff<F>);

impl<F: Function> Supplies for Autodiff<F> {
    crate::supplies!(
        gradient,
        hessian_product,
        hessian,
        sparse_hessian if |f: &Self| f.engine.sparse_pays(),
    );
}
