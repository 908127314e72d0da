//! Sums of squares from closures.

use super::{Evaluation, Gradient, Loss, Objective, Residuals, Supplies};
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// A sum of losses of squared residuals, from two closures: see [`from_residuals`].
#[derive(Clone, Debug)]
pub struct WithResiduals<R, J> {
    dimension: usize,
    residual_count: usize,
    residuals: R,
    jacobian: J,
    loss: Loss,
}

/// The objective `f(x) = sum_i r_i(x)^2` of n variables from a closure that writes the m residuals
/// and one that writes their m by n Jacobian `J_ij = d r_i / d x_j`. There is no factor one half:
/// the gradient is `2 J'r`.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::{Gradient, Loss, Objective, from_residuals};
///
/// // A line a + b t through three points, the last of them an outlier.
/// let (t, y) = ([0.0, 1.0, 2.0], [1.0, 3.0, 50.0]);
/// let line = from_residuals(
///     2,
///     3,
///     move |x: &[f64], r: &mut [f64]| (0..3).for_each(|i| r[i] = x[0] + x[1] * t[i] - y[i]),
///     move |_: &[f64], j: &mut Matrix| {
///         j.column_mut(0).fill(1.0);
///         j.column_mut(1).copy_from_slice(&t);
///     },
/// );
/// assert_eq!(line.value(&vec![1.0, 2.0])?, 45.0 * 45.0);
/// let robust = line.with_loss(Loss::Huber(1.0))?;
/// assert_eq!(robust.value(&vec![1.0, 2.0])?, 2.0 * 45.0 - 1.0);
/// let mut gradient = vec![0.0; 2];
/// robust.value_and_gradient(&vec![1.0, 2.0], &mut gradient)?;
/// assert_eq!(gradient, [-2.0, -4.0]);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub fn from_residuals<R, J>(
    dimension: usize,
    residual_count: usize,
    residuals: R,
    jacobian: J,
) -> WithResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut Matrix),
{
    WithResiduals { dimension, residual_count, residuals, jacobian, loss: Loss::Squares }
}

impl<R, J> WithResiduals<R, J> {
    /// The same residuals under another loss: `f(x) = sum_i rho(r_i(x)^2)`.
    ///
    /// # Errors
    ///
    /// If the scale of the loss is not positive and finite.
    pub fn with_loss(mut self, loss: Loss) -> Result<Self, ArgumentError> {
        loss.validate()?;
        self.loss = loss;
        Ok(self)
    }
}

impl Loss {
    /// Checks the scale.
    ///
    /// # Errors
    ///
    /// If it is not positive and finite.
    pub fn validate(self) -> Result<(), ArgumentError> {
        let (Self::Huber(c) | Self::SoftL1(c) | Self::Cauchy(c) | Self::Arctan(c)) = self else {
            return Ok(());
        };
        ArgumentError::check(c > 0.0 && c.is_finite(), "loss", self, "of positive, finite scale")
    }

    /// `sum_i rho(r_i^2)`.
    ///
    /// ```
    /// use ravine::objective::Loss;
    ///
    /// assert_eq!(Loss::Squares.total(&[3.0, 4.0]), 25.0);
    /// ```
    pub fn total(self, residuals: &[f64]) -> f64 {
        residuals.iter().map(|r| self.evaluate(r * r).0).sum()
    }

    /// Writes `2 J' diag(rho'(r_i^2)) r`, the gradient of [`total`](Self::total) by the variables.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::Loss;
    ///
    /// let mut gradient = [0.0];
    /// Loss::Squares.gradient(&[3.0], &Matrix::from_rows(&[[2.0]]), &mut gradient);
    /// assert_eq!(gradient, [12.0]);
    /// ```
    pub fn gradient(self, residuals: &[f64], jacobian: &Matrix, gradient: &mut [f64]) {
        if self == Self::Squares {
            jacobian.multiply_transposed(residuals, gradient);
        } else {
            let weighted: Vec<f64> =
                residuals.iter().map(|&r| self.evaluate(r * r).1 * r).collect();
            jacobian.multiply_transposed(&weighted, gradient);
        }
        gradient.iter_mut().for_each(|g| *g *= 2.0);
    }
}

impl Loss {
    /// [`gradient`](Self::gradient) with a sparse Jacobian.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn sparse_gradient(self, residuals: &[f64], jacobian: &SparseMatrix, gradient: &mut [f64]) {
        let weight = |&r: &f64| 2.0 * self.evaluate(r * r).1 * r;
        let weighted: Vec<f64> = residuals.iter().map(weight).collect();
        jacobian.multiply_transposed(&weighted, gradient);
    }
}

/// Residuals that find room on the stack.
const FEW: usize = 64;

impl<R: Fn(&[f64], &mut [f64]), J> Objective for WithResiduals<R, J> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let total = |residuals: &mut [f64]| {
            (self.residuals)(x, residuals);
            self.loss.total(residuals)
        };
        Ok(match self.residual_count {
            few @ ..=FEW => total(&mut [0.0; FEW][..few]),
            many => total(&mut vec![0.0; many]),
        })
    }
}

impl<R, J> Gradient for WithResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut Matrix),
{
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let mut residuals = vec![0.0; self.residual_count];
        let mut jacobian = Matrix::zeros(self.residual_count, self.dimension);
        self.residuals_and_jacobian(x, &mut residuals, &mut jacobian)?;
        self.loss.gradient(&residuals, &jacobian, gradient);
        Ok(self.loss.total(&residuals))
    }
}

impl<R, J> Residuals for WithResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut Matrix),
{
    fn residual_count(&self) -> usize {
        self.residual_count
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        (self.residuals)(x, residuals);
        Ok(())
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        (self.residuals)(x, residuals);
        (self.jacobian)(x, jacobian);
        Ok(())
    }

    fn jacobian_alone(&self, x: &[f64], jacobian: &mut Matrix) -> Evaluation<bool> {
        (self.jacobian)(x, jacobian);
        Ok(true)
    }

    fn loss(&self) -> Loss {
        self.loss
    }
}

impl<R, J> Supplies for WithResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut Matrix),
{
    crate::supplies!(gradient, residuals);
}

/// A sum of losses of squared residuals with a sparse Jacobian, from two closures: see
/// [`from_sparse_residuals`].
#[derive(Clone, Debug)]
pub struct WithSparseResiduals<R, J> {
    pattern: SparseMatrix,
    residuals: R,
    jacobian: J,
    loss: Loss,
}

/// The objective of [`from_residuals`] with a sparse Jacobian: `pattern` has an entry wherever the
/// Jacobian may have one (its values do not matter), and `jacobian` writes the values of a matrix with
/// this pattern. Methods for least squares never fill it.
///
/// ```
/// use ravine::matrix::SparseMatrix;
/// use ravine::methods::LevenbergMarquardt;
/// use ravine::minimize;
/// use ravine::objective::from_sparse_residuals;
///
/// // x_i^2 = i x_(i + 1), and the last is 2.
/// let n = 1000;
/// let mut pattern = vec![(n - 1, n - 1, 1.0)];
/// pattern.extend((0..n - 1).flat_map(|i| [(i, i, 1.0), (i, i + 1, 1.0)]));
/// let f = from_sparse_residuals(
///     SparseMatrix::from_triplets(n, n, &pattern),
///     move |x: &[f64], r: &mut [f64]| {
///         (0..n - 1).for_each(|i| r[i] = x[i] * x[i] - x[i + 1] - 2.0);
///         r[n - 1] = x[n - 1] - 2.0;
///     },
///     move |x: &[f64], j: &mut SparseMatrix| {
///         // By columns: in column i the row before, then row i.
///         let mut values = j.values_mut().iter_mut();
///         for i in 0..n {
///             if i > 0 {
///                 *values.next().unwrap() = -1.0;
///             }
///             *values.next().unwrap() = if i + 1 < n { 2.0 * x[i] } else { 1.0 };
///         }
///     },
/// );
/// let outcome = minimize(&f, vec![1.5; n], LevenbergMarquardt::default()).run()?;
/// assert!(outcome.x.iter().all(|x| (x - 2.0).abs() < 1e-9));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn from_sparse_residuals<R, J>(
    pattern: SparseMatrix,
    residuals: R,
    jacobian: J,
) -> WithSparseResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut SparseMatrix),
{
    WithSparseResiduals { pattern, residuals, jacobian, loss: Loss::Squares }
}

impl<R, J> WithSparseResiduals<R, J> {
    /// The same residuals under another loss: `f(x) = sum_i rho(r_i(x)^2)`.
    ///
    /// # Errors
    ///
    /// If the scale of the loss is not positive and finite.
    pub fn with_loss(mut self, loss: Loss) -> Result<Self, ArgumentError> {
        loss.validate()?;
        self.loss = loss;
        Ok(self)
    }
}

impl<R: Fn(&[f64], &mut [f64]), J> Objective for WithSparseResiduals<R, J> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.pattern.columns()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let mut residuals = vec![0.0; self.pattern.rows()];
        (self.residuals)(x, &mut residuals);
        Ok(self.loss.total(&residuals))
    }
}

impl<R, J> Gradient for WithSparseResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut SparseMatrix),
{
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let mut residuals = vec![0.0; self.pattern.rows()];
        let mut jacobian = self.pattern.clone();
        self.residuals_and_sparse_jacobian(x, &mut residuals, &mut jacobian)?;
        self.loss.sparse_gradient(&residuals, &jacobian, gradient);
        Ok(self.loss.total(&residuals))
    }
}

impl<R, J> Residuals for WithSparseResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut SparseMatrix),
{
    fn residual_count(&self) -> usize {
        self.pattern.rows()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        (self.residuals)(x, residuals);
        Ok(())
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        let mut sparse = self.pattern.clone();
        self.residuals_and_sparse_jacobian(x, residuals, &mut sparse)?;
        sparse.write_dense(jacobian);
        Ok(())
    }

    fn sparse_jacobian_pattern(&self, _x: &[f64]) -> Evaluation<Option<SparseMatrix>> {
        Ok(Some(self.pattern.clone()))
    }

    fn residuals_and_sparse_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut SparseMatrix,
    ) -> Evaluation {
        (self.residuals)(x, residuals);
        (self.jacobian)(x, jacobian);
        Ok(())
    }

    fn loss(&self) -> Loss {
        self.loss
    }
}

impl<R, J> Supplies for WithSparseResiduals<R, J>
where
    R: Fn(&[f64], &mut [f64]),
    J: Fn(&[f64], &mut SparseMatrix),
{
    crate::supplies!(gradient, residuals);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_value_for_every_loss() {
        let x = vec![0.7, -1.3];
        for loss in [
            Loss::Squares,
            Loss::Huber(0.8),
            Loss::SoftL1(0.6),
            Loss::Cauchy(1.7),
            Loss::Arctan(1.3),
        ] {
            let f = from_residuals(
                2,
                3,
                |x: &[f64], r: &mut [f64]| {
                    r.copy_from_slice(&[x[0] * x[1], x[0].exp() - 0.1, 4.0 * x[1]]);
                },
                |x: &[f64], j: &mut Matrix| {
                    *j = Matrix::from_rows(&[[x[1], x[0]], [x[0].exp(), 0.0], [0.0, 4.0]]);
                },
            )
            .with_loss(loss)
            .unwrap();
            let mut gradient = vec![0.0; 2];
            let value = Gradient::value_and_gradient(&f, &x, &mut gradient).unwrap();
            assert_eq!(value, Objective::value(&f, &x).unwrap());
            for i in 0..2 {
                let h = 1e-6;
                let at = |h: f64| {
                    let mut x = x.clone();
                    x[i] += h;
                    Objective::value(&f, &x).unwrap()
                };
                let difference = (at(h) - at(-h)) / (2.0 * h);
                assert!((difference - gradient[i]).abs() < 1e-7 * gradient[i].abs(), "{loss:?}");
            }
        }
    }

    #[test]
    fn a_loss_needs_a_positive_scale() {
        for loss in [Loss::Huber(0.0), Loss::SoftL1(f64::NAN), Loss::Cauchy(f64::INFINITY)] {
            let f = from_residuals(1, 1, |_: &[f64], _: &mut [f64]| (), |_, _: &mut Matrix| ());
            let error = f.with_loss(loss).err().unwrap();
            assert_eq!(error.argument(), "loss");
        }
    }
}
