//! Any log density, by a quadrature or by numbers drawn once.

use ravine::matrix::Matrix;
use ravine::objective::Hessian;
use ravine::random::Random;
use ravine::{ArgumentError, FunctionError, StartError};

use super::fit::{Expected, GaussianPosterior, Member, Target, VariationalInference};
use super::quadrature::gauss_hermite;

/// Most nodes of a product of quadratures.
const MOST_NODES: usize = 1_000_000;

/// Where a log density is evaluated to find its expectation under a Gaussian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nodes {
    /// So many nodes of Gauss and Hermite in each dimension, and all of their combinations: for few
    /// dimensions.
    Quadrature(usize),
    /// So many pairs `m + C z`, `m - C z` with standard normal z, drawn once.
    Pairs {
        /// How many.
        count: usize,
        /// Other seeds draw other numbers.
        seed: u64,
    },
}

/// A log density with gradient and Hessian: the negative of an objective.
///
/// By default its expectations are products of quadratures up to four dimensions, with 20 nodes in one,
/// 12 in two, 8 in three and 6 in four, and 500 pairs of numbers drawn at random beyond. See
/// [`VariationalInference`] for an example.
#[derive(Debug)]
pub struct LogDensity<'a, O: ?Sized> {
    negative: &'a O,
    nodes: Nodes,
    /// Weights, and points one after the other.
    weights: Vec<f64>,
    points: Vec<f64>,
}

impl<'a, O: Hessian + ?Sized> LogDensity<'a, O> {
    /// Of the density `e^-f`, up to a constant.
    ///
    /// # Errors
    ///
    /// If f has no variables.
    pub fn new(negative: &'a O) -> Result<Self, ArgumentError> {
        let nodes = match negative.dimension() {
            1 => Nodes::Quadrature(20),
            2 => Nodes::Quadrature(12),
            3 => Nodes::Quadrature(8),
            4 => Nodes::Quadrature(6),
            _ => Nodes::Pairs { count: 500, seed: 1 },
        };
        Self::with_nodes(negative, nodes)
    }

    /// The same with other nodes.
    ///
    /// # Errors
    ///
    /// If there are none, or a product of quadratures has more than a million.
    pub fn with_nodes(negative: &'a O, nodes: Nodes) -> Result<Self, ArgumentError> {
        let n = negative.dimension();
        ArgumentError::check(n > 0, "negative.dimension()", n, "at least 1")?;
        let (mut weights, mut points) = (Vec::new(), Vec::new());
        match nodes {
            Nodes::Quadrature(count) => {
                ArgumentError::check(count > 0, "nodes", count, "at least 1")?;
                let total = u32::try_from(n).ok().and_then(|n| count.checked_pow(n));
                let total = total.filter(|&total| total <= MOST_NODES).ok_or_else(|| {
                    let message = format!(
                        "is {count} in each of {n} dimensions, more than {MOST_NODES} in all: take pairs"
                    );
                    ArgumentError::new("nodes", message)
                })?;
                let rule = gauss_hermite(count);
                for k in 0..total {
                    let (mut rest, mut weight) = (k, 1.0);
                    for _ in 0..n {
                        let (z, w) = rule[rest % count];
                        rest /= count;
                        points.push(z);
                        weight *= w;
                    }
                    weights.push(weight);
                }
            }
            Nodes::Pairs { count, seed } => {
                ArgumentError::check(count > 0, "nodes.count", count, "at least 1")?;
                let mut random = Random::new(seed);
                for _ in 0..count {
                    let z: Vec<f64> = (0..n).map(|_| random.normal()).collect();
                    points.extend(z.iter().copied().chain(z.iter().map(|z| -z)));
                }
                weights = vec![0.5 / count as f64; 2 * count];
            }
        }
        Ok(Self { negative, nodes, weights, points })
    }
}

impl<O: Hessian + ?Sized> Target for LogDensity<'_, O> {
    fn dimension(&self) -> usize {
        self.negative.dimension()
    }

    fn is_exact(&self) -> bool {
        matches!(self.nodes, Nodes::Quadrature(_))
    }

    fn expect(&self, q: &Member, expected: &mut Expected) -> Result<f64, FunctionError> {
        let n = q.mean.len();
        expected.gradient.fill(0.0);
        expected.curvature.fill(0.0);
        let (mut g, mut hessian) = (vec![0.0; n], Matrix::zeros(n, n));
        let mut x = vec![0.0; n];
        let mut value = 0.0;
        for (z, w) in self.points.chunks_exact(n).zip(&self.weights) {
            // Of a precision LL', L^-T z has the covariance.
            x.copy_from_slice(z);
            q.factor.solve_lower_transposed(&mut x);
            x.iter_mut().zip(&q.mean).for_each(|(x, m)| *x += m);
            value -= w * self.negative.value_and_gradient(&x, &mut g)?;
            self.negative.hessian(&x, &mut hessian)?;
            expected.gradient.iter_mut().zip(&g).for_each(|(e, g)| *e -= w * g);
            let curvature = expected.curvature.entries_mut().iter_mut();
            curvature.zip(hessian.entries()).for_each(|(c, h)| *c += w * h);
        }
        Ok(value)
    }
}

impl VariationalInference {
    /// The Gaussian nearest to a log density, started at a mean with the identity as covariance.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used, a start where the expectation is not finite, and errors of the
    /// objective.
    pub fn fit<O: Hessian + ?Sized>(
        &self,
        density: &LogDensity<'_, O>,
        start: &[f64],
    ) -> Result<GaussianPosterior, StartError> {
        self.run(density, start, Matrix::identity(density.dimension()))
    }
}
