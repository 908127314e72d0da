//! Diagonals.

use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::{Entries, Pointwise};

use super::range_sketch::{RangeSketch, SHARED_SKETCH};
use super::{LEAST_PROBES, SpectrumError, check_shape};

/// How a diagonal is estimated, with m products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DiagonalMethod {
    /// The mean of `z_i (Az)_i` over random signs z: an error of
    /// `sqrt(sum_{j != i} a_ij^2 / m)` in entry i. Any square A.
    ///
    /// Source: Bekas, Kokiopoulou and Saad, Applied Numerical Mathematics 57 (2007).
    Hutchinson,
    /// A sketch of the range by all probes but one takes the large eigenvalues, that one what is
    /// left, and all such estimates are averaged. Symmetric A.
    ///
    /// Source: Epperly, Tropp and Webber, XTrace, SIAM J. Matrix Analysis 45 (2024), section 2.3.
    #[default]
    XDiag,
}

/// The diagonal of an operator, from random probes.
///
/// Room for `3 m / 2` vectors with [`DiagonalMethod::XDiag`], for 4 with
/// [`DiagonalMethod::Hutchinson`]. Where all products are to be spent and suffice for every unit
/// vector, the result is exact.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::DiagonalEstimator;
///
/// let a = Matrix::from_fn(300, 300, |i, j| 1.0 / (1 + i + j) as f64);
/// let diagonal = DiagonalEstimator::default().diagonal(&a, &vec![0.0; 300])?;
/// for i in 0..300 {
///     assert!((diagonal.value[i] - a[(i, i)]).abs() < 1e-10);
/// }
/// # Ok::<(), ravine_linalg::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiagonalEstimator {
    /// How. Default [`DiagonalMethod::XDiag`].
    pub method: DiagonalMethod,
    /// Most products. Default 60.
    pub products: usize,
    /// The norm of the standard errors that is small enough, relative to the norm of the diagonal.
    /// Default 0: all products are made.
    pub tolerance: f64,
    /// Which random vectors. Default 0.
    pub seed: u64,
}

impl Default for DiagonalEstimator {
    fn default() -> Self {
        Self { method: DiagonalMethod::default(), products: 60, tolerance: 0.0, seed: 0 }
    }
}

/// A diagonal estimated from random probes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DiagonalEstimate<V> {
    /// The diagonal.
    pub value: V,
    /// The standard error of every entry.
    pub standard_error: V,
    /// Products with the operator that were made for it.
    pub products: usize,
}

impl DiagonalEstimator {
    /// `diag A`.
    ///
    /// # Errors
    ///
    /// A bad argument, an interrupt of the operator, or a product that is not finite.
    pub fn diagonal<V: Pointwise + Entries>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<DiagonalEstimate<V>, SpectrumError> {
        let n = check_shape(a, like)?;
        let Self { method, products, tolerance, .. } = *self;
        let least = match method {
            DiagonalMethod::Hutchinson => 2,
            DiagonalMethod::XDiag => 4,
        };
        ArgumentError::check(
            products >= least,
            "products",
            products,
            &format!("at least {least}"),
        )?;
        ArgumentError::check(tolerance >= 0.0, "tolerance", tolerance, "zero or positive")?;
        if tolerance == 0.0 && products >= n {
            return by_unit_vectors(a, like);
        }
        match method {
            DiagonalMethod::Hutchinson => self.hutchinson(a, like),
            DiagonalMethod::XDiag => self.xdiag(a, like),
        }
    }

    fn hutchinson<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<DiagonalEstimate<V>, SpectrumError> {
        let mut random = Random::new(self.seed);
        let (mut z, mut az) = (like.zeros_like(), like.zeros_like());
        let mut samples = Entrywise::new(like, 1.0);
        let mut next_look = LEAST_PROBES;
        while samples.count < self.products {
            z.fill_signs(&mut random);
            a.apply(&z, &mut az)?;
            if !az.is_finite() {
                return Err(SpectrumError::NotFinite);
            }
            z.multiply(&az);
            samples.push(&z);
            if self.tolerance > 0.0 && samples.count == next_look {
                next_look += next_look.div_ceil(10);
                if samples.relative_error() <= self.tolerance {
                    break;
                }
            }
        }
        let products = samples.count;
        Ok(samples.estimate(products))
    }

    /// Grows the sketch; the error is looked at whenever the number of probes has grown by half,
    /// as a look costs as much as the sketch did.
    fn xdiag<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
    ) -> Result<DiagonalEstimate<V>, SpectrumError> {
        let mut random = Random::new(self.seed);
        let mut sketch = RangeSketch::new();
        let mut next_look = LEAST_PROBES;
        while sketch.products + 2 <= self.products {
            let mut probe = like.zeros_like();
            probe.fill_signs(&mut random);
            if !sketch.grow(a, probe)? {
                return Ok(DiagonalEstimate {
                    value: on_sketch(&sketch, like),
                    standard_error: like.zeros_like(),
                    products: sketch.products,
                });
            }
            if self.tolerance > 0.0 && sketch.rank() == next_look {
                next_look += next_look.div_ceil(2);
                let samples = left_out(&sketch, like);
                if samples.relative_error() <= self.tolerance {
                    return Ok(samples.estimate(sketch.products));
                }
            }
        }
        Ok(left_out(&sketch, like).estimate(sketch.products))
    }
}

/// `diag(Q Q'A) = sum_j q_j z_j`, entry by entry, for symmetric A.
fn on_sketch<V: Pointwise>(sketch: &RangeSketch<V>, like: &V) -> V {
    let mut diagonal = like.zeros_like();
    for (q, z) in sketch.basis.iter().zip(&sketch.images) {
        diagonal.add_product(1.0, q, z);
    }
    diagonal
}

/// For every probe omega, with `Q_i = Q (I - s s')` and `A omega = Q r`, entry by entry:
///
/// ```text
/// diag(Q_i Q_i'A) + omega (I - Q_i Q_i') A omega  =  diag(Q Q'A) - (Q s)(Z s) + omega (Q s) (s'r)
/// ```
fn left_out<V: Pointwise>(sketch: &RangeSketch<V>, like: &V) -> Entrywise<V> {
    let all = on_sketch(sketch, like);
    let mut samples = Entrywise::new(like, SHARED_SKETCH);
    let (mut qs, mut zs) = (like.zeros_like(), like.zeros_like());
    for ((s, r), probe) in sketch.left_out().iter().zip(&sketch.r).zip(&sketch.probes) {
        let along: f64 = s.iter().zip(r).map(|(s, r)| s * r).sum();
        qs.fill(0.0);
        qs.combine(s, &sketch.basis);
        zs.fill(0.0);
        zs.combine(s, &sketch.images);
        // zs = qs (along omega - zs), then all of it.
        zs.axpby(along, probe, -1.0);
        zs.multiply(&qs);
        zs.axpy(1.0, &all);
        samples.push(&zs);
    }
    samples
}

fn by_unit_vectors<V: Entries>(
    a: &impl LinearOperator<V>,
    like: &V,
) -> Result<DiagonalEstimate<V>, SpectrumError> {
    let (mut unit, mut product, mut value) =
        (like.zeros_like(), like.zeros_like(), like.zeros_like());
    let n = like.dimension();
    for j in 0..n {
        unit.set(j, 1.0);
        a.apply(&unit, &mut product)?;
        unit.set(j, 0.0);
        value.set(j, product.get(j));
    }
    if value.is_finite() {
        Ok(DiagonalEstimate { value, standard_error: like.zeros_like(), products: n })
    } else {
        Err(SpectrumError::NotFinite)
    }
}

/// Mean and spread of vectors, entry by entry (Welford's recurrence).
struct Entrywise<V> {
    count: usize,
    mean: V,
    /// `sum (x - mean)^2`.
    squares: V,
    /// Room for one more.
    work: V,
    /// The standard error of the mean over that of as many independent vectors.
    dependence: f64,
}

impl<V: Pointwise> Entrywise<V> {
    fn new(like: &V, dependence: f64) -> Self {
        let zero = like.zeros_like();
        Self { count: 0, mean: zero.clone(), squares: zero.clone(), work: zero, dependence }
    }

    fn push(&mut self, x: &V) {
        self.count += 1;
        let weight = 1.0 / self.count as f64;
        self.work.point_along(x, -1.0, &self.mean);
        self.work.square();
        self.squares.axpy(1.0 - weight, &self.work);
        self.mean.axpby(weight, x, 1.0 - weight);
    }

    /// `|standard errors| / |mean|`.
    fn relative_error(&self) -> f64 {
        let m = self.count as f64;
        self.dependence * (self.squares.sum() / (m * (m - 1.0))).sqrt() / self.mean.norm()
    }

    fn estimate(mut self, products: usize) -> DiagonalEstimate<V> {
        let m = self.count as f64;
        self.work.fill(m * (m - 1.0));
        self.squares.divide(&self.work);
        self.squares.square_root();
        self.squares.scale(self.dependence);
        DiagonalEstimate { value: self.mean, standard_error: self.squares, products }
    }
}
