//! The approximation of the inverse Hessian that L-BFGS ends with.

use std::sync::Arc;

use numpy::{
    PyArray1, PyArray2, PyArrayDescr, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use ravine::curvature::SecantPairs;
use ravine::operator::Algebra;

/// The L-BFGS matrix H of secant pairs `s`, `y` (rows, the oldest first): a linear operator that
/// takes the place of the inverse Hessian.
#[pyclass(frozen, module = "ravine._core")]
pub struct InverseHessian {
    pairs: Arc<SecantPairs<Vec<f64>>>,
    dimension: usize,
}

impl InverseHessian {
    /// Of pairs that a method has kept.
    pub fn of(pairs: Arc<SecantPairs<Vec<f64>>>) -> Self {
        Self { dimension: pairs.s(0).len(), pairs }
    }

    fn rows<'py>(
        &self,
        py: Python<'py>,
        row: impl Fn(usize) -> Vec<f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let entries: Vec<f64> = (0..self.pairs.len()).flat_map(row).collect();
        PyArray1::from_vec(py, entries).reshape([self.pairs.len(), self.dimension])
    }
}

#[pymethods]
impl InverseHessian {
    #[new]
    fn new(s: PyReadonlyArray2<'_, f64>, y: PyReadonlyArray2<'_, f64>) -> PyResult<Self> {
        if s.shape() != y.shape() || s.shape().contains(&0) {
            let (s, y) = (s.shape(), y.shape());
            return Err(PyValueError::new_err(format!(
                "s, y: have shapes {s:?} and {y:?}, but must have the same, not empty"
            )));
        }
        let mut pairs = SecantPairs::new(s.shape()[0]);
        for (s, y) in s.as_array().rows().into_iter().zip(y.as_array().rows()) {
            if pairs.push(&mut s.to_vec(), &mut y.to_vec()).is_none() {
                return Err(PyValueError::new_err("s, y: a pair has s'y <= 0"));
            }
        }
        Ok(Self { pairs: Arc::new(pairs), dimension: s.shape()[1] })
    }

    /// The number of rows and of columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.dimension, self.dimension)
    }

    /// Doubles.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyArrayDescr> {
        numpy::dtype::<f64>(py)
    }

    /// The steps, a row each, the oldest first.
    #[getter]
    fn s<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.rows(py, |age| self.pairs.s(age).clone())
    }

    /// The changes of the gradient along them.
    #[getter]
    fn y<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.rows(py, |age| self.pairs.y(age).clone())
    }

    /// `H v`.
    fn matvec<'py>(
        &self,
        py: Python<'py>,
        v: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        if v.len() != self.dimension {
            let (given, n) = (v.len(), self.dimension);
            return Err(PyValueError::new_err(format!("v has {given} entries, but must have {n}")));
        }
        let mut product = v.as_array().to_vec();
        self.pairs.multiply_inverse(&mut product, &mut Vec::new());
        Ok(PyArray1::from_vec(py, product))
    }

    /// `H v`, for H is symmetric.
    fn rmatvec<'py>(
        &self,
        py: Python<'py>,
        v: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.matvec(py, v)
    }

    fn __matmul__<'py>(
        &self,
        py: Python<'py>,
        v: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.matvec(py, v)
    }

    /// H as an array.
    fn todense<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let dense = self.pairs.inverse().dense();
        let dense = dense.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        PyArray1::from_slice(py, dense.entries()).reshape([self.dimension, self.dimension])
    }

    #[expect(clippy::type_complexity, reason = "two arrays")]
    fn __getnewargs__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>)> {
        Ok((self.s(py)?, self.y(py)?))
    }

    fn __repr__(&self) -> String {
        let n = self.dimension;
        format!("<{n}x{n} InverseHessian of {} secant pairs>", self.pairs.len())
    }
}
