//! What a sparse matrix counts with.

/// What rows and columns of a sparse matrix may be counted with.
pub trait SparseIndex: Copy + Send + Sync + 'static {
    /// As a place in memory; of a negative number, one beyond all memory.
    fn place(self) -> usize;
}

macro_rules! sparse_index {
    ($($integer:ty),*) => {
        $(impl SparseIndex for $integer {
            #[inline(always)]
            fn place(self) -> usize {
                self as usize
            }
        })*
    };
}

sparse_index!(usize, u32, i32, i64);
