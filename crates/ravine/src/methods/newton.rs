//! Newton's method.

use crate::minimize::{Method, Step};
use crate::objective::Hessian;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{Lblt, Matrix};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// Pure Newton: `x <- x - H(x)^-1 grad f(x)`, with the exact Hessian and nothing else.
///
/// Quadratically convergent near a minimizer with a positive definite Hessian. Far from one it may
/// run away, and it is attracted by saddles and maximizers as much as by minimizers: it looks for
/// a zero of the gradient. [`DampedNewton`](super::DampedNewton) is the safe variant.
///
/// Source: Nocedal and Wright (2006), section 3.3.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::Newton;
/// use ravine::minimize::minimize;
/// use ravine::objective::from_hessian;
///
/// // f = x^4 + y^2
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[4.0 * x[0].powi(3), 2.0 * x[1]]);
///         x[0].powi(4) + x[1] * x[1]
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 12.0 * x[0] * x[0];
///         h[(1, 1)] = 2.0;
///     },
/// );
/// let outcome = minimize(&f, vec![1.0, 1.0], Newton::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Newton {}

/// The state of [`Newton`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NewtonState {
    iterate: Iterate<Vec<f64>>,
    hessian: Matrix,
    direction: Vec<f64>,
    /// Whether `direction` is the Newton step at the current point.
    ready: bool,
}

impl Newton {
    /// `d = -H^-1 g` at the current point, unless it is there already.
    fn prepare<O: Hessian + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NewtonState,
    ) -> Result<(), Interrupt> {
        if state.ready {
            return Ok(());
        }
        oracle.hessian(&state.iterate.x, &mut state.hessian)?;
        state.direction.copy_from(&state.iterate.gradient);
        state.direction.scale(-1.0);
        match Lblt::new(&state.hessian) {
            Ok(factor) => factor.solve(&mut state.direction),
            Err(_) => state.direction.fill(f64::NAN),
        }
        state.ready = true;
        Ok(())
    }
}

impl<O: Hessian + ?Sized> Method<O> for Newton {
    type State = NewtonState;

    fn name(&self) -> &'static str {
        "newton"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<NewtonState, StartError> {
        let n = x0.len();
        Ok(NewtonState {
            iterate: Iterate::evaluate(oracle, x0.clone())?,
            hessian: Matrix::zeros(n, n),
            direction: vec![0.0; n],
            ready: false,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut NewtonState) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        let length = state.direction.norm_max();
        if !length.is_finite() {
            // A singular Hessian: there is no Newton step, and nothing else this method could do.
            return Ok(Step::NoDecrease { predicted: f64::INFINITY });
        }
        let mut x = state.iterate.x.clone();
        x.axpy(1.0, &state.direction);
        if x == state.iterate.x {
            return Ok(Step::NoDecrease { predicted: 0.0 });
        }
        state.iterate = Iterate::evaluate(oracle, x)?;
        state.ready = false;
        Ok(Step::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s NewtonState) -> &'s Iterate<Vec<f64>> {
        &state.iterate
    }

    /// `-g'd / 2`, for the model's minimum is at the Newton step; 0 where the model has no minimum.
    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NewtonState,
    ) -> Result<Option<f64>, Interrupt> {
        self.prepare(oracle, state)?;
        let decrease = -0.5 * state.iterate.gradient.dot(&state.direction);
        Ok(Some(decrease.max(0.0)))
    }

    fn monotone(&self) -> bool {
        false
    }
}
