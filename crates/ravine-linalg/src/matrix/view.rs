//! Dense matrices that lie somewhere else.

use super::Matrix;
use crate::error::ArgumentError;
use crate::vector::kernels;

/// Which way a matrix is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredBy {
    /// Row after row.
    Rows,
    /// Column after column.
    Columns,
}

/// A dense matrix in memory of the caller's: rows, or columns, each in one piece. Nothing is copied, so
/// that a product costs one pass over the matrix where it is.
///
/// As an operator it is the matrix, with an adjoint.
///
/// ```
/// use ravine_linalg::matrix::MatrixView;
/// use ravine_linalg::operator::{Adjoint, LinearOperator};
///
/// // Two rows of three, in the order of C.
/// let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let a = MatrixView::from_rows(numbers.chunks(3).collect(), 3)?;
/// let mut y = vec![0.0; 2];
/// a.apply(&vec![1.0, 0.0, 1.0], &mut y)?;
/// assert_eq!(y, [4.0, 10.0]);
/// let mut x = vec![0.0; 3];
/// a.apply_adjoint(&vec![1.0, 1.0], &mut x)?;
/// assert_eq!(x, [5.0, 7.0, 9.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MatrixView<'a> {
    rows: usize,
    columns: usize,
    stored: StoredBy,
    lines: Vec<&'a [f64]>,
}

impl<'a> MatrixView<'a> {
    /// From rows of `columns` entries.
    ///
    /// # Errors
    ///
    /// If a row has another length.
    pub fn from_rows(rows: Vec<&'a [f64]>, columns: usize) -> Result<Self, ArgumentError> {
        check_lines("rows", &rows, columns)?;
        Ok(Self { rows: rows.len(), columns, stored: StoredBy::Rows, lines: rows })
    }

    /// From columns of `rows` entries.
    ///
    /// # Errors
    ///
    /// If a column has another length.
    pub fn from_columns(columns: Vec<&'a [f64]>, rows: usize) -> Result<Self, ArgumentError> {
        check_lines("columns", &columns, rows)?;
        Ok(Self { rows, columns: columns.len(), stored: StoredBy::Columns, lines: columns })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// `a_ij`.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        match self.stored {
            StoredBy::Rows => self.lines[i][j],
            StoredBy::Columns => self.lines[j][i],
        }
    }

    /// A copy of its own.
    pub fn to_matrix(&self) -> Matrix {
        Matrix::from_fn(self.rows, self.columns, |i, j| self.get(i, j))
    }

    /// `y = A x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.columns, "multiply: x has the wrong length");
        assert_eq!(y.len(), self.rows, "multiply: y has the wrong length");
        self.product(self.stored, x, y);
    }

    /// `y = A'x`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed(&self, x: &[f64], y: &mut [f64]) {
        assert_eq!(x.len(), self.rows, "multiply_transposed: x has the wrong length");
        assert_eq!(y.len(), self.columns, "multiply_transposed: y has the wrong length");
        let transposed = match self.stored {
            StoredBy::Rows => StoredBy::Columns,
            StoredBy::Columns => StoredBy::Rows,
        };
        self.product(transposed, x, y);
    }

    /// The product with the matrix that the lines are if they are what `stored` says.
    fn product(&self, stored: StoredBy, x: &[f64], y: &mut [f64]) {
        match stored {
            StoredBy::Rows => kernels::dots(x, &self.lines, y),
            StoredBy::Columns => {
                y.fill(0.0);
                kernels::combine(y, x, &self.lines);
            }
        }
    }
}

fn check_lines(name: &str, lines: &[&[f64]], length: usize) -> Result<(), ArgumentError> {
    match lines.iter().position(|line| line.len() != length) {
        None => Ok(()),
        Some(k) => {
            let (argument, allowed) = (format!("{name}[{k}].len()"), format!("{length}"));
            ArgumentError::check(false, &argument, lines[k].len(), &allowed)
        }
    }
}
