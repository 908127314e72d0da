//! Design matrices of blocks.

use std::sync::Arc;

use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine::matrix::Matrix;
use ravine_data::{Codes, Design as Blocks};

use crate::failure;
use crate::regression::Compressed;

/// Columns of one kind.
#[derive(FromPyObject)]
enum Block<'py> {
    /// All entries.
    Dense(PyReadonlyArray2<'py, f64>),
    /// Starts of rows, columns of entries, entries, number of columns.
    Sparse(Compressed<'py>),
    /// The level of each row, below zero for none, and the number of levels.
    Codes(PyReadonlyArray1<'py, i32>, usize),
}

impl Block<'_> {
    fn read(&self) -> PyResult<Blocks> {
        let unnamed = |count: usize| vec![String::new(); count];
        Ok(match self {
            Self::Dense(entries) => {
                let entries = entries.as_array();
                let (rows, columns) = entries.dim();
                let by_columns = entries.t();
                let copy = match by_columns.as_slice() {
                    Some(entries) => entries.to_vec(),
                    None => by_columns.iter().copied().collect(),
                };
                Blocks::dense(Matrix::from_entries(rows, columns, copy), unnamed(columns))
            }
            Self::Sparse(rows) => Blocks::sparse(rows.read()?),
            Self::Codes(codes, levels) => {
                let codes = codes.as_array();
                let codes = codes.iter().map(|&code| u32::try_from(code).ok());
                let codes =
                    Codes::new(codes, *levels).map_err(|error| failure::argument(&error))?;
                Blocks::categorical(codes, unnamed(*levels))
            }
        })
    }
}

/// A design matrix: blocks of columns side by side, without intercept, with a name a column.
#[pyclass(frozen, module = "ravine._core")]
pub struct Design(pub Arc<Blocks>);

#[pymethods]
impl Design {
    #[new]
    fn new(blocks: Vec<Block<'_>>, names: Vec<String>) -> PyResult<Self> {
        let mut blocks = blocks.iter().map(Block::read);
        let Some(design) = blocks.next() else {
            return Err(PyValueError::new_err("X: has no columns"));
        };
        let mut design = design?;
        for block in blocks {
            design.append(block?).map_err(|error| failure::argument(&error))?;
        }
        let (given, columns) = (names.len(), design.columns());
        if given != columns {
            let message = format!("names: are {given}, but must be {columns}, one a column");
            return Err(PyValueError::new_err(message));
        }
        Ok(Self(Arc::new(design.with_names(names))))
    }

    /// Rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.0.rows(), self.0.columns())
    }

    /// The names of the columns.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.0.names().to_vec()
    }

    /// `X w`.
    fn multiply<'py>(
        &self,
        py: Python<'py>,
        w: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (given, columns) = (w.as_array().len(), self.0.columns());
        if given != columns {
            let message = format!("w: has {given} entries, but must have {columns}");
            return Err(PyValueError::new_err(message));
        }
        let (w, design) = (w.as_array().to_vec(), Arc::clone(&self.0));
        let product = py.detach(move || {
            let mut product = vec![0.0; design.rows()];
            design.multiply_columns(&w, &mut product);
            product
        });
        Ok(PyArray1::from_vec(py, product))
    }
}
