//! Pictures: one description, drawn in the terminal or as SVG.

mod axis;
mod bars;
mod fit;
mod intervals;
mod map;
mod palette;
mod panels;
pub mod svg;
pub mod terminal;

pub use axis::{Axis, Scale, range_of};
pub use bars::{Bars, Row, percent, percent_within};
pub use fit::FitPicture;
pub use intervals::Intervals;
pub use map::Map;
pub use palette::Look;
pub use panels::{NamedIntervals, Panel, Scatter};

/// A curve of a chart.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What the legend says.
    pub name: String,
    /// From left to right, finite.
    pub points: Vec<(f64, f64)>,
    /// Drawn as steps rather than as straight lines between points.
    pub steps: bool,
    pub look: Look,
}

/// Curves over a pair of axes.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    pub subtitle: String,
    pub x: Axis,
    pub y: Axis,
    pub curves: Vec<Curve>,
}
