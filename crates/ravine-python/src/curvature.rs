//! Curvatures of the library as operators.

use numpy::PyReadonlyArray2;
use numpy::{PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ravine::Interrupt;
use ravine::curvature::{
    CompactDirect, DenseSecant, DenseSr1, LimitedSr1, SecantPairs, SecantUpdate,
};
use ravine::operator::{Adjoint, Invert, LinearOperator, Structure};

use crate::failure;
use crate::held::{Hessian, Owned, Residuals};
use crate::linalg_solve::entries;
use crate::objective::{Objective, loss_named};
use crate::operator::Operator;
use crate::precondition::factorization;

/// The Hessian of an objective at a point, by its products; what is missing by differences.
#[pyfunction]
pub fn hessian(objective: Py<Objective>, x: PyReadonlyArray1<'_, f64>) -> PyResult<Operator> {
    let x = entries("x", &x, objective.get().variables())?;
    Ok(Operator::hessian(Hessian { objective, x, told: false.into() }))
}

/// `J' W J` of a Jacobian, with the weights that the loss gives the residuals.
#[pyfunction]
pub fn gauss_newton(
    jacobian: Py<Operator>,
    residuals: PyReadonlyArray1<'_, f64>,
    loss: &str,
    scale: f64,
) -> PyResult<Operator> {
    let residuals = entries("residuals", &residuals, jacobian.get().rows())?;
    let loss = loss_named(loss, scale)?;
    Ok(Operator::gauss_newton(jacobian, Residuals { residuals, loss }))
}

/// The matrix that secant pairs, the rows of `s` and `y` from the oldest on, make of a multiple of the
/// identity, or its inverse.
#[pyfunction]
pub fn secant(
    kind: &str,
    s: PyReadonlyArray2<'_, f64>,
    y: PyReadonlyArray2<'_, f64>,
    inverse: bool,
    gamma: f64,
) -> PyResult<Operator> {
    if s.shape() != y.shape() {
        let (s, y) = (s.shape(), y.shape());
        return Err(PyValueError::new_err(format!("y: has shape {y:?}, but must have {s:?}")));
    }
    let [count, n] = [s.shape()[0], s.shape()[1]];
    if count == 0 || n == 0 {
        return Err(PyValueError::new_err("s: is empty, but must have at least one pair"));
    }
    let rows = |array: &PyReadonlyArray2<'_, f64>| -> Vec<Vec<f64>> {
        array.as_array().rows().into_iter().map(|row| row.to_vec()).collect()
    };
    let (s, y) = (rows(&s), rows(&y));
    for (name, vectors) in [("s", &s), ("y", &y)] {
        if let Some(k) = vectors.iter().position(|v| v.iter().any(|v| !v.is_finite())) {
            return Err(PyValueError::new_err(format!("{name}[{k}]: must be finite")));
        }
    }
    let operator = match kind {
        "bfgs" => dense(SecantUpdate::Bfgs, &s, &y, inverse)?,
        "dfp" => dense(SecantUpdate::Dfp, &s, &y, inverse)?,
        "lbfgs" => limited(s, y, inverse)?,
        "sr1" => dense_sr1(&s, y, inverse)?,
        _ => limited_sr1(s, y, inverse, gamma)?,
    };
    Ok(Operator::owned(operator))
}

fn no_curvature(k: usize) -> PyErr {
    PyValueError::new_err(format!(
        "y[{k}]: must have a clearly positive product with s[{k}], as a BFGS update needs it"
    ))
}

fn dense(update: SecantUpdate, s: &[Vec<f64>], y: &[Vec<f64>], inverse: bool) -> PyResult<Owned> {
    let n = s[0].len();
    let mut h = DenseSecant::new(n, update);
    for (k, (s, y)) in s.iter().zip(y).enumerate() {
        if !h.update(s, y, &vec![0.0; n]) {
            return Err(no_curvature(k));
        }
    }
    if inverse {
        return Ok(Box::new(h));
    }
    Ok(Box::new(h.direct().map_err(|error| factorization(&error))?))
}

fn dense_sr1(s: &[Vec<f64>], y: Vec<Vec<f64>>, inverse: bool) -> PyResult<Owned> {
    let mut b = DenseSr1::new(s[0].len());
    for (s, y) in s.iter().zip(y) {
        b.update(s, y, 1e-8);
    }
    if !inverse {
        return Ok(Box::new(b));
    }
    let inverse = b.inverse_as(Structure::Symmetric);
    Ok(Box::new(inverse.map_err(|error| factorization(&error))?))
}

fn limited_sr1(s: Vec<Vec<f64>>, y: Vec<Vec<f64>>, inverse: bool, gamma: f64) -> PyResult<Owned> {
    let argument = |error| failure::argument(&error);
    let mut pairs = LimitedSr1::new(s.len(), gamma).map_err(argument)?;
    for (k, (s, y)) in s.into_iter().zip(y).enumerate() {
        if !pairs.push(s, y) {
            return Err(PyValueError::new_err(format!("s[{k}]: must not be zero")));
        }
    }
    let b = pairs.matrix().map_err(argument)?;
    if !inverse {
        return Ok(Box::new(b));
    }
    Ok(Box::new(b.inverse().map_err(|error| factorization(&error))?))
}

fn limited(s: Vec<Vec<f64>>, y: Vec<Vec<f64>>, inverse: bool) -> PyResult<Owned> {
    let mut pairs = SecantPairs::new(s.len());
    let mut compact = CompactDirect::new(s.len());
    for (k, (mut s, mut y)) in s.into_iter().zip(y).enumerate() {
        if pairs.push(&mut s, &mut y).is_none() {
            return Err(no_curvature(k));
        }
        if !inverse && !compact.update(&pairs) {
            return Err(no_curvature(k));
        }
    }
    if inverse {
        Ok(Box::new(LimitedInverse { pairs }))
    } else {
        Ok(Box::new(Limited { pairs, compact }))
    }
}

/// The L-BFGS matrix B with its pairs.
struct Limited {
    pairs: SecantPairs<Vec<f64>>,
    compact: CompactDirect,
}

impl LinearOperator<Vec<f64>> for Limited {
    fn dimension(&self) -> usize {
        self.pairs.inverse().dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.compact.operator(&self.pairs).apply(x, y)
    }
}

impl Adjoint<Vec<f64>> for Limited {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

/// Its inverse H.
struct LimitedInverse {
    pairs: SecantPairs<Vec<f64>>,
}

impl LinearOperator<Vec<f64>> for LimitedInverse {
    fn dimension(&self) -> usize {
        self.pairs.inverse().dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.pairs.inverse().apply(x, y)
    }
}

impl Adjoint<Vec<f64>> for LimitedInverse {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
