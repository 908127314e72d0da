//! The quadratic model in a plane.

use ravine_linalg::matrix::{Matrix, SymmetricEigen};

/// The minimizer of `b'w + w'M w/2` for one or two weights, and that minimum; M may be singular.
pub(super) fn model_minimum(m: &Matrix, b: &[f64]) -> (Vec<f64>, f64) {
    let n = b.len();
    // Scaled to a unit diagonal: the vectors differ by orders of magnitude.
    let scale: Vec<f64> =
        (0..n).map(|i| if m[(i, i)] > 0.0 { m[(i, i)].sqrt().recip() } else { 0.0 }).collect();
    let scaled = Matrix::from_fn(n, n, |i, j| scale[i] * m[(i.max(j), i.min(j))] * scale[j]);
    let mut weights = vec![0.0; n];
    if let Ok(eigen) = SymmetricEigen::new(&scaled) {
        let largest = eigen.norm();
        for (k, &lambda) in eigen.values().iter().enumerate() {
            if lambda > 1e-12 * largest {
                let vector = eigen.vectors().column(k);
                let along: f64 = (0..n).map(|i| vector[i] * scale[i] * b[i]).sum();
                for i in 0..n {
                    weights[i] -= scale[i] * vector[i] * along / lambda;
                }
            }
        }
    }
    let promised = 0.5 * weights.iter().zip(b).map(|(w, b)| w * b).sum::<f64>();
    (weights, promised)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known mistake: a row of zeros, or two vectors that are one, in a factorization that needs a definite
    /// matrix.
    #[test]
    fn minima_of_singular_models() {
        let m = Matrix::from_rows(&[[4.0, 0.0], [0.0, 0.0]]);
        assert_eq!(model_minimum(&m, &[-2.0, 0.0]), (vec![0.5, 0.0], -0.5));
        let twice: Matrix = Matrix::from_rows(&[[1.0, 1e5], [1e5, 1e10]]);
        let (w, promised) = model_minimum(&twice, &[1.0, 1e5]);
        assert!((w[0] + 1e5 * w[1] + 1.0).abs() < 1e-12 && (promised + 0.5).abs() < 1e-12);
        let (w, promised) =
            model_minimum(&Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]), &[1.0, -2.0]);
        assert!((w[0] + 1.0).abs() < 1e-14 && (w[1] - 1.0).abs() < 1e-14);
        assert!((promised + 1.5).abs() < 1e-14);
    }
}
