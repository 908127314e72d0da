//! Factorizations of small matrices in plain loops: what the crate uses without its feature `faer`,
//! where little code matters more than the speed of large matrices. With it, only matrices of a few
//! rows are factored here, and what is not needed for that is built for tests alone, which compare.

mod bunch_kaufman;
#[cfg(any(test, not(feature = "faer")))]
mod jacobi;
#[cfg(any(test, not(feature = "faer")))]
mod partial_pivoting;
#[cfg(any(test, not(feature = "faer")))]
mod skyline;

#[cfg(all(test, feature = "faer"))]
mod tests;

#[cfg(feature = "faer")]
pub(super) use bunch_kaufman::ALPHA;
pub(super) use bunch_kaufman::BunchKaufman;
#[cfg(any(test, not(feature = "faer")))]
pub(super) use {
    bunch_kaufman::SparseBunchKaufman,
    jacobi::symmetric_eigen,
    partial_pivoting::PartialPivoting,
    skyline::{SparseFactor, SparsePattern},
};

#[cfg(any(test, not(feature = "faer")))]
use super::part::Part;
use super::{FactorizationError, Matrix};
use crate::vector::Scalar;
#[cfg(not(feature = "faer"))]
use {super::error::Watched, crate::Watch};

/// The lower Cholesky factor in place: column by column, subtract what earlier columns contribute,
/// take the root, divide.
pub(super) fn cholesky<T: Scalar>(lower: &mut Matrix<T>) -> Result<(), FactorizationError> {
    let n = lower.rows();
    for j in 0..n {
        let (earlier, rest) = lower.entries_mut().split_at_mut(j * n);
        let column = &mut rest[j..n];
        for earlier in earlier.chunks_exact(n) {
            let factor = earlier[j];
            for (c, e) in column.iter_mut().zip(&earlier[j..]) {
                *c -= factor * *e;
            }
        }
        if column[0] <= T::ZERO {
            return Err(FactorizationError::NotPositiveDefinite { pivot: j });
        }
        let pivot = column[0].sqrt();
        column.iter_mut().for_each(|c| *c /= pivot);
    }
    Ok(())
}

/// The columns as they are.
#[cfg(not(feature = "faer"))]
pub(super) fn column_order(a: &super::SparseMatrix) -> Vec<usize> {
    (0..a.columns()).collect()
}

/// The same where others ask a watch; these matrices are small.
#[cfg(not(feature = "faer"))]
pub(super) fn cholesky_watched<T: Scalar>(lower: &mut Matrix<T>, _: Watch<'_>) -> Watched<()> {
    Ok(cholesky(lower))
}

/// `C = A'B` by columns, B with as many rows as A.
#[cfg(any(test, not(feature = "faer")))]
pub(super) fn multiply_transposed<T: Scalar>(c: &mut [T], a: &Matrix<T>, b: &[T]) {
    let columns = c.chunks_exact_mut(a.columns().max(1));
    for (c, b) in columns.zip(b.chunks_exact(a.rows().max(1))) {
        a.multiply_transposed(b, c);
    }
}

/// `C += A'A` in the lower triangle.
#[cfg(any(test, not(feature = "faer")))]
pub(super) fn add_gram<T: Scalar>(c: &mut Matrix<T>, a: &Matrix<T>) {
    for j in 0..a.columns() {
        for i in j..a.columns() {
            c[(i, j)] += a.column(i).iter().zip(a.column(j)).map(|(&x, &y)| x * y).sum::<T>();
        }
    }
}

/// `C = [C +] factor A B`, C by rows.
#[cfg(any(test, not(feature = "faer")))]
pub(super) fn product<T: Scalar>(
    c: &mut [T],
    add: bool,
    factor: T,
    a: Part<'_, T>,
    b: Part<'_, T>,
) {
    let ([rows, count], columns) = (a.shape, b.shape[1]);
    if !add {
        c.fill(T::ZERO);
    }
    for i in 0..rows {
        let c = &mut c[i * columns..][..columns];
        for l in 0..count {
            let factor = factor * a.entries[i * a.strides[0] + l * a.strides[1]];
            for (j, c) in c.iter_mut().enumerate() {
                *c += factor * b.entries[l * b.strides[0] + j * b.strides[1]];
            }
        }
    }
}

/// `C += factor A'A` in the lower triangle.
#[cfg(any(test, not(feature = "faer")))]
pub(super) fn add_gram_in<T: Scalar>(c: &mut [T], strides: [usize; 2], a: Part<'_, T>, factor: T) {
    let [rows, n] = a.shape;
    let at = |i: usize, j: usize| a.entries[i * a.strides[0] + j * a.strides[1]];
    for i in 0..n {
        for j in 0..=i {
            let sum: T = (0..rows).map(|l| at(l, i) * at(l, j)).sum();
            c[i * strides[0] + j * strides[1]] += factor * sum;
        }
    }
}
