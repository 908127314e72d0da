//! Maps of the plane: contours with the paths of methods over them.

use super::{Axis, Curve};

/// Contours and paths.
#[derive(Clone, Debug)]
pub struct Map {
    pub x: Axis,
    pub y: Axis,
    /// The lines of each level, the lowest level first.
    pub bands: Vec<Vec<Vec<(f64, f64)>>>,
    /// The paths, the most important first; drawn on top.
    pub paths: Vec<Curve>,
    pub minima: Vec<(f64, f64)>,
    pub start: (f64, f64),
}
