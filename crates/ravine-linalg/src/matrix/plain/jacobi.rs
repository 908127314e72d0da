//! Jacobi's method for symmetric eigenvalues.

use crate::Watch;
use crate::matrix::error::Watched;
use crate::matrix::{FactorizationError, Matrix, ascending};
use crate::vector::Scalar;

/// Sweeps over all entries that may be needed; six or seven are usual.
const SWEEPS: usize = 60;

/// Eigenvalues ascending, and eigenvectors in columns, of the symmetric matrix whose lower triangle is
/// that of `a`: rotations set one entry after another to zero until all are negligible.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), section 8.5.
pub(in crate::matrix) fn symmetric_eigen<T: Scalar>(
    a: &Matrix<T>,
    watch: Watch<'_>,
) -> Watched<(Vec<f64>, Matrix<T>)> {
    let n = a.rows();
    let mut a = Matrix::from_fn(n, n, |i, j| a[(i.max(j), i.min(j))]);
    let mut vectors = Matrix::from_diagonal(&vec![T::ONE; n]);
    let largest = a.entries().iter().fold(0.0, |m: f64, v| m.max(v.wide().abs()));
    let negligible = T::narrow(0.1 * T::EPSILON * largest);
    for sweep in 0.. {
        watch.ask()?;
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
            return Ok(Err(FactorizationError::NoConvergence));
        }
    }
    let diagonal: Vec<f64> = (0..n).map(|i| a[(i, i)].wide()).collect();
    let order = ascending(&diagonal);
    let values = order.iter().map(|&i| diagonal[i]).collect();
    Ok(Ok((values, Matrix::from_fn(n, n, |i, j| vectors[(i, order[j])]))))
}

/// `A = J'A J` and `V = V J` with the rotation J in the plane of p and q that makes `a_pq` zero.
fn rotate<T: Scalar>(a: &mut Matrix<T>, vectors: &mut Matrix<T>, p: usize, q: usize) {
    let n = a.rows();
    // The smaller root of t^2 + 2 tau t - 1, the tangent of the angle.
    let tau = ((a[(q, q)] - a[(p, p)]) / (T::narrow(2.0) * a[(p, q)])).wide();
    let t = T::narrow(1.0f64.copysign(tau) / (tau.abs() + tau.hypot(1.0)));
    let cosine = T::ONE / t.hypot(T::ONE);
    let sine = t * cosine;
    let turned = |x: T, y: T| (cosine * x - sine * y, sine * x + cosine * y);
    let shift = t * a[(p, q)];
    a[(p, p)] -= shift;
    a[(q, q)] += shift;
    a[(p, q)] = T::ZERO;
    a[(q, p)] = T::ZERO;
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
