//! The functions of two variables that the page offers, and what it is told of each.

use ravine_problems::{Minimum, Problem, Window, surfaces};
use ravine_race::rest;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Failure;
use crate::json::{Object, Written, text};

/// Where a function is drawn that has no window of its own: at least so far around its start and the
/// minimum below it, and by this share of their distance.
const HALF_WIDTH: f64 = 3.0;
const MARGIN: f64 = 0.3;

/// The window of the problem, or one around its start and the minimum below that.
fn window(problem: &Problem) -> Window {
    let around = || {
        let start = &problem.start;
        let below = rest(&*problem.objective, start, f64::INFINITY).and_then(|it| it.bottom);
        let end = below.as_ref().map_or(start, |bottom| &bottom.point);
        let span = |i: usize| {
            let (low, high) = (start[i].min(end[i]), start[i].max(end[i]));
            let centre = 0.5 * (low + high);
            let half = HALF_WIDTH.max((0.5 + MARGIN) * (high - low));
            (centre - half, centre + half)
        };
        Window { x: span(0), y: span(1) }
    };
    problem.window.unwrap_or_else(around)
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
