//! Krylov solvers on what Python holds.

use std::cell::{Cell, RefCell};

use numpy::ndarray::{Array2, ShapeBuilder};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::Vector;
use ravine::krylov::{
    BidiagonalMethod, CgInfo, CgWork, ConjugateGradient, ConjugateResiduals, CrWork, LanczosMethod,
    LeastSquaresSolver, LeastSquaresWork, LsmrMethod, LsqrMethod, MinimalResidualSolver,
    MinimalResidualWork, MinresMethod, MinresQlpMethod, ShiftedCg, ShiftedCgWork, SolveInfo,
};
use ravine::operator::LinearOperator;
use ravine::{ArgumentError, Interrupt};
use serde::de::DeserializeOwned;

use crate::failure;
use crate::opened::Opened;
use crate::operator::{Operator, finish, square};
use crate::watch::Watch;

/// How a solver ended.
struct End {
    reason: &'static str,
    message: String,
    iterations: usize,
    products: usize,
    residual_norm: f64,
    true_residual_norm: Option<f64>,
    normal_residual_norm: Option<f64>,
    operator_norm: Option<f64>,
    condition: Option<f64>,
}

impl From<SolveInfo> for End {
    fn from(info: SolveInfo) -> Self {
        Self {
            reason: info.end.name(),
            message: info.end.to_string(),
            iterations: info.iterations,
            products: info.products,
            residual_norm: info.residual_norm,
            true_residual_norm: info.true_residual_norm,
            normal_residual_norm: Some(info.normal_residual_norm),
            operator_norm: Some(info.operator_norm),
            condition: Some(info.condition),
        }
    }
}

impl From<CgInfo> for End {
    fn from(info: CgInfo) -> Self {
        Self {
            reason: info.end.name(),
            message: info.end.to_string(),
            iterations: info.iterations,
            products: info.products,
            residual_norm: info.residual_norm,
            true_residual_norm: info.true_residual_norm,
            normal_residual_norm: None,
            operator_norm: None,
            condition: None,
        }
    }
}

/// What a solver works on.
struct System<'s, 'l, 'a> {
    a: &'s Opened<'l, 'a>,
    m: Option<&'s dyn LinearOperator<Vec<f64>>>,
    b: &'s Vec<f64>,
}

/// A run of a solver: how it ended, and the norms of the residual and of `A'r` on its way.
struct Run {
    end: Result<End, Interrupt>,
    history: Vec<f64>,
    normal_history: Vec<f64>,
}

impl Run {
    fn new(
        end: Result<impl Into<End>, Interrupt>,
        history: &[f64],
        normal_history: &[f64],
    ) -> Self {
        Self {
            end: end.map(Into::into),
            history: history.to_vec(),
            normal_history: normal_history.to_vec(),
        }
    }
}

/// Runs the solver of that name with settings as a JSON object.
fn run(
    method: &str,
    settings: &str,
    system: &System<'_, '_, '_>,
    x: &mut Vec<f64>,
    observe: &mut dyn FnMut(&Vec<f64>),
) -> PyResult<Run> {
    let &System { a, m, b } = system;
    Ok(match method {
        "cg" => {
            let cg = read(settings, ConjugateGradient::validate)?;
            let mut work = CgWork::new(b);
            let end = cg.solve_observed(a, m, b, x, &mut work, &mut |step| observe(step.x));
            Run::new(end, work.history(), &[])
        }
        "cr" => {
            let cr = read(settings, ConjugateResiduals::validate)?;
            let mut work = CrWork::new(b);
            Run::new(cr.solve_observed(a, b, x, &mut work, observe), work.history(), &[])
        }
        "minres" => minimal_residual::<MinresMethod>(settings, system, x, observe)?,
        "minres_qlp" => minimal_residual::<MinresQlpMethod>(settings, system, x, observe)?,
        "lsqr" => least_squares::<LsqrMethod>(settings, system, x, observe)?,
        _ => least_squares::<LsmrMethod>(settings, system, x, observe)?,
    })
}

/// Settings, checked.
fn read<S: DeserializeOwned>(
    settings: &str,
    validate: impl Fn(&S) -> Result<(), ArgumentError>,
) -> PyResult<S> {
    let settings = serde_json::from_str(settings).map_err(failure::settings)?;
    validate(&settings).map_err(|error| failure::argument(&error))?;
    Ok(settings)
}

fn minimal_residual<M: LanczosMethod>(
    settings: &str,
    &System { a, m, b }: &System<'_, '_, '_>,
    x: &mut Vec<f64>,
    observe: &mut dyn FnMut(&Vec<f64>),
) -> PyResult<Run> {
    let solver = read(settings, MinimalResidualSolver::<M>::validate)?;
    let mut work = MinimalResidualWork::new(b);
    Ok(Run::new(solver.solve_observed(a, m, b, x, &mut work, observe), work.history(), &[]))
}

fn least_squares<M: BidiagonalMethod>(
    settings: &str,
    &System { a, b, .. }: &System<'_, '_, '_>,
    x: &mut Vec<f64>,
    observe: &mut dyn FnMut(&Vec<f64>),
) -> PyResult<Run> {
    let solver = read(settings, LeastSquaresSolver::<M>::validate)?;
    let mut work = LeastSquaresWork::new(b, x);
    let end = solver.solve_observed(a, b, x, &mut work, observe);
    Ok(Run::new(end, work.history(), work.normal_history()))
}

/// Solves `A x = b`, or the least-squares problem, by `method`; `callback` is given every iterate and
/// may end the run by `StopIteration`.
#[pyfunction]
#[pyo3(signature = (method, a, b, x0, m, settings, callback))]
#[expect(clippy::too_many_arguments, reason = "the arguments of a solver")]
pub fn solve<'py>(
    py: Python<'py>,
    method: &str,
    a: &Operator,
    b: PyReadonlyArray1<'_, f64>,
    x0: Option<PyReadonlyArray1<'_, f64>>,
    m: Option<&Operator>,
    settings: &str,
    callback: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let squares = matches!(method, "lsqr" | "lsmr");
    if !squares {
        square("A", a)?;
    }
    let b = entries("b", &b, a.rows())?;
    let mut x = match x0 {
        Some(x0) => entries("x0", &x0, a.columns())?,
        None => vec![0.0; a.columns()],
    };
    if let Some(m) = m {
        let n = square("M", m)?;
        if n != b.len() {
            let wanted = b.len();
            return Err(PyValueError::new_err(format!("M: has {n} rows, but must have {wanted}")));
        }
    }
    let borrowed = (a.borrow(py)?, m.map(|m| m.borrow(py)).transpose()?);
    let lent = (borrowed.0.lend()?, borrowed.1.as_ref().map(|m| m.lend()).transpose()?);
    let watch = Watch::default();
    let (ran, seen, stopped, true_residual_norm) = py.detach(|| {
        let (a, m) = (lent.0.open(&watch), lent.1.as_ref().map(|m| m.open(&watch)));
        let m = m.as_ref().map(|m| m as &dyn LinearOperator<Vec<f64>>);
        let (seen, stopped) = (Cell::new(0_usize), RefCell::new(None));
        let mut observe = |x: &Vec<f64>| {
            seen.set(seen.get() + 1);
            let Some(callback) = &callback else { return };
            let called = watch.attached(|py| {
                match callback.bind(py).call1((PyArray1::from_slice(py, x),)) {
                    Err(error) if error.is_instance_of::<PyStopIteration>(py) => Ok(true),
                    result => result.map(|_| false),
                }
            });
            if let Ok(true) = called {
                stopped.replace(Some(x.clone()));
                watch.end();
            }
        };
        let ran = run(method, settings, &System { a: &a, m, b: &b }, &mut x, &mut observe);
        let stopped = stopped.into_inner();
        // The residual of the last iterate, where the solver could not measure it.
        let after = Watch::default();
        let residual = stopped.as_ref().and_then(|x| {
            let mut r = vec![0.0; b.len()];
            lent.0.open(&after).apply(x, &mut r).ok()?;
            r.axpby(1.0, &b, -1.0);
            Some(r.norm())
        });
        (ran, seen.get(), stopped, residual)
    });
    let Run { end, history, normal_history } = ran?;
    let end = match (end, stopped) {
        (Err(Interrupt::Cancelled), Some(last)) => {
            x = last;
            End {
                reason: "stopped",
                message: "stopped by the callback".to_owned(),
                iterations: seen,
                products: seen,
                residual_norm: history.last().copied().unwrap_or(f64::NAN),
                true_residual_norm,
                normal_residual_norm: normal_history.last().copied(),
                operator_norm: None,
                condition: None,
            }
        }
        (end, _) => finish(&watch, end)?,
    };
    if end.reason == "not_finite" {
        return Err(not_finite());
    }
    let object = PyDict::new(py);
    object.set_item("x", PyArray1::from_vec(py, x))?;
    object.set_item("reason", end.reason)?;
    object.set_item("message", end.message)?;
    object.set_item("iterations", end.iterations)?;
    object.set_item("products", end.products)?;
    object.set_item("residual_norm", end.residual_norm)?;
    object.set_item("true_residual_norm", end.true_residual_norm)?;
    object.set_item("normal_residual_norm", end.normal_residual_norm)?;
    object.set_item("operator_norm", end.operator_norm)?;
    object.set_item("condition", end.condition)?;
    object.set_item("residual_history", PyArray1::from_vec(py, history))?;
    object.set_item("normal_residual_history", PyArray1::from_vec(py, normal_history))?;
    Ok(object)
}

/// Solves `(A + sigma I) x = b` for all shifts in one run: the solutions in rows, and what was done
/// for each.
#[pyfunction]
pub fn solve_shifted<'py>(
    py: Python<'py>,
    a: &Operator,
    shifts: Vec<f64>,
    b: PyReadonlyArray1<'_, f64>,
    settings: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let n = square("A", a)?;
    let b = entries("b", &b, n)?;
    let cg = read(settings, ShiftedCg::validate)?;
    let borrowed = a.borrow(py)?;
    let lent = borrowed.lend()?;
    let watch = Watch::default();
    let mut solutions = vec![vec![0.0; n]; shifts.len()];
    let (info, histories) = py.detach(|| {
        let mut work = ShiftedCgWork::new(&b);
        let info = cg.solve(&lent.open(&watch), &shifts, &b, &mut solutions, &mut work);
        let histories: Vec<Vec<f64>> = match &info {
            Ok(_) => (0..shifts.len()).map(|k| work.history(k).to_vec()).collect(),
            Err(_) => Vec::new(),
        };
        (info, histories)
    });
    let info = finish(&watch, info)?;
    if info.shifts.iter().any(|shift| shift.end.name() == "not_finite") {
        return Err(not_finite());
    }
    let object = PyDict::new(py);
    object.set_item("x", rows(py, &solutions, n)?)?;
    object.set_item("products", info.products)?;
    let of = |field: fn(&ravine::krylov::ShiftInfo) -> f64| -> Vec<f64> {
        info.shifts.iter().map(field).collect()
    };
    let reasons: Vec<_> = info.shifts.iter().map(|shift| shift.end.name()).collect();
    let iterations: Vec<_> = info.shifts.iter().map(|shift| shift.iterations as i64).collect();
    object.set_item("reasons", reasons)?;
    object.set_item("iterations", PyArray1::from_vec(py, iterations))?;
    let norms = of(|shift| shift.residual_norm);
    object.set_item("residual_norms", PyArray1::from_vec(py, norms))?;
    let norms = of(|shift| shift.true_residual_norm.unwrap_or(f64::NAN));
    object.set_item("true_residual_norms", PyArray1::from_vec(py, norms))?;
    let histories = histories.into_iter().map(|h| PyArray1::from_vec(py, h));
    object.set_item("residual_histories", histories.collect::<Vec<_>>())?;
    Ok(object)
}

/// A product that is not finite.
pub fn not_finite() -> PyErr {
    PyValueError::new_err("A: a product with it is not finite")
}

/// The entries of an argument, as many as there must be and all finite.
pub fn entries(name: &str, array: &PyReadonlyArray1<'_, f64>, length: usize) -> PyResult<Vec<f64>> {
    if array.len() != length {
        let found = array.len();
        return Err(PyValueError::new_err(format!(
            "{name}: has {found} entries, but must have {length}"
        )));
    }
    let entries = array.as_array().to_vec();
    match entries.iter().position(|v| !v.is_finite()) {
        None => Ok(entries),
        Some(k) => {
            let value = entries[k];
            Err(PyValueError::new_err(format!("{name}[{k}]: is {value}, but must be finite")))
        }
    }
}

/// Vectors as the rows of an array.
pub fn rows<'py>(
    py: Python<'py>,
    vectors: &[Vec<f64>],
    n: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    stacked(py, vectors, (vectors.len(), n))
}

/// Vectors as the columns of an array.
pub fn columns<'py>(
    py: Python<'py>,
    vectors: &[Vec<f64>],
    n: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    stacked(py, vectors, (n, vectors.len()).f())
}

fn stacked<'py>(
    py: Python<'py>,
    vectors: &[Vec<f64>],
    shape: impl Into<numpy::ndarray::StrideShape<numpy::ndarray::Ix2>>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let array = Array2::from_shape_vec(shape, vectors.concat());
    let array = array.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    Ok(PyArray2::from_owned_array(py, array))
}
