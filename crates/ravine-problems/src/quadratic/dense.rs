//! Quadratics by their matrix.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};

use ravine::vector::dot;

/// `f(x) = x'Ax/2` with a dense symmetric A.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::Objective;
/// use ravine_problems::quadratic::DenseQuadratic;
///
/// let f = DenseQuadratic::new(Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]))?;
/// assert_eq!(f.value(&vec![1.0, 1.0]).unwrap(), 3.5);
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

impl Objective for DenseQuadratic {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.matrix.rows()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let mut gradient = vec![0.0; x.len()];
        self.value_and_gradient(x, &mut gradient)
    }
}

impl Gradient for DenseQuadratic {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.matrix.multiply(x, gradient);
        Ok(0.5 * dot(x, gradient))
    }
}

impl HessianProduct for DenseQuadratic {
    fn hessian_product(&self, _x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.matrix.multiply(d, product);
        Ok(())
    }
}

impl Hessian for DenseQuadratic {
    fn hessian(&self, _x: &[f64], hessian: &mut Matrix) -> Evaluation {
        hessian.entries_mut().copy_from_slice(self.matrix.entries());
        Ok(())
    }
}

impl Supplies for DenseQuadratic {
    ravine::supplies!(gradient, hessian_product, hessian);
}
