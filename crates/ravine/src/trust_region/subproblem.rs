//! What a trust-region method leaves open: the curvature and the step.

use super::Solution;
use crate::objective::{Gradient, Hessian};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::Matrix;
use ravine_linalg::{ArgumentError, Interrupt};

/// Curvature and step of a trust-region method: the model `g'p + p'Bp/2` and how it is minimized
/// within a radius. The driver ([`TrustRegion`](crate::methods::TrustRegion)) does the rest.
pub trait Subproblem<O: Gradient + ?Sized> {
    /// What is known of B. Serializable where the points are.
    type Model;

    /// The name of the method in the catalogue.
    fn name(&self) -> &'static str;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError>;

    /// The model before anything is known.
    fn model(&self, x0: &O::Point) -> Self::Model;

    /// Writes the step from `iterate` within the radius `trust` (for cubic regularization, with that
    /// weight). `None` where the curvature is not finite.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn solve(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<O::Point>,
        model: &mut Self::Model,
        trust: f64,
        step: &mut O::Point,
    ) -> Result<Option<Solution>, Interrupt>;

    /// Whether the steps stay within the objective's bounds.
    fn keeps_bounds(&self) -> bool {
        false
    }

    /// Evaluates at `iterate.x`, which a step within bounds first moves there from what rounding
    /// made of it.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn evaluate(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<O::Point>,
    ) -> Result<(), Interrupt> {
        iterate.update(oracle)
    }

    /// Learns from a trial, accepted or not, at `trial = before + step`.
    fn learn(
        &self,
        _model: &mut Self::Model,
        _before: &Iterate<O::Point>,
        _trial: &Iterate<O::Point>,
        _step: &O::Point,
    ) {
    }

    /// Starts the model anew where it was learnt from trials; `false` where there is nothing to
    /// forget. Asked where no step decreases.
    fn renew(&self, _model: &mut Self::Model) -> bool {
        false
    }

    /// Forgets what held only at the last point.
    fn moved(&self, _model: &mut Self::Model) {}
}

/// The dense Hessian at the current point, evaluated once.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DenseModel {
    hessian: Matrix,
    current: bool,
}

impl DenseModel {
    pub(crate) fn new(n: usize) -> Self {
        Self { hessian: Matrix::zeros(n, n), current: false }
    }

    /// The Hessian at `x`.
    pub(crate) fn at<O: Hessian + ?Sized>(
        &mut self,
        oracle: &Oracle<'_, O>,
        x: &[f64],
    ) -> Result<&Matrix, Interrupt> {
        if !self.current {
            oracle.hessian(x, &mut self.hessian)?;
            self.current = true;
        }
        Ok(&self.hessian)
    }

    pub(crate) fn forget(&mut self) {
        self.current = false;
    }
}
