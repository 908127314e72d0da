//! Stochastic Lanczos quadrature.

use crate::error::ArgumentError;
use crate::krylov::{Lanczos, Reorthogonalization};
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Pointwise;

use super::{Density, Quadrature, SpectrumError, check_shape};

/// Stochastic Lanczos quadrature: the density of eigenvalues of a symmetric A from products,
///
/// ```text
/// phi(t) = 1/n sum_j delta(t - lambda_j)  ~  1/m sum_i (measure of A in z_i)
/// ```
///
/// with m random vectors of signs z and the [`Quadrature`] of each after k steps of Lanczos. It
/// takes m k products and room for k + 2 vectors.
///
/// k steps tell eigenvalues apart that are about `pi / (2 k)` of the whole range from each other
/// in its middle, and about the square of that at its ends: to see d decades of positive
/// eigenvalues takes about `10^(d/2)` steps. m probes leave a standard error of about
/// `sqrt(2 p / (m n))` in a share p.
///
/// Source: Lin, Saad and Yang, SIAM Review 58 (2016); Ubaru, Chen and Saad, SIAM J. Matrix Analysis
/// 38 (2017); Ghorbani, Krishnan and Xiao, ICML (2019).
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::SpectralDensity;
///
/// // Second differences: eigenvalues 4 sin^2(j pi / 202), half of them above 2.
/// let a = Matrix::from_fn(100, 100, |i, j| match i.abs_diff(j) {
///     0 => 2.0,
///     1 => -1.0,
///     _ => 0.0,
/// });
/// let density = SpectralDensity { steps: 40, ..Default::default() }.estimate(&a, &vec![0.0; 100])?;
/// let share = density.cumulative(2.0);
/// assert!((share.value - 0.5).abs() < 3.0 * share.standard_error + 0.02);
/// // The trace of any function of A is at hand: here of the square root.
/// let root = density.trace_of(|lambda| lambda.max(0.0).sqrt());
/// assert!((root.value - 126.9).abs() < 4.0 * root.standard_error);
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpectralDensity {
    /// Random vectors, at least two. Default 10.
    pub probes: usize,
    /// Most steps of Lanczos a probe. Default 100.
    pub steps: usize,
    /// Which random vectors. Default 0.
    pub seed: u64,
    /// How the vectors of Lanczos are kept orthogonal. Default [`Reorthogonalization::Partial`]:
    /// the rule is then that of an orthonormal basis. Without any, eigenvalues that have converged
    /// come again, which leaves sums over the rule right but takes more steps to see the rest.
    pub reorthogonalization: Reorthogonalization,
}

impl Default for SpectralDensity {
    fn default() -> Self {
        Self { probes: 10, steps: 100, seed: 0, reorthogonalization: Reorthogonalization::Partial }
    }
}

impl SpectralDensity {
    /// Measures `a`, an operator on vectors of the shape of `like`.
    ///
    /// # Errors
    ///
    /// A bad argument, an interrupt of the operator, or a product that is not finite.
    pub fn estimate<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Density, SpectrumError> {
        let n = check_shape(a, like)?;
        ArgumentError::check(self.probes >= 2, "probes", self.probes, "at least 2")?;
        ArgumentError::check(self.steps > 0, "steps", self.steps, "positive")?;
        let mut random = Random::new(self.seed);
        let mut probe = like.zeros_like();
        let mut lanczos = Lanczos::new(self.reorthogonalization);
        let mut quadratures = Vec::with_capacity(self.probes);
        for _ in 0..self.probes {
            probe.fill_signs(&mut random);
            quadratures.push(Quadrature::with(a, &probe, self.steps, &mut lanczos)?);
        }
        Ok(Density::of_probes(n, quadratures))
    }
}
