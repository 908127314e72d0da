//! Sparse matrices: one kind of storage, owned or borrowed, by rows or by columns.

use std::ops::Deref;

use super::{SparseIndex, StoredBy};
use crate::error::ArgumentError;
use crate::threads::Threads;

/// A sparse matrix in compressed lines, which are its rows (CSR) or its columns (CSC): the entries of
/// line k are `values[starts[k]..starts[k + 1]]`, at the `indices` at the same places; entries at the
/// same place add up.
///
/// `L` says which the lines are: [`ByRows`] or [`ByColumns`] where the type knows, [`StoredBy`] where
/// it is known at run time. Starts `S`, indices `I` and values `V` are vectors, or slices of memory
/// that lies somewhere else. The names in use are [`SparseMatrix`], [`SparseRows`] and
/// [`SparseView`].
///
/// As an operator it is the matrix, with an adjoint.
///
/// ```
/// use ravine_linalg::matrix::{ByRows, Sparse};
///
/// // [[2, 1, 0], [0, 0, 3]]
/// let (starts, indices, values) = (vec![0, 2, 3_usize], [0, 1, 2_u32], &[2.0, 1.0, 3.0][..]);
/// let a = Sparse::new((2, 3), ByRows, starts, &indices[..], values)?;
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 1.0, 1.0], &mut y);
/// assert_eq!(y, [3.0, 3.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sparse<L, S, I, V> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) lines: L,
    pub(super) starts: S,
    pub(super) indices: I,
    pub(super) values: V,
}

/// A sparse matrix of its own in compressed columns, rows ascending in each, each place once: what
/// factorizations take.
///
/// ```
/// use ravine_linalg::matrix::SparseMatrix;
///
/// let a = SparseMatrix::from_triplets(2, 2, &[(0, 0, 2.0), (1, 0, 1.0), (1, 1, 3.0), (1, 1, 1.0)]);
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 1.0], &mut y);
/// assert_eq!(y, [2.0, 5.0]);
/// ```
pub type SparseMatrix = Sparse<ByColumns, Vec<usize>, Vec<usize>, Vec<f64>>;

/// A sparse matrix of its own in compressed rows, columns in any order: a case a row, as data files
/// give them.
///
/// ```
/// use ravine_linalg::matrix::SparseRows;
///
/// let mut x = SparseRows::default();
/// x.push_row(&[(0, 2.0)]);
/// x.push_row(&[(0, 1.0), (2, 3.0)]);
/// let mut y = [0.0; 2];
/// x.multiply(&[1.0, 5.0, 1.0], &mut y);
/// assert_eq!(y, [2.0, 4.0]);
/// ```
pub type SparseRows = Sparse<ByRows, Vec<usize>, Vec<u32>, Vec<f64>>;

/// A sparse matrix in memory of the caller's, in compressed rows or columns, in any order.
///
/// ```
/// use ravine_linalg::matrix::{SparseView, StoredBy};
/// use ravine_linalg::operator::LinearOperator;
///
/// // [[2, 1], [0, 3]], as SciPy has it.
/// let (indptr, indices, data) = ([0_i32, 2, 3], [0_i32, 1, 1], [2.0, 1.0, 3.0]);
/// let a = SparseView::new((2, 2), StoredBy::Rows, &indptr, &indices, &data)?;
/// let mut y = vec![0.0; 2];
/// a.apply(&vec![1.0, 1.0], &mut y)?;
/// assert_eq!(y, [3.0, 3.0]);
/// assert_eq!(a.to_matrix().get(0, 1), 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type SparseView<'a, J> = Sparse<StoredBy, &'a [J], &'a [J], &'a [f64]>;

/// Which the lines of a matrix are.
pub trait Lines: Copy + Sync {
    /// As a value.
    fn stored(self) -> StoredBy;
}

/// The lines are rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ByRows;

/// The lines are columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ByColumns;

impl Lines for ByRows {
    #[inline(always)]
    fn stored(self) -> StoredBy {
        StoredBy::Rows
    }
}

impl Lines for ByColumns {
    #[inline(always)]
    fn stored(self) -> StoredBy {
        StoredBy::Columns
    }
}

impl Lines for StoredBy {
    #[inline(always)]
    fn stored(self) -> StoredBy {
        self
    }
}

/// No rows and no columns.
impl<L: Default, J: Default, K> Default for Sparse<L, Vec<J>, Vec<K>, Vec<f64>> {
    fn default() -> Self {
        Self {
            rows: 0,
            columns: 0,
            lines: L::default(),
            starts: vec![J::default()],
            indices: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<L, S, I, V> Sparse<L, S, I, V> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Starts, indices and values, as [`new`](Self::new) takes them.
    pub fn into_parts(self) -> (S, I, V) {
        (self.starts, self.indices, self.values)
    }
}

impl<L, S, I, V, J, K> Sparse<L, S, I, V>
where
    L: Lines,
    S: Deref<Target = [J]>,
    I: Deref<Target = [K]>,
    V: Deref<Target = [f64]>,
    J: SparseIndex,
    K: SparseIndex,
{
    /// From what CSR or CSC consists of; every index is looked at once.
    ///
    /// # Errors
    ///
    /// If there is not one start a line and one more, they do not ascend from 0 to at most the number of
    /// entries, there is not one value an index, or an index is out of range.
    pub fn new(
        (rows, columns): (usize, usize),
        lines: L,
        starts: S,
        indices: I,
        values: V,
    ) -> Result<Self, ArgumentError> {
        let (count, range) = match lines.stored() {
            StoredBy::Rows => (rows, columns),
            StoredBy::Columns => (columns, rows),
        };
        let allowed = format!("{}, one a line and one more", count + 1);
        ArgumentError::check(starts.len() == count + 1, "starts.len()", starts.len(), &allowed)?;
        let (stored, given) = (indices.len(), values.len());
        let allowed = format!("{stored}, one an index");
        ArgumentError::check(given == stored, "values.len()", given, &allowed)?;
        let signed = |place: usize| place as isize;
        let first = starts[0].place();
        ArgumentError::check(first == 0, "starts[0]", signed(first), "0")?;
        let allowed = format!("at least the one before, and at most {given}");
        for (k, pair) in starts.windows(2).enumerate() {
            let (start, end) = (pair[0].place(), pair[1].place());
            if end < start || end > given {
                let argument = format!("starts[{}]", k + 1);
                ArgumentError::check(false, &argument, signed(end), &allowed)?;
            }
        }
        if let Some(k) = indices.iter().position(|i| i.place() >= range) {
            let (argument, found) = (format!("indices[{k}]"), signed(indices[k].place()));
            let allowed = format!("at least 0 and less than {range}");
            ArgumentError::check(false, &argument, found, &allowed)?;
        }
        Ok(Self { rows, columns, lines, starts, indices, values })
    }

    /// The number of stored entries.
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    /// The stored entries.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The diagonal; what is not stored is zero.
    ///
    /// ```
    /// use ravine_linalg::matrix::{SparseView, StoredBy};
    ///
    /// let (starts, indices, values) = ([0, 1, 3_i64], [1, 1, 0], [2.0, 1.0, 3.0]);
    /// let a = SparseView::new((2, 2), StoredBy::Columns, &starts, &indices, &values)?;
    /// assert_eq!(a.diagonal(), [0.0, 1.0]);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    pub fn diagonal(&self) -> Vec<f64> {
        let size = self.rows.min(self.columns);
        let entry = |k| self.entries(k).filter(|&(i, _)| i == k).map(|(_, v)| v).sum();
        (0..size).map(entry).collect()
    }

    /// A copy of its own, in compressed columns, entries at the same place added.
    pub fn to_matrix(&self) -> SparseMatrix {
        let stored = self.lines.stored();
        let triplets = (0..self.starts.len() - 1).flat_map(|k| {
            self.entries(k).map(move |(i, v)| match stored {
                StoredBy::Rows => (k, i, v),
                StoredBy::Columns => (i, k, v),
            })
        });
        SparseMatrix::from_triplets(self.rows, self.columns, &triplets.collect::<Vec<_>>())
    }

    /// `y = A x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.columns, "multiply: x has the wrong length");
        assert_eq!(y.len(), self.rows, "multiply: y has the wrong length");
        match self.lines.stored() {
            StoredBy::Rows => self.gather(x, y),
            StoredBy::Columns => self.scatter(x, y),
        }
    }

    /// `y = A'x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.rows, "multiply_transposed: x has the wrong length");
        assert_eq!(y.len(), self.columns, "multiply_transposed: y has the wrong length");
        match self.lines.stored() {
            StoredBy::Rows => self.scatter(x, y),
            StoredBy::Columns => self.gather(x, y),
        }
    }

    /// The product with the matrix whose rows the lines are, which are split among threads.
    fn gather(&self, x: &[f64], y: &mut [f64]) {
        let lines = self.slices();
        let size = y.len().div_ceil(Threads::current().parts(lines.values.len())).max(1);
        let dots = |(part, y): (usize, &mut [f64])| {
            for (k, y) in y.iter_mut().enumerate() {
                *y = lines.entries(part * size + k).map(|(i, a)| a * x[i]).sum();
            }
        };
        if size >= y.len() {
            dots((0, y));
        } else {
            Threads::each(y.chunks_mut(size).enumerate().collect(), dots);
        }
    }

    /// The product with the matrix whose columns the lines are, which are split among threads where
    /// there are many more entries than sums to add to.
    fn scatter(&self, x: &[f64], y: &mut [f64]) {
        let lines = self.slices();
        let parts = Threads::current().parts(lines.values.len());
        let parts = parts.min(lines.values.len() / (2 * y.len()).max(1)).max(1);
        let size = x.len().div_ceil(parts).max(1);
        let combine = |part: usize, x: &[f64], y: &mut [f64]| {
            y.fill(0.0);
            for (k, &x) in x.iter().enumerate() {
                for (i, a) in lines.entries(part * size + k) {
                    y[i] += a * x;
                }
            }
        };
        if size >= x.len() {
            return combine(0, x, y);
        }
        let (dimension, blocks) = (y.len(), x.chunks(size).enumerate().collect());
        let sums = Threads::each(blocks, |(part, x)| {
            let mut sum = vec![0.0; dimension];
            combine(part, x, &mut sum);
            sum
        });
        y.fill(0.0);
        for sum in sums {
            y.iter_mut().zip(sum).for_each(|(y, s)| *y += s);
        }
    }

    /// The same matrix, for several threads to read.
    fn slices(&self) -> Sparse<L, &[J], &[K], &[f64]> {
        let Self { rows, columns, lines, .. } = *self;
        Sparse {
            rows,
            columns,
            lines,
            starts: &self.starts,
            indices: &self.indices,
            values: &self.values,
        }
    }

    /// Indices and values of line k.
    #[inline(always)]
    pub(super) fn line(&self, k: usize) -> (&[K], &[f64]) {
        let range = self.starts[k].place()..self.starts[k + 1].place();
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Places and values of line k.
    #[inline(always)]
    fn entries(&self, k: usize) -> impl Iterator<Item = (usize, f64)> {
        let (indices, values) = self.line(k);
        indices.iter().zip(values).map(|(i, &v)| (i.place(), v))
    }
}
