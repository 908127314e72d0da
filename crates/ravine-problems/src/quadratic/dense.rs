//! Quadratics by their matrix.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::objective::{Derivatives, DynamicObjective, Evaluation};

use crate::kernels::dot;

/// `f(x) = x'Ax/2` with a dense symmetric A.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::DynamicObjective;
/// use ravine_problems::quadratic::DenseQuadratic;
///
/// let f = DenseQuadratic::new(Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]))?;
/// assert_eq!(f.value(&[1.0, 1.0]).unwrap(), 3.5);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DenseQuadratic {
    matrix: Matrix,
}

impl DenseQuadratic {
    /// The quadratic of a symmetric matrix; of `(A + A')/2` where rounding left a difference
    /// between the triangles of at most `1e-10` times the largest entry.
    ///
    /// # Errors
    ///
    /// If the matrix is not square, finite and symmetric.
    pub fn new(mut matrix: Matrix) -> Result<Self, ArgumentError> {
        let (rows, columns) = (matrix.rows(), matrix.columns());
        let shape = format!("{rows} by {columns}");
        ArgumentError::check(rows == columns, "matrix", shape, "square")?;
        ArgumentError::check(matrix.is_finite(), "matrix", "not finite", "finite in every entry")?;
        let largest = matrix.entries().iter().fold(0.0f64, |m, a| m.max(a.abs()));
        for j in 0..columns {
            for i in 0..j {
                let (upper, lower) = (matrix[(i, j)], matrix[(j, i)]);
                let allowed = format!("symmetric: the mirror entry is {lower}");
                let holds = (upper - lower).abs() <= 1e-10 * largest;
                ArgumentError::check(holds, &format!("matrix entry ({i}, {j})"), upper, &allowed)?;
                let mean = 0.5 * upper + 0.5 * lower;
                matrix[(i, j)] = mean;
                matrix[(j, i)] = mean;
            }
        }
        Ok(Self { matrix })
    }
}

impl DynamicObjective for DenseQuadratic {
    fn dimension(&self) -> usize {
        self.matrix.rows()
    }

    fn derivatives(&self) -> Derivatives {
        Derivatives::HESSIAN
    }

    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        let mut gradient = vec![0.0; x.len()];
        self.value_and_gradient(x, &mut gradient)
    }

    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.matrix.multiply(x, gradient);
        Ok(0.5 * dot(x, gradient))
    }

    fn hessian_product(&self, _x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.matrix.multiply(d, product);
        Ok(())
    }

    fn hessian(&self, _x: &[f64], hessian: &mut Matrix) -> Evaluation {
        hessian.entries_mut().copy_from_slice(self.matrix.entries());
        Ok(())
    }
}
