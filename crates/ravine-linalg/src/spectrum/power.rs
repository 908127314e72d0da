//! The power iteration.

use super::{Eigenpairs, SpectrumEnd, SpectrumError, check_shape};
use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Pointwise;

/// The power iteration with deflation, for the eigenpairs farthest from a shift:
///
/// ```text
/// theta = v'A v,   v = (A - shift I) v / |(A - shift I) v|
/// ```
///
/// from a random v, orthogonal to the eigenvectors found before. The error falls by
/// `|lambda_2 - shift| / |lambda_1 - shift|` a product; where these are equal, as for
/// `lambda_2 = -lambda_1` without a shift, it does not. A shift of about the largest eigenvalue
/// leads to the smallest: those farthest away.
///
/// A pair is converged when the residual `|A v - theta v|`, of what is orthogonal to the pairs
/// found before, is at most `tolerance` times the largest `|theta|`. The residuals given are the
/// whole ones.
///
/// [`ThickRestartLanczos`](super::ThickRestartLanczos) needs far fewer products; this is the method
/// that everybody knows, and needs only three vectors.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), sections 7.3 and 8.2.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::PowerIteration;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
/// let largest = PowerIteration::default().eigenpairs(&a, &vec![0.0; 2])?;
/// assert!((largest.values[0] - 3.0).abs() < 1e-12);
/// // The other end.
/// let shifted = PowerIteration { shift: largest.values[0], ..Default::default() };
/// let smallest = shifted.eigenpairs(&a, &vec![0.0; 2])?;
/// assert!((smallest.values[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PowerIteration {
    /// How many eigenpairs; where the operator has fewer, all. Default 1.
    pub pairs: usize,
    /// What the eigenvalues are to be far from. Default 0: the largest in magnitude.
    pub shift: f64,
    /// The residual that is small enough, relative to the largest `|theta|`. Default `1e-10`.
    pub tolerance: f64,
    /// The most products with the operator, for all pairs. Default 10,000.
    pub products: usize,
    /// What the random starting vectors come from. Default 0.
    pub seed: u64,
}

impl Default for PowerIteration {
    fn default() -> Self {
        Self { pairs: 1, shift: 0.0, tolerance: 1e-10, products: 10_000, seed: 0 }
    }
}

impl PowerIteration {
    /// The eigenpairs of the symmetric `a`; `like` shows the shape of its vectors.
    ///
    /// After [`SpectrumEnd::ProductLimit`] the pair that was being worked on is the last found.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used, an operator that is not square or of another dimension than
    /// `like`, or an interrupt of the operator.
    pub fn eigenpairs<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        let n = check_shape(a, like)?;
        ArgumentError::check(self.pairs > 0, "pairs", self.pairs, "at least 1")?;
        ArgumentError::check(self.shift.is_finite(), "shift", self.shift, "finite")?;
        let holds = self.tolerance > 0.0 && self.tolerance < 1.0;
        ArgumentError::check(holds, "tolerance", self.tolerance, "above 0 and below 1")?;
        ArgumentError::check(self.products > 0, "products", self.products, "at least 1")?;
        let mut found = Eigenpairs::none(SpectrumEnd::Converged);
        let mut random = Random::new(self.seed);
        let mut product = like.zeros_like();
        while found.vectors.len() < self.pairs.min(n) && found.end == SpectrumEnd::Converged {
            let mut v = like.zeros_like();
            v.fill_normal(&mut random);
            deflate(&mut v, &found.vectors);
            self.iterate(a, v, &mut product, &mut found)?;
        }
        found.sort();
        let enough = self.tolerance * found.norm;
        if found.end == SpectrumEnd::Converged && found.residuals.iter().any(|r| *r > enough) {
            found.end = SpectrumEnd::PrecisionLimit;
        }
        Ok(found)
    }

    /// One more pair, from v.
    fn iterate<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        mut v: V,
        product: &mut V,
        found: &mut Eigenpairs<V>,
    ) -> Result<(), SpectrumError> {
        loop {
            a.apply(&v, product)?;
            found.products += 1;
            let theta = v.dot(product);
            let length = product.norm();
            if !(theta.is_finite() && length.is_finite()) {
                found.end = SpectrumEnd::NotFinite;
                return Ok(());
            }
            found.norm = found.norm.max(theta.abs());
            product.axpy(-theta, &v);
            let residual = product.norm();
            // As shares, whose squares do not leave the range of numbers.
            let share = |u: &V| (u.dot(product) / residual.max(f64::MIN_POSITIVE)).powi(2);
            let elsewhere: f64 = found.vectors.iter().map(share).sum();
            let own = residual * (1.0 - elsewhere).max(0.0).sqrt();
            let rounding = 4.0 * V::EPSILON * length;
            let converged = own <= (self.tolerance * found.norm).max(rounding);
            if converged || found.products >= self.products {
                found.values.push(theta);
                found.vectors.push(v);
                found.residuals.push(residual);
                if !converged {
                    found.end = SpectrumEnd::ProductLimit;
                }
                return Ok(());
            }
            // (A - shift I) v = (A v - theta v) + (theta - shift) v.
            v.axpby(1.0, product, theta - self.shift);
            deflate(&mut v, &found.vectors);
        }
    }
}

/// Makes v orthogonal to the others and of length one.
fn deflate<V: Pointwise>(v: &mut V, others: &[V]) {
    v.scale(1.0 / v.norm());
    // The second time for a v almost in their span.
    for _ in 0..2 {
        for u in others {
            let projection = v.dot(u);
            v.axpy(-projection, u);
        }
        v.scale(1.0 / v.norm());
    }
}
