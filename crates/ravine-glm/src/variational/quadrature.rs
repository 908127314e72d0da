//! Gauss-Hermite quadrature for the normal distribution.

use ravine::matrix::{Matrix, SymmetricEigen};

/// Nodes and weights with `sum_k w_k f(z_k) = E f(Z)`, Z standard normal, for polynomials up to degree
/// `2 n - 1`: the eigenvalues of the matrix of the recurrence of Hermite's polynomials, and the squares
/// of the first entries of its eigenvectors.
///
/// Source: Golub and Welsch, Calculation of Gauss quadrature rules (1969).
pub(super) fn gauss_hermite(n: usize) -> Vec<(f64, f64)> {
    let recurrence = Matrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        1 => (i.max(j) as f64).sqrt(),
        _ => 0.0,
    });
    let Ok(eigen) = SymmetricEigen::new(&recurrence) else {
        // Not for a matrix of these numbers.
        return vec![(0.0, 1.0)];
    };
    let (values, vectors) = eigen.into_parts();
    let raw: Vec<(f64, f64)> =
        (0..n).map(|k| (values[k], vectors[(0, k)] * vectors[(0, k)])).collect();
    // The rule is symmetric: rounding must not shift the mean.
    (0..n)
        .map(|k| {
            let (one, other) = (raw[k], raw[n - 1 - k]);
            (0.5 * (one.0 - other.0), 0.5 * (one.1 + other.1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_distribution() {
        let rule = gauss_hermite(20);
        let mut expected = 1.0;
        for degree in (0..=38).step_by(2) {
            let found: f64 = rule.iter().map(|(z, w)| w * z.powi(degree)).sum();
            assert!((found / expected - 1.0).abs() < 1e-10, "{degree}: {found} {expected}");
            let odd: f64 = rule.iter().map(|(z, w)| w * z.powi(degree + 1)).sum();
            assert!(odd.abs() <= 1e-13 * expected, "{degree}: {odd}");
            expected *= f64::from(degree + 1);
        }
        let cosine: f64 = rule.iter().map(|(z, w)| w * z.cos()).sum();
        assert!((cosine - (-0.5_f64).exp()).abs() < 1e-14);
    }
}
