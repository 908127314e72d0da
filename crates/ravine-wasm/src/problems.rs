//! The functions of two variables that the page offers, and what it is told of each.

use ravine_problems::{Minimum, Problem, Window, surfaces};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Failure;
use crate::json::{Object, Written, text};

/// Where a function is drawn that has no window of its own: so far around its start.
const HALF_WIDTH: f64 = 3.0;

/// The window of the problem, or a square around its start.
fn window(problem: &Problem) -> Window {
    let around = |i: usize| {
        let centre = problem.start.get(i).copied().unwrap_or(0.0);
        (centre - HALF_WIDTH, centre + HALF_WIDTH)
    };
    problem.window.unwrap_or_else(|| Window { x: around(0), y: around(1) })
}

/// What the page is told of a problem.
pub(crate) fn description(problem: &Problem) -> Written {
    let Window { x, y } = window(problem);
    let span = |(from, to): (f64, f64)| vec![from, to];
    let minimum = |m: &Minimum| Object::new().with("value", &m.value).with("point", &m.point).end();
    let minima: Vec<Written> = problem.minima.iter().map(minimum).collect();
    Object::new()
        .with("name", &problem.name)
        .with("title", &problem.title)
        .with("source", &problem.source)
        .with("note", &problem.note)
        .with("start", &problem.start)
        .with("window", &Object::new().with("x", &span(x)).with("y", &span(y)).end())
        .with("minima", &minima)
        .with("variables", &problem.variables)
        .with("fisher", &problem.objective.derivatives().fisher)
        .end()
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
    // The two with settings after the first.
    let names = surfaces::names();
    let (first, others) = (names.clone().take(1), names.skip(1));
    let names = first.chain(["valley", "gaussian"]).chain(others);
    let described = |name| Ok(description(&surfaces::named(name)?));
    let list = names.map(described).collect::<Result<Vec<_>, Failure>>()?;
    Ok(text(&list))
}
