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
    /// The names of the variables; empty where there are too many to name (more than 1000), which
    /// are then `x1`, `x2`, ... by number.
    pub variables: Vec<String>,
    /// Where to draw it, in two dimensions.
    pub window: Option<Window>,
    /// What to watch when methods run on it, in a sentence; may be empty.
    pub note: String,
}

impl std::fmt::Debug for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Problem")
            .field("name", &self.name)
            .field("dimension", &self.objective.dimension())
            .field("derivatives", &self.objective.derivatives())
            .finish_non_exhaustive()
    }
}

impl Problem {
    /// The lowest known value, `None` where none is known.
    pub fn lowest_value(&self) -> Option<f64> {
        self.minima.first().map(|minimum| minimum.value)
    }

    /// The name of variable i, counted from 0.
    pub fn variable(&self, i: usize) -> String {
        self.variables.get(i).cloned().unwrap_or_else(|| format!("x{}", i + 1))
    }
}

/// `x1`, ..., `xn`, or nothing where that is too many names to keep.
pub(crate) fn numbered_variables(n: usize) -> Vec<String> {
    if n > 1000 {
        return Vec::new();
    }
    (1..=n).map(|i| format!("x{i}")).collect()
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
