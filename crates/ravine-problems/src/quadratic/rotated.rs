//! Quadratics by their eigenvalues and eigenvectors.

use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::{
    Evaluation, Gradient, Hessian, HessianProduct, Objective, SparseHessian, Supplies,
};

use super::DENSE_LIMIT;
use ravine::random::Random;
use ravine::vector::{dot, weighted_square};

/// The most reflections in a random rotation.
const REFLECTIONS: usize = 32;

/// `f(x) = x'Ax/2` with `A = Q diag(eigenvalues) Q'` and `Q = H_1 ... H_k` a product of
/// Householder reflections `H = I - 2 v v'`, `|v| = 1`; without reflections A is diagonal.
///
/// A product with A costs O((2k + 1) n). The dense Hessian is offered up to 5000 variables, the
/// sparse one where A is diagonal.
///
/// ```
/// use ravine::objective::Gradient;
/// use ravine_problems::quadratic::RotatedQuadratic;
///
/// let f = RotatedQuadratic::diagonal(vec![1.0, 4.0]);
/// let mut gradient = vec![0.0; 2];
/// assert_eq!(f.value_and_gradient(&vec![2.0, 1.0], &mut gradient).unwrap(), 4.0);
/// assert_eq!(gradient, [2.0, 4.0]);
/// ```
#[derive(Clone, Debug)]
pub struct RotatedQuadratic {
    eigenvalues: Vec<f64>,
    pub(super) reflections: Vec<Vec<f64>>,
}

impl RotatedQuadratic {
    /// A diagonal.
    pub fn diagonal(eigenvalues: Vec<f64>) -> Self {
        Self { eigenvalues, reflections: Vec::new() }
    }

    /// With the columns of a random orthogonal matrix as eigenvectors, the same for the same seed.
    pub fn random(eigenvalues: Vec<f64>, seed: u64) -> Self {
        let n = eigenvalues.len();
        let mut random = Random::new(seed);
        let reflections = (0..n.min(REFLECTIONS))
            .map(|_| {
                let mut v: Vec<f64> = (0..n).map(|_| random.normal()).collect();
                let norm = dot(&v, &v).sqrt();
                v.iter_mut().for_each(|v| *v /= norm);
                v
            })
            .collect();
        Self { eigenvalues, reflections }
    }

    /// The eigenvalues.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// `y = A x`.
    fn multiply(&self, x: &[f64], y: &mut [f64]) {
        y.copy_from_slice(x);
        for v in &self.reflections {
            reflect(v, y);
        }
        for (y, eigenvalue) in y.iter_mut().zip(&self.eigenvalues) {
            *y *= eigenvalue;
        }
        for v in self.reflections.iter().rev() {
            reflect(v, y);
        }
    }
}

/// `y = y - 2 v (v'y)`.
pub(super) fn reflect(v: &[f64], y: &mut [f64]) {
    let scale = 2.0 * dot(v, y);
    for (y, v) in y.iter_mut().zip(v) {
        *y -= scale * v;
    }
}

impl Objective for RotatedQuadratic {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.eigenvalues.len()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        if self.reflections.is_empty() {
            return Ok(0.5 * weighted_square(&self.eigenvalues, x));
        }
        let mut gradient = vec![0.0; x.len()];
        self.value_and_gradient(x, &mut gradient)
    }
}

impl Gradient for RotatedQuadratic {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.multiply(x, gradient);
        Ok(0.5 * dot(x, gradient))
    }
}

impl HessianProduct for RotatedQuadratic {
    fn hessian_product(&self, _x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.multiply(d, product);
        Ok(())
    }
}

impl Hessian for RotatedQuadratic {
    fn hessian(&self, _x: &[f64], hessian: &mut Matrix) -> Evaluation {
        let n = self.eigenvalues.len();
        let mut axis = vec![0.0; n];
        for j in 0..n {
            axis[j] = 1.0;
            self.multiply(&axis, hessian.column_mut(j));
            axis[j] = 0.0;
        }
        // Symmetric to the last bit, as rounding alone does not make it.
        for j in 0..n {
            for i in 0..j {
                hessian[(j, i)] = hessian[(i, j)];
            }
        }
        Ok(())
    }
}

impl SparseHessian for RotatedQuadratic {
    fn sparse_hessian_pattern(&self, _x: &[f64]) -> Evaluation<SparseMatrix> {
        if !self.reflections.is_empty() {
            return Err("a rotated quadratic has no sparse Hessian".into());
        }
        let n = self.eigenvalues.len();
        let diagonal: Vec<_> =
            self.eigenvalues.iter().enumerate().map(|(i, &value)| (i, i, value)).collect();
        Ok(SparseMatrix::from_triplets(n, n, &diagonal))
    }

    fn sparse_hessian(&self, _x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        if !self.reflections.is_empty() {
            return Err("a rotated quadratic has no sparse Hessian".into());
        }
        hessian.values_mut().copy_from_slice(&self.eigenvalues);
        Ok(())
    }
}

impl Supplies for RotatedQuadratic {
    ravine::supplies!(
        gradient,
        hessian_product,
        hessian if |f: &Self| f.eigenvalues.len() <= DENSE_LIMIT,
        sparse_hessian if |f: &Self| f.reflections.is_empty(),
    );
}
