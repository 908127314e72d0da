//! What a run did, iteration by iteration.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use ravine::minimize::Progress;
use ravine::objective::Counts;

/// Numbers a moment: see [`row`].
pub const COLUMNS: usize = 8;

/// Above this many moments every other one is dropped.
const MOST: usize = 1 << 16;

/// Points of so few variables are kept: enough to draw them.
const FEW: usize = 3;

/// A moment: iteration, value, gradient norm, values, gradients, Hessian products, Hessians, seconds.
pub fn row(
    iteration: u64,
    value: f64,
    gradient_norm: f64,
    counts: Counts,
    seconds: f64,
) -> [f64; COLUMNS] {
    let Counts { value: values, gradient, hessian_product, hessian } = counts;
    let [f, g, p, h] = [values, gradient, hessian_product, hessian].map(|count| count as f64);
    [iteration as f64, value, gradient_norm, f, g, p, h, seconds]
}

/// Moments of a run, evenly spread over its iterations.
pub struct History {
    moments: Vec<f64>,
    points: Option<Vec<f64>>,
    dimension: usize,
    /// Every how many iterations a moment is kept, as a power of two.
    spacing: u32,
    thinned: bool,
    last: Option<u64>,
}

impl History {
    /// Of a run in n variables; where `all` is asked for, with every point of every iteration.
    pub fn new(dimension: usize, all: bool) -> Self {
        let points = (all || dimension <= FEW).then(Vec::new);
        Self { moments: Vec::new(), points, dimension, spacing: 0, thinned: !all, last: None }
    }

    /// Takes in a moment, unless it is that of the last iteration.
    pub fn record(&mut self, now: &Progress<'_, Vec<f64>>, counts: Counts) {
        if self.last == Some(now.iteration) || !now.iteration.is_multiple_of(1 << self.spacing) {
            return;
        }
        self.last = Some(now.iteration);
        let moment = row(now.iteration, now.value, now.gradient_norm, counts, now.seconds);
        self.moments.extend(moment);
        if let Some(points) = &mut self.points {
            points.extend_from_slice(now.x);
        }
        if self.thinned && self.moments.len() > MOST * COLUMNS {
            self.spacing += 1;
            every_other(&mut self.moments, COLUMNS);
            if let Some(points) = &mut self.points {
                every_other(points, self.dimension);
            }
        }
    }

    /// The moments, a [`row`] each, and the points, where they were kept.
    #[expect(clippy::type_complexity, reason = "two arrays")]
    pub fn arrays<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, Option<Bound<'py, PyArray2<f64>>>)> {
        let moments = rows(py, self.moments.clone(), COLUMNS)?;
        let points = self.points.clone().map(|points| rows(py, points, self.dimension));
        Ok((moments, points.transpose()?))
    }
}

/// Entries in rows as an array.
pub fn rows(
    py: Python<'_>,
    entries: Vec<f64>,
    columns: usize,
) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let count = entries.len() / columns;
    PyArray1::from_vec(py, entries).reshape([count, columns])
}

/// Keeps rows 0, 2, 4, ...
fn every_other(entries: &mut Vec<f64>, columns: usize) {
    let kept = (entries.len() / columns).div_ceil(2);
    for row in 1..kept {
        entries.copy_within(2 * row * columns..(2 * row + 1) * columns, row * columns);
    }
    entries.truncate(kept * columns);
}
