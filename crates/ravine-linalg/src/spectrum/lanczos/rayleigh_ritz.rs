//! What products with A itself say of approximate eigenvectors.

use super::process::project_out;
use crate::matrix::{Matrix, SymmetricEigen};
use crate::operator::LinearOperator;
use crate::spectrum::SpectrumError;
use crate::vector::Pointwise;

/// Eigenvalues with measured residuals.
pub(in crate::spectrum) struct Measured {
    /// Ascending.
    pub values: Vec<f64>,
    /// `|A v - theta v|`.
    pub residuals: Vec<f64>,
    /// The part of the error of a product in one direction, by the asymmetry of the projected
    /// matrix.
    pub noise: f64,
}

/// The eigenpairs of A projected on the span of `vectors`, which are orthonormal to about the tolerance
/// of a search and become those of the pairs, in one product each. `None` where a product is not finite.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), section 8.1.
pub(in crate::spectrum) fn rayleigh_ritz<V: Pointwise>(
    a: &impl LinearOperator<V>,
    vectors: &mut [V],
) -> Result<Option<Measured>, SpectrumError> {
    let k = vectors.len();
    for j in 0..k {
        let (before, rest) = vectors.split_at_mut(j);
        project_out(&mut rest[0], before, &mut Vec::new());
        let length = rest[0].norm();
        rest[0].scale(1.0 / length);
    }
    let mut images: Vec<V> = vectors.iter().map(V::zeros_like).collect();
    let mut h = Matrix::zeros(k, k);
    for (j, (v, image)) in vectors.iter().zip(&mut images).enumerate() {
        a.apply(v, image)?;
        image.dots(vectors, h.column_mut(j));
    }
    if !h.is_finite() {
        return Ok(None);
    }
    let mut asymmetry = 0.0f64;
    for j in 0..k {
        for i in j + 1..k {
            asymmetry = asymmetry.hypot(h[(i, j)] - h[(j, i)]);
            h[(i, j)] = 0.5 * h[(i, j)] + 0.5 * h[(j, i)];
        }
    }
    let (values, turn) = SymmetricEigen::new(&h)?.into_parts();
    V::mix(vectors, turn.entries());
    V::mix(&mut images, turn.entries());
    let residuals = images.iter_mut().zip(vectors.iter()).zip(&values);
    let residuals = residuals.map(|((image, v), &theta)| {
        image.axpy(-theta, v);
        image.norm()
    });
    let residuals = residuals.collect();
    let noise = asymmetry / ((k * (k - 1) / 2).max(1) as f64).sqrt();
    Ok(Some(Measured { values, residuals, noise }))
}
