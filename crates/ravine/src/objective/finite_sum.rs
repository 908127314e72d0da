//! Means over many cases, and square roots of Hessians.

use super::{Evaluation, HessianProduct};
use ravine_linalg::matrix::Matrix;

/// A mean over N cases and a rest that does not depend on them:
///
/// `f(x) = 1/N sum_i f_i(x) + r(x)`.
///
/// Over a subset S of cases it is `f_S(x) = 1/|S| sum_{i in S} f_i(x) + r(x)`: the mean of the
/// subset and the same rest, so that `f_S` estimates f without bias where S is drawn uniformly, and
/// the set of all cases gives f itself. A case that is named twice counts twice.
///
/// ```
/// use ravine::objective::{Evaluation, FiniteSum, Gradient, HessianProduct, Objective};
///
/// /// `1/N sum_i (x - y_i)^2 / 2 + x^2 / 2`.
/// struct Mean(Vec<f64>);
///
/// impl Objective for Mean {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         self.value_and_gradient(x, &mut vec![0.0])
///     }
/// }
/// impl Gradient for Mean {
///     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
///         let all: Vec<usize> = (0..self.cases()).collect();
///         self.subset_value_and_gradient(x, &all, g)
///     }
/// }
/// impl HessianProduct for Mean {
///     fn hessian_product(&self, _: &Vec<f64>, d: &Vec<f64>, hd: &mut Vec<f64>) -> Evaluation {
///         hd[0] = 2.0 * d[0];
///         Ok(())
///     }
/// }
/// impl FiniteSum for Mean {
///     fn cases(&self) -> usize {
///         self.0.len()
///     }
///     fn subset_value_and_gradient(
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
///     fn subset_hessian_product(
///         &self,
///         x: &Vec<f64>,
///         _: &[usize],
///         d: &Vec<f64>,
///         hd: &mut Vec<f64>,
///     ) -> Evaluation {
///         self.hessian_product(x, d, hd)
///     }
///     fn case_gradient(&self, x: &Vec<f64>, case: usize, g: &mut Vec<f64>) -> Evaluation {
///         g[0] = x[0] - self.0[case];
///         Ok(())
///     }
/// }
///
/// let f = Mean(vec![1.0, 2.0, 6.0]);
/// let mut g = vec![0.0];
/// assert_eq!(f.value_and_gradient(&vec![1.0], &mut g)?, 13.0 / 3.0 + 0.5);
/// // The second case alone, with the rest.
/// assert_eq!(f.subset_value_and_gradient(&vec![1.0], &[1], &mut g)?, 1.0);
/// assert_eq!(g, [0.0]);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub trait FiniteSum: HessianProduct {
    /// The number of cases N.
    fn cases(&self) -> usize;

    /// Writes `grad f_S(x)` and returns `f_S(x)`.
    ///
    /// # Errors
    ///
    /// An empty subset, or a case that is not below [`cases`](Self::cases).
    fn subset_value_and_gradient(
        &self,
        x: &Self::Point,
        cases: &[usize],
        gradient: &mut Self::Point,
    ) -> Evaluation<f64>;

    /// `product = H_S(x) direction`, with `H_S` the Hessian of `f_S`.
    ///
    /// # Errors
    ///
    /// An empty subset, or a case that is not below [`cases`](Self::cases).
    fn subset_hessian_product(
        &self,
        x: &Self::Point,
        cases: &[usize],
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation;

    /// Writes `grad f_i(x)` of one case i: neither divided by N, nor with the gradient of r.
    ///
    /// # Errors
    ///
    /// A case that is not below [`cases`](Self::cases).
    fn case_gradient(&self, x: &Self::Point, case: usize, gradient: &mut Self::Point)
    -> Evaluation;
}

/// A function whose Hessian has a known square root up to a diagonal:
///
/// `H(x) = A(x)'A(x) + diag(r(x))`, with A of N rows and n columns, and `r(x) >= 0`.
///
/// For a generalized linear model over a design X, `A = W^{1/2} X / sqrt(N)` with the second
/// derivatives of the losses in W, and r is the penalty. A is asked for in blocks of rows, so that
/// nobody needs room for all of it.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::{Evaluation, Gradient, HessianProduct, HessianRoot, Objective};
///
/// /// `sum_i cosh(i x)`, i from 1 to 5.
/// struct Cosines;
///
/// impl Objective for Cosines {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         Ok((1..=5).map(|i| (f64::from(i) * x[0]).cosh()).sum())
///     }
/// }
/// # impl Gradient for Cosines {
/// #     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
/// #         g[0] = (1..=5).map(|i| f64::from(i) * (f64::from(i) * x[0]).sinh()).sum();
/// #         self.value(x)
/// #     }
/// # }
/// # impl HessianProduct for Cosines {
/// #     fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, hd: &mut Vec<f64>) -> Evaluation {
/// #         let h = |i: i32| f64::from(i * i) * (f64::from(i) * x[0]).cosh();
/// #         hd[0] = d[0] * (1..=5).map(h).sum::<f64>();
/// #         Ok(())
/// #     }
/// # }
/// // Gradient and Hessian products are left out here.
/// impl HessianRoot for Cosines {
///     fn root_rows(&self) -> usize {
///         5
///     }
///     fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
///         for k in 0..block.rows() {
///             let i = (first + k + 1) as f64;
///             block[(k, 0)] = i * (i * x[0]).cosh().sqrt();
///         }
///         Ok(())
///     }
///     fn root_diagonal(&self, _: &[f64], diagonal: &mut [f64]) -> Evaluation {
///         diagonal.fill(0.0);
///         Ok(())
///     }
/// }
///
/// // Rows 3 and 4 at x = 0: H(0) = 1 + 4 + 9 + 16 + 25 has 9 and 16 from them.
/// let mut block = Matrix::zeros(2, 1);
/// Cosines.root_block(&[0.0], 2, &mut block)?;
/// assert_eq!(block.column(0), [3.0, 4.0]);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub trait HessianRoot: HessianProduct<Point = Vec<f64>> {
    /// The number of rows N of A.
    fn root_rows(&self) -> usize;

    /// Writes rows `first`, ..., `first + block.rows() - 1` of `A(x)` into `block`, which has n
    /// columns. Called at one x for one block after the other.
    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation;

    /// Writes `r(x)`, no entry of it negative.
    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation;
}
