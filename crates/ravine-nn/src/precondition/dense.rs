//! What all these methods do with small square matrices.

use ravine_linalg::matrix::{Matrix, MatrixSlice, MatrixSliceMut, Precision};
use ravine_linalg::vector::{Scalar, norm, norm_max};
use ravine_linalg::widest;

use super::Shape;

pub(super) fn view<T>(a: &Matrix<T>) -> MatrixSlice<'_, T>
where
    T: Scalar,
{
    MatrixSlice::by_columns(a.entries(), a.rows(), a.columns())
}

pub(super) fn view_mut<T: Precision>(a: &mut Matrix<T>) -> MatrixSliceMut<'_, T> {
    let (rows, columns) = (a.rows(), a.columns());
    MatrixSliceMut::by_columns(a.entries_mut(), rows, columns)
}

/// `c = a b`; c gets the shape.
pub(super) fn multiply<T: Precision>(c: &mut Matrix<T>, a: &Matrix<T>, b: &Matrix<T>) {
    c.resize(a.rows(), b.columns());
    view_mut(c).set_product(1.0, view(a), view(b));
}

pub(super) fn identity<T: Scalar>(n: usize) -> Matrix<T> {
    Matrix::from_diagonal(&vec![T::ONE; n])
}

/// Becomes the identity of dimension n.
pub(super) fn set_identity<T: Scalar>(a: &mut Matrix<T>, n: usize) {
    a.resize(n, n);
    a.fill(T::ZERO);
    for j in 0..n {
        a[(j, j)] = T::ONE;
    }
}

/// Entries of a side of a square that stays in the first-level cache.
const SQUARE: usize = 16;

/// Copies the lower triangle to the upper.
pub(super) fn mirror<T: Scalar>(a: &mut Matrix<T>) {
    let n = a.rows();
    let entries = a.entries_mut();
    // In squares: one side of a transposition always jumps from line to line.
    for first in (0..n).step_by(SQUARE) {
        for below in (first..n).step_by(SQUARE) {
            for j in first..n.min(first + SQUARE) {
                for i in below.max(j + 1)..n.min(below + SQUARE) {
                    entries[i * n + j] = entries[j * n + i];
                }
            }
        }
    }
}

/// `a = keep a + add x'x`, symmetric.
pub(super) fn accumulate_gram<T: Precision>(
    a: &mut Matrix<T>,
    keep: f64,
    add: f64,
    x: MatrixSlice<'_, T>,
) {
    accumulate_lower_gram(a, keep, add, x);
    mirror(a);
}

/// [`accumulate_gram`] in the lower triangle; the upper one is that of the last [`mirror`] or what was left of it.
pub(super) fn accumulate_lower_gram<T: Precision>(
    a: &mut Matrix<T>,
    keep: f64,
    add: f64,
    x: MatrixSlice<'_, T>,
) {
    if keep == 0.0 {
        a.fill(T::ZERO);
    } else if keep != 1.0 {
        for j in 0..a.columns() {
            scale(&mut a.column_mut(j)[j..], keep);
        }
    }
    view_mut(a).add_gram(add, x);
}

/// Multiplies by a factor; zero clears what was not finite, too.
pub(super) fn scale<T: Precision>(a: &mut [T], factor: f64) {
    if factor == 0.0 {
        a.fill(T::ZERO);
    } else if factor != 1.0 {
        let factor = T::narrow(factor);
        widest(
            #[inline(always)]
            move || a.iter_mut().for_each(|a| *a *= factor),
        );
    }
}

/// `y = keep y + add x`.
pub(super) fn average<T: Scalar>(y: &mut [T], keep: f64, add: f64, x: &[T]) {
    let (keep, add) = (T::narrow(keep), T::narrow(add));
    widest(
        #[inline(always)]
        move || {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = keep * *y + add * x;
            }
        },
    );
}

/// `y = keep y + add x^2`.
pub(super) fn average_squares<T: Scalar>(y: &mut [T], keep: f64, add: f64, x: &[T]) {
    let (keep, add) = (T::narrow(keep), T::narrow(add));
    widest(
        #[inline(always)]
        move || {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = keep * *y + add * (x * x);
            }
        },
    );
}

/// The symmetric part of `factor a`, in double precision.
pub(super) fn widen<T: Scalar>(a: &Matrix<T>, factor: f64, wide: &mut Matrix<f64>) {
    let n = a.rows();
    wide.resize(n, n);
    for j in 0..n {
        for i in j..n {
            let both = a[(i, j)].wide() + a[(j, i)].wide();
            wide[(i, j)] = factor * 0.5 * both;
            wide[(j, i)] = wide[(i, j)];
        }
    }
}

/// The same entries in another precision; whether all are still finite.
pub(super) fn convert<T: Scalar, U: Scalar>(from: &Matrix<T>, to: &mut Matrix<U>) -> bool {
    to.resize(from.rows(), from.columns());
    for (to, &from) in to.entries_mut().iter_mut().zip(from.entries()) {
        *to = U::narrow(from.wide());
    }
    to.is_finite()
}

pub(super) fn trace<T: Scalar>(a: &Matrix<T>) -> f64 {
    (0..a.rows()).map(|i| a[(i, i)].wide()).sum()
}

pub(super) fn finite<T: Scalar>(x: &[T]) -> bool {
    // Whole blocks without a branch, which are vectorized.
    x.chunks(1024).all(|x| x.iter().fold(true, |all, x| all & x.is_finite()))
}

/// The Frobenius norm without underflow: for single precision squares are sums of doubles, for double
/// precision they are taken relative to the largest entry where they would leave the range of numbers.
pub(super) fn safe_norm<T: Scalar>(x: &[T]) -> f64 {
    let largest = norm_max(x);
    if T::MAX < f64::MAX || (1e-140..=1e140).contains(&largest) || largest == 0.0 {
        return norm(x);
    }
    largest * x.iter().map(|x| (x.wide() / largest).powi(2)).sum::<f64>().sqrt()
}

/// `out = left x right` of the factors that there are.
pub(super) fn sandwich<T: Precision>(
    shape: Shape,
    left: Option<MatrixSlice<'_, T>>,
    x: &[T],
    right: Option<MatrixSlice<'_, T>>,
    out: &mut [T],
    work: &mut Vec<T>,
) {
    match (left, right) {
        (None, None) => out.copy_from_slice(x),
        (Some(left), None) => shape.view_mut(out).set_product(1.0, left, shape.view(x)),
        (None, Some(right)) => shape.view_mut(out).set_product(1.0, shape.view(x), right),
        (Some(left), Some(right)) => {
            work.resize(shape.entries(), T::ZERO);
            shape.view_mut(work).set_product(1.0, shape.view(x), right);
            shape.view_mut(out).set_product(1.0, left, shape.view(work));
        }
    }
}

/// `out = left' x right`: coordinates of x in these bases.
pub(super) fn project<T: Precision>(
    shape: Shape,
    [left, right]: [Option<&Matrix<T>>; 2],
    x: &[T],
    out: &mut [T],
    work: &mut Vec<T>,
) {
    sandwich(shape, left.map(|q| view(q).transposed()), x, right.map(view), out, work);
}

/// `out = left x right'`: what has these coordinates.
pub(super) fn project_back<T: Precision>(
    shape: Shape,
    [left, right]: [Option<&Matrix<T>>; 2],
    x: &[T],
    out: &mut [T],
    work: &mut Vec<T>,
) {
    sandwich(shape, left.map(view), x, right.map(|q| view(q).transposed()), out, work);
}
