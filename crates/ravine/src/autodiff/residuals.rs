//! Sums of losses of residuals, with exact derivatives from residuals written over [`Real`].

use std::cell::Cell;

use super::dual::{Dual, LANES, unit_directions};
use super::engine::{Engine, check_length};
use super::pass::{Body, Pass};
use super::{LeftOperand, Real, ResidualFunction};
use crate::objective::{
    Evaluation, Gradient, Hessian, HessianProduct, Loss, Objective, Residuals, SparseHessian,
    Supplies,
};
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// The objective `f(x) = sum_i rho(r_i(x)^2)` of a [`ResidualFunction`], with exact derivatives:
/// gradient, Hessian products and Hessian of f, and the Jacobian of r.
///
/// The loss is [`Loss::Squares`] unless set. The Jacobian is carried forward, four columns an
/// evaluation, where that takes no more evaluations than there are residuals, and else swept
/// backwards, one row a sweep.
///
/// # Example
///
/// ```
/// use ravine::matrix::{Matrix, SparseMatrix};
/// use ravine::objective::{Objective, Residuals};
/// use ravine::residuals;
///
/// let f = residuals!(2, |x| [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
/// assert_eq!(f.value(&vec![-1.2, 1.0])?, 24.199999999999996);
///
/// let (mut r, mut jacobian) = (vec![0.0; 2], Matrix::zeros(2, 2));
/// f.residuals_and_jacobian(&[2.0, 1.0], &mut r, &mut jacobian)?;
/// assert_eq!(r, [-30.0, -1.0]);
/// assert_eq!(jacobian, Matrix::from_rows(&[[-40.0, 10.0], [-1.0, 0.0]]));
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub struct AutodiffResiduals<F> {
    engine: Engine<SumOfLosses<F>>,
    forward: Cell<Forward>,
    reverse: Cell<Pass<f64>>,
}

/// The buffers of forward mode: variables and residuals.
#[derive(Default)]
struct Forward {
    x: Vec<Dual<LANES>>,
    residuals: Vec<Dual<LANES>>,
}

struct SumOfLosses<F> {
    function: F,
    loss: Loss,
}

impl<F: ResidualFunction> Body for SumOfLosses<F> {
    fn dimension(&self) -> usize {
        self.function.dimension()
    }

    fn evaluate<R: Real>(&self, x: &[R], work: &mut Vec<R>) -> R
    where
        f64: LeftOperand<R>,
    {
        work.resize(self.function.residual_count(), R::from(0.0));
        self.function.evaluate(x, work);
        for r in work.iter_mut() {
            *r = loss_of_square(self.loss, *r * *r);
        }
        R::sum_of(work)
    }
}

/// `rho(s)`: [`Loss::evaluate`] over any [`Real`].
fn loss_of_square<R: Real>(loss: Loss, s: R) -> R {
    match loss {
        Loss::Squares => s,
        Loss::Huber(c) if s.value() <= c * c => s,
        Loss::Huber(c) => s.sqrt() * (2.0 * c) - c * c,
        Loss::SoftL1(c) => s * 2.0 / ((s / (c * c) + 1.0).sqrt() + 1.0),
        Loss::Cauchy(c) => (s / (c * c)).ln_1p() * (c * c),
        Loss::Arctan(c) => (s / (c * c)).atan() * (c * c),
    }
}

impl<F: ResidualFunction> AutodiffResiduals<F> {
    /// The sum of squares.
    pub fn new(function: F) -> Self {
        Self::with(function, Loss::Squares)
    }

    fn with(function: F, loss: Loss) -> Self {
        Self {
            engine: Engine::new(SumOfLosses { function, loss }),
            forward: Cell::default(),
            reverse: Cell::default(),
        }
    }

    /// With another loss on the squared residuals.
    ///
    /// # Errors
    ///
    /// If the loss has a scale that is not positive and finite.
    ///
    /// ```
    /// use ravine::objective::{Loss, Objective};
    /// use ravine::residuals;
    ///
    /// let f = residuals!(1, |x| [x[0]]).with_loss(Loss::Huber(1.0))?;
    /// assert_eq!(f.value(&vec![3.0]).unwrap(), 5.0);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn with_loss(self, loss: Loss) -> Result<Self, ArgumentError> {
        loss.validate()?;
        Ok(Self::with(self.engine.body.function, loss))
    }

    /// The function itself.
    pub fn function(&self) -> &F {
        &self.engine.body.function
    }

    fn jacobian_forward(&self, x: &[f64], residuals: &mut [f64], jacobian: &mut Matrix) {
        let n = x.len();
        let mut work = self.forward.take();
        for first in (0..n).step_by(LANES) {
            work.x.clear();
            work.x.extend(unit_directions(x, first));
            work.residuals.clear();
            work.residuals.resize(residuals.len(), Dual::from(0.0));
            self.function().evaluate(&work.x, &mut work.residuals);
            for (j, k) in (first..n).zip(0..LANES) {
                for (entry, r) in jacobian.column_mut(j).iter_mut().zip(&work.residuals) {
                    *entry = r.tangents[k];
                }
            }
        }
        for (residual, r) in residuals.iter_mut().zip(&work.residuals) {
            *residual = r.value;
        }
        self.forward.set(work);
    }

    fn jacobian_reverse(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        let mut pass = self.reverse.take();
        pass.run_each(self.function(), x.iter().copied(), |i, value, slopes| {
            residuals[i] = value;
            for (j, &slope) in slopes.iter().enumerate() {
                jacobian[(i, j)] = slope;
            }
        })?;
        self.reverse.set(pass);
        Ok(())
    }

    fn check_residuals(&self, what: &str, length: usize) -> Evaluation {
        check_length(what, length, self.function().residual_count(), "residuals")
    }
}

impl<F: ResidualFunction + Clone> Clone for AutodiffResiduals<F> {
    fn clone(&self) -> Self {
        let body = &self.engine.body;
        Self::with(body.function.clone(), body.loss)
    }
}

impl<F> std::fmt::Debug for AutodiffResiduals<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AutodiffResiduals")
            .field("loss", &self.engine.body.loss)
            .finish_non_exhaustive()
    }
}

derivatives_from_engine!([F: ResidualFunction] AutodiffResiduals<F>);

impl<F: ResidualFunction> Residuals for AutodiffResiduals<F> {
    fn residual_count(&self) -> usize {
        self.function().residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.engine.check("x", x.len())?;
        self.check_residuals("residuals", residuals.len())?;
        self.function().evaluate(x, residuals);
        Ok(())
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.engine.check("x", x.len())?;
        self.engine.check("jacobian columns", jacobian.columns())?;
        self.check_residuals("residuals", residuals.len())?;
        self.check_residuals("jacobian rows", jacobian.rows())?;
        if x.len().div_ceil(LANES) <= residuals.len() {
            self.jacobian_forward(x, residuals, jacobian);
            Ok(())
        } else {
            self.jacobian_reverse(x, residuals, jacobian)
        }
    }

    fn loss(&self) -> Loss {
        self.engine.body.loss
    }
}

impl<F: ResidualFunction> Supplies for AutodiffResiduals<F> {
    crate::supplies!(
        gradient,
        hessian_product,
        hessian,
        sparse_hessian if |f: &Self| f.engine.sparse_pays(),
        residuals,
        residuals_and_hessian,
    );
}
