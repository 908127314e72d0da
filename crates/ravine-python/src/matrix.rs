//! Matrices of NumPy and SciPy, where they are.

use numpy::ndarray::{ArrayView2, Axis};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use ravine::ArgumentError;
use ravine::Vector;
use ravine::matrix::{Matrix, MatrixView, SparseMatrix, SparseView, StoredBy};

use crate::failure;

/// The three arrays of a sparse matrix in compressed rows or columns.
pub struct Sparse {
    pub shape: (usize, usize),
    pub stored: StoredBy,
    pub data: Py<PyArray1<f64>>,
    pub places: Places,
}

impl Sparse {
    /// Shows the collector the arrays.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.data)?;
        match &self.places {
            Places::Narrow(indptr, indices) => {
                visit.call(indptr)?;
                visit.call(indices)
            }
            Places::Wide(indptr, indices) => {
                visit.call(indptr)?;
                visit.call(indices)
            }
        }
    }
}

/// `indptr` and `indices`.
pub enum Places {
    Narrow(Py<PyArray1<i32>>, Py<PyArray1<i32>>),
    Wide(Py<PyArray1<i64>>, Py<PyArray1<i64>>),
}

/// The arrays of a [`Sparse`], locked against changes from Rust.
pub struct BorrowedSparse<'py> {
    shape: (usize, usize),
    stored: StoredBy,
    data: PyReadonlyArray1<'py, f64>,
    places: BorrowedPlaces<'py>,
}

enum BorrowedPlaces<'py> {
    Narrow(PyReadonlyArray1<'py, i32>, PyReadonlyArray1<'py, i32>),
    Wide(PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, i64>),
}

impl Sparse {
    /// For one computation.
    pub fn borrow<'py>(&self, py: Python<'py>) -> BorrowedSparse<'py> {
        let places = match &self.places {
            Places::Narrow(indptr, indices) => {
                BorrowedPlaces::Narrow(indptr.bind(py).readonly(), indices.bind(py).readonly())
            }
            Places::Wide(indptr, indices) => {
                BorrowedPlaces::Wide(indptr.bind(py).readonly(), indices.bind(py).readonly())
            }
        };
        let data = self.data.bind(py).readonly();
        BorrowedSparse { shape: self.shape, stored: self.stored, data, places }
    }
}

/// A sparse matrix in memory of Python's.
pub enum SparseLent<'a> {
    Narrow(SparseView<'a, i32>),
    Wide(SparseView<'a, i64>),
}

impl BorrowedSparse<'_> {
    /// Where it is; every index is checked.
    pub fn view(&self) -> PyResult<SparseLent<'_>> {
        let data = contiguous("A.data", &self.data)?;
        Ok(match &self.places {
            BorrowedPlaces::Narrow(indptr, indices) => {
                let (starts, indices) =
                    (contiguous("A.indptr", indptr)?, contiguous("A.indices", indices)?);
                let view = SparseView::new(self.shape, self.stored, starts, indices, data);
                SparseLent::Narrow(view.map_err(|error| renamed(&error))?)
            }
            BorrowedPlaces::Wide(indptr, indices) => {
                let (starts, indices) =
                    (contiguous("A.indptr", indptr)?, contiguous("A.indices", indices)?);
                let view = SparseView::new(self.shape, self.stored, starts, indices, data);
                SparseLent::Wide(view.map_err(|error| renamed(&error))?)
            }
        })
    }
}

impl SparseLent<'_> {
    /// A copy of the library's own.
    pub fn to_matrix(&self) -> SparseMatrix {
        match self {
            Self::Narrow(view) => view.to_matrix(),
            Self::Wide(view) => view.to_matrix(),
        }
    }

    /// The diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        match self {
            Self::Narrow(view) => view.diagonal(),
            Self::Wide(view) => view.diagonal(),
        }
    }
}

/// In SciPy's words.
fn renamed(error: &ArgumentError) -> PyErr {
    let text = error.to_string();
    let scipy = [("starts", "A.indptr"), ("indices", "A.indices"), ("values", "A.data")];
    let named = scipy
        .iter()
        .find_map(|(ours, theirs)| text.strip_prefix(ours).map(|rest| format!("{theirs}{rest}")));
    PyValueError::new_err(named.unwrap_or(text))
}

fn contiguous<'a, T: numpy::Element>(
    name: &str,
    array: &'a PyReadonlyArray1<'_, T>,
) -> PyResult<&'a [T]> {
    array.as_slice().map_err(|_| PyValueError::new_err(format!("{name}: must be contiguous")))
}

/// A dense matrix in memory of Python's.
pub enum DenseLent<'a> {
    /// Each row, or each column, in one piece.
    Lines(MatrixView<'a>),
    /// Neither: a row is put together for each product.
    Strided(ArrayView2<'a, f64>),
}

impl<'a> DenseLent<'a> {
    /// Where the array is.
    pub fn new(array: &'a PyReadonlyArray2<'_, f64>) -> PyResult<Self> {
        let view = array.as_array();
        let (rows, columns) = view.dim();
        let steps = view.strides();
        let line =
            |axis: usize, k: usize| array.as_array().index_axis_move(Axis(axis), k).to_slice();
        let lines = |axis: usize, count: usize| {
            (0..count).map(|k| line(axis, k)).collect::<Option<Vec<_>>>()
        };
        // One column is best taken as a column, although it is contiguous either way.
        let by_rows = steps[1] == 1 && columns > 1;
        let found = if by_rows {
            lines(0, rows).map(|lines| MatrixView::from_rows(lines, columns))
        } else {
            lines(1, columns).map(|lines| MatrixView::from_columns(lines, rows))
        };
        match found {
            Some(view) => Ok(Self::Lines(view.map_err(|error| failure::argument(&error))?)),
            None => Ok(Self::Strided(array.as_array())),
        }
    }

    /// `y = A x`, with room for a row in `buffer`.
    pub fn multiply(&self, x: &Vec<f64>, y: &mut Vec<f64>, buffer: &mut Vec<f64>) {
        match self {
            Self::Lines(view) => view.multiply(x, y),
            Self::Strided(view) => {
                for (row, y) in view.rows().into_iter().zip(y) {
                    buffer.clear();
                    buffer.extend(row);
                    *y = buffer.dot(x);
                }
            }
        }
    }

    /// `x = A'y`, likewise.
    pub fn multiply_transposed(&self, y: &[f64], x: &mut Vec<f64>, buffer: &mut Vec<f64>) {
        match self {
            Self::Lines(view) => view.multiply_transposed(y, x),
            Self::Strided(view) => {
                x.fill(0.0);
                for (row, &y) in view.rows().into_iter().zip(y) {
                    buffer.clear();
                    buffer.extend(row);
                    x.axpy(y, buffer);
                }
            }
        }
    }

    /// The diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        match self {
            Self::Lines(view) => {
                (0..view.rows().min(view.columns())).map(|k| view.get(k, k)).collect()
            }
            Self::Strided(view) => view.diag().to_vec(),
        }
    }

    /// A copy of the library's own.
    pub fn to_matrix(&self) -> Matrix {
        match self {
            Self::Lines(view) => view.to_matrix(),
            Self::Strided(view) => {
                let (rows, columns) = view.dim();
                Matrix::from_fn(rows, columns, |i, j| view[(i, j)])
            }
        }
    }
}
