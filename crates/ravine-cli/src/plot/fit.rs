//! A curve through data.

use super::Axis;

/// Data, the curve fitted to them and a band around it.
#[derive(Clone, Debug)]
pub struct FitPicture {
    pub title: String,
    pub subtitle: String,
    pub x: Axis,
    pub y: Axis,
    pub data: Vec<(f64, f64)>,
    pub curve: Vec<(f64, f64)>,
    /// Its lower and its upper edge.
    pub band: Option<[Vec<(f64, f64)>; 2]>,
}
