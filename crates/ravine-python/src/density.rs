//! The density of eigenvalues as a Python object.

use std::cell::Cell;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::spectrum::{self, Estimate, Histogram};

use crate::failure;

/// The density of eigenvalues, measured or exact.
#[pyclass(frozen, module = "ravine._core")]
pub struct Density {
    density: spectrum::Density,
}

impl Density {
    /// Of the library's.
    pub fn new(density: spectrum::Density) -> Self {
        Self { density }
    }
}

/// Value, standard error, products.
type Triple = (f64, f64, usize);

fn triple(Estimate { value, standard_error, products }: Estimate) -> Triple {
    (value, standard_error, products)
}

#[pymethods]
impl Density {
    /// From what `to_json` gives.
    #[staticmethod]
    fn from_json(json: &str) -> PyResult<Self> {
        Ok(Self::new(serde_json::from_str(json).map_err(failure::settings)?))
    }

    /// All there is to know, as JSON.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.density).map_err(failure::settings)
    }

    /// The number of eigenvalues.
    #[getter]
    fn dimension(&self) -> usize {
        self.density.dimension()
    }

    /// Products with the operator that were made.
    #[getter]
    fn products(&self) -> usize {
        self.density.products()
    }

    /// The smallest and the largest node.
    #[getter]
    fn range(&self) -> (f64, f64) {
        self.density.range()
    }

    /// Nodes, weights and residuals of each probe.
    #[getter]
    fn probes<'py>(&self, py: Python<'py>) -> Vec<[Bound<'py, PyArray1<f64>>; 3]> {
        let array = |values: &Vec<f64>| PyArray1::from_slice(py, values);
        self.density
            .quadratures()
            .iter()
            .map(|q| [array(&q.nodes), array(&q.weights), array(&q.residuals)])
            .collect()
    }

    /// The share of the eigenvalues at or below x.
    fn cumulative(&self, x: f64) -> Triple {
        triple(self.density.cumulative(x))
    }

    /// `tr f(A)`.
    fn trace_of(&self, py: Python<'_>, f: &Bound<'_, PyAny>) -> PyResult<Triple> {
        let raised = Cell::new(None);
        let estimate = self.density.trace_of(|lambda| {
            let value = f.call1((lambda,)).and_then(|value| value.extract::<f64>());
            value.unwrap_or_else(|error| {
                raised.set(Some(error));
                f64::NAN
            })
        });
        py.check_signals()?;
        raised.into_inner().map_or_else(|| Ok(triple(estimate)), Err)
    }

    /// Shares in equal bins.
    fn linear<'py>(&self, py: Python<'py>, bins: usize) -> PyResult<Bound<'py, PyDict>> {
        let histogram = self.density.linear(bins).map_err(|error| failure::argument(&error))?;
        shares(py, &histogram)
    }

    /// Shares in bins of `log10 |lambda|` for either sign, and at zero.
    fn logarithmic<'py>(
        &self,
        py: Python<'py>,
        bins_per_decade: usize,
        smallest: f64,
    ) -> PyResult<Bound<'py, PyDict>> {
        let histogram = self.density.logarithmic(bins_per_decade, smallest);
        let histogram = histogram.map_err(|error| failure::argument(&error))?;
        let object = PyDict::new(py);
        object.set_item("negative", shares(py, &histogram.negative)?)?;
        object.set_item("zero", triple(histogram.zero))?;
        object.set_item("positive", shares(py, &histogram.positive)?)?;
        Ok(object)
    }

    /// The smooth density: where, its value, its standard error.
    #[pyo3(signature = (points, width))]
    fn smoothed<'py>(
        &self,
        py: Python<'py>,
        points: usize,
        width: Option<f64>,
    ) -> PyResult<[Bound<'py, PyArray1<f64>>; 3]> {
        let curve = self.density.smoothed(points, width).map_err(|e| failure::argument(&e))?;
        let of = |field: fn(&spectrum::DensityPoint) -> f64| {
            PyArray1::from_vec(py, curve.iter().map(field).collect())
        };
        Ok([of(|p| p.at), of(|p| p.density), of(|p| p.standard_error)])
    }

    /// `ln det A`.
    fn log_determinant(&self) -> PyResult<Triple> {
        self.density.log_determinant().map(triple).map_err(|error| failure::argument(&error))
    }

    /// `tr A (A + damping I)^-1`.
    fn effective_dimension(&self, damping: f64) -> PyResult<Triple> {
        let found = self.density.effective_dimension(damping);
        found.map(triple).map_err(|error| failure::argument(&error))
    }
}

fn shares<'py>(py: Python<'py>, histogram: &Histogram) -> PyResult<Bound<'py, PyDict>> {
    let object = PyDict::new(py);
    object.set_item("edges", PyArray1::from_slice(py, &histogram.edges))?;
    object.set_item("shares", PyArray1::from_slice(py, &histogram.shares))?;
    object.set_item("standard_errors", PyArray1::from_slice(py, &histogram.standard_errors))?;
    Ok(object)
}
