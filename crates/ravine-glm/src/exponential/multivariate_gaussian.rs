//! Gaussians of several numbers.

use ravine::ArgumentError;
use ravine::matrix::{Cholesky, Matrix};
use ravine::random::Random;
use ravine::vector::dot;

use super::family::{ExponentialFamily, congruence, no_member};

/// `ln(2 pi)`.
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// Normal distributions in d dimensions, of mean mu and covariance S with inverse P:
/// `eta = (P mu, -P / 2)`, `T = (x, x x')`, `A = mu'P mu / 2 + ln det S / 2`, `m = (mu, S + mu mu')`.
///
/// Of the symmetric matrices the lower triangle counts, column by column, so that there are
/// `d (d + 3) / 2` parameters. In eta, entries off the diagonal stand for both of their places:
/// they are `-P_ij`, those on it `-P_ii / 2`.
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, MultivariateGaussian, Parameters};
///
/// let family = MultivariateGaussian::new(2)?;
/// let data = [0.0, 0.0, 2.0, 0.0, 1.0, 3.0, 1.0, 1.0];
/// let eta = family.maximum_likelihood(&data)?;
/// let usual = family.convert(&eta, Parameters::Usual);
/// // Means, then the covariance: 0.5, 0 and 1.5.
/// for (found, expected) in usual.iter().zip([1.0, 1.0, 0.5, 0.0, 1.5]) {
///     assert!((found - expected).abs() < 1e-14);
/// }
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultivariateGaussian {
    d: usize,
}

/// A member, with its factored precision.
struct Member {
    mean: Vec<f64>,
    covariance: Matrix,
    precision: Matrix,
    log_determinant_of_precision: f64,
}

impl MultivariateGaussian {
    /// In that many dimensions.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub fn new(dimensions: usize) -> Result<Self, ArgumentError> {
        ArgumentError::check(dimensions > 0, "dimensions", dimensions, "at least 1")?;
        Ok(Self { d: dimensions })
    }

    /// The places of the lower triangle, in order.
    fn places(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.d).flat_map(move |j| (j..self.d).map(move |i| (i, j)))
    }

    /// The symmetric matrix of a lower triangle, entries off the diagonal times `factor`.
    fn symmetric(self, triangle: &[f64], factor: f64) -> Matrix {
        let mut matrix = Matrix::zeros(self.d, self.d);
        for ((i, j), &value) in self.places().zip(triangle) {
            let value = if i == j { value } else { factor * value };
            (matrix[(i, j)], matrix[(j, i)]) = (value, value);
        }
        matrix
    }

    fn write_triangle(self, matrix: &Matrix, triangle: &mut [f64]) {
        self.places().zip(triangle).for_each(|(place, value)| *value = matrix[place]);
    }

    fn precision(self, eta: &[f64]) -> Matrix {
        let mut precision = self.symmetric(&eta[self.d..], 0.5);
        precision.entries_mut().iter_mut().for_each(|p| *p *= -2.0);
        precision
    }

    /// `None` where eta names none.
    fn member(self, eta: &[f64]) -> Option<Member> {
        let precision = self.precision(eta);
        let factor = Cholesky::new(&precision).ok()?;
        let mut mean = eta[..self.d].to_vec();
        factor.solve(&mut mean);
        let covariance = inverse(&factor);
        let log_determinant_of_precision = factor.log_determinant();
        let finite = mean.iter().all(|m| m.is_finite());
        finite.then_some(Member { mean, covariance, precision, log_determinant_of_precision })
    }

    /// The natural parameters of mean and covariance; `None` where that is not positive definite.
    fn write_natural(self, mean: &[f64], covariance: &Matrix, eta: &mut [f64]) -> Option<()> {
        let factor = Cholesky::new(covariance).ok()?;
        let precision = inverse(&factor);
        let (first, triangle) = eta.split_at_mut(self.d);
        precision.multiply(mean, first);
        for ((i, j), value) in self.places().zip(triangle) {
            *value = if i == j { -0.5 * precision[(i, j)] } else { -precision[(i, j)] };
        }
        Some(())
    }
}

fn inverse(factor: &Cholesky) -> Matrix {
    let n = factor.dimension();
    let mut inverse = Matrix::zeros(n, n);
    for j in 0..n {
        let column = inverse.column_mut(j);
        column[j] = 1.0;
        factor.solve(column);
    }
    // Rounding must not make it unsymmetric.
    for j in 0..n {
        for i in 0..j {
            inverse[(i, j)] = inverse[(j, i)];
        }
    }
    inverse
}

impl ExponentialFamily for MultivariateGaussian {
    fn name(&self) -> &'static str {
        "multivariate gaussian"
    }

    fn dimension(&self) -> usize {
        self.d * (self.d + 3) / 2
    }

    fn case_dimension(&self) -> usize {
        self.d
    }

    fn parameter_names(&self) -> Vec<String> {
        let means = (1..=self.d).map(|i| format!("mean{i}"));
        means.chain(self.places().map(|(i, j)| format!("covariance{},{}", i + 1, j + 1))).collect()
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        ArgumentError::check(x.iter().all(|x| x.is_finite()), "x", x, "finite in every entry")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        let (first, triangle) = t.split_at_mut(self.d);
        first.copy_from_slice(x);
        self.places().zip(triangle).for_each(|((i, j), t)| *t = x[i] * x[j]);
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        -0.5 * self.d as f64 * LN_TAU
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta.iter().all(|eta| eta.is_finite()) && Cholesky::new(&self.precision(eta)).is_ok()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        self.member(eta).map_or(f64::INFINITY, |member| {
            0.5 * dot(&member.mean, &eta[..self.d]) - 0.5 * member.log_determinant_of_precision
        })
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        let Some(Member { mean, covariance, .. }) = self.member(eta) else {
            m.fill(f64::NAN);
            return;
        };
        let (first, triangle) = m.split_at_mut(self.d);
        first.copy_from_slice(&mean);
        for ((i, j), m) in self.places().zip(triangle) {
            *m = covariance[(i, j)] + mean[i] * mean[j];
        }
    }

    /// The covariance of `(x, x x')`, by the moments of the normal distribution.
    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let Some(Member { mean: mu, covariance: s, .. }) = self.member(eta) else {
            information.fill(f64::NAN);
            return;
        };
        let d = self.d;
        for j in 0..d {
            for i in 0..d {
                information[(i, j)] = s[(i, j)];
            }
            for (a, (k, l)) in self.places().enumerate() {
                let value = mu[k] * s[(l, j)] + mu[l] * s[(k, j)];
                (information[(d + a, j)], information[(j, d + a)]) = (value, value);
            }
        }
        for (a, (i, j)) in self.places().enumerate() {
            for (b, (k, l)) in self.places().enumerate() {
                information[(d + a, d + b)] = s[(i, k)] * s[(j, l)]
                    + s[(i, l)] * s[(j, k)]
                    + mu[i] * (mu[k] * s[(j, l)] + mu[l] * s[(j, k)])
                    + mu[j] * (mu[k] * s[(i, l)] + mu[l] * s[(i, k)]);
            }
        }
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let mean = &m[..self.d];
        let mut covariance = self.symmetric(&m[self.d..], 1.0);
        for j in 0..self.d {
            for i in 0..self.d {
                covariance[(i, j)] -= mean[i] * mean[j];
            }
        }
        self.write_natural(mean, &covariance, eta).ok_or_else(|| {
            no_member(m, "the covariance, E xx' - E x E x', must be positive definite")
        })
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let mean = &theta[..self.d];
        ArgumentError::check(mean.iter().all(|m| m.is_finite()), "mean", mean, "finite")?;
        let covariance = self.symmetric(&theta[self.d..], 1.0);
        let written = self.write_natural(mean, &covariance, eta);
        let triangle = &theta[self.d..];
        ArgumentError::check(written.is_some(), "covariance", triangle, "positive definite")
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        let Some(Member { mean, covariance, .. }) = self.member(eta) else {
            theta.fill(f64::NAN);
            return;
        };
        let (first, triangle) = theta.split_at_mut(self.d);
        first.copy_from_slice(&mean);
        self.write_triangle(&covariance, triangle);
    }

    /// `d(P mu) = P dmu - P dS P mu`, `dP = -P dS P`.
    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        let d = self.d;
        let Ok(factor) = Cholesky::new(&self.symmetric(&theta[d..], 1.0)) else {
            jacobian.fill(f64::NAN);
            return;
        };
        let p = inverse(&factor);
        let mut weighted = vec![0.0; d];
        p.multiply(&theta[..d], &mut weighted);
        jacobian.fill(0.0);
        for j in 0..d {
            jacobian.column_mut(j)[..d].copy_from_slice(p.column(j));
        }
        for (b, (k, l)) in self.places().enumerate() {
            let (half, column) = (if k == l { 0.5 } else { 1.0 }, jacobian.column_mut(d + b));
            for i in 0..d {
                column[i] = -half * (p[(i, k)] * weighted[l] + p[(i, l)] * weighted[k]);
            }
            for (a, (i, j)) in self.places().enumerate() {
                let change = half * (p[(i, k)] * p[(l, j)] + p[(i, l)] * p[(k, j)]);
                column[d + a] = if i == j { 0.5 * change } else { change };
            }
        }
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        self.member(eta).map_or(f64::NAN, |member| {
            0.5 * self.d as f64 * (1.0 + LN_TAU) - 0.5 * member.log_determinant_of_precision
        })
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let precision = self.precision(eta);
        let Ok(factor) = Cholesky::new(&precision) else {
            x.fill(f64::NAN);
            return;
        };
        // L'(x - mu) = z of a precision LL'.
        x.iter_mut().for_each(|x| *x = random.normal());
        factor.solve_lower_transposed(x);
        let mut mean = eta[..self.d].to_vec();
        factor.solve(&mut mean);
        x.iter_mut().zip(&mean).for_each(|(x, m)| *x += m);
    }

    /// `P` for the mean, `tr(P dS P dS) / 2` for the covariance.
    fn information_of_usual(&self, theta: &[f64], information: &mut Matrix) {
        let d = self.d;
        information.fill(f64::NAN);
        let Ok(factor) = Cholesky::new(&self.symmetric(&theta[d..], 1.0)) else { return };
        let p = inverse(&factor);
        information.fill(0.0);
        for j in 0..d {
            information.column_mut(j)[..d].copy_from_slice(p.column(j));
        }
        let half = |i: usize, j: usize| if i == j { 0.5 } else { 1.0 };
        for (a, (i, j)) in self.places().enumerate() {
            for (b, (k, l)) in self.places().enumerate() {
                let products = p[(i, k)] * p[(j, l)] + p[(i, l)] * p[(j, k)];
                information[(d + a, d + b)] = half(i, j) * half(k, l) * products;
            }
        }
    }

    /// By the usual parameters, `S = E xx' - mu mu'`: nothing cancels where the mean is large.
    fn information_of_mean(&self, eta: &[f64], information: &mut Matrix) {
        let Some(Member { mean, covariance, .. }) = self.member(eta) else {
            information.fill(f64::NAN);
            return;
        };
        let (d, k) = (self.d, self.dimension());
        let mut jacobian = Matrix::identity(k);
        for (a, (i, j)) in self.places().enumerate() {
            jacobian[(d + a, i)] -= mean[j];
            jacobian[(d + a, j)] -= mean[i];
        }
        let mut theta = mean;
        theta.resize(k, 0.0);
        self.write_triangle(&covariance, &mut theta[d..]);
        let mut usual = Matrix::zeros(k, k);
        self.information_of_usual(&theta, &mut usual);
        congruence(&jacobian, &usual, information);
    }

    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        let (Some(p), Some(q)) = (self.member(p), self.member(q)) else { return f64::INFINITY };
        let change: Vec<f64> = p.mean.iter().zip(&q.mean).map(|(p, q)| p - q).collect();
        let mut weighted = vec![0.0; self.d];
        q.precision.multiply(&change, &mut weighted);
        // tr(Q (S_p - S_q)) in place of tr(Q S_p) - d.
        let trace: f64 = (q.precision.entries().iter())
            .zip(p.covariance.entries().iter().zip(q.covariance.entries()))
            .map(|(q, (p_s, q_s))| q * (p_s - q_s))
            .sum();
        let determinants = p.log_determinant_of_precision - q.log_determinant_of_precision;
        0.5 * (trace + determinants + dot(&change, &weighted))
    }

    /// In two passes, mean and then covariance: exact where the mean is large, too.
    fn maximum_likelihood(&self, data: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        let m = self.mean_statistics(data)?;
        let mean = &m[..self.d];
        let mut covariance = Matrix::zeros(self.d, self.d);
        let share = self.d as f64 / data.len() as f64;
        for x in data.chunks_exact(self.d) {
            for j in 0..self.d {
                for i in 0..self.d {
                    covariance[(i, j)] += share * (x[i] - mean[i]) * (x[j] - mean[j]);
                }
            }
        }
        let mut eta = vec![0.0; m.len()];
        self.write_natural(mean, &covariance, &mut eta).ok_or_else(|| {
            no_member(&m, "the covariance, E xx' - E x E x', must be positive definite")
        })?;
        Ok(eta)
    }
}
