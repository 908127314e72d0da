//! Forward mode: derivatives carried along with the values, without recording.

use super::Function;
use super::dual::{Dual, LANES, unit_directions};
use crate::objective::Evaluation;
use ravine_linalg::FunctionError;

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
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub fn gradient<F: Function>(f: &F, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
    let n = f.dimension();
    if x.len() != n || gradient.len() != n {
        return Err(FunctionError::from(format!(
            "x has {} entries and the gradient {}, but the function has {n} variables",
            x.len(),
            gradient.len()
        )));
    }
    if n == 0 {
        return Ok(f.evaluate::<f64>(&[]));
    }
    Ok(carry(x, &mut vec![Dual::from(0.0); n], gradient, |variables| f.evaluate(variables)))
}

/// The value and the gradient from `evaluate`, called with [`LANES`] directions at a time;
/// `variables` is room for one number for each entry of x.
pub(super) fn carry(
    x: &[f64],
    variables: &mut [Dual<LANES>],
    gradient: &mut [f64],
    mut evaluate: impl FnMut(&[Dual<LANES>]) -> Dual<LANES>,
) -> f64 {
    let mut value = f64::NAN;
    for first in (0..x.len()).step_by(LANES) {
        variables.iter_mut().zip(unit_directions(x, first)).for_each(|(v, unit)| *v = unit);
        let result = evaluate(variables);
        value = result.value;
        gradient[first..].iter_mut().zip(result.tangents).for_each(|(entry, t)| *entry = t);
    }
    value
}
