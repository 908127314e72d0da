//! Level sets of functions of two variables, for drawing.
//!
//! ```
//! use ravine_race::contour::Field;
//! use ravine_problems::Window;
//!
//! let window = Window { x: (-2.0, 2.0), y: (-2.0, 2.0) };
//! let field = Field::sample(window, 81, 81, |x, y| x * x + y * y)?;
//! let circle = field.contour(1.0);
//! assert_eq!(circle.lines().count(), 1);
//! for point in circle.lines().flat_map(|line| line.chunks_exact(2)) {
//!     assert!((point[0].hypot(point[1]) - 1.0).abs() < 1e-3);
//! }
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

mod levels;
mod squares;

use ravine::ArgumentError;
use ravine::objective::Supplies;

use ravine_problems::Window;

/// A function sampled at the nodes of a regular grid over a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    window: Window,
    columns: usize,
    rows: usize,
    /// Row by row, from the lower left.
    values: Vec<f64>,
}

/// The level set of a field: lines of straight pieces.
///
/// Flat, for machines that draw: line k goes through the points `points[2 i], points[2 i + 1]`
/// with `i` from `starts[k]` to before `starts[k + 1]`. A closed line ends at its first point.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Contour {
    /// The value on these lines.
    pub level: f64,
    /// The coordinates, x and y in turn.
    pub points: Vec<f64>,
    /// The number of points before each line, and the number of all.
    pub starts: Vec<usize>,
}

impl Contour {
    /// The lines, each as x and y in turn.
    pub fn lines(&self) -> impl Iterator<Item = &[f64]> {
        self.starts.windows(2).map(|range| &self.points[2 * range[0]..2 * range[1]])
    }
}

impl Field {
    /// Samples `f(x, y)` at `columns` by `rows` nodes, the corners of the window included.
    ///
    /// # Errors
    ///
    /// If there are fewer than two columns or rows, or the window is empty or not finite.
    pub fn sample(
        window: Window,
        columns: usize,
        rows: usize,
        mut f: impl FnMut(f64, f64) -> f64,
    ) -> Result<Self, ArgumentError> {
        ArgumentError::check(columns >= 2, "columns", columns, "at least 2")?;
        ArgumentError::check(rows >= 2, "rows", rows, "at least 2")?;
        for (name, (from, to)) in [("window x", window.x), ("window y", window.y)] {
            let holds = from < to && (to - from).is_finite();
            ArgumentError::check(holds, name, (from, to), "finite, the first below the second")?;
        }
        let mut field = Self { window, columns, rows, values: Vec::with_capacity(columns * rows) };
        for j in 0..rows {
            for i in 0..columns {
                let (x, y) = field.node(i as f64, j as f64);
                field.values.push(f(x, y));
            }
        }
        Ok(field)
    }

    /// Samples an objective of two variables; where it fails, the value is NaN.
    ///
    /// # Errors
    ///
    /// As [`sample`](Self::sample), and if the objective has another number of variables.
    ///
    /// ```
    /// use ravine_race::contour::Field;
    ///
    /// let rosenbrock = ravine_problems::named("rosenbrock")?;
    /// let window = rosenbrock.window.unwrap();
    /// let field = Field::of(&*rosenbrock.objective, window, 100, 100)?;
    /// let levels = field.levels(10, rosenbrock.lowest_value());
    /// assert!(levels[0] < 5.0 && levels[9] > 500.0);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn of(
        objective: &dyn Supplies,
        window: Window,
        columns: usize,
        rows: usize,
    ) -> Result<Self, ArgumentError> {
        let n = objective.dimension();
        ArgumentError::check(n == 2, "objective", format!("of {n} variables"), "of two")?;
        let mut point = vec![0.0; 2];
        Self::sample(window, columns, rows, |x, y| {
            point.copy_from_slice(&[x, y]);
            objective.value(&point).unwrap_or(f64::NAN)
        })
    }

    /// The window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The numbers of columns and rows.
    pub fn shape(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// The values, row by row from the lower left.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Good levels to draw, ascending, at most `count`.
    ///
    /// Where the values crowd near the lowest, as in a valley, the heights above it grow by a
    /// constant factor, else by a constant amount. `lowest` is the minimum where it is known, as
    /// it may lie between the nodes; otherwise it is the least value.
    pub fn levels(&self, count: usize, lowest: Option<f64>) -> Vec<f64> {
        levels::choose(&self.values, count, lowest)
    }

    /// The level set `f = level`, by marching squares: straight pieces between points on the
    /// edges of the cells, found by linear interpolation.
    ///
    /// Where a cell allows two ways to connect them, the bilinear interpolant decides (G. M.
    /// Nielson, B. Hamann, IEEE Visualization 1991), so lines of different levels never cross.
    /// Cells with a corner that is not finite are left out.
    pub fn contour(&self, level: f64) -> Contour {
        squares::trace(self, level, &mut squares::Workspace::new(self))
    }

    /// The [level sets](Self::contour) at several levels, which share what they need besides the
    /// field.
    ///
    /// ```
    /// use ravine_problems::Window;
    /// use ravine_race::contour::Field;
    ///
    /// let window = Window { x: (-2.0, 2.0), y: (-2.0, 2.0) };
    /// let field = Field::sample(window, 41, 41, |x, y| x * y)?;
    /// let together = field.contours(&[-1.0, 0.5]);
    /// assert_eq!(together, [field.contour(-1.0), field.contour(0.5)]);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn contours(&self, levels: &[f64]) -> Vec<Contour> {
        let mut workspace = squares::Workspace::new(self);
        levels.iter().map(|&level| squares::trace(self, level, &mut workspace)).collect()
    }

    /// The position of column i and row j, which may lie between nodes.
    fn node(&self, i: f64, j: f64) -> (f64, f64) {
        let along = |(from, to): (f64, f64), position: f64, count: usize| {
            let t = position / (count - 1) as f64;
            from * (1.0 - t) + to * t
        };
        (along(self.window.x, i, self.columns), along(self.window.y, j, self.rows))
    }
}
