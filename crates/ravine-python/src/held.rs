//! What operators that Python holds are made of.

use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;
use ravine::objective::Loss;
use ravine::operator::Adjoint;

use crate::objective::Objective;

/// An operator of the library's own, which several threads may use in turn.
pub type Owned = Box<dyn Adjoint<Vec<f64>> + Send>;

/// A Hessian by its products at a point.
pub struct Hessian {
    pub objective: Py<Objective>,
    pub x: Vec<f64>,
    /// Whether the error of a product has been looked at.
    pub told: AtomicBool,
}

/// What makes a Gauss-Newton matrix of a Jacobian: residuals with their loss.
pub struct Residuals {
    pub residuals: Vec<f64>,
    pub loss: Loss,
}

/// Python functions that make products.
pub struct Calls {
    pub apply: Py<PyAny>,
    pub apply_adjoint: Option<Py<PyAny>>,
}
