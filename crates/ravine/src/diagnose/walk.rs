//! The curvature some steps away, for functions that are no quadratic from the start on.

use super::model::QuadraticModel;
use crate::objective::{Derivatives, Gradients, Hessians, Supplies};
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_linalg::vector::Vector;

/// Where a Newton-like method went from the point: in a curved valley the curvature at the start says
/// little of the way, and that at its end says most.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Walk {
    /// The method.
    pub method: String,
    /// How many steps it took.
    pub steps: usize,
    /// `|g| / |g_0|` where it ended, in the maximum norm.
    pub reduction: f64,
    /// The least eigenvalue of the Hessian there.
    pub smallest_eigenvalue: f64,
    /// The largest.
    pub largest_eigenvalue: f64,
}

/// The model where a walk ended, as methods meet it from its beginning.
pub(super) struct Arrival {
    pub model: QuadraticModel,
    pub eigen: SymmetricEigen,
    /// The gradient of the model where the walk began.
    pub gradient: Vec<f64>,
}

impl Arrival {
    /// The model at `end`, from `start`; `None` where it has no minimizer.
    pub fn at(
        oracle: &Oracle<'_, dyn Supplies + '_>,
        start: &[f64],
        end: &Vec<f64>,
        able: Derivatives,
    ) -> Result<Option<Self>, Interrupt> {
        let n = end.len();
        let mut gradient = end.zeros_like();
        let value = oracle.over::<Gradients, _, _>(|f| f.value_and_gradient(end, &mut gradient))?;
        let mut hessian = Matrix::zeros(n, n);
        oracle.over::<Hessians, _, _>(|f| f.hessian(end, &mut hessian))?;
        let Ok(eigen) = SymmetricEigen::new(&hessian) else { return Ok(None) };
        let flat = 1e-14 * n as f64 * eigen.norm();
        if !value.is_finite() || eigen.values().first().is_none_or(|&least| least <= flat) {
            return Ok(None);
        }
        let model = QuadraticModel::dense(end, value, &gradient, &hessian, &eigen, able);
        let model = model.started_at(start);
        let gradient = model.gradient_at_start();
        Ok(Some(Self { model, eigen, gradient }))
    }
}
