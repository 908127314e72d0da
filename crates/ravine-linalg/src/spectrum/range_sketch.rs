//! A random sketch of an operator's range.

use crate::matrix::orthogonalize;
use crate::operator::LinearOperator;
use crate::vector::Vector;

use super::SpectrumError;

/// A vector that keeps less than so many roundings of its length depends on those before.
const DEPENDENT: f64 = 45.0;

/// The samples that leave one probe out share the rest of the sketch, so that their spread tells
/// too little of the error of their mean. Measured over flat, polynomial and indefinite spectra it
/// tells 0.7 to 1.1 of it; this factor makes up for it.
pub(super) const SHARED_SKETCH: f64 = 1.25;

/// `A Omega = Q R` and `Z = A Q` for random vectors Omega, grown by one vector a time, with all
/// inner products that estimators ask for. Every small matrix is a list of its columns.
pub(super) struct RangeSketch<V> {
    /// Omega.
    pub probes: Vec<V>,
    /// Q, orthonormal.
    pub basis: Vec<V>,
    /// Z.
    pub images: Vec<V>,
    /// R, upper triangular.
    pub r: Vec<Vec<f64>>,
    /// `Q'Omega`.
    pub basis_probes: Vec<Vec<f64>>,
    /// `Z'Omega`.
    pub images_probes: Vec<Vec<f64>>,
    /// `Q'Z = Q'A Q`.
    pub projected: Vec<Vec<f64>>,
    /// `Z'Z`.
    pub gram: Vec<Vec<f64>>,
    /// Products made.
    pub products: usize,
    work: Vec<f64>,
}

impl<V: Vector> RangeSketch<V> {
    pub fn new() -> Self {
        Self {
            probes: Vec::new(),
            basis: Vec::new(),
            images: Vec::new(),
            r: Vec::new(),
            basis_probes: Vec::new(),
            images_probes: Vec::new(),
            projected: Vec::new(),
            gram: Vec::new(),
            products: 0,
            work: Vec::new(),
        }
    }

    /// The number k of vectors in Q.
    pub fn rank(&self) -> usize {
        self.basis.len()
    }

    /// Adds a probe at the cost of two products. `false` where its product depends on the earlier
    /// ones to rounding: Q then spans the range of A, and nothing is added.
    pub fn grow(&mut self, a: &impl LinearOperator<V>, probe: V) -> Result<bool, SpectrumError> {
        let k = self.rank();
        let mut q = probe.zeros_like();
        self.apply(a, &probe, &mut q)?;
        let before = q.norm();
        let mut column = vec![0.0; k];
        let left = orthogonalize(&mut q, &self.basis, &mut column, &mut self.work);
        if left <= DEPENDENT * V::EPSILON * before || k == q.dimension() {
            return Ok(false);
        }
        q.scale(1.0 / left);
        column.push(left);
        self.r.push(column);
        let mut z = q.zeros_like();
        self.apply(a, &q, &mut z)?;

        grow_rows(&mut self.basis_probes, &q, &self.probes);
        grow_rows(&mut self.images_probes, &z, &self.probes);
        grow_rows(&mut self.projected, &q, &self.images);
        grow_rows(&mut self.gram, &z, &self.images);
        self.basis.push(q);
        self.images.push(z);
        let z = &self.images[k];
        self.basis_probes.push(dots(&probe, &self.basis));
        self.images_probes.push(dots(&probe, &self.images));
        self.projected.push(dots(z, &self.basis));
        self.gram.push(dots(z, &self.images));
        self.probes.push(probe);
        Ok(true)
    }

    /// The columns of `R^-T`, each of length 1: `Q s_i` is the direction that only probe i brought,
    /// and `Q (I - s_i s_i')` what the sketch had been without it.
    pub fn left_out(&self) -> Vec<Vec<f64>> {
        let k = self.rank();
        let column = |i: usize| {
            let mut s = vec![0.0; k];
            s[i] = 1.0;
            for j in i..k {
                let known = dot(&self.r[j][i..j], &s[i..j]);
                s[j] = (s[j] - known) / self.r[j][j];
                // Only the direction counts: far steps may leave the range of numbers.
                if s[j].abs() > 1e100 {
                    s[i..=j].iter_mut().for_each(|s| *s *= 1e-100);
                }
            }
            let norm = dot(&s, &s).sqrt();
            s.iter_mut().for_each(|s| *s /= norm);
            s
        };
        (0..k).map(column).collect()
    }

    /// A counted product.
    pub fn apply(
        &mut self,
        a: &impl LinearOperator<V>,
        x: &V,
        y: &mut V,
    ) -> Result<(), SpectrumError> {
        a.apply(x, y)?;
        self.products += 1;
        if y.is_finite() { Ok(()) } else { Err(SpectrumError::NotFinite) }
    }
}

/// `sum_i a_ii` of a matrix by columns.
pub(super) fn trace(columns: &[Vec<f64>]) -> f64 {
    columns.iter().enumerate().map(|(i, column)| column[i]).sum()
}

pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// `x'M y` of a matrix by columns.
pub(super) fn form(x: &[f64], columns: &[Vec<f64>], y: &[f64]) -> f64 {
    columns.iter().zip(y).map(|(column, y)| y * dot(x, column)).sum()
}

fn dots<V: Vector>(v: &V, vectors: &[V]) -> Vec<f64> {
    let mut out = vec![0.0; vectors.len()];
    v.dots(vectors, &mut out);
    out
}

/// Adds the row of products of `v` with the vectors that belong to the columns.
fn grow_rows<V: Vector>(columns: &mut [Vec<f64>], v: &V, vectors: &[V]) {
    for (column, product) in columns.iter_mut().zip(dots(v, vectors)) {
        column.push(product);
    }
}
