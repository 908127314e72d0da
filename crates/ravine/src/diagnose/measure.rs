//! How the gradient's energy is spread over the spectrum.

use ravine_linalg::Interrupt;
use ravine_linalg::krylov::{LanczosStep, ShortLanczos};
use ravine_linalg::matrix::{Matrix, SymmetricEigen, TridiagonalEigen};
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::spectrum::{Density, Quadrature};

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
///
/// ```
/// use ravine::diagnose::diagnose;
///
/// let f = ravine::objective!(2, |x| 50.0 * x[0].powi(2) + 0.5 * x[1].powi(2));
/// let measure = diagnose(&f, &[0.01, 1.0])?.gradient_measure.unwrap();
/// // g = (1, 1): half of its energy at either eigenvalue, and g'Hg / g'g = (100 + 1) / 2.
/// assert!((measure.quadrature.integrate(|lambda| lambda) - 50.5).abs() < 1e-10);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GradientMeasure {
    /// Nodes, weights that sum to 1, and the residuals of the Ritz vectors: 0 where the nodes are
    /// eigenvalues.
    #[serde(flatten)]
    pub quadrature: Quadrature,
    /// The relative residual that conjugate gradients would have after as many steps as there are
    /// nodes: 0 where the measure is exact, small where it tells all that matters.
    pub left: f64,
}

/// A node that stands for what lies around it is split into so many.
const SPLIT: usize = 3;

/// Of more eigenvalues than this an even share is represented.
const EIGENVALUES: usize = 1000;

/// Where conjugate gradients are done, the process goes on to so many times their steps: methods that
/// take more steps than they tell eigenvalues apart that lie closer together.
const BEYOND: usize = 2;

impl GradientMeasure {
    /// From an eigendecomposition.
    pub(super) fn exact(eigen: &SymmetricEigen, gradient: &[f64]) -> Self {
        let n = gradient.len();
        let mut coefficients = vec![0.0; n];
        eigen.vectors().multiply_transposed(gradient, &mut coefficients);
        let total: f64 = coefficients.iter().map(|c| c * c).sum();
        let weights = coefficients.iter().map(|c| if total > 0.0 { c * c / total } else { 0.0 });
        let quadrature = Quadrature {
            nodes: eigen.values().to_vec(),
            weights: weights.collect(),
            residuals: vec![0.0; n],
        };
        Self { quadrature, left: 0.0 }
    }

    /// From at most `most` products, by the process in three vectors: what rounding does to it, it
    /// does to conjugate gradients too (Greenbaum, 1989). Ends early at twice the steps in which
    /// conjugate gradients reduce the residual to `tolerance`.
    ///
    /// `None` where a product is not finite, or there is no gradient.
    pub(super) fn by_lanczos(
        a: &impl LinearOperator<Vec<f64>>,
        gradient: &Vec<f64>,
        most: usize,
        tolerance: f64,
    ) -> Result<Option<Self>, Interrupt> {
        let mut lanczos = ShortLanczos::new(gradient);
        if lanczos.begin(gradient) != LanczosStep::Done || lanczos.exhausted() {
            return Ok(None);
        }
        let (mut alpha, mut beta) = (Vec::new(), Vec::new());
        // The pivots of the factorization of T, and the residual of conjugate gradients, which they
        // are the step lengths of.
        let (mut pivot, mut left) = (f64::NAN, 1.0f64);
        let mut enough = None;
        while alpha.len() < enough.unwrap_or(most).min(most) && !lanczos.exhausted() {
            if lanczos.step(a)? != LanczosStep::Done {
                return Ok(None);
            }
            let (delta, gamma) = (lanczos.diagonal(), lanczos.off_diagonal());
            let last = beta.last().map_or(0.0, |gamma: &f64| gamma * gamma / pivot);
            pivot = delta - last;
            left *= (gamma / pivot).abs();
            alpha.push(delta);
            beta.push(gamma);
            if left <= tolerance {
                enough.get_or_insert(BEYOND * alpha.len());
            }
        }
        let k = alpha.len();
        let next = beta.pop().unwrap_or(0.0);
        let ends = Matrix::from_fn(2, k, |i, j| f64::from(j == i * (k - 1)));
        let Ok(eigen) = TridiagonalEigen::new(&alpha, &beta, ends) else { return Ok(None) };
        let row = |i: usize| (0..k).map(move |j| (i, j));
        let quadrature = Quadrature {
            nodes: eigen.values().to_vec(),
            weights: row(0).map(|at| eigen.rows()[at].powi(2)).collect(),
            residuals: row(1).map(|at| next * eigen.rows()[at].abs()).collect(),
        };
        Ok(Some(Self { quadrature, left }))
    }

    /// The measure with each node that is not an eigenvalue split into several, spread evenly in the
    /// logarithm over what it stands for: as far as its residual, halfway to the nearer neighbour at
    /// most, so that clusters stay clusters. Methods that make more steps than there are nodes would
    /// otherwise find the quadratic solved.
    ///
    /// Where the process ended before it had seen all that matters, the least node stands for
    /// everything down to the smallest eigenvalue, and each for as many eigenvalues as there are
    /// around it: they are what conjugate gradients in floating point have still to find.
    pub(super) fn refined(&self, unseen: Option<Unseen<'_>>) -> Quadrature {
        let Quadrature { nodes, weights, residuals } = &self.quadrature;
        let mut refined =
            Quadrature { nodes: Vec::new(), weights: Vec::new(), residuals: Vec::new() };
        for (j, (&theta, &weight)) in nodes.iter().zip(weights).enumerate() {
            let halfway =
                |to: Option<&f64>| to.map_or(f64::INFINITY, |to| 0.5 * (to - theta).abs());
            let before = j.checked_sub(1).and_then(|i| nodes.get(i));
            let reach = residuals[j].min(halfway(before)).min(halfway(nodes.get(j + 1)));
            let (mut low, high) = (theta - reach, theta + reach);
            if let (0, Some(Unseen { smallest, .. })) = (j, unseen) {
                low = smallest.min(theta);
            }
            let narrow = high - low <= 1e-12 * theta.abs() || low * high <= 0.0;
            let count = if narrow || self.left == 0.0 {
                1
            } else {
                let around = unseen.map_or(0.0, |unseen| unseen.eigenvalues(low, high));
                SPLIT.max(around.ceil() as usize)
            };
            for i in 0..count {
                let t = (i as f64 + 0.5) / count as f64;
                let node = if count == 1 { theta } else { low * (high / low).powf(t) };
                refined.nodes.push(node);
                refined.weights.push(weight / count as f64);
                refined.residuals.push(0.0);
            }
        }
        refined
    }
}

/// What is known of the spectrum beside a measure that has not seen all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unseen<'a> {
    /// The smallest eigenvalue, positive.
    pub smallest: f64,
    pub density: &'a Density,
}

impl Unseen<'_> {
    /// The number of eigenvalues between `low` and `high`.
    fn eigenvalues(&self, low: f64, high: f64) -> f64 {
        let quadratures = self.density.quadratures();
        let share: f64 = quadratures.iter().map(|q| self.below(q, high) - self.below(q, low)).sum();
        self.density.dimension().min(EIGENVALUES) as f64 * share / quadratures.len() as f64
    }

    /// The share of the eigenvalues at or below x. What is below the least node of a probe is spread
    /// evenly in the logarithm down to the smallest eigenvalue.
    fn below(&self, probe: &Quadrature, x: f64) -> f64 {
        match probe.nodes.first() {
            Some(&least) if x < least && least > self.smallest => {
                let t = (x / self.smallest).ln() / (least / self.smallest).ln();
                t.max(0.0) * probe.cumulative(least)
            }
            _ => probe.cumulative(x),
        }
    }
}
