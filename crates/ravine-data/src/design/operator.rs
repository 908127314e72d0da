//! A design matrix as a linear operator.

use ravine_linalg::Interrupt;
use ravine_linalg::operator::{Adjoint, LinearOperator};

use super::Design;

/// X, from coefficients to cases, as any other operator: `X'WX` is a
/// [`Congruence`](ravine_linalg::operator::Congruence) of a diagonal.
///
/// ```
/// use ravine_data::Design;
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Congruence, Diagonal, LinearOperator, Structure};
///
/// let mut x = Design::dense(Matrix::from_rows(&[[1.0], [2.0], [6.0]]), vec!["x".into()]);
/// x.add_intercept();
/// let information = Congruence::new(&x, Diagonal::new(vec![1.0, 1.0, 2.0]))?;
/// assert_eq!(information.structure(), Structure::Semidefinite);
/// let mut product = vec![0.0; 2];
/// information.apply(&vec![1.0, 0.0], &mut product).unwrap();
/// assert_eq!(product, [4.0, 15.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
impl LinearOperator<Vec<f64>> for Design {
    fn dimension(&self) -> usize {
        self.coefficients()
    }

    fn rows(&self) -> usize {
        Design::rows(self)
    }

    fn range_like(&self, _w: &Vec<f64>) -> Vec<f64> {
        vec![0.0; Design::rows(self)]
    }

    fn apply(&self, w: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(w, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Design {
    fn domain_like(&self, _r: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.coefficients()]
    }

    fn apply_adjoint(&self, r: &Vec<f64>, g: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply_transposed(r, g);
        Ok(())
    }
}
