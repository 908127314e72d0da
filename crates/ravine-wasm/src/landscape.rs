//! Work against condition number, and steps that suit a function.

use ravine::methods::named;
use ravine_problems::surfaces;
use ravine_race::{Grid, gradient_equivalents, tune};
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::methods::nested;
use crate::run::read_stopping;
use crate::{Failure, Surface};

/// The direction of the valleys of the landscape, in degrees: no axis has it.
const ANGLE: f64 = 30.0;

/// Where runs begin: on no diagonal, which methods that divide by the gradient would walk down at
/// once.
const START: [f64; 2] = [1.0, 0.4];

/// The work, in units of a gradient, that `method` needs from `(1, 0.4)` to the minimum of a quadratic,
/// for each of these condition numbers; NaN where it does not converge. A method with a fixed step
/// has the best one; the search for it does not count.
///
/// # Errors
///
/// A method or condition number that there is not.
#[wasm_bindgen]
pub fn landscape(method: &str, kappas: &[f64], stopping: &str) -> Result<Vec<f64>, Failure> {
    let (entry, stopping) = (named(method)?, read_stopping(stopping)?);
    let mut work = Vec::with_capacity(kappas.len());
    for &kappa in kappas {
        let problem = surfaces::valley(kappa, ANGLE)?;
        let (objective, start) = (&*problem.objective, &START);
        let none = json!({});
        let outcome = if entry.tuned.is_some() {
            let grid = Grid::default();
            let tuned =
                tune(entry, &none, &grid, objective, start, &stopping.clone().into(), |_, _| ())?;
            tuned.best().outcome.clone()
        } else {
            let mut run = entry.start(&none, objective, start, stopping.clone())?;
            while run.step().is_none() {}
            run.outcome()
        };
        let needed = gradient_equivalents(&outcome.evaluations, 2);
        work.push(if outcome.status.converged() { needed } else { f64::NAN });
    }
    Ok(work)
}

/// The value of the setting of `method` that must be tuned, from `(x, y)` on a surface, that
/// [`tune`] finds best. NaN where there is nothing to tune.
///
/// # Errors
///
/// As [`Run`](crate::Run) refuses.
#[wasm_bindgen]
pub fn tuned(
    surface: &Surface,
    method: &str,
    settings: &str,
    x: f64,
    y: f64,
    stopping: &str,
) -> Result<f64, Failure> {
    let (entry, settings, stopping) = (named(method)?, nested(settings)?, read_stopping(stopping)?);
    if entry.tuned.is_none() {
        return Ok(f64::NAN);
    }
    let (settings, grid, objective) = (settings.into(), Grid::default(), &*surface.objective);
    let tuned = tune(entry, &settings, &grid, objective, &[x, y], &stopping.into(), |_, _| ())?;
    Ok(tuned.best().setting)
}
