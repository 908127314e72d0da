//! What a problem is.

use ravine::objective::{Bounds, Supplies};
use ravine::{Conditions, Stopping};

/// An objective with everything needed to use it as a test: start, minima, source.
pub struct Problem {
    /// The specification that gives this problem again, such as `quadratic:n=100,kappa=1e4`.
    pub name: String,
    /// What it is called in print.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// The function.
    pub objective: Box<dyn Supplies>,
    /// The bounds that belong to the problem, for the runs on it.
    pub bounds: Option<Bounds>,
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
    /// The conditions of a run on it: when it ends, and its bounds.
    ///
    /// ```
    /// use ravine::Stopping;
    ///
    /// let obstacle = ravine_problems::named("obstacle:grid=10")?;
    /// assert!(obstacle.conditions(Stopping::default()).bounds.is_some());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn conditions(&self, stopping: Stopping) -> Conditions<'static> {
        Conditions { stopping, bounds: self.bounds.clone(), ..Conditions::default() }
    }

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

impl Window {
    /// What to draw of a function of two variables: `own` with `marks` (the start first, then minima
    /// and ends of paths) that are not far outside of it; where there is none, the rectangle of all
    /// marks and of `paths`, with a margin. Paths that run away do not shrink the rest to a dot.
    ///
    /// ```
    /// use ravine_problems::Window;
    ///
    /// let own = Window { x: (-2.0, 2.0), y: (-1.0, 3.0) };
    /// let window = Window::of(Some(own), &[(0.0, 3.5), (1e9, 0.0)], &[]);
    /// assert_eq!((window.x, window.y.0), ((-2.0, 2.0), -1.0));
    /// assert!(window.y.1 > 3.5 && window.y.1 < 4.0);
    /// let window = Window::of(None, &[(0.0, 0.0), (1.0, 2.0)], &[(0.5, -1.0)]);
    /// assert!(window.x.0 < 0.0 && window.x.1 > 1.0 && window.y.0 < -1.0 && window.y.1 > 2.0);
    /// ```
    pub fn of(own: Option<Self>, marks: &[(f64, f64)], paths: &[(f64, f64)]) -> Self {
        let range = |own: Option<(f64, f64)>, of: fn(&(f64, f64)) -> f64| {
            let (mut low, mut high) = own.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
            let near = marks.first().map_or(0.0, of);
            let reach = own.map_or(10.0 * near.abs().max(1.0), |(low, high)| high - low);
            let paths = if own.is_none() { paths } else { &[] };
            let all = marks.iter().chain(paths).map(of);
            for value in all.filter(|v| (v - near).abs() <= reach) {
                let margin = if own.is_some() { 0.03 * (high - low) } else { 0.0 };
                if value < low {
                    low = value - margin;
                }
                if value > high {
                    high = value + margin;
                }
            }
            if own.is_none() {
                let margin = (0.12 * (high - low)).max(0.05 * near.abs()).max(0.1);
                (low, high) = (low - margin, high + margin);
            }
            (low, high)
        };
        Self { x: range(own.map(|w| w.x), |p| p.0), y: range(own.map(|w| w.y), |p| p.1) }
    }
}
