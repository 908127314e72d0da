//! A function of two variables.

use std::cell::RefCell;
use std::rc::Rc;

use ravine::objective::Supplies;
use ravine_problems::{Minimum, Problem, ProblemText, Window, surfaces};
use ravine_race::Bottom;
use ravine_race::contour::Field;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::problems::description;
use crate::{Contours, Failure};

/// A function of two variables: a problem by its specification, such as `rosenbrock` or
/// `valley:kappa=100,angle=30`, or a formula such as `(1-x)^2 + 100*(y-x^2)^2`.
#[wasm_bindgen]
pub struct Surface {
    pub(crate) objective: Rc<dyn Supplies>,
    description: String,
    lowest: Option<f64>,
    /// The known minima whose place is known, too.
    pub(crate) minima: Vec<Bottom>,
    /// The last field sampled: level sets are drawn over the picture of the same field.
    field: RefCell<Option<Field>>,
}

/// The problem that `text` names or is the formula of.
fn resolve(text: &str) -> Result<Problem, Failure> {
    let expression = match ProblemText::read(text.trim())? {
        ProblemText::Name(name) => return Ok(surfaces::named(name)?),
        ProblemText::Formula(expression) => expression,
    };
    // Without a usual start, as where the value is not finite there, any point will do to draw it.
    let problem = expression.clone().into_surface(None);
    Ok(problem.or_else(|_| expression.into_surface(Some(vec![0.0, 0.0])))?)
}

fn placed(problem: &Problem) -> Vec<Bottom> {
    let placed = |m: &Minimum| Some(Bottom { point: m.point.clone()?, value: m.value });
    problem.minima.iter().filter_map(placed).collect()
}

#[wasm_bindgen]
impl Surface {
    /// The surface of a specification or formula.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str) -> Result<Surface, Failure> {
        let problem = resolve(spec)?;
        Ok(Self {
            description: description(&problem).text(),
            lowest: problem.lowest_value(),
            minima: placed(&problem),
            objective: Rc::from(problem.objective),
            field: RefCell::new(None),
        })
    }

    /// What it is, as JSON: an item of [`problems`](crate::problems).
    pub fn describe(&self) -> String {
        self.description.clone()
    }

    /// `f(x, y)`; NaN where it fails.
    pub fn value(&self, x: f64, y: f64) -> f64 {
        self.objective.value(&vec![x, y]).unwrap_or(f64::NAN)
    }

    /// The values at `columns` by `rows` nodes of the window from `(x0, y0)` to `(x1, y1)`, corners
    /// included, row by row from the lower left.
    ///
    /// # Errors
    ///
    /// If there are fewer than two columns or rows, or the window is empty.
    pub fn field(
        &self,
        x0: f64,
        x1: f64,
        y0: f64,
        y1: f64,
        columns: usize,
        rows: usize,
    ) -> Result<Vec<f64>, Failure> {
        self.on_field(x0, x1, y0, y1, columns, rows, |field| field.values().to_vec())
    }

    /// Level sets at no more than `count` levels that suit the window, on a field as of
    /// [`field`](Self::field).
    ///
    /// # Errors
    ///
    /// See [`field`](Self::field).
    #[allow(clippy::too_many_arguments)]
    pub fn contours(
        &self,
        x0: f64,
        x1: f64,
        y0: f64,
        y1: f64,
        columns: usize,
        rows: usize,
        count: usize,
    ) -> Result<Contours, Failure> {
        self.on_field(x0, x1, y0, y1, columns, rows, |field| {
            Contours::of(field, field.levels(count, self.lowest))
        })
    }

    /// Level sets at the given levels.
    ///
    /// # Errors
    ///
    /// See [`field`](Self::field).
    #[allow(clippy::too_many_arguments)]
    pub fn contours_at(
        &self,
        x0: f64,
        x1: f64,
        y0: f64,
        y1: f64,
        columns: usize,
        rows: usize,
        levels: &[f64],
    ) -> Result<Contours, Failure> {
        self.on_field(x0, x1, y0, y1, columns, rows, |field| Contours::of(field, levels.to_vec()))
    }
}

impl Surface {
    #[allow(clippy::too_many_arguments)]
    fn on_field<T>(
        &self,
        x0: f64,
        x1: f64,
        y0: f64,
        y1: f64,
        columns: usize,
        rows: usize,
        use_it: impl FnOnce(&Field) -> T,
    ) -> Result<T, Failure> {
        let window = Window { x: (x0, x1), y: (y0, y1) };
        let mut last = self.field.borrow_mut();
        let field = match last.take() {
            Some(field) if field.window() == window && field.shape() == (columns, rows) => field,
            _ => Field::of(&*self.objective, window, columns, rows)?,
        };
        Ok(use_it(last.insert(field)))
    }
}
