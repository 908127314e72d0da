//! Gauss quadrature of spectral measures, by Lanczos.

use crate::error::ArgumentError;
use crate::krylov::Lanczos;
use crate::matrix::{FactorizationError, Matrix, TridiagonalEigen};
use crate::operator::LinearOperator;
use crate::vector::Vector;

use super::{SpectrumError, check_shape};

/// How the spectrum of A weighs in a vector b: the Gauss rule of the measure
///
/// ```text
/// mu = sum_j (q_j'b / |b|)^2 delta(lambda - lambda_j)
/// ```
///
/// over the eigenpairs of A. After k steps of Lanczos from b with `T = S diag(theta) S'`, the
/// nodes are the theta and the weights `S_1j^2`; the rule is exact for polynomials of degree
/// below 2k.
///
/// Source: Golub and Meurant, Matrices, Moments and Quadrature (2010), chapter 6; Golub and Welsch
/// (1969).
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::Quadrature;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
/// let rule = Quadrature::of_vector(&a, &vec![1.0, 0.0], 10)?;
/// assert!((rule.nodes[0] - 1.0).abs() < 1e-14 && (rule.nodes[1] - 3.0).abs() < 1e-14);
/// assert!((rule.weights[0] - 0.5).abs() < 1e-14);
/// // b'f(A)b / b'b for any f.
/// assert!((rule.integrate(|lambda| 1.0 / lambda) - 2.0 / 3.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Quadrature {
    /// The nodes theta, ascending.
    pub nodes: Vec<f64>,
    /// Their weights, of sum 1.
    pub weights: Vec<f64>,
    /// `|A y_j - theta_j y_j|` of the Ritz vectors: an eigenvalue of A is within that of
    /// `theta_j`.
    pub residuals: Vec<f64>,
}

impl Quadrature {
    /// At most `steps` products with A from `b`; fewer where the Krylov space is exhausted.
    ///
    /// # Errors
    ///
    /// A bad argument, an interrupt of the operator, or a product that is not finite.
    pub fn of_vector<V: Vector>(
        a: &impl LinearOperator<V>,
        b: &V,
        steps: usize,
    ) -> Result<Self, SpectrumError> {
        Self::with(a, b, steps, &mut Lanczos::default())
    }

    /// [`of_vector`](Self::of_vector) in the memory of an earlier basis.
    pub(super) fn with<V: Vector>(
        a: &impl LinearOperator<V>,
        b: &V,
        steps: usize,
        lanczos: &mut Lanczos<V>,
    ) -> Result<Self, SpectrumError> {
        check_shape(a, b)?;
        ArgumentError::check(steps > 0, "steps", steps, "positive")?;
        let norm = b.norm();
        ArgumentError::check(norm > 0.0 && norm.is_finite(), "b", norm, "finite and not zero")?;
        lanczos.begin(b);
        while lanczos.dimension() < steps && !lanczos.exhausted() {
            if !lanczos.extend(a)? {
                return Err(SpectrumError::NotFinite);
            }
        }
        Ok(Self::from_lanczos(lanczos)?)
    }

    /// The rule that a Lanczos process has arrived at.
    ///
    /// # Errors
    ///
    /// See [`TridiagonalEigen::new`].
    pub fn from_lanczos<V: Vector>(lanczos: &Lanczos<V>) -> Result<Self, FactorizationError> {
        let k = lanczos.dimension();
        let (inner, leading_out) = lanczos.off_diagonal().split_at(k.saturating_sub(1));
        let ends = Matrix::from_fn(2, k, |i, j| f64::from(j == i * (k - 1)));
        let eigen = TridiagonalEigen::new(lanczos.diagonal(), inner, ends)?;
        let next = leading_out.first().copied().unwrap_or(0.0);
        let row = |i: usize| (0..k).map(move |j| (i, j));
        Ok(Self {
            nodes: eigen.values().to_vec(),
            weights: row(0).map(|at| eigen.rows()[at].powi(2)).collect(),
            residuals: row(1).map(|at| next * eigen.rows()[at].abs()).collect(),
        })
    }

    /// The measure with equal weights on known eigenvalues.
    pub fn exact(eigenvalues: &[f64]) -> Self {
        let mut nodes = eigenvalues.to_vec();
        nodes.sort_by(f64::total_cmp);
        let n = nodes.len();
        Self { nodes, weights: vec![1.0 / n as f64; n], residuals: vec![0.0; n] }
    }

    /// `sum_j w_j f(theta_j)`, which approximates `b'f(A)b / b'b`.
    pub fn integrate(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.nodes.iter().zip(&self.weights).map(|(&theta, w)| w * f(theta)).sum()
    }

    /// The share of the measure at or below x, `mu(-inf, x]`.
    ///
    /// A node stands for what lies around it: by the inequalities of Chebyshev, Markov and
    /// Stieltjes the share below node j is at least the weights before it and at most those and
    /// its own. So half of its weight is spread evenly on either side, as far as its residual
    /// reaches, but no further than the next node and, at the ends, not at all; where the
    /// residual is small it is an eigenvalue and stays in its place. What a node weighs beyond
    /// twice its lighter neighbour is no smooth density either (a null space, a cluster) and stays
    /// too.
    ///
    /// ```
    /// use ravine_linalg::spectrum::Quadrature;
    ///
    /// let rule = Quadrature { nodes: vec![0.0, 1.0], weights: vec![0.5; 2], residuals: vec![2.0; 2] };
    /// assert_eq!([0.0, 0.5, 1.0].map(|x| rule.cumulative(x)), [0.25, 0.5, 1.0]);
    /// let converged = Quadrature { residuals: vec![0.0; 2], ..rule };
    /// assert_eq!([0.0, 0.5, 1.0].map(|x| converged.cumulative(x)), [0.5, 0.5, 1.0]);
    /// ```
    pub fn cumulative(&self, x: f64) -> f64 {
        self.cumulative_in(x, |lambda| lambda)
    }

    /// [`cumulative`](Self::cumulative), spread evenly in an increasing `coordinate` of lambda.
    pub(super) fn cumulative_in(&self, x: f64, coordinate: impl Fn(f64) -> f64) -> f64 {
        let Self { nodes, weights, residuals } = self;
        let mut share = 0.0;
        for (j, (&theta, &weight)) in nodes.iter().zip(weights).enumerate() {
            let before = j.checked_sub(1).map(|i| (theta - nodes[i], weights[i]));
            let after = nodes.get(j + 1).map(|next| (next - theta, weights[j + 1]));
            let beside = before.iter().chain(&after).map(|b| b.1).fold(f64::INFINITY, f64::min);
            let spread = weight.min(2.0 * beside);
            let reach = |side: Option<(f64, f64)>| side.map_or(0.0, |s| s.0.min(residuals[j]));
            let below = |from: f64, to: f64| {
                if to <= x {
                    1.0
                } else if from >= x {
                    0.0
                } else {
                    let (from, to) = (coordinate(from), coordinate(to));
                    ((coordinate(x) - from) / (to - from)).clamp(0.0, 1.0)
                }
            };
            share += (weight - spread) * below(theta, theta)
                + 0.5 * spread * below(theta - reach(before), theta)
                + 0.5 * spread * below(theta, theta + reach(after));
        }
        share
    }
}
