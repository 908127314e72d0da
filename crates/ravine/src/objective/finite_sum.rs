//! Means over many cases.

use super::{Evaluation, Gradient, HessianProduct, HessianRoot, Objective};
use ravine_linalg::matrix::Matrix;

/// A mean over N cases and a rest that does not depend on them:
///
/// `f(x) = 1/N sum_i f_i(x) + r(x)`.
///
/// Over a batch S of cases it is `f_S(x) = 1/|S| sum_{i in S} f_i(x) + r(x)`: the mean of the
/// batch and the same rest, so that `f_S` estimates f without bias where S is drawn uniformly, and
/// the batch of all cases gives f itself. A case that is named twice counts twice.
///
/// Each derivative over a batch is a trait of its own: [`BatchGradient`], [`BatchHessianProduct`],
/// [`BatchGaussNewtonProduct`], [`BatchHessianRoot`], and [`CaseGradients`] for those of single
/// cases. [`Over`](super::Over) makes an objective of a batch.
///
/// ```
/// use ravine::objective::{BatchGradient, Evaluation, FiniteSum, Gradient, Objective};
///
/// /// `1/N sum_i (x - y_i)^2 / 2 + x^2 / 2`.
/// struct Mean(Vec<f64>);
///
/// impl Mean {
///     fn all(&self) -> Vec<usize> {
///         (0..self.0.len()).collect()
///     }
/// }
/// impl Objective for Mean {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         self.batch_value(x, &self.all())
///     }
/// }
/// impl Gradient for Mean {
///     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
///         self.batch_value_and_gradient(x, &self.all(), g)
///     }
/// }
/// impl FiniteSum for Mean {
///     fn cases(&self) -> usize {
///         self.0.len()
///     }
///     fn batch_value(&self, x: &Vec<f64>, cases: &[usize]) -> Evaluation<f64> {
///         self.batch_value_and_gradient(x, cases, &mut vec![0.0])
///     }
/// }
/// impl BatchGradient for Mean {
///     fn batch_value_and_gradient(
///         &self,
///         x: &Vec<f64>,
///         cases: &[usize],
///         g: &mut Vec<f64>,
///     ) -> Evaluation<f64> {
///         let share = 1.0 / cases.len() as f64;
///         g[0] = x[0] + share * cases.iter().map(|&i| x[0] - self.0[i]).sum::<f64>();
///         let squares: f64 = cases.iter().map(|&i| (x[0] - self.0[i]).powi(2)).sum();
///         Ok(0.5 * (share * squares + x[0] * x[0]))
///     }
/// }
///
/// let f = Mean(vec![1.0, 2.0, 6.0]);
/// let mut g = vec![0.0];
/// assert_eq!(f.value_and_gradient(&vec![1.0], &mut g)?, 13.0 / 3.0 + 0.5);
/// // The second case alone, with the rest.
/// assert_eq!(f.batch_value_and_gradient(&vec![1.0], &[1], &mut g)?, 1.0);
/// assert_eq!(g, [0.0]);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub trait FiniteSum: Objective {
    /// The number of cases N.
    fn cases(&self) -> usize;

    /// `f_S(x)`.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that is not below [`cases`](Self::cases).
    fn batch_value(&self, x: &Self::Point, cases: &[usize]) -> Evaluation<f64>;
}

/// A sum with gradients over batches.
pub trait BatchGradient: FiniteSum + Gradient {
    /// Writes `grad f_S(x)` and returns `f_S(x)`.
    ///
    /// # Errors
    ///
    /// See [`FiniteSum::batch_value`].
    fn batch_value_and_gradient(
        &self,
        x: &Self::Point,
        cases: &[usize],
        gradient: &mut Self::Point,
    ) -> Evaluation<f64>;
}

/// A sum with Hessian products over batches.
pub trait BatchHessianProduct: BatchGradient + HessianProduct {
    /// `product = H_S(x) direction`, with `H_S` the Hessian of `f_S`.
    ///
    /// # Errors
    ///
    /// See [`FiniteSum::batch_value`].
    fn batch_hessian_product(
        &self,
        x: &Self::Point,
        cases: &[usize],
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation;
}

/// A sum with the gradients of its cases, one by one.
pub trait CaseGradients: FiniteSum + Gradient {
    /// Writes `grad f_i(x)` of one case i: neither divided by N, nor with the gradient of r.
    ///
    /// # Errors
    ///
    /// A case that is not below [`cases`](FiniteSum::cases).
    fn case_gradient(&self, x: &Self::Point, case: usize, gradient: &mut Self::Point)
    -> Evaluation;
}

/// A composition `f(x) = sum_i l_i(z_i(x))` of convex losses with a model, whose Gauss-Newton matrix
///
/// `G(x) = sum_i J_i(x)' l_i''(z_i(x)) J_i(x)`, `J_i` the Jacobian of `z_i`,
///
/// can be applied to a direction: the Hessian without the curvature of the model, positive
/// semidefinite everywhere.
///
/// Sources: Nocedal and Wright (2006), section 10.3; Schraudolph, Fast curvature matrix-vector
/// products for second-order gradient descent (2002).
///
/// ```
/// use ravine::objective::{Evaluation, GaussNewtonProduct, Gradient, Objective};
///
/// /// `(x^2 - 2)^2 / 2`: the loss is half a square, the model `x^2 - 2`.
/// struct Root;
/// impl Objective for Root {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         Ok((x[0] * x[0] - 2.0).powi(2) / 2.0)
///     }
/// }
/// impl Gradient for Root {
///     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
///         g[0] = 2.0 * x[0] * (x[0] * x[0] - 2.0);
///         self.value(x)
///     }
/// }
/// impl GaussNewtonProduct for Root {
///     fn gauss_newton_product(&self, x: &Vec<f64>, d: &Vec<f64>, y: &mut Vec<f64>) -> Evaluation {
///         y[0] = 4.0 * x[0] * x[0] * d[0];
///         Ok(())
///     }
/// }
///
/// let mut y = vec![0.0];
/// // At the root of 2 the residual vanishes, and this is the second derivative, 8.
/// Root.gauss_newton_product(&vec![2.0_f64.sqrt()], &vec![1.0], &mut y)?;
/// assert!((y[0] - 8.0).abs() < 1e-14);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub trait GaussNewtonProduct: Gradient {
    /// `product = G(x) direction`.
    fn gauss_newton_product(
        &self,
        x: &Self::Point,
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation;
}

/// A sum with Gauss-Newton products over batches.
pub trait BatchGaussNewtonProduct: BatchGradient + GaussNewtonProduct {
    /// `product = G_S(x) direction`, with `G_S` the Gauss-Newton matrix of `f_S`.
    ///
    /// # Errors
    ///
    /// See [`FiniteSum::batch_value`].
    fn batch_gauss_newton_product(
        &self,
        x: &Self::Point,
        cases: &[usize],
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation;
}

/// A sum whose Hessian has a square root ([`HessianRoot`]) with one row a case, over batches too:
/// `H_S(x) = A_S(x)'A_S(x) + diag(r(x))`, with `A_S` of `|S|` rows and the same r.
pub trait BatchHessianRoot: BatchHessianProduct + HessianRoot {
    /// Writes the rows of `A_S(x)` that belong to `cases[first]`, ...,
    /// `cases[first + block.rows() - 1]` into `block`.
    ///
    /// # Errors
    ///
    /// See [`FiniteSum::batch_value`]; more rows than the batch has.
    fn batch_root_block(
        &self,
        x: &[f64],
        cases: &[usize],
        first: usize,
        block: &mut Matrix,
    ) -> Evaluation;
}
