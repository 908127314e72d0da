//! How the gradient's energy is spread over the spectrum.

use crate::matrix::{Matrix, SymmetricEigen};
use crate::minimize::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// The spectral measure of the Hessian H and the gradient g: eigenvalues `lambda_i` with weights
/// `w_i = (q_i'g)^2 / g'g`, so that `g' p(H) g = g'g sum_i w_i p(lambda_i)` for every polynomial p.
///
/// A method whose iterates are combinations of gradients sees nothing of a quadratic but this: after k
/// steps its gradient is `p(H) g` with a polynomial of degree k, and
/// `|g_k|^2 = |g|^2 sum_i w_i p(lambda_i)^2`.
///
/// For few variables it is exact. For many it is the Gauss quadrature of as many nodes as products,
/// exact for polynomials up to twice their number: nodes are the Ritz values of the Lanczos process
/// started at g.
///
/// Source: Golub and Meurant, Matrices, Moments and Quadrature with Applications (2010), chapters 4
/// and 6.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GradientMeasure {
    /// The nodes, ascending.
    pub nodes: Vec<f64>,
    /// Their weights, which sum to 1.
    pub weights: Vec<f64>,
    /// How well each node is known: the residual `|H y - theta y|` of its Ritz vector; 0 where the
    /// nodes are eigenvalues.
    pub residuals: Vec<f64>,
    /// The relative residual that conjugate gradients would have after as many steps as there are
    /// nodes: 0 where the measure is exact, small where it tells all that matters.
    pub left: f64,
}

impl GradientMeasure {
    /// From an eigendecomposition.
    pub(super) fn exact(eigen: &SymmetricEigen, gradient: &[f64]) -> Self {
        let n = gradient.len();
        let mut coefficients = vec![0.0; n];
        eigen.vectors().multiply_transposed(gradient, &mut coefficients);
        let total: f64 = coefficients.iter().map(|c| c * c).sum();
        let weights = coefficients.iter().map(|c| if total > 0.0 { c * c / total } else { 0.0 });
        Self {
            nodes: eigen.values().to_vec(),
            weights: weights.collect(),
            residuals: vec![0.0; n],
            left: 0.0,
        }
    }

    /// From at most `most` products, by the three-term recurrence: what rounding does to it, it does
    /// to conjugate gradients too (Greenbaum, 1989). Ends early where conjugate gradients would
    /// have reduced the residual to `tolerance`.
    ///
    /// `None` where a product is not finite, or there is no gradient.
    pub(super) fn by_lanczos(
        a: &impl LinearOperator<Vec<f64>>,
        gradient: &Vec<f64>,
        most: usize,
        tolerance: f64,
    ) -> Result<Option<Self>, Interrupt> {
        let norm = gradient.norm();
        if !(norm > 0.0 && norm.is_finite()) {
            return Ok(None);
        }
        let mut v = gradient.clone();
        v.scale(1.0 / norm);
        let mut before = v.zeros_like();
        let mut w = v.zeros_like();
        let (mut alpha, mut beta) = (Vec::new(), Vec::new());
        let mut last = 0.0;
        // The pivot of the factorization of T, and the residual of conjugate gradients.
        let (mut pivot, mut residual) = (f64::NAN, 1.0f64);
        for k in 0..most {
            a.apply(&v, &mut w)?;
            if !w.is_finite() {
                return Ok(None);
            }
            let size = w.norm();
            w.axpy(-last, &before);
            let diagonal = v.dot(&w);
            w.axpy(-diagonal, &v);
            alpha.push(diagonal);
            pivot = if k == 0 { diagonal } else { diagonal - last * last / pivot };
            let next = w.norm();
            residual *= (next / pivot).abs();
            if next <= 10.0 * f64::EPSILON * size {
                (residual, last) = (0.0, 0.0);
                break;
            }
            last = next;
            if residual <= tolerance || k + 1 == most {
                break;
            }
            beta.push(next);
            std::mem::swap(&mut before, &mut v);
            std::mem::swap(&mut v, &mut w);
            v.scale(1.0 / next);
        }
        Ok(Self::of_tridiagonal(&alpha, &beta, last, residual))
    }

    /// The Gauss quadrature of a tridiagonal matrix; `next` couples it to what comes after.
    fn of_tridiagonal(alpha: &[f64], beta: &[f64], next: f64, left: f64) -> Option<Self> {
        let k = alpha.len();
        let t = Matrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
            0 => alpha[i],
            1 => beta[i.min(j)],
            _ => 0.0,
        });
        let eigen = SymmetricEigen::new(&t).ok()?;
        let s = eigen.vectors();
        Some(Self {
            nodes: eigen.values().to_vec(),
            weights: (0..k).map(|j| s[(0, j)] * s[(0, j)]).collect(),
            residuals: (0..k).map(|j| (next * s[(k - 1, j)]).abs()).collect(),
            left,
        })
    }

    /// `sum_i w_i f(lambda_i)`.
    ///
    /// ```
    /// use ravine::diagnose::GradientMeasure;
    ///
    /// let measure = GradientMeasure {
    ///     nodes: vec![1.0, 10.0],
    ///     weights: vec![0.25, 0.75],
    ///     ..Default::default()
    /// };
    /// // The curvature along the gradient, g'Hg / g'g.
    /// assert_eq!(measure.mean(|lambda| lambda), 7.75);
    /// ```
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.nodes.iter().zip(&self.weights).map(|(&node, w)| w * f(node)).sum()
    }
}
