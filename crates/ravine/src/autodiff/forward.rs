//! Forward mode: derivatives carried along with the values, without recording.

use super::dual::Dual;
use super::engine::{LANES, unit_directions};
use super::{Function, Real};
use crate::objective::{Evaluation, ObjectiveError};

/// Writes the gradient of f at x and returns `f(x)`, by one evaluation with dual numbers for every
/// four variables: for few variables this is cheaper than recording on a tape, and
/// [`Autodiff`](super::Autodiff) does it up to eight.
///
/// # Errors
///
/// If x or the gradient has not as many entries as f has variables.
///
/// # Example
///
/// ```
/// use ravine::autodiff::{Function, LeftOperand, Real, forward};
///
/// struct Product;
///
/// impl Function for Product {
///     fn dimension(&self) -> usize {
///         5
///     }
///
///     fn evaluate<R: Real>(&self, x: &[R]) -> R
///     where
///         f64: LeftOperand<R>,
///     {
///         x[0] * x[1] * x[4]
///     }
/// }
///
/// let mut gradient = [0.0; 5];
/// let value = forward::gradient(&Product, &[2.0, 3.0, 0.0, 0.0, 5.0], &mut gradient)?;
/// assert_eq!((value, gradient), (30.0, [15.0, 10.0, 0.0, 0.0, 6.0]));
/// # Ok::<(), ravine::ObjectiveError>(())
/// ```
pub fn gradient<F: Function>(f: &F, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
    let n = f.dimension();
    if x.len() != n || gradient.len() != n {
        return Err(ObjectiveError::from(format!(
            "x has {} entries and the gradient {}, but the function has {n} variables",
            x.len(),
            gradient.len()
        )));
    }
    if n == 0 {
        return Ok(f.evaluate::<f64>(&[]));
    }
    let mut variables: Vec<Dual<LANES>> = Vec::with_capacity(n);
    let mut value = f64::NAN;
    for first in (0..n).step_by(LANES) {
        variables.clear();
        variables.extend(unit_directions(x, first));
        let result = f.evaluate(&variables);
        value = result.value();
        for (entry, tangent) in gradient[first..].iter_mut().zip(result.tangents) {
            *entry = tangent;
        }
    }
    Ok(value)
}
