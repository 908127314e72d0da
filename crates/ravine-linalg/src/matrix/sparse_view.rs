//! Sparse matrices that lie somewhere else.

use super::{SparseMatrix, StoredBy};
use crate::error::ArgumentError;

/// What rows and columns of a sparse matrix may be counted with.
pub trait SparseIndex: Copy {
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

sparse_index!(usize, i32, i64);

/// A sparse matrix in memory of the caller's, in compressed rows (CSR) or columns (CSC): the entries of
/// line k are `values[starts[k]..starts[k + 1]]`, at the `indices` at the same places, in any order;
/// entries at the same place add up.
///
/// As an operator it is the matrix, with an adjoint.
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
#[derive(Clone, Copy, Debug)]
pub struct SparseView<'a, I> {
    rows: usize,
    columns: usize,
    stored: StoredBy,
    starts: &'a [I],
    indices: &'a [I],
    values: &'a [f64],
}

impl<'a, I: SparseIndex> SparseView<'a, I> {
    /// From what CSR or CSC consists of; every index is looked at once.
    ///
    /// # Errors
    ///
    /// If there is not one start a line and one more, they do not ascend from 0 to at most the number of
    /// entries, there is not one value an index, or an index is out of range.
    pub fn new(
        (rows, columns): (usize, usize),
        stored: StoredBy,
        starts: &'a [I],
        indices: &'a [I],
        values: &'a [f64],
    ) -> Result<Self, ArgumentError> {
        let view = Self::unchecked((rows, columns), stored, starts, indices, values);
        let (lines, range) = view.lines_of(stored);
        let allowed = format!("{}, one a line and one more", lines + 1);
        ArgumentError::check(starts.len() == lines + 1, "starts.len()", starts.len(), &allowed)?;
        let (stored, count) = (indices.len(), values.len());
        let allowed = format!("{stored}, one an index");
        ArgumentError::check(count == stored, "values.len()", count, &allowed)?;
        let signed = |i: I| i.place() as isize;
        ArgumentError::check(starts[0].place() == 0, "starts[0]", signed(starts[0]), "0")?;
        let allowed = format!("at least the one before, and at most {count}");
        for (k, pair) in starts.windows(2).enumerate() {
            let holds = pair[0].place() <= pair[1].place() && pair[1].place() <= count;
            if !holds {
                let argument = format!("starts[{}]", k + 1);
                ArgumentError::check(holds, &argument, signed(pair[1]), &allowed)?;
            }
        }
        if let Some(k) = indices.iter().position(|i| i.place() >= range) {
            let allowed = format!("at least 0 and less than {range}");
            ArgumentError::check(false, &format!("indices[{k}]"), signed(indices[k]), &allowed)?;
        }
        Ok(view)
    }

    /// Of parts that are known to fit.
    pub(super) fn unchecked(
        (rows, columns): (usize, usize),
        stored: StoredBy,
        starts: &'a [I],
        indices: &'a [I],
        values: &'a [f64],
    ) -> Self {
        Self { rows, columns, stored, starts, indices, values }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
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
        let mut diagonal = vec![0.0; self.rows.min(self.columns)];
        for (k, d) in diagonal.iter_mut().enumerate() {
            *d = self.line(k).filter(|&(i, _)| i == k).map(|(_, v)| v).sum();
        }
        diagonal
    }

    /// A copy of its own, in compressed columns, entries at the same place added.
    pub fn to_matrix(&self) -> SparseMatrix {
        let (lines, _) = self.lines_of(self.stored);
        let entries = (0..lines).flat_map(|k| {
            self.line(k).map(move |(i, v)| match self.stored {
                StoredBy::Rows => (k, i, v),
                StoredBy::Columns => (i, k, v),
            })
        });
        SparseMatrix::from_triplets(self.rows, self.columns, &entries.collect::<Vec<_>>())
    }

    /// `y = A x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.columns, "multiply: x has the wrong length");
        assert_eq!(y.len(), self.rows, "multiply: y has the wrong length");
        match self.stored {
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
        match self.stored {
            StoredBy::Rows => self.scatter(x, y),
            StoredBy::Columns => self.gather(x, y),
        }
    }

    /// The product with the matrix whose rows the lines are.
    fn gather(&self, x: &[f64], y: &mut [f64]) {
        for (k, y) in y.iter_mut().enumerate() {
            *y = self.line(k).map(|(i, a)| a * x[i]).sum();
        }
    }

    /// The product with the matrix whose columns the lines are.
    fn scatter(&self, x: &[f64], y: &mut [f64]) {
        y.fill(0.0);
        for (k, &x) in x.iter().enumerate() {
            for (i, a) in self.line(k) {
                y[i] += a * x;
            }
        }
    }

    /// Places and values of line k.
    #[inline(always)]
    fn line(&self, k: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.starts[k].place()..self.starts[k + 1].place();
        let (indices, values) = (&self.indices[range.clone()], &self.values[range]);
        indices.iter().zip(values).map(|(i, &v)| (i.place(), v))
    }

    /// The number of lines, and that of entries in a full one.
    fn lines_of(&self, stored: StoredBy) -> (usize, usize) {
        match stored {
            StoredBy::Rows => (self.rows, self.columns),
            StoredBy::Columns => (self.columns, self.rows),
        }
    }
}
