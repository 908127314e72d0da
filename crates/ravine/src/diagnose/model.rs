//! The quadratic model of an objective at a point, as an objective: what methods are rehearsed on.

use crate::objective::{
    Derivatives, Evaluation, Fisher, Gradient, Hessian, HessianProduct, Objective, Residuals,
    SparseHessian, Supplies,
};
use ravine_linalg::matrix::{Matrix, SparseMatrix, SymmetricEigen};
use ravine_linalg::spectrum::Quadrature;
use ravine_linalg::vector::Vector;

/// `lowest + (x - m)' |H| (x - m) / 2` with the minimizer m of the quadratic model at `start`, where
/// `|H|` has the absolute eigenvalues of H: a quadratic has a minimizer only where they are positive,
/// and a method that has left the region of negative curvature meets positive curvature of about the
/// same sizes.
///
/// Centred at its minimizer it is as exact there as an objective whose lowest value is zero.
pub(super) struct QuadraticModel {
    pub start: Vec<f64>,
    minimizer: Vec<f64>,
    lowest: f64,
    hessian: Curvature,
    derivatives: Derivatives,
    fisher: Option<Matrix>,
}

enum Curvature {
    Dense(Matrix),
    /// With a sparse Hessian beside it.
    Sparse(Matrix, SparseMatrix),
    /// In a basis of eigenvectors or Ritz vectors.
    Diagonal(Vec<f64>),
}

/// Eigenvalues below this share of the largest are zero to rounding.
const FLAT: f64 = 1e-14;

impl QuadraticModel {
    /// In the variables of the objective.
    pub fn dense(
        x: &[f64],
        value: f64,
        gradient: &[f64],
        hessian: &Matrix,
        eigen: &SymmetricEigen,
        derivatives: Derivatives,
    ) -> Self {
        let flat = FLAT * x.len() as f64 * eigen.norm();
        let mut to_minimizer = vec![0.0; x.len()];
        let inverse = |lambda: f64| if lambda.abs() > flat { 1.0 / lambda.abs() } else { 0.0 };
        eigen.apply(inverse, gradient, &mut to_minimizer);
        let fall = 0.5 * dot(gradient, &to_minimizer);
        let minimizer = x.iter().zip(&to_minimizer).map(|(x, d)| x - d).collect();
        let definite = eigen.values().first().is_none_or(|&lowest| lowest > 0.0);
        let hessian = if definite { hessian.clone() } else { absolute(eigen) };
        Self {
            start: x.to_vec(),
            minimizer,
            lowest: lowest(value, fall),
            hessian: Curvature::Dense(hessian),
            derivatives: Derivatives { sparse_hessian: false, residuals: false, ..derivatives },
            fisher: None,
        }
    }

    /// The same, started at another point.
    pub fn started_at(self, start: &[f64]) -> Self {
        Self { start: start.to_vec(), ..self }
    }

    /// Its gradient where it is started.
    pub fn gradient_at_start(&self) -> Vec<f64> {
        let d: Vec<f64> = self.start.iter().zip(&self.minimizer).map(|(x, m)| x - m).collect();
        let mut gradient = d.clone();
        self.multiply(&d, &mut gradient);
        gradient
    }

    /// In the space that the gradient spans with the Hessian: one variable a node of the measure.
    /// Starts so that the scale of x and g is that of the objective's, `size` being `|x|` in the
    /// maximum norm and `gradient` the norms of g, Euclidean and maximum.
    pub fn reduced(
        measure: &Quadrature,
        value: f64,
        size: f64,
        gradient: (f64, f64),
        derivatives: Derivatives,
    ) -> Self {
        let (norm, norm_max) = gradient;
        let largest = measure.nodes.iter().fold(0.0f64, |m, node| m.max(node.abs()));
        let (mut start, mut minimizer, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        let mut fall = 0.0;
        let most = measure.weights.iter().fold(0.0f64, |m, w| m.max(w.sqrt()));
        for (&node, weight) in measure.nodes.iter().zip(&measure.weights) {
            let (lambda, slope) = (node.abs(), norm * weight.sqrt());
            if lambda > FLAT * largest && slope > 0.0 {
                let at = if norm_max > 0.0 { size * norm * most / norm_max } else { 0.0 };
                start.push(at);
                minimizer.push(at - slope / lambda);
                nodes.push(lambda);
                fall += 0.5 * slope * slope / lambda;
            }
        }
        Self {
            start,
            minimizer,
            lowest: lowest(value, fall),
            hessian: Curvature::Diagonal(nodes),
            derivatives: Derivatives {
                sparse_hessian: false,
                hessian: false,
                residuals: false,
                fisher: false,
                ..derivatives
            },
            fisher: None,
        }
    }

    /// With the sparse Hessian beside the dense one, where that is what the model has.
    pub fn with_sparse(mut self, sparse: SparseMatrix) -> Self {
        if let Curvature::Dense(dense) = self.hessian {
            self.hessian = Curvature::Sparse(dense, sparse);
            self.derivatives.sparse_hessian = true;
        }
        self
    }

    /// With a Fisher information that is the same everywhere.
    pub fn with_fisher(mut self, fisher: Matrix) -> Self {
        self.derivatives.fisher = true;
        self.fisher = Some(fisher);
        self
    }

    fn multiply(&self, d: &[f64], product: &mut [f64]) {
        match &self.hessian {
            Curvature::Dense(h) | Curvature::Sparse(h, _) => h.multiply(d, product),
            Curvature::Diagonal(nodes) => {
                for ((p, d), node) in product.iter_mut().zip(d).zip(nodes) {
                    *p = node * d;
                }
            }
        }
    }
}

/// The value at the minimizer; zero where it is lost in rounding.
fn lowest(value: f64, fall: f64) -> f64 {
    let lowest = value - fall;
    if lowest.abs() <= 1e-10 * value.abs().max(fall) { 0.0 } else { lowest }
}

fn absolute(eigen: &SymmetricEigen) -> Matrix {
    let n = eigen.values().len();
    let mut matrix = Matrix::zeros(n, n);
    let mut unit = vec![0.0; n];
    for j in 0..n {
        unit[j] = 1.0;
        eigen.apply(f64::abs, &unit, matrix.column_mut(j));
        unit[j] = 0.0;
    }
    matrix
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

impl Objective for QuadraticModel {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.start.len()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let mut gradient = vec![0.0; x.len()];
        self.value_and_gradient(x, &mut gradient)
    }
}

impl Gradient for QuadraticModel {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let d: Vec<f64> = x.iter().zip(&self.minimizer).map(|(x, m)| x - m).collect();
        self.multiply(&d, gradient);
        Ok(self.lowest + 0.5 * dot(&d, gradient))
    }
}

impl HessianProduct for QuadraticModel {
    fn hessian_product(&self, _x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.multiply(d, product);
        Ok(())
    }
}

impl Hessian for QuadraticModel {
    fn hessian(&self, _x: &[f64], hessian: &mut Matrix) -> Evaluation {
        match &self.hessian {
            Curvature::Dense(h) | Curvature::Sparse(h, _) => {
                hessian.entries_mut().copy_from_slice(h.entries());
            }
            Curvature::Diagonal(nodes) => {
                hessian.fill(0.0);
                nodes.iter().enumerate().for_each(|(i, &node)| hessian[(i, i)] = node);
            }
        }
        Ok(())
    }
}

impl SparseHessian for QuadraticModel {
    fn sparse_hessian_pattern(&self, _x: &[f64]) -> Evaluation<SparseMatrix> {
        match &self.hessian {
            Curvature::Sparse(_, sparse) => Ok(sparse.clone()),
            _ => Err("the model has no sparse Hessian".into()),
        }
    }

    fn sparse_hessian(&self, _x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        match &self.hessian {
            Curvature::Sparse(_, sparse) => hessian.values_mut().copy_from_slice(sparse.values()),
            _ => return Err("the model has no sparse Hessian".into()),
        }
        Ok(())
    }
}

impl Fisher for QuadraticModel {
    fn fisher(&self, _x: &[f64], fisher: &mut Matrix) -> Evaluation {
        let Some(known) = &self.fisher else {
            return Err("the model has no Fisher information".into());
        };
        fisher.entries_mut().copy_from_slice(known.entries());
        Ok(())
    }
}

impl Supplies for QuadraticModel {
    crate::supplies!(
        gradient if |f: &Self| f.derivatives.gradient,
        hessian_product if |f: &Self| f.derivatives.hessian_product,
        hessian if |f: &Self| f.derivatives.hessian,
        sparse_hessian if |f: &Self| f.derivatives.sparse_hessian,
        fisher if |f: &Self| f.derivatives.fisher,
    );
}

/// Residuals by their linear model, `r + J (x - start)`: what least-squares methods are rehearsed on.
pub(super) struct LinearResiduals {
    pub start: Vec<f64>,
    residuals: Vec<f64>,
    jacobian: Matrix,
    /// `2 J'J`.
    hessian: Matrix,
}

impl LinearResiduals {
    pub fn new(start: &[f64], residuals: Vec<f64>, jacobian: Matrix) -> Self {
        let n = start.len();
        let gram = |i, j| 2.0 * dot(jacobian.column(i), jacobian.column(j));
        let hessian = Matrix::from_fn(n, n, gram);
        Self { start: start.to_vec(), residuals, jacobian, hessian }
    }

    fn at(&self, x: &[f64]) -> Vec<f64> {
        let d: Vec<f64> = x.iter().zip(&self.start).map(|(x, s)| x - s).collect();
        let mut r = vec![0.0; self.residuals.len()];
        self.jacobian.multiply(&d, &mut r);
        r.axpy(1.0, &self.residuals);
        r
    }
}

impl Objective for LinearResiduals {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.start.len()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let r = self.at(x);
        Ok(dot(&r, &r))
    }
}

impl Gradient for LinearResiduals {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let r = self.at(x);
        self.jacobian.multiply_transposed(&r, gradient);
        gradient.iter_mut().for_each(|g| *g *= 2.0);
        Ok(dot(&r, &r))
    }
}

impl HessianProduct for LinearResiduals {
    fn hessian_product(&self, _x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.hessian.multiply(d, product);
        Ok(())
    }
}

impl Hessian for LinearResiduals {
    fn hessian(&self, _x: &[f64], hessian: &mut Matrix) -> Evaluation {
        hessian.entries_mut().copy_from_slice(self.hessian.entries());
        Ok(())
    }
}

impl Residuals for LinearResiduals {
    fn residual_count(&self) -> usize {
        self.residuals.len()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        residuals.copy_from_slice(&self.at(x));
        Ok(())
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        residuals.copy_from_slice(&self.at(x));
        jacobian.entries_mut().copy_from_slice(self.jacobian.entries());
        Ok(())
    }
}

impl Supplies for LinearResiduals {
    crate::supplies!(gradient, hessian_product, hessian, residuals, residuals_and_hessian);
}
