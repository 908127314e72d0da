//! Objectives from closures.

use super::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};
use ravine_linalg::matrix::Matrix;

/// An objective with values alone, from a closure: see [`from_value`].
#[derive(Clone, Debug)]
pub struct WithValue<F> {
    dimension: usize,
    value: F,
}

/// An objective with its gradient, from a closure: see [`from_gradient`].
#[derive(Clone, Debug)]
pub struct WithGradient<F> {
    dimension: usize,
    value_and_gradient: F,
}

/// An objective with its gradient and dense Hessian, from two closures: see [`from_hessian`].
#[derive(Clone, Debug)]
pub struct WithHessian<F, H> {
    gradient: WithGradient<F>,
    hessian: H,
}

/// An objective of n variables from its value alone.
///
/// ```
/// use ravine::objective::{Objective, from_value};
///
/// let f = from_value(2, |x: &[f64]| x[0] * x[0] + x[1]);
/// assert_eq!(f.value(&vec![3.0, 1.0]).unwrap(), 10.0);
/// ```
pub fn from_value<F: Fn(&[f64]) -> f64>(dimension: usize, value: F) -> WithValue<F> {
    WithValue { dimension, value }
}

/// An objective of n variables from one closure that writes the gradient and returns the value.
///
/// ```
/// use ravine::objective::{Gradient, from_gradient};
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[2.0 * x[0], 1.0]);
///     x[0] * x[0] + x[1]
/// });
/// let mut g = vec![0.0; 2];
/// assert_eq!(f.value_and_gradient(&vec![3.0, 1.0], &mut g).unwrap(), 10.0);
/// assert_eq!(g, [6.0, 1.0]);
/// ```
pub fn from_gradient<F: Fn(&[f64], &mut [f64]) -> f64>(
    dimension: usize,
    value_and_gradient: F,
) -> WithGradient<F> {
    WithGradient { dimension, value_and_gradient }
}

/// An objective of n variables from a closure for value and gradient and one that writes the
/// Hessian (both triangles).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::{Hessian, from_hessian};
///
/// let f = from_hessian(
///     1,
///     |x: &[f64], g: &mut [f64]| {
///         g[0] = x[0].powi(3);
///         x[0].powi(4) / 4.0
///     },
///     |x: &[f64], h: &mut Matrix| h[(0, 0)] = 3.0 * x[0] * x[0],
/// );
/// let mut h = Matrix::zeros(1, 1);
/// f.hessian(&[2.0], &mut h).unwrap();
/// assert_eq!(h[(0, 0)], 12.0);
/// ```
pub fn from_hessian<F, H>(dimension: usize, value_and_gradient: F, hessian: H) -> WithHessian<F, H>
where
    F: Fn(&[f64], &mut [f64]) -> f64,
    H: Fn(&[f64], &mut Matrix),
{
    WithHessian { gradient: from_gradient(dimension, value_and_gradient), hessian }
}

impl<F: Fn(&[f64]) -> f64> Objective for WithValue<F> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        Ok((self.value)(x))
    }
}

impl<F: Fn(&[f64], &mut [f64]) -> f64> Objective for WithGradient<F> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        Ok((self.value_and_gradient)(x, &mut vec![0.0; self.dimension]))
    }
}

impl<F: Fn(&[f64], &mut [f64]) -> f64> Gradient for WithGradient<F> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        Ok((self.value_and_gradient)(x, gradient))
    }
}

impl<F: Fn(&[f64], &mut [f64]) -> f64, H> Objective for WithHessian<F, H> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.gradient.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        Objective::value(&self.gradient, x)
    }
}

impl<F: Fn(&[f64], &mut [f64]) -> f64, H> Gradient for WithHessian<F, H> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        Gradient::value_and_gradient(&self.gradient, x, gradient)
    }
}

impl<F, H> HessianProduct for WithHessian<F, H>
where
    F: Fn(&[f64], &mut [f64]) -> f64,
    H: Fn(&[f64], &mut Matrix),
{
    fn hessian_product(
        &self,
        x: &Vec<f64>,
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        let n = self.gradient.dimension;
        let mut hessian = Matrix::zeros(n, n);
        (self.hessian)(x, &mut hessian);
        hessian.multiply(direction, product);
        Ok(())
    }
}

impl<F, H> Hessian for WithHessian<F, H>
where
    F: Fn(&[f64], &mut [f64]) -> f64,
    H: Fn(&[f64], &mut Matrix),
{
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        (self.hessian)(x, hessian);
        Ok(())
    }
}

impl<F: Fn(&[f64]) -> f64> Supplies for WithValue<F> {}

impl<F: Fn(&[f64], &mut [f64]) -> f64> Supplies for WithGradient<F> {
    crate::supplies!(gradient);
}

impl<F, H> Supplies for WithHessian<F, H>
where
    F: Fn(&[f64], &mut [f64]) -> f64,
    H: Fn(&[f64], &mut Matrix),
{
    crate::supplies!(gradient, hessian_product, hessian);
}
