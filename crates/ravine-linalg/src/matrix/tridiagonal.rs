//! Eigenvalues of symmetric tridiagonal matrices.

use super::{FactorizationError, Matrix, ascending};

/// Steps of QL an eigenvalue may take; two or three are usual.
const STEPS: usize = 60;

/// `T = Q diag(lambda) Q'` of a symmetric tridiagonal T: eigenvalues ascending, and `R Q` for a
/// matrix R of the caller's choice. With few rows in R (the first and the last unit vector, say,
/// for the weights of a Gauss rule and the residuals of Lanczos) the cost is `O(k^2)`, where all
/// of Q costs `O(k^3)`.
///
/// The method is QL with implicit shifts: Dubrulle, Martin and Wilkinson, Numerische Mathematik
/// 12 (1968); Golub and Welsch (1969) for the first row.
///
/// ```
/// use ravine_linalg::matrix::{Matrix, TridiagonalEigen};
///
/// // The two-point Gauss rule for the weight 1 on [-1, 1].
/// let eigen = TridiagonalEigen::new(&[0.0, 0.0], &[1.0 / 3f64.sqrt()], Matrix::from_rows(&[[1.0, 0.0]]))?;
/// assert!((eigen.values()[1] - 1.0 / 3f64.sqrt()).abs() < 1e-15);
/// assert!((2.0 * eigen.rows()[(0, 1)].powi(2) - 1.0).abs() < 1e-15);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TridiagonalEigen {
    values: Vec<f64>,
    rows: Matrix,
}

impl TridiagonalEigen {
    /// Decomposes the matrix with k entries `diagonal` and k - 1 entries `off_diagonal`; `rows`
    /// is R, with k columns.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`], or [`FactorizationError::NoConvergence`] (not seen in
    /// practice for finite matrices).
    ///
    /// # Panics
    ///
    /// If the lengths disagree.
    pub fn new(
        diagonal: &[f64],
        off_diagonal: &[f64],
        mut rows: Matrix,
    ) -> Result<Self, FactorizationError> {
        let k = diagonal.len();
        assert_eq!(off_diagonal.len(), k.saturating_sub(1), "off_diagonal has the wrong length");
        assert_eq!(rows.columns(), k, "rows has the wrong number of columns");
        if !diagonal.iter().chain(off_diagonal).all(|v| v.is_finite()) {
            return Err(FactorizationError::NotFinite);
        }
        let mut d = diagonal.to_vec();
        let mut e = off_diagonal.to_vec();
        e.resize(k, 0.0);
        for l in 0..k {
            let mut steps = 0;
            while let Some(m) = block_end(&d, &e, l) {
                if steps == STEPS {
                    return Err(FactorizationError::NoConvergence);
                }
                steps += 1;
                ql_step(&mut d, &mut e, l, m, &mut rows);
            }
        }
        let order = ascending(&d);
        let values = order.iter().map(|&i| d[i]).collect();
        let rows = Matrix::from_fn(rows.rows(), k, |i, j| rows[(i, order[j])]);
        Ok(Self { values, rows })
    }

    /// The eigenvalues, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// `R Q`, columns in the order of the eigenvalues.
    pub fn rows(&self) -> &Matrix {
        &self.rows
    }
}

/// The last row of the unreduced block that begins in row l; `None` where that row stands alone.
fn block_end(d: &[f64], e: &[f64], l: usize) -> Option<usize> {
    let mut m = l;
    while m + 1 < d.len() && e[m].abs() > f64::EPSILON * (d[m].abs() + d[m + 1].abs()) {
        m += 1;
    }
    (m > l).then_some(m)
}

/// One implicit step on rows l to m: the shift is the eigenvalue of the leading two by two block
/// that is nearer to its first entry, and rotations chase the bulge from the bottom to the top.
fn ql_step(d: &mut [f64], e: &mut [f64], l: usize, m: usize, rows: &mut Matrix) {
    let half = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let shift = d[l] - e[l] / (half + half.hypot(1.0).copysign(half));
    let mut g = d[m] - shift;
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let f = sine * e[i];
        let b = cosine * e[i];
        let r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            // The bulge vanished early: the block falls apart here.
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        let next = d[i + 1] - p;
        let t = (d[i] - next) * sine + 2.0 * cosine * b;
        p = sine * t;
        d[i + 1] = next + p;
        g = cosine * t - b;
        for row in 0..rows.rows() {
            let (left, right) = (rows[(row, i)], rows[(row, i + 1)]);
            rows[(row, i + 1)] = sine * left + cosine * right;
            rows[(row, i)] = cosine * left - sine * right;
        }
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::TridiagonalEigen;
    use crate::matrix::{FactorizationError, Matrix, SymmetricEigen};
    use crate::random::Random;

    fn dense(d: &[f64], e: &[f64]) -> Matrix {
        Matrix::from_fn(d.len(), d.len(), |i, j| match i.abs_diff(j) {
            0 => d[i],
            1 => e[i.min(j)],
            _ => 0.0,
        })
    }

    #[test]
    fn second_differences_have_known_eigenvalues() {
        let k = 50;
        let eigen =
            TridiagonalEigen::new(&vec![2.0; k], &vec![-1.0; k - 1], Matrix::zeros(0, k)).unwrap();
        for (j, &value) in eigen.values().iter().enumerate() {
            let angle = std::f64::consts::PI * (j + 1) as f64 / (2 * (k + 1)) as f64;
            assert!((value - 4.0 * angle.sin().powi(2)).abs() < 1e-14);
        }
    }

    #[test]
    fn eigenvectors_diagonalize_matrices_of_many_scales_and_with_zeros() {
        let mut random = Random::new(5);
        for k in [1, 2, 3, 40] {
            let scale = |i: usize| 10f64.powi((i % 9) as i32 - 4);
            let d: Vec<f64> = (0..k).map(|i| scale(i) * random.normal()).collect();
            let e: Vec<f64> = (1..k)
                .map(|i| if i % 7 == 0 { 0.0 } else { scale(i + 3) * random.normal() })
                .collect();
            let t = dense(&d, &e);
            let eigen = TridiagonalEigen::new(&d, &e, Matrix::identity(k)).unwrap();
            let reference = SymmetricEigen::new(&t).unwrap();
            let norm = reference.norm();
            for j in 0..k {
                let (q, lambda) = (eigen.rows().column(j), eigen.values()[j]);
                assert!((lambda - reference.values()[j]).abs() < 1e-14 * norm);
                let mut residual = vec![0.0; k];
                t.multiply(q, &mut residual);
                for (r, q) in residual.iter_mut().zip(q) {
                    *r -= lambda * q;
                }
                assert!(residual.iter().all(|r| r.abs() < 1e-13 * norm));
                for i in 0..=j {
                    let product: f64 =
                        q.iter().zip(eigen.rows().column(i)).map(|(a, b)| a * b).sum();
                    assert!((product - f64::from(i == j)).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn empty_and_not_finite() {
        let empty = TridiagonalEigen::new(&[], &[], Matrix::zeros(1, 0)).unwrap();
        assert!(empty.values().is_empty());
        let error = TridiagonalEigen::new(&[1.0, f64::NAN], &[1.0], Matrix::zeros(0, 2));
        assert_eq!(error.unwrap_err(), FactorizationError::NotFinite);
    }
}
