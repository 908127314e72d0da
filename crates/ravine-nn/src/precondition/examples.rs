//! What the tests of this folder share.

use ravine_linalg::matrix::{Matrix, Precision};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Scalar;

use super::dense::{view, view_mut};
use super::householder::Householder;

/// The gradients of the pinned examples, 3 by 2.
pub(super) const G1: [f64; 6] = [0.1, -0.2, 0.3, 0.4, -0.5, 0.6];
pub(super) const G2: [f64; 6] = [0.2, 0.1, -0.1, 0.3, 0.4, -0.2];

/// Six digits.
pub(super) const DIGITS: f64 = 6e-7;

pub(super) fn close<T: Scalar>(found: &[T], right: &[T], tolerance: f64) {
    assert_eq!(found.len(), right.len());
    for (a, b) in found.iter().zip(right) {
        let error = (a.wide() - b.wide()).abs();
        assert!(error <= tolerance, "{error:e}:\n{found:?}\n{right:?}");
    }
}

pub(super) fn drawn<T: Scalar>(random: &mut Random, n: usize) -> Vec<T> {
    (0..n).map(|_| T::narrow(random.normal())).collect()
}

pub(super) fn orthogonal(random: &mut Random, n: usize) -> Matrix<f64> {
    let mut a = Matrix::from_entries(n, n, drawn(random, n * n));
    let mut q = Matrix::zeros(n, n);
    Householder::default().orthogonal_factor(&mut a, &mut q);
    q
}

/// These eigenvalues with random eigenvectors.
pub(super) fn semidefinite(random: &mut Random, values: &[f64]) -> Matrix<f64> {
    let n = values.len();
    let q = orthogonal(random, n);
    let scaled = Matrix::from_fn(n, n, |i, j| q[(i, j)] * values[j]);
    let mut a = Matrix::zeros(n, n);
    view_mut(&mut a).set_product(1.0, view(&scaled), view(&q).transposed());
    super::dense::mirror(&mut a);
    a
}

/// `U x V'` of a matrix by rows.
pub(super) fn transformed(x: &[f64], u: &Matrix<f64>, v: &Matrix<f64>) -> Vec<f64> {
    let shape = super::Shape::new(u.rows(), v.rows());
    let mut out = vec![0.0; x.len()];
    super::dense::project_back(shape, [Some(u), Some(v)], x, &mut out, &mut Vec::new());
    out
}

/// The transpose of a matrix by rows.
pub(super) fn transposed<T: Scalar>(x: &[T], columns: usize) -> Vec<T> {
    (0..columns).flat_map(|j| x.iter().skip(j).step_by(columns).copied()).collect()
}

pub(super) fn narrowed<T: Precision>(x: &[f64]) -> Vec<T> {
    x.iter().map(|&x| T::narrow(x)).collect()
}

/// What it is after it was saved and read again.
pub(super) fn restored<S: serde::Serialize + serde::de::DeserializeOwned>(state: &S) -> S {
    serde_json::from_value(serde_json::to_value(state).unwrap()).unwrap()
}
