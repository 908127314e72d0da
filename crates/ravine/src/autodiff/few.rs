//! Objectives of few variables with exact derivatives carried forward.

use super::dual::Dual;
use super::engine::check_length;
use super::{Function, forward};
use crate::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};
use ravine_linalg::matrix::Matrix;

/// How many variables an evaluation carries first and second derivatives by.
const LANES: usize = 2;

type First = Dual<LANES>;
type Second = Dual<LANES, First>;

/// A [`Function`] of few variables with its exact derivatives up to second order, all carried forward
/// with the value: the function is compiled for three kinds of numbers, where
/// [`Autodiff`](super::Autodiff), which needs no more evaluations for more variables, compiles it for
/// twice as many and has the machinery of sparse Hessians.
///
/// A gradient takes one evaluation for every four variables, a Hessian one for every two by two block
/// of its lower triangle.
///
/// ```
/// use ravine::autodiff::{Few, Function, LeftOperand, Real};
/// use ravine::matrix::Matrix;
/// use ravine::objective::Hessian;
///
/// struct Saddle;
///
/// impl Function for Saddle {
///     fn dimension(&self) -> usize {
///         2
///     }
///
///     fn evaluate<R: Real>(&self, x: &[R]) -> R
///     where
///         f64: LeftOperand<R>,
///     {
///         x[0] * x[1] + x[0].powi(3)
///     }
/// }
///
/// let mut hessian = Matrix::zeros(2, 2);
/// Few(Saddle).hessian(&[2.0, 5.0], &mut hessian)?;
/// assert_eq!(hessian, Matrix::from_rows(&[[12.0, 1.0], [1.0, 0.0]]));
/// # Ok::<(), ravine::FunctionError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Few<F>(
    /// The function.
    pub F,
);

impl<F: Function> Few<F> {
    fn check(&self, what: &str, length: usize) -> Evaluation {
        check_length(what, length, self.0.dimension(), "variables")
    }

    /// The number that moves by `outer` first and by `inner` second.
    fn variable(x: f64, outer: [f64; LANES], inner: [f64; LANES]) -> Second {
        Dual::new(First::new(x, inner), outer.map(First::from))
    }

    /// The second derivatives by the variables from `first` on and from `second` on.
    fn block(&self, x: &[f64], first: usize, second: usize) -> [First; LANES] {
        let unit = |from: usize, i: usize| std::array::from_fn(|k| f64::from(from + k == i));
        let variables: Vec<Second> = x
            .iter()
            .enumerate()
            .map(|(i, &x)| Self::variable(x, unit(first, i), unit(second, i)))
            .collect();
        self.0.evaluate(&variables).tangents
    }
}

impl<F: Function> Objective for Few<F> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.check("x", x.len())?;
        Ok(self.0.evaluate(x))
    }
}

impl<F: Function> Gradient for Few<F> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        forward::gradient(&self.0, x, gradient)
    }
}

impl<F: Function> HessianProduct for Few<F> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.check("x", x.len())?;
        self.check("direction", d.len())?;
        self.check("product", product.len())?;
        for first in (0..x.len()).step_by(LANES) {
            let unit = |i: usize| std::array::from_fn(|k| f64::from(first + k == i));
            let variables: Vec<Second> =
                (0..x.len()).map(|i| Self::variable(x[i], unit(i), [d[i], 0.0])).collect();
            let slopes = self.0.evaluate(&variables).tangents;
            for (product, slope) in product[first..].iter_mut().zip(slopes) {
                *product = slope.tangents[0];
            }
        }
        Ok(())
    }
}

impl<F: Function> Hessian for Few<F> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        let n = self.0.dimension();
        self.check("x", x.len())?;
        self.check("hessian rows", hessian.rows())?;
        self.check("hessian columns", hessian.columns())?;
        for first in (0..n).step_by(LANES) {
            for second in (0..=first).step_by(LANES) {
                let block = self.block(x, first, second);
                for (i, slope) in (first..n).zip(block) {
                    for (j, entry) in (second..n).zip(slope.tangents) {
                        // Symmetric to the last bit.
                        if j <= i {
                            hessian[(i, j)] = entry;
                            hessian[(j, i)] = entry;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl<F: Function> Supplies for Few<F> {
    crate::supplies!(gradient, hessian_product, hessian);
}
