//! What a solver gives.

use super::problem::{Point, Rows};
use super::status::{Certificate, Status};

/// What a solver gives.
#[derive(Clone, Debug)]
pub(crate) struct Solved {
    pub(crate) point: Point,
    pub(crate) rows: Rows,
    pub(crate) status: Status,
    pub(crate) certificate: Certificate,
    pub(crate) iterations: usize,
    /// Iterations made and the objective then.
    pub(crate) history: Vec<(usize, f64)>,
    /// A direction of recession: of the intercept, of the coefficients, of the linear predictor.
    pub(crate) recession: Option<(f64, Vec<f64>, Vec<f64>)>,
    pub(crate) notes: Vec<String>,
}
