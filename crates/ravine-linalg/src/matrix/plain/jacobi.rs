//! Jacobi's method for symmetric eigenvalues.

use crate::matrix::{FactorizationError, Matrix, ascending};

/// Sweeps over all entries that may be needed; six or seven are usual.
const SWEEPS: usize = 60;

/// Eigenvalues ascending, and eigenvectors in columns, of the symmetric matrix whose lower triangle is
/// that of `a`: rotations set one entry after another to zero until all are negligible.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), section 8.5.
pub(in crate::matrix) fn symmetric_eigen(
    a: &Matrix,
) -> Result<(Vec<f64>, Matrix), FactorizationError> {
    let n = a.rows();
    let mut a = Matrix::from_fn(n, n, |i, j| a[(i.max(j), i.min(j))]);
    let mut vectors = Matrix::identity(n);
    let negligible = 0.1 * f64::EPSILON * a.entries().iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    for sweep in 0.. {
        let mut rotated = false;
        for q in 1..n {
            for p in 0..q {
                // Not a number compares as small: the caller looks at the result.
                if a[(p, q)].abs() > negligible {
                    rotate(&mut a, &mut vectors, p, q);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
        if sweep == SWEEPS {
            return Err(FactorizationError::NoConvergence);
        }
    }
    let diagonal: Vec<f64> = (0..n).map(|i| a[(i, i)]).collect();
    let order = ascending(&diagonal);
    let values = order.iter().map(|&i| diagonal[i]).collect();
    Ok((values, Matrix::from_fn(n, n, |i, j| vectors[(i, order[j])])))
}

/// `A = J'A J` and `V = V J` with the rotation J in the plane of p and q that makes `a_pq` zero.
fn rotate(a: &mut Matrix, vectors: &mut Matrix, p: usize, q: usize) {
    let n = a.rows();
    // The smaller root of t^2 + 2 tau t - 1, the tangent of the angle.
    let tau = (a[(q, q)] - a[(p, p)]) / (2.0 * a[(p, q)]);
    let t = 1.0f64.copysign(tau) / (tau.abs() + tau.hypot(1.0));
    let cosine = 1.0 / t.hypot(1.0);
    let sine = t * cosine;
    let turned = |x: f64, y: f64| (cosine * x - sine * y, sine * x + cosine * y);
    let shift = t * a[(p, q)];
    a[(p, p)] -= shift;
    a[(q, q)] += shift;
    a[(p, q)] = 0.0;
    a[(q, p)] = 0.0;
    for k in (0..n).filter(|&k| k != p && k != q) {
        let (kp, kq) = turned(a[(k, p)], a[(k, q)]);
        for (j, entry) in [(p, kp), (q, kq)] {
            a[(k, j)] = entry;
            a[(j, k)] = entry;
        }
    }
    for k in 0..n {
        (vectors[(k, p)], vectors[(k, q)]) = turned(vectors[(k, p)], vectors[(k, q)]);
    }
}
