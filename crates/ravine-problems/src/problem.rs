//! What a problem is.

use ravine::objective::DynamicObjective;

/// An objective with everything needed to use it as a test: start, minima, source.
pub struct Problem {
    /// The specification that gives this problem again, such as `quadratic:n=100,kappa=1e4`.
    pub name: String,
    /// What it is called in print.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// The function.
    pub objective: Box<dyn DynamicObjective>,
    /// The standard start.
    pub start: Vec<f64>,
    /// The known minima, the lowest first; empty where none is known.
    pub minima: Vec<Minimum>,
    /// The names of the variables.
    pub variables: Vec<String>,
    /// Where to draw it, in two dimensions.
    pub window: Option<Window>,
    /// What to watch when methods run on it, in a sentence; may be empty.
    pub note: String,
}

/// A known local minimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The value.
    pub value: f64,
    /// The point, where it is a single one and known.
    pub point: Option<Vec<f64>>,
}

/// A rectangle of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The range of the first variable.
    pub x: (f64, f64),
    /// The range of the second variable.
    pub y: (f64, f64),
}
