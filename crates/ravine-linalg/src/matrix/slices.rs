//! Products of dense matrices that lie in slices.

use super::part::Part;
use super::{Precision, StoredBy};
use crate::threads::Threads;
use crate::vector::Scalar;

/// A dense matrix in a slice of somebody else's, rows or columns one after another without gaps.
///
/// ```
/// use ravine_linalg::matrix::{MatrixSlice, MatrixSliceMut};
///
/// // Two rows of three times three rows of one.
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 1.0]);
/// let mut c = [0.0; 2];
/// MatrixSliceMut::by_rows(&mut c, 2, 1)
///     .set_product(1.0, MatrixSlice::by_rows(&a, 2, 3), MatrixSlice::by_rows(&b, 3, 1));
/// assert_eq!(c, [4.0, 10.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MatrixSlice<'a, T> {
    entries: &'a [T],
    rows: usize,
    columns: usize,
    stored: StoredBy,
}

impl<'a, T> MatrixSlice<'a, T> {
    /// Row after row.
    ///
    /// # Panics
    ///
    /// If there are not `rows columns` entries.
    pub fn by_rows(entries: &'a [T], rows: usize, columns: usize) -> Self {
        Self::stored(entries, rows, columns, StoredBy::Rows)
    }

    /// Column after column.
    ///
    /// # Panics
    ///
    /// If there are not `rows columns` entries.
    pub fn by_columns(entries: &'a [T], rows: usize, columns: usize) -> Self {
        Self::stored(entries, rows, columns, StoredBy::Columns)
    }

    fn stored(entries: &'a [T], rows: usize, columns: usize, stored: StoredBy) -> Self {
        check_entries(entries.len(), rows, columns);
        Self { entries, rows, columns, stored }
    }

    /// The transpose, which lies in the same slice.
    #[must_use]
    pub fn transposed(self) -> Self {
        let stored = other(self.stored);
        Self { entries: self.entries, rows: self.columns, columns: self.rows, stored }
    }

    pub(crate) fn parts(self) -> (&'a [T], [usize; 2], [usize; 2]) {
        (self.entries, [self.rows, self.columns], strides(self.rows, self.columns, self.stored))
    }
}

/// A [`MatrixSlice`] that can be changed.
#[derive(Debug)]
pub struct MatrixSliceMut<'a, T> {
    entries: &'a mut [T],
    rows: usize,
    columns: usize,
    stored: StoredBy,
}

impl<'a, T: Precision> MatrixSliceMut<'a, T> {
    /// Row after row.
    ///
    /// # Panics
    ///
    /// If there are not `rows columns` entries.
    pub fn by_rows(entries: &'a mut [T], rows: usize, columns: usize) -> Self {
        check_entries(entries.len(), rows, columns);
        Self { entries, rows, columns, stored: StoredBy::Rows }
    }

    /// Column after column.
    ///
    /// # Panics
    ///
    /// If there are not `rows columns` entries.
    pub fn by_columns(entries: &'a mut [T], rows: usize, columns: usize) -> Self {
        check_entries(entries.len(), rows, columns);
        Self { entries, rows, columns, stored: StoredBy::Columns }
    }

    /// `self = factor A B`, split among the [threads](Threads) of the work.
    ///
    /// # Panics
    ///
    /// If the shapes disagree.
    pub fn set_product(self, factor: f64, a: MatrixSlice<'_, T>, b: MatrixSlice<'_, T>) {
        self.product(false, factor, a, b);
    }

    /// `self = self + factor A B`, split among the [threads](Threads) of the work.
    ///
    /// # Panics
    ///
    /// If the shapes disagree.
    pub fn add_product(self, factor: f64, a: MatrixSlice<'_, T>, b: MatrixSlice<'_, T>) {
        self.product(true, factor, a, b);
    }

    /// `self = self + factor A'A` in the lower triangle; nothing above the diagonal changes.
    ///
    /// # Panics
    ///
    /// If the shapes disagree.
    pub fn add_gram(self, factor: f64, a: MatrixSlice<'_, T>) {
        let n = a.columns;
        assert_eq!([self.rows, self.columns], [n, n], "add_gram: the result has the wrong shape");
        let strides = strides(n, n, self.stored);
        T::add_gram_in(self.entries, strides, a, T::narrow(factor));
    }

    fn product(self, add: bool, factor: f64, a: MatrixSlice<'_, T>, b: MatrixSlice<'_, T>) {
        let Self { entries, rows, columns, stored } = self;
        assert_eq!(a.columns, b.rows, "product: A has {} columns, B {} rows", a.columns, b.rows);
        assert_eq!([rows, columns], [a.rows, b.columns], "product: the result has the wrong shape");
        let factor = T::narrow(factor);
        // Of (A B)' = B'A' where columns lie in one piece: lines are rows then.
        let (a, b) = match stored {
            StoredBy::Rows => (a, b),
            StoredBy::Columns => (b.transposed(), a.transposed()),
        };
        let (lines, length) = (a.rows, b.columns);
        // Sixteen multiplications take as long as a few other operations.
        let work = lines.saturating_mul(length).saturating_mul(a.columns) / 16;
        let parts = Threads::current().parts(work).min(lines);
        if parts < 2 {
            return T::product(entries, add, factor, a, b);
        }
        let size = lines.div_ceil(parts);
        let blocks = entries.chunks_mut(size * length).enumerate().collect();
        Threads::each(blocks, |(k, entries): (usize, &mut [T])| {
            T::product(entries, add, factor, rows_of(a, k * size, size), b);
        });
    }
}

/// Some rows of a matrix. Those of a matrix by columns have gaps between them, which its strides say.
fn rows_of<T: Scalar>(a: MatrixSlice<'_, T>, first: usize, count: usize) -> Part<'_, T> {
    let (entries, [rows, columns], strides) = a.parts();
    let (first, end) = (first.min(rows), (first + count).min(rows));
    Part { entries: &entries[first * strides[0]..], shape: [end - first, columns], strides }
}

impl<'a, T> From<MatrixSlice<'a, T>> for Part<'a, T> {
    fn from(a: MatrixSlice<'a, T>) -> Self {
        let (entries, shape, strides) = a.parts();
        Self { entries, shape, strides }
    }
}

fn other(stored: StoredBy) -> StoredBy {
    match stored {
        StoredBy::Rows => StoredBy::Columns,
        StoredBy::Columns => StoredBy::Rows,
    }
}

fn strides(rows: usize, columns: usize, stored: StoredBy) -> [usize; 2] {
    match stored {
        StoredBy::Rows => [columns, 1],
        StoredBy::Columns => [1, rows],
    }
}

fn check_entries(entries: usize, rows: usize, columns: usize) {
    assert_eq!(entries, rows * columns, "{entries} entries for {rows} by {columns}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn drawn<T: Scalar>(random: &mut Random, n: usize) -> Vec<T> {
        (0..n).map(|_| T::narrow(random.normal())).collect()
    }

    /// The plain loops against faer's.
    #[test]
    fn without_faer_they_are_the_same() {
        use crate::matrix::plain;
        let mut random = Random::new(4);
        let (m, n, k) = (7, 5, 6);
        let (a, b): (Vec<f64>, Vec<f64>) = (drawn(&mut random, m * k), drawn(&mut random, k * n));
        for a in [MatrixSlice::by_rows(&a, m, k), MatrixSlice::by_columns(&a, m, k)] {
            for b in [MatrixSlice::by_rows(&b, k, n), MatrixSlice::by_columns(&b, k, n)] {
                for add in [false, true] {
                    let (mut c, mut right) = (vec![1.0; m * n], vec![1.0; m * n]);
                    plain::product(&mut c, add, 2.0, a.into(), b.into());
                    <f64 as crate::matrix::precision::Compiled>::product(
                        &mut right, add, 2.0, a, b,
                    );
                    assert!(c.iter().zip(&right).all(|(c, r)| (c - r).abs() < 1e-13));
                }
            }
            let (mut c, mut right) = (vec![1.0; k * k], vec![1.0; k * k]);
            plain::add_gram_in(&mut c, [k, 1], a.into(), 2.0);
            MatrixSliceMut::by_rows(&mut right, k, k).add_gram(2.0, a);
            assert!(c.iter().zip(&right).all(|(c, r)| (c - r).abs() < 1e-13));
        }
    }

    fn entry<T: Scalar>(a: MatrixSlice<'_, T>, i: usize, j: usize) -> f64 {
        let (entries, _, strides) = a.parts();
        entries[i * strides[0] + j * strides[1]].wide()
    }

    /// Every way to store three matrices, against the sum that defines the product.
    fn products<T: Precision>(tolerance: f64) {
        let mut random = Random::new(3);
        for (m, n, k) in [(1, 1, 1), (5, 3, 4), (64, 33, 70), (3, 4, 0)] {
            for way in 0..8 {
                let a: Vec<T> = drawn(&mut random, m * k);
                let b: Vec<T> = drawn(&mut random, k * n);
                let before: Vec<T> = drawn(&mut random, m * n);
                let by_rows = |bit: usize| way >> bit & 1 == 0;
                let a = if by_rows(0) { MatrixSlice::by_rows } else { MatrixSlice::by_columns }(
                    &a, m, k,
                );
                let b = if by_rows(1) { MatrixSlice::by_rows } else { MatrixSlice::by_columns }(
                    &b, k, n,
                );
                let stored = if by_rows(2) { StoredBy::Rows } else { StoredBy::Columns };
                for add in [false, true] {
                    for threads in [1, 2] {
                        let mut c = before.clone();
                        let at = MatrixSliceMut { entries: &mut c, rows: m, columns: n, stored };
                        Threads::new(threads).unwrap().during(|| at.product(add, 0.5, a, b));
                        let at = |c, i, j| entry(MatrixSlice::stored(c, m, n, stored), i, j);
                        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                            let sum: f64 = (0..k).map(|l| entry(a, i, l) * entry(b, l, j)).sum();
                            let right = 0.5 * sum + if add { at(&before, i, j) } else { 0.0 };
                            let error = (at(&c, i, j) - right).abs();
                            assert!(error <= tolerance * (1 + k) as f64, "{error}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn products_are_the_sums_that_define_them() {
        products::<f64>(1e-14);
        products::<f32>(1e-5);
    }

    #[test]
    fn grams_are_products_with_the_transpose() {
        let mut random = Random::new(5);
        let (m, n) = (40, 23);
        let a: Vec<f64> = drawn(&mut random, m * n);
        for a in [MatrixSlice::by_rows(&a, m, n), MatrixSlice::by_columns(&a, m, n)] {
            let (mut gram, mut product) = (vec![1.0; n * n], vec![1.0; n * n]);
            MatrixSliceMut::by_rows(&mut gram, n, n).add_gram(2.0, a);
            MatrixSliceMut::by_rows(&mut product, n, n).add_product(2.0, a.transposed(), a);
            for i in 0..n {
                for j in 0..n {
                    let right = if j <= i { product[i * n + j] } else { 1.0 };
                    assert!((gram[i * n + j] - right).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    #[should_panic = "product: A has 2 columns, B 3 rows"]
    fn shapes_that_disagree_are_refused() {
        let (a, mut c) = ([0.0; 6], [0.0; 9]);
        let (a, b) = (MatrixSlice::by_rows(&a, 3, 2), MatrixSlice::by_rows(&a, 3, 2));
        MatrixSliceMut::by_rows(&mut c, 3, 3).set_product(1.0, a, b);
    }
}
