//! What is minimized, from Python: functions of the caller, or a problem of the library.

use std::rc::Rc;
use std::sync::Arc;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use ravine::ArgumentError;
use ravine::methods::{Choice, automatic};
use ravine::minimize::Error;
use ravine::objective::{Bounds, Derivatives, Differences, Loss, Scheme, Supplies};
use ravine::oracle::{FiniteDifferences, Oracle};
use ravine::{Conditions, Stopping};

use crate::convert;
use crate::failure;
use crate::functions::{Calls, Evaluator, GradientCall, HessianCall};
use crate::record::Record;
use crate::residuals::{ResidualCalls, ResidualEvaluator};

/// Makes an objective of the library anew, for every run its own.
pub type Recipe = Arc<dyn Fn() -> Result<Box<dyn Supplies>, ArgumentError> + Send + Sync>;

/// What is minimized, with bounds and with how missing derivatives are taken by differences. It
/// holds no state, so that several threads may use it; every run opens it for itself.
#[pyclass(frozen, module = "ravine._core")]
#[derive(Clone)]
pub struct Objective {
    source: Source,
    dimension: usize,
    bounds: Option<Bounds>,
    /// The sizes of the variables, where the caller gives them.
    sizes: Option<Vec<f64>>,
    differences: Differences,
    /// Whether the caller asked for second derivatives by differences.
    hessian_by_differences: bool,
}

#[derive(Clone)]
enum Source {
    Functions(Arc<Calls>),
    Residuals(Arc<ResidualCalls>),
    Recipe(Recipe),
}

/// An objective opened for one run in one thread.
pub struct Opened {
    /// With the derivatives that the caller has, and no others.
    pub objective: Rc<dyn Supplies>,
    /// The exception that an evaluation raised.
    pub record: Rc<Record>,
    /// The same, where it is a sum of squares of residuals of the caller.
    pub residuals: Option<Rc<ResidualEvaluator>>,
    bounds: Option<Bounds>,
    sizes: Option<Vec<f64>>,
    differences: Differences,
    hessian_by_differences: bool,
}

impl Objective {
    /// An objective of the library, of so many variables, within its bounds.
    pub fn of_recipe(recipe: Recipe, dimension: usize, bounds: Option<Bounds>) -> Self {
        Self {
            dimension,
            bounds,
            sizes: None,
            source: Source::Recipe(recipe),
            differences: Differences::default(),
            hessian_by_differences: false,
        }
    }

    /// Opens it for one run in one thread.
    ///
    /// # Errors
    ///
    /// What the recipe refuses.
    pub fn open(&self) -> Result<Opened, ArgumentError> {
        let record = Rc::new(Record::default());
        let (bounds, differences) = (self.bounds.clone(), self.differences.clone());
        let hessian_by_differences = self.hessian_by_differences;
        let mut residuals = None;
        let objective: Rc<dyn Supplies> = match &self.source {
            Source::Functions(calls) => {
                Rc::new(Evaluator::new(Arc::clone(calls), Rc::clone(&record)))
            }
            Source::Residuals(calls) => {
                let (calls, record) = (Arc::clone(calls), Rc::clone(&record));
                let (bounds, differences) = (bounds.clone(), differences.clone());
                let evaluator = Rc::new(ResidualEvaluator::new(calls, bounds, differences, record));
                residuals = Some(Rc::clone(&evaluator));
                evaluator
            }
            Source::Recipe(recipe) => Rc::from(recipe()?),
        };
        let sizes = self.sizes.clone();
        Ok(Opened {
            objective,
            record,
            residuals,
            bounds,
            sizes,
            differences,
            hessian_by_differences,
        })
    }

    /// The number of variables n.
    pub fn variables(&self) -> usize {
        self.dimension
    }
}

impl Opened {
    /// The conditions of a run on it: its bounds, its differences for what is missing, ended by an
    /// exception or Ctrl-C.
    pub fn conditions(&self, stopping: Stopping) -> Conditions<'static> {
        let record = Rc::clone(&self.record);
        let (bounds, sizes) = (self.bounds.clone(), self.sizes.clone());
        let conditions = Conditions { stopping, bounds, sizes, ..Conditions::default() };
        conditions.differences(self.differences.clone()).interrupter(move || record.interrupts())
    }

    /// What the caller has, or asked for by differences.
    pub fn offered(&self) -> Derivatives {
        let asked = match self.hessian_by_differences {
            true => Derivatives::HESSIAN,
            false => Derivatives::NONE,
        };
        self.objective.derivatives().and(asked)
    }

    /// The bounds.
    pub fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// The method that the library chooses.
    ///
    /// # Errors
    ///
    /// See [`automatic`].
    pub fn automatic(&self, x0: &[f64]) -> Result<Choice, Error> {
        if !self.hessian_by_differences {
            return automatic(&*self.objective, x0, self.bounds());
        }
        let oracle = Oracle::new(&*self.objective, self.conditions(Stopping::default()));
        automatic(&FiniteDifferences::new(&oracle)?, x0, self.bounds())
    }
}

#[pymethods]
impl Objective {
    /// Functions are often methods of an object that keeps the result, and with it this. What a run
    /// shares is left out: the collector counts what it is shown once.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.source {
            Source::Functions(calls) if Arc::strong_count(calls) == 1 => calls.traverse(&visit),
            Source::Residuals(calls) if Arc::strong_count(calls) == 1 => calls.traverse(&visit),
            _ => Ok(()),
        }
    }

    /// Functions of `dimension` variables. `hess_kind` says what `hess` returns: "dense", "sparse"
    /// or "operator"; or, without one, "differences".
    #[new]
    #[pyo3(signature = (dimension, fun, args, *, fused, jac, hess, hess_kind, hessp, scheme, typical))]
    #[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
    fn new(
        dimension: usize,
        fun: Py<PyAny>,
        args: Py<PyTuple>,
        fused: bool,
        jac: Option<Py<PyAny>>,
        hess: Option<Py<PyAny>>,
        hess_kind: &str,
        hessp: Option<Py<PyAny>>,
        scheme: &str,
        typical: f64,
    ) -> PyResult<Self> {
        let gradient = match jac {
            _ if fused => GradientCall::Fused,
            Some(jac) => GradientCall::Separate(jac),
            None => GradientCall::None,
        };
        let hessian = match (hess, hess_kind) {
            (None, _) => HessianCall::None,
            (Some(hess), "sparse") => HessianCall::Sparse(hess),
            (Some(hess), "operator") => HessianCall::Operator(hess),
            (Some(hess), _) => HessianCall::Dense(hess),
        };
        let calls = Calls { dimension, fun, args, gradient, hessian, product: hessp };
        let differences = Differences { scheme: scheme_named(scheme)?, typical };
        differences.validate().map_err(|error| failure::argument(&error))?;
        Ok(Self {
            source: Source::Functions(Arc::new(calls)),
            dimension,
            bounds: None,
            sizes: None,
            differences,
            hessian_by_differences: hess_kind == "differences",
        })
    }

    /// Residuals of `dimension` variables, `count` of them, and their Jacobian, or differences for it.
    /// `loss_function` takes the place of `loss`: it gives rho, rho' and rho'' of an array.
    #[staticmethod]
    #[pyo3(signature = (
        dimension, count, fun, args, *, jac, loss, scale, scheme, typical, loss_function=None,
        sparsity=None, steps=None, sizes=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
    fn of_residuals(
        dimension: usize,
        count: usize,
        fun: Py<PyAny>,
        args: Py<PyTuple>,
        jac: Option<Py<PyAny>>,
        loss: &str,
        scale: f64,
        scheme: &str,
        typical: f64,
        loss_function: Option<Py<PyAny>>,
        sparsity: Option<Bound<'_, PyAny>>,
        steps: Option<Vec<f64>>,
        sizes: Option<Vec<f64>>,
    ) -> PyResult<Self> {
        let argument = |error| failure::argument(&error);
        let loss = loss_named(loss, scale)?;
        let shape = (count, dimension);
        let sparse = |given: &Bound<'_, PyAny>| convert::sparse("jac_sparsity", given, shape);
        let pattern = sparsity.as_ref().map(sparse).transpose()?;
        let calls = ResidualCalls {
            dimension,
            count,
            fun,
            args,
            jac,
            loss,
            loss_function,
            scale,
            pattern,
            steps,
        };
        let differences = Differences { scheme: scheme_named(scheme)?, typical };
        differences.validate().map_err(argument)?;
        Ok(Self {
            source: Source::Residuals(Arc::new(calls)),
            dimension,
            bounds: None,
            sizes,
            differences,
            hessian_by_differences: false,
        })
    }

    /// The same within bounds, one of each a variable; infinite where there are none.
    fn within(
        &self,
        lower: PyReadonlyArray1<'_, f64>,
        upper: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Self> {
        let bounds = Bounds::new(lower.as_array().to_vec(), upper.as_array().to_vec())
            .map_err(|error| failure::argument(&error))?;
        Ok(Self { bounds: Some(bounds), ..self.clone() })
    }

    /// The number of variables.
    #[getter]
    fn dimension(&self) -> usize {
        self.dimension
    }

    /// The lower and the upper bounds, or None.
    #[getter]
    #[expect(clippy::type_complexity, reason = "two arrays, or none")]
    fn bounds<'py>(
        &self,
        py: Python<'py>,
    ) -> Option<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
        self.bounds.as_ref().map(|bounds| convert::bounds(py, bounds))
    }
}

/// SciPy's names of losses, with the size from which on residuals are outliers.
pub fn loss_named(name: &str, scale: f64) -> PyResult<Loss> {
    let loss = match name {
        "linear" => Loss::Squares,
        "huber" => Loss::Huber(scale),
        "soft_l1" => Loss::SoftL1(scale),
        "cauchy" => Loss::Cauchy(scale),
        "arctan" => Loss::Arctan(scale),
        _ => {
            return Err(PyValueError::new_err(format!(
                "loss: is {name:?}, but must be 'linear', 'huber', 'soft_l1', 'cauchy', \
                 'arctan' or a function"
            )));
        }
    };
    loss.validate().map_err(|error| failure::argument(&error))?;
    Ok(loss)
}

/// SciPy's names of differences.
fn scheme_named(name: &str) -> PyResult<Scheme> {
    match name {
        "automatic" => Ok(Scheme::Automatic),
        "2-point" => Ok(Scheme::Forward),
        "3-point" => Ok(Scheme::Central),
        _ => Err(PyValueError::new_err(format!(
            "jac: is {name:?}, but must be a function, True, '2-point', '3-point' or None"
        ))),
    }
}
