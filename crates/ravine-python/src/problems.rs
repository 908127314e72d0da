//! Problems of the library as Python objects.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use numpy::{PyArray1, PyArray2, PyArrayDyn, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::objective::{Bounds, Derivatives, Evaluation, Supplies};
use ravine_problems::{Expression, Minimum, ProblemText, Window, mgh};
use ravine_race::applicable;

use crate::convert;
use crate::failure;
use crate::objective::{Objective, Recipe};

/// Problems whose objectives a thread keeps open between evaluations.
const MOST_OPEN: usize = 8;

/// A problem of the library. It holds no state, so that several threads may use it: each opens the
/// objective for itself.
#[pyclass(frozen, module = "ravine._core")]
pub struct Problem {
    name: String,
    title: String,
    source: String,
    note: String,
    start: Vec<f64>,
    minima: Vec<Minimum>,
    variables: Vec<String>,
    window: Option<Window>,
    derivatives: Derivatives,
    residual_count: usize,
    bounds: Option<Bounds>,
    recipe: Recipe,
    /// As long as this is there, threads may keep the objective open.
    key: Arc<()>,
}

/// An objective that is open, and the key of its problem.
type Open = (Weak<()>, Rc<dyn Supplies>);

thread_local! {
    /// What this thread used last.
    static OPEN: RefCell<Vec<Open>> = const { RefCell::new(Vec::new()) };
}

impl Problem {
    /// A problem, and how to make its objective again.
    pub fn new(problem: ravine_problems::Problem, recipe: Recipe) -> Self {
        let objective = problem.objective;
        Self {
            name: problem.name,
            title: problem.title,
            source: problem.source,
            note: problem.note,
            start: problem.start,
            minima: problem.minima,
            variables: problem.variables,
            window: problem.window,
            derivatives: objective.derivatives(),
            residual_count: objective.residual_total(),
            bounds: problem.bounds,
            recipe,
            key: Arc::new(()),
        }
    }

    fn of_name(spec: &str) -> Result<Self, ArgumentError> {
        let problem = ravine_problems::named(spec)?;
        let spec = problem.name.clone();
        let recipe = Arc::new(move || Ok(ravine_problems::named(&spec)?.objective));
        Ok(Self::new(problem, recipe))
    }

    fn of_formula(expression: Expression, start: Option<Vec<f64>>) -> Result<Self, ArgumentError> {
        let problem = expression.clone().into_problem(start)?;
        let start = problem.start.clone();
        let recipe =
            Arc::new(move || Ok(expression.clone().into_problem(Some(start.clone()))?.objective));
        Ok(Self::new(problem, recipe))
    }

    /// The objective of this thread.
    fn open(&self) -> Result<Rc<dyn Supplies>, ArgumentError> {
        OPEN.with_borrow_mut(|open| {
            open.retain(|(key, _)| key.strong_count() > 0);
            let own = Arc::as_ptr(&self.key);
            if let Some((_, objective)) = open.iter().find(|(key, _)| key.as_ptr() == own) {
                return Ok(Rc::clone(objective));
            }
            let objective: Rc<dyn Supplies> = Rc::from((self.recipe)()?);
            if open.len() == MOST_OPEN {
                open.remove(0);
            }
            open.push((Arc::downgrade(&self.key), Rc::clone(&objective)));
            Ok(objective)
        })
    }

    /// Evaluates without Python.
    fn evaluate<T: Send>(
        &self,
        py: Python<'_>,
        body: impl Fn(&dyn Supplies) -> Evaluation<T> + Send + Sync,
    ) -> PyResult<T> {
        py.detach(|| {
            let objective = self.open().map_err(|error| failure::argument(&error))?;
            body(&*objective).map_err(|error| PyValueError::new_err(error.to_string()))
        })
    }

    /// A point or direction of the right length.
    fn vector(&self, what: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        let mut vector = vec![0.0; self.start.len()];
        convert::vector(what, value, &mut vector)?;
        Ok(vector)
    }
}

impl Drop for Problem {
    fn drop(&mut self) {
        let own = Arc::as_ptr(&self.key);
        // A thread that ends has nothing open.
        let _ = OPEN.try_with(|open| {
            if let Ok(mut open) = open.try_borrow_mut() {
                open.retain(|(key, _)| key.as_ptr() != own);
            }
        });
    }
}

/// What the objective supplies, or an error.
fn of<T>(supplied: Option<T>, what: &str) -> Evaluation<T> {
    supplied.ok_or_else(|| format!("this objective does not supply its {what}").into())
}

/// A matrix as an array in its own order, by columns.
fn array(py: Python<'_>, matrix: Matrix) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let shape = [matrix.rows(), matrix.columns()];
    PyArray1::from_vec(py, matrix.into_entries())
        .reshape_with_order(shape, numpy::npyffi::NPY_ORDER::NPY_FORTRANORDER)
}

#[pymethods]
impl Problem {
    /// The problem of a specification such as `quadratic:n=100`.
    #[staticmethod]
    fn named(spec: &str) -> PyResult<Self> {
        Self::of_name(spec).map_err(|error| failure::argument(&error))
    }

    /// A formula, from `start` or where the library thinks fit.
    #[staticmethod]
    #[pyo3(signature = (text, start))]
    fn formula(text: &str, start: Option<Vec<f64>>) -> PyResult<Self> {
        let expression = Expression::parse(text).map_err(formula_error)?;
        // The start has its own name here.
        Self::of_formula(expression, start)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// What is minimized.
    fn objective(&self) -> Objective {
        Objective::of_recipe(Arc::clone(&self.recipe), self.start.len(), self.bounds.clone())
    }

    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    #[getter]
    fn title(&self) -> &str {
        &self.title
    }

    #[getter]
    fn source(&self) -> &str {
        &self.source
    }

    #[getter]
    fn note(&self) -> &str {
        &self.note
    }

    #[getter]
    fn dimension(&self) -> usize {
        self.start.len()
    }

    /// A copy of the start.
    #[getter]
    fn start<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.start)
    }

    /// Values and points of the minima that are known.
    #[getter]
    fn minima<'py>(&self, py: Python<'py>) -> Vec<(f64, Option<Bound<'py, PyArray1<f64>>>)> {
        let point = |m: &Minimum| Some(PyArray1::from_slice(py, m.point.as_deref()?));
        self.minima.iter().map(|m| (m.value, point(m))).collect()
    }

    #[getter]
    fn variables(&self) -> Vec<String> {
        self.variables.clone()
    }

    /// Where to draw it, in two dimensions: from and to of each variable.
    #[getter]
    fn window(&self) -> Option<[(f64, f64); 2]> {
        self.window.map(|window| [window.x, window.y])
    }

    /// Lower and upper bounds, or None.
    #[getter]
    #[expect(clippy::type_complexity, reason = "two arrays, or none")]
    fn bounds<'py>(
        &self,
        py: Python<'py>,
    ) -> Option<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
        self.bounds.as_ref().map(|bounds| convert::bounds(py, bounds))
    }

    #[getter]
    fn residual_count(&self) -> usize {
        self.residual_count
    }

    /// What it supplies, by name.
    #[getter]
    fn derivatives(&self) -> Vec<&'static str> {
        supplied(self.derivatives)
    }

    /// The value at a point.
    fn value(&self, py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<f64> {
        let x = self.vector("x:", x)?;
        self.evaluate(py, |f| f.value(&x))
    }

    /// The values at the points along all axes of `x` but the first.
    fn values<'py>(
        &self,
        py: Python<'py>,
        x: numpy::PyReadonlyArrayDyn<'py, f64>,
    ) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
        let x = x.as_array();
        let n = self.start.len();
        if x.shape().first() != Some(&n) {
            let shape = x.shape();
            return Err(PyValueError::new_err(format!(
                "x: has shape {shape:?}, but its first axis must have {n} entries"
            )));
        }
        let shape = x.shape()[1..].to_vec();
        // Point after point.
        let mut points = vec![0.0; x.len()];
        let count = x.len() / n.max(1);
        for (i, row) in x.outer_iter().enumerate() {
            row.iter().enumerate().for_each(|(k, &entry)| points[k * n + i] = entry);
        }
        let values = self.evaluate(py, |f| {
            (0..count)
                .map(|k| f.value(&points[k * n..(k + 1) * n].to_vec()))
                .collect::<Evaluation<Vec<_>>>()
        })?;
        PyArray1::from_vec(py, values).reshape(shape)
    }

    /// The value and the gradient at a point.
    fn value_and_gradient<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<(f64, Bound<'py, PyArray1<f64>>)> {
        let x = self.vector("x:", x)?;
        let (value, gradient) = self.evaluate(py, |f| {
            let mut gradient = vec![0.0; x.len()];
            let value = of(f.as_gradient(), "gradient")?.value_and_gradient(&x, &mut gradient)?;
            Ok((value, gradient))
        })?;
        Ok((value, PyArray1::from_vec(py, gradient)))
    }

    /// The Hessian at a point times a vector.
    fn hessian_product<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (x, v) = (self.vector("x:", x)?, self.vector("v:", v)?);
        let product = self.evaluate(py, |f| {
            let mut product = vec![0.0; x.len()];
            of(f.as_hessian_product(), "Hessian products")?.hessian_product(
                &x,
                &v,
                &mut product,
            )?;
            Ok(product)
        })?;
        Ok(PyArray1::from_vec(py, product))
    }

    /// The dense Hessian at a point.
    fn hessian<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let x = self.vector("x:", x)?;
        let hessian = self.evaluate(py, |f| {
            let mut hessian = Matrix::zeros(x.len(), x.len());
            of(f.as_hessian(), "Hessian")?.hessian(&x, &mut hessian)?;
            Ok(hessian)
        })?;
        array(py, hessian)
    }

    /// The sparse Hessian at a point: entries, rows of entries, starts of columns.
    #[expect(clippy::type_complexity, reason = "three arrays")]
    fn sparse_hessian<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>)>
    {
        let x = self.vector("x:", x)?;
        let hessian = self.evaluate(py, |f| {
            let f = of(f.as_sparse_hessian(), "sparse Hessian")?;
            let mut hessian = f.sparse_hessian_pattern(&x)?;
            f.sparse_hessian(&x, &mut hessian)?;
            Ok(hessian)
        })?;
        let integers = |places: &[usize]| PyArray1::from_iter(py, places.iter().map(|&k| k as i64));
        Ok((
            PyArray1::from_slice(py, hessian.values()),
            integers(hessian.row_indices()),
            integers(hessian.column_starts()),
        ))
    }

    /// The residuals at a point.
    fn residuals<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = self.vector("x:", x)?;
        let residuals = self.evaluate(py, |f| {
            let mut residuals = vec![0.0; self.residual_count];
            of(f.as_residuals(), "residuals")?.residuals(&x, &mut residuals)?;
            Ok(residuals)
        })?;
        Ok(PyArray1::from_vec(py, residuals))
    }

    /// The Jacobian of the residuals at a point.
    fn jacobian<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let x = self.vector("x:", x)?;
        let jacobian = self.evaluate(py, |f| {
            let mut residuals = vec![0.0; self.residual_count];
            let mut jacobian = Matrix::zeros(self.residual_count, x.len());
            of(f.as_residuals(), "residuals")?.residuals_and_jacobian(
                &x,
                &mut residuals,
                &mut jacobian,
            )?;
            Ok(jacobian)
        })?;
        array(py, jacobian)
    }

    /// The methods that can race on it.
    fn methods(&self, py: Python<'_>) -> PyResult<Vec<&'static str>> {
        self.evaluate(py, |f| {
            let (able, _) = applicable(f, f.derivatives(), self.bounds.as_ref());
            Ok(able.iter().map(|method| method.entry.name).collect())
        })
    }
}

fn formula_error(error: ravine_problems::ExpressionError) -> PyErr {
    PyValueError::new_err(format!("formula: {error}"))
}

/// The names of the derivatives, as they are in Rust.
fn supplied(derivatives: Derivatives) -> Vec<&'static str> {
    let Derivatives {
        gradient,
        hessian_product,
        hessian,
        sparse_hessian,
        residuals,
        fisher,
        finite_sum,
        hessian_root,
        case_gradients,
        drawn_gradients,
    } = derivatives;
    [
        (gradient, "gradient"),
        (hessian_product, "hessian_product"),
        (hessian, "hessian"),
        (sparse_hessian, "sparse_hessian"),
        (residuals, "residuals"),
        (fisher, "fisher"),
        (finite_sum, "finite_sum"),
        (hessian_root, "hessian_root"),
        (case_gradients, "case_gradients"),
        (drawn_gradients, "drawn_gradients"),
    ]
    .into_iter()
    .filter_map(|(has, name)| has.then_some(name))
    .collect()
}

/// Whether `text` is the name of a problem, not a formula.
#[pyfunction]
pub fn is_name(text: &str) -> PyResult<bool> {
    let read = ProblemText::read(text).map_err(formula_error)?;
    Ok(matches!(read, ProblemText::Name(_)))
}

/// All problems with their default parameters: dictionaries with name, title, dimension, source,
/// derivatives and parameters.
#[pyfunction]
pub fn list_problems(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let listings = py.detach(ravine_problems::all);
    listings
        .into_iter()
        .map(|listing| {
            let object = PyDict::new(py);
            object.set_item("name", listing.name)?;
            object.set_item("title", listing.title)?;
            object.set_item("dimension", listing.dimension)?;
            object.set_item("derivatives", supplied(listing.derivatives))?;
            object.set_item("source", listing.source)?;
            let parameters = listing.parameters.iter().map(|p| (p.name, p.default, p.meaning));
            object.set_item("parameters", parameters.collect::<Vec<_>>())?;
            Ok(object)
        })
        .collect()
}

/// The specifications of the problems of More, Garbow and Hillstrom, in each size in print.
#[pyfunction]
pub fn list_mgh(py: Python<'_>) -> Vec<(u32, String)> {
    py.detach(|| mgh::all().into_iter().map(|entry| (entry.number, entry.name)).collect())
}
