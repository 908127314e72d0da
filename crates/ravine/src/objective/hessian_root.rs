//! Square roots of Hessians.

use super::{Evaluation, HessianProduct};
use ravine_linalg::matrix::Matrix;

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
