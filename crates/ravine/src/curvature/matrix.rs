//! Any symmetric matrix as a curvature.

use std::borrow::Cow;

use super::{Descended, Factorization, Model};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::{Interrupt, Watch};

/// B as it is kept, both triangles: what a [`Curvature`](super::Curvature) that keeps a matrix hands
/// out.
impl Model<Vec<f64>> for &Matrix {
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        Ok(Some(Cow::Borrowed(self)))
    }

    fn descend(
        &mut self,
        how: Factorization,
        shift: f64,
        x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        how.descend(self, shift, x, g, d, watch).map(Some)
    }
}
