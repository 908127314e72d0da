//! Several pictures on a page.

use super::{Axis, Intervals, Look};

/// Dots, lines and a band over a pair of axes.
#[derive(Clone, Debug)]
pub struct Scatter {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub dots: Vec<(f64, f64)>,
    /// Lines, each in its look.
    pub lines: Vec<(Vec<(f64, f64)>, Look)>,
    /// Vertical bars: place, low and high end.
    pub bars: Vec<(f64, f64, f64)>,
}

/// Estimates with intervals and their names.
#[derive(Clone, Debug)]
pub struct NamedIntervals {
    pub title: String,
    pub names: Vec<String>,
    /// Estimate and interval, a pair a name.
    pub rows: Vec<(f64, Option<(f64, f64)>)>,
    pub scale: Intervals,
}

/// One of several pictures.
#[derive(Clone, Debug)]
pub enum Panel {
    Scatter(Scatter),
    Intervals(NamedIntervals),
}
