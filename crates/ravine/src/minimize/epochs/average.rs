//! The mean of the points of a run.

use ravine_linalg::vector::Vector;

/// The mean of points that come one by one.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Average<V> {
    mean: V,
    points: u64,
}

impl<V: Vector> Average<V> {
    pub fn of(point: &V) -> Self {
        Self { mean: point.clone(), points: 1 }
    }

    /// `mean <- mean + (point - mean) / points`.
    pub fn add(&mut self, point: &V) {
        self.points += 1;
        let share = 1.0 / self.points as f64;
        self.mean.axpby(share, point, 1.0 - share);
    }

    pub fn mean(&self) -> &V {
        &self.mean
    }
}
