//! Orthonormal bases.

use crate::matrix::Matrix;
use crate::vector::Vector;

/// A vector that keeps less than so many roundings of its length depends on those before.
const DEPENDENT: f64 = 450.0;

/// `v = (I - Q Q') v` for an orthonormal basis Q, twice, which is enough for orthogonality to
/// rounding. `coefficients` become what was taken away, `Q'v` of the old v; `work` is room. Gives the
/// norm that is left.
///
/// Source: Giraud, Langou, Rozloznik and van den Eshof, Rounding error analysis of the classical
/// Gram-Schmidt orthogonalization process (2005).
///
/// ```
/// use ravine_linalg::matrix::orthogonalize;
///
/// let basis = [vec![0.6_f64, 0.8, 0.0], vec![0.0, 0.0, 1.0]];
/// let (mut v, mut coefficients) = (vec![2.0, 1.0, 7.0], vec![0.0; 2]);
/// let norm = orthogonalize(&mut v, &basis, &mut coefficients, &mut Vec::new());
/// assert!((norm - 1.0).abs() < 1e-14 && (v[0] - 0.8).abs() < 1e-14);
/// assert!((coefficients[0] - 2.0).abs() < 1e-14 && coefficients[1] == 7.0);
/// ```
///
/// # Panics
///
/// If there are not as many coefficients as vectors in the basis.
pub fn orthogonalize<V: Vector>(
    v: &mut V,
    basis: &[V],
    coefficients: &mut [f64],
    work: &mut Vec<f64>,
) -> f64 {
    assert_eq!(coefficients.len(), basis.len(), "orthogonalize: a coefficient a vector");
    work.resize(basis.len(), 0.0);
    coefficients.fill(0.0);
    for _ in 0..2 {
        v.dots(basis, work);
        for (c, p) in coefficients.iter_mut().zip(work.iter_mut()) {
            *c += *p;
            *p = -*p;
        }
        v.combine(work, basis);
    }
    v.norm()
}

/// `V = Q R`: makes vectors orthonormal in place, each [orthogonalized](orthogonalize) against those
/// before.
///
/// The first `known` vectors are taken to be orthonormal already. Gives the rank k and R, with k
/// rows and a column a vector: the first k vectors are then Q, and what depends on earlier ones to
/// rounding is left out; the vectors after them hold nothing of use. About `4 n m^2` operations for
/// m vectors.
///
/// Source: Giraud, Langou, Rozloznik and van den Eshof, Rounding error analysis of the classical
/// Gram-Schmidt orthogonalization process (2005).
///
/// ```
/// use ravine_linalg::matrix::orthonormalize;
///
/// let mut v = vec![vec![3.0_f64, 4.0], vec![6.0, 8.0], vec![-4.0, 3.0]];
/// let (rank, r) = orthonormalize(&mut v, 0);
/// assert_eq!((rank, r.rows(), r.columns()), (2, 2, 3));
/// assert!((v[0][0] - 0.6).abs() < 1e-15 && (v[1][0] + 0.8).abs() < 1e-15);
/// assert!((r[(0, 1)] - 10.0).abs() < 1e-14 && (r[(1, 2)] - 5.0).abs() < 1e-14);
/// ```
///
/// # Panics
///
/// If there are fewer than `known` vectors.
pub fn orthonormalize<V: Vector>(vectors: &mut [V], known: usize) -> (usize, Matrix) {
    let columns = vectors.len();
    assert!(known <= columns, "orthonormalize: {columns} vectors, {known} of them known");
    // No more of them are independent than they have entries.
    let most = vectors.first().map_or(0, V::dimension).max(known).min(columns);
    let mut r = Matrix::zeros(most, columns);
    (0..known).for_each(|j| r[(j, j)] = 1.0);
    let (mut projections, mut work) = (vec![0.0; columns], Vec::new());
    let mut rank = known;
    for j in known..columns {
        let (basis, rest) = vectors.split_at_mut(rank);
        let v = &mut rest[j - rank];
        let before = v.norm();
        if before == 0.0 {
            continue;
        }
        v.scale(1.0 / before);
        let norm = orthogonalize(v, basis, &mut projections[..rank], &mut work);
        for (i, p) in projections[..rank].iter().enumerate() {
            r[(i, j)] = p * before;
        }
        // Of so many vectors one more cannot be independent.
        if norm > DEPENDENT * V::EPSILON && rank < v.dimension() {
            r[(rank, j)] = norm * before;
            v.scale(1.0 / norm);
            vectors.swap(rank, j);
            rank += 1;
        }
    }
    (rank, Matrix::from_fn(rank, columns, |i, j| r[(i, j)]))
}
