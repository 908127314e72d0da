//! The product of two dense matrices, by faer or, without it, by plain loops.

#[cfg(feature = "faer")]
pub(crate) use by_faer::multiply as multiply_in;
#[cfg(not(feature = "faer"))]
pub(crate) use plain::multiply as multiply_in;

/// `C = A B` in double precision, compiled once.
pub(crate) fn multiply(c: &mut [f64], a: &[f64], b: &[f64], rows: usize, count: usize) {
    multiply_in(c, a, b, rows, count);
}

#[cfg(feature = "faer")]
pub(crate) mod by_faer {
    use faer::{Accum, MatMut, MatRef, Par};

    use crate::threads::Threads;
    use crate::vector::Scalar;

    /// `C = A B` by columns: A has `rows` rows, B `count`.
    pub(crate) fn multiply<T: Scalar>(c: &mut [T], a: &[T], b: &[T], rows: usize, count: usize) {
        let columns = b.len() / count.max(1);
        // Sixteen multiplications take as long as a few other operations.
        let parts = Threads::current().parts(a.len().saturating_mul(columns) / 16).min(columns);
        if parts < 2 {
            return product(c, a, b, rows, count);
        }
        let size = columns.div_ceil(parts);
        let blocks = c.chunks_mut(rows * size).zip(b.chunks(count * size)).collect();
        Threads::each(blocks, |(c, b): (&mut [T], &[T])| product(c, a, b, rows, count));
    }

    fn product<T: Scalar>(c: &mut [T], a: &[T], b: &[T], rows: usize, count: usize) {
        let columns = b.len() / count.max(1);
        faer::linalg::matmul::matmul(
            MatMut::from_column_major_slice_mut(c, rows, columns),
            Accum::Replace,
            MatRef::from_column_major_slice(a, rows, count),
            MatRef::from_column_major_slice(b, count, columns),
            T::ONE,
            Par::Seq,
        );
    }
}

#[cfg(any(test, not(feature = "faer")))]
pub(crate) mod plain {
    use crate::vector::Scalar;

    /// `C = A B` by columns: A has `rows` rows, B `count`.
    pub(crate) fn multiply<T: Scalar>(c: &mut [T], a: &[T], b: &[T], rows: usize, count: usize) {
        c.fill(T::ZERO);
        for (c, b) in c.chunks_exact_mut(rows.max(1)).zip(b.chunks_exact(count.max(1))) {
            for (a, &factor) in a.chunks_exact(rows.max(1)).zip(b) {
                for (c, a) in c.iter_mut().zip(a) {
                    *c += factor * *a;
                }
            }
        }
    }
}
