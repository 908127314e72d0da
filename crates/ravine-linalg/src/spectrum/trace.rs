//! Traces and Frobenius norms.

use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::vector::{Entries, Pointwise, Vector};

use super::hutch_plus_plus::HutchPlusPlus;
use super::hutchinson::Hutchinson;
use super::probing::{Growth, Probing, Sample};
use super::xtrace::XTrace;
use super::{Estimate, LEAST_PROBES, SpectrumError, check_shape};

/// How a trace is estimated, with m products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TraceMethod {
    /// The mean of `z'Az` over random signs z: an error of `sqrt(2 sum_{i != j} a_ij^2 / m)`,
    /// whatever the spectrum.
    ///
    /// Source: Hutchinson, Communications in Statistics 18 (1989).
    Hutchinson,
    /// A sketch Q of the range takes the large eigenvalues exactly, Hutchinson what is left:
    /// `tr Q'AQ + tr (I - QQ')A(I - QQ')`, an error of order `1/m` for semidefinite A.
    ///
    /// Source: Meyer, Musco, Musco and Woodruff, Hutch++ (2021).
    HutchPlusPlus,
    /// The mean of what Hutch++ would give with every probe but one in the sketch and that one for
    /// what is left: no product is used for one thing only. Falls as fast as the eigenvalues do.
    ///
    /// Source: Epperly, Tropp and Webber, XTrace, SIAM J. Matrix Analysis 45 (2024).
    #[default]
    XTrace,
}

/// The trace and the Frobenius norm of an operator, from random probes.
///
/// Room for `3 m / 2` vectors with [`TraceMethod::XTrace`], for `4 m / 3` with
/// [`TraceMethod::HutchPlusPlus`], for 2 with [`TraceMethod::Hutchinson`]. Where all products are
/// to be spent and suffice for every unit vector, the result is exact.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::TraceEstimator;
///
/// // Eigenvalues that fall as 2^-i, in a basis that is not that of the coordinates.
/// let n = 200;
/// let reflected = |i: usize, j: usize| f64::from(i == j) - 2.0 / n as f64;
/// let a = Matrix::from_fn(n, n, |i, j| {
///     (0..60).map(|k| reflected(i, k) * 0.5f64.powi(k as i32) * reflected(j, k)).sum()
/// });
/// let trace = TraceEstimator { products: 40, ..Default::default() }.trace(&a, &vec![0.0; n])?;
/// assert!((trace.value - 2.0).abs() < 1e-3 && trace.standard_error < 1e-3);
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceEstimator {
    /// How. Default [`TraceMethod::XTrace`].
    pub method: TraceMethod,
    /// Most products. Default 60.
    pub products: usize,
    /// The standard error that is small enough, relative to the value. Default 0: all products are
    /// made.
    pub tolerance: f64,
    /// Which random vectors. Default 0.
    pub seed: u64,
}

impl Default for TraceEstimator {
    fn default() -> Self {
        Self { method: TraceMethod::default(), products: 60, tolerance: 0.0, seed: 0 }
    }
}

impl TraceEstimator {
    /// `tr A` for any square A.
    ///
    /// # Errors
    ///
    /// A bad argument, an interrupt of the operator, or a product that is not finite.
    pub fn trace<V: Pointwise + Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Estimate, SpectrumError> {
        self.estimate(a, like, &|t, _| Smooth { value: t, slopes: [1.0, 0.0] })
    }

    /// `|A|_F = sqrt(sum_ij a_ij^2)` for any square A, from the same probes: `tr A'A`, without
    /// products by A'.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_linalg::spectrum::TraceEstimator;
    ///
    /// let a = Matrix::from_fn(300, 300, |i, j| 1.0 / (1 + i + j) as f64);
    /// let norm = TraceEstimator::default().frobenius_norm(&a, &vec![0.0; 300])?;
    /// let exact = a.entries().iter().map(|a| a * a).sum::<f64>().sqrt();
    /// assert!((norm.value - exact).abs() < 1e-9);
    /// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`trace`](Self::trace).
    pub fn frobenius_norm<V: Pointwise + Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Estimate, SpectrumError> {
        self.estimate(a, like, &|_, f| {
            let root = f.max(0.0).sqrt();
            Smooth { value: root, slopes: [0.0, if root > 0.0 { 0.5 / root } else { 0.0 }] }
        })
    }

    /// `tr(A)^2 / |A|_F^2`: how many equal eigenvalues would have that trace and that norm. At most
    /// the rank of A where A is symmetric; zero for `A = 0`.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_linalg::spectrum::TraceEstimator;
    ///
    /// // A projection on three of four hundred dimensions.
    /// let a = Matrix::from_fn(400, 400, |i, j| f64::from(i == j && i % 150 == 0));
    /// let rank = TraceEstimator::default().effective_rank(&a, &vec![0.0; 400])?;
    /// assert!((rank.value - 3.0).abs() < 1e-12);
    /// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`trace`](Self::trace).
    pub fn effective_rank<V: Pointwise + Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<Estimate, SpectrumError> {
        self.estimate(a, like, &|t, f| {
            if f > 0.0 {
                Smooth { value: t * t / f, slopes: [2.0 * t / f, -(t / f).powi(2)] }
            } else {
                Smooth { value: 0.0, slopes: [0.0; 2] }
            }
        })
    }

    /// `|A|_F^2 / |A|_2^2` for a known spectral norm `|A|_2`: the stable rank, at most the rank.
    ///
    /// # Errors
    ///
    /// A spectral norm that is not positive; see [`trace`](Self::trace).
    pub fn stable_rank<V: Pointwise + Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        spectral_norm: f64,
    ) -> Result<Estimate, SpectrumError> {
        let usable = spectral_norm > 0.0 && spectral_norm.is_finite();
        ArgumentError::check(usable, "spectral_norm", spectral_norm, "positive and finite")?;
        let scale = spectral_norm.powi(-2);
        self.estimate(a, like, &|_, f| Smooth { value: scale * f, slopes: [0.0, scale] })
    }

    /// Estimates a function of the trace and the squared Frobenius norm.
    fn estimate<V: Pointwise + Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        of: &impl Fn(f64, f64) -> Smooth,
    ) -> Result<Estimate, SpectrumError> {
        let n = check_shape(a, like)?;
        let Self { method, products, tolerance, seed } = *self;
        let least = 2 * match method {
            TraceMethod::Hutchinson => <Hutchinson<V> as Probing<V>>::COST,
            TraceMethod::HutchPlusPlus => <HutchPlusPlus<V> as Probing<V>>::COST,
            TraceMethod::XTrace => <XTrace<V> as Probing<V>>::COST,
        };
        ArgumentError::check(
            products >= least,
            "products",
            products,
            &format!("at least {least}"),
        )?;
        ArgumentError::check(tolerance >= 0.0, "tolerance", tolerance, "zero or positive")?;
        if tolerance == 0.0 && products >= n {
            return Ok(exact(&by_unit_vectors(a, like)?, n, of));
        }
        match method {
            TraceMethod::Hutchinson => self.drive(Hutchinson::new(like, seed), a, of),
            TraceMethod::HutchPlusPlus => self.drive(HutchPlusPlus::new(like, seed), a, of),
            TraceMethod::XTrace => self.drive(XTrace::new(like, seed), a, of),
        }
    }

    /// Adds probes until the standard error is small enough or the products are used up. The error
    /// is looked at whenever the number of probes has grown by a tenth.
    fn drive<V: Pointwise, P: Probing<V>>(
        &self,
        mut probing: P,
        a: &impl LinearOperator<V>,
        of: &impl Fn(f64, f64) -> Smooth,
    ) -> Result<Estimate, SpectrumError> {
        let (mut probes, mut next_look) = (0, LEAST_PROBES);
        while probing.products() + P::COST <= self.products {
            if let Growth::Exhausted(sample) = probing.grow(a)? {
                return Ok(exact(&sample, probing.products(), of));
            }
            probes += 1;
            if self.tolerance > 0.0 && probes == next_look {
                next_look += next_look.div_ceil(10);
                let estimate = smooth(&probing, of);
                if estimate.standard_error <= self.tolerance * estimate.value.abs() {
                    return Ok(estimate);
                }
            }
        }
        Ok(smooth(&probing, of))
    }
}

/// A smooth function of the trace and the squared Frobenius norm, with its slopes in both.
struct Smooth {
    value: f64,
    slopes: [f64; 2],
}

/// The function of the means, with the standard error to first order (delta method).
fn smooth<V: Vector, P: Probing<V>>(probing: &P, of: &impl Fn(f64, f64) -> Smooth) -> Estimate {
    let samples = probing.samples();
    let m = samples.len() as f64;
    let trace = samples.iter().map(|s| s.trace).sum::<f64>() / m;
    let square = samples.iter().map(|s| s.square).sum::<f64>() / m;
    let Smooth { value, slopes: [by_trace, by_square] } = of(trace, square);
    let influences: Vec<f64> =
        samples.iter().map(|s| by_trace * s.trace + by_square * s.square).collect();
    let products = probing.products();
    let standard_error =
        P::DEPENDENCE * Estimate::from_samples(&influences, products).standard_error;
    Estimate { value, standard_error, products }
}

/// The function where trace and norm are known.
fn exact(sample: &Sample, products: usize, of: &impl Fn(f64, f64) -> Smooth) -> Estimate {
    let value = of(sample.trace, sample.square).value;
    Estimate { value, standard_error: 0.0, products }
}

fn by_unit_vectors<V: Entries>(
    a: &impl LinearOperator<V>,
    like: &V,
) -> Result<Sample, SpectrumError> {
    let (mut unit, mut product) = (like.zeros_like(), like.zeros_like());
    let mut sample = Sample { trace: 0.0, square: 0.0 };
    for j in 0..like.dimension() {
        unit.set(j, 1.0);
        a.apply(&unit, &mut product)?;
        unit.set(j, 0.0);
        sample.trace += product.get(j);
        sample.square += product.dot(&product);
    }
    if sample.square.is_finite() { Ok(sample) } else { Err(SpectrumError::NotFinite) }
}
