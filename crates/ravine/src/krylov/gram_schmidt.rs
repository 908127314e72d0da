//! Gram-Schmidt.

use crate::vector::Vector;

/// `v = (I - Q Q') v` for an orthonormal basis Q, twice, which is enough for orthogonality to
/// rounding. `coefficients` become what was taken away, `Q'v` of the old v; gives the norm that is
/// left.
///
/// Source: Giraud, Langou, Rozloznik and van den Eshof, Rounding error analysis of the classical
/// Gram-Schmidt orthogonalization process (2005).
///
/// ```
/// use ravine::krylov::orthogonalize;
///
/// let basis = [vec![0.6, 0.8, 0.0], vec![0.0, 0.0, 1.0]];
/// let (mut v, mut coefficients) = (vec![2.0, 1.0, 7.0], vec![0.0; 2]);
/// let norm = orthogonalize(&mut v, &basis, &mut coefficients);
/// assert!((norm - 1.0).abs() < 1e-14 && (v[0] - 0.8).abs() < 1e-14);
/// assert!((coefficients[0] - 2.0).abs() < 1e-14 && coefficients[1] == 7.0);
/// ```
///
/// # Panics
///
/// If there are not as many coefficients as vectors in the basis.
pub fn orthogonalize<V: Vector>(v: &mut V, basis: &[V], coefficients: &mut [f64]) -> f64 {
    assert_eq!(coefficients.len(), basis.len(), "orthogonalize: a coefficient a vector");
    let mut projections = vec![0.0; basis.len()];
    coefficients.fill(0.0);
    for _ in 0..2 {
        v.dots(basis, &mut projections);
        for (c, p) in coefficients.iter_mut().zip(&mut projections) {
            *c += *p;
            *p = -*p;
        }
        v.combine(&projections, basis);
    }
    v.norm()
}
