//! The functions of two variables that the page offers, and what it is told of each.

use ravine_problems::{Problem, Window, surfaces};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Failure;

/// Where a function is drawn that has no window of its own: so far around its start.
const HALF_WIDTH: f64 = 3.0;

/// What the page is told of a problem.
#[derive(Serialize)]
struct Description<'a> {
    name: &'a str,
    title: &'a str,
    source: &'a str,
    note: &'a str,
    start: &'a [f64],
    window: Span,
    minima: Vec<Minimum<'a>>,
    variables: &'a [String],
    fisher: bool,
}

#[derive(Serialize)]
struct Span {
    x: (f64, f64),
    y: (f64, f64),
}

#[derive(Serialize)]
struct Minimum<'a> {
    value: f64,
    point: Option<&'a [f64]>,
}

impl<'a> Description<'a> {
    fn of(problem: &'a Problem) -> Self {
        let Window { x, y } = window(problem);
        let minimum =
            |m: &'a ravine_problems::Minimum| Minimum { value: m.value, point: m.point.as_deref() };
        Self {
            name: &problem.name,
            title: &problem.title,
            source: &problem.source,
            note: &problem.note,
            start: &problem.start,
            window: Span { x, y },
            minima: problem.minima.iter().map(minimum).collect(),
            variables: &problem.variables,
            fisher: problem.objective.derivatives().fisher,
        }
    }
}

/// The window of the problem, or a square around its start.
fn window(problem: &Problem) -> Window {
    let around = |i: usize| {
        let centre = problem.start.get(i).copied().unwrap_or(0.0);
        (centre - HALF_WIDTH, centre + HALF_WIDTH)
    };
    problem.window.unwrap_or_else(|| Window { x: around(0), y: around(1) })
}

/// The description as JSON.
pub(crate) fn describe(problem: &Problem) -> Result<String, Failure> {
    Ok(serde_json::to_string(&Description::of(problem))?)
}

/// The problems, as a JSON array of objects with the fields `name` (which [`Surface`](crate::Surface)
/// takes), `title`, `source`, `note`, `start`, `window` (`x` and `y`, each from and to), `minima`
/// (`value`, `point` or null), `variables` and `fisher` (whether there is a Fisher information).
///
/// # Errors
///
/// None for the problems that there are.
#[wasm_bindgen]
pub fn problems() -> Result<String, Failure> {
    let names = surfaces::names().chain(["valley", "gaussian"]);
    let problems = names.map(surfaces::named).collect::<Result<Vec<_>, _>>()?;
    let list: Vec<_> = problems.iter().map(Description::of).collect();
    Ok(serde_json::to_string(&list)?)
}
