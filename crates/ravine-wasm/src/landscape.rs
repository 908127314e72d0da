//! Work against condition number, and steps that suit a function.

use ravine::Stopping;
use ravine::methods::{Grid, named, tune};
use ravine_problems::{gradient_equivalents, surfaces};
use serde_json::{Value, json};
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
            let tuned = tune(entry, &none, &grid, objective, start, &stopping, None, |_, _| ())?;
            tuned.best().outcome.clone()
        } else {
            let mut run = entry.start(&none, objective, start, stopping.clone(), None)?;
            while run.step().is_none() {}
            run.outcome()
        };
        let needed = gradient_equivalents(&outcome.evaluations, 2);
        work.push(if outcome.status.converged() { needed } else { f64::NAN });
    }
    Ok(work)
}

/// Iterations that every value of the grid is given.
const QUALIFYING: u64 = 400;

/// How many of them, those that got lowest, are given all.
const FINALISTS: usize = 6;

/// A good value of the setting of `method` that must be tuned, from `(x, y)` on a surface: of the runs
/// that end lowest, to a millionth of the fall, the shortest. So neither a run that leaps to a
/// plateau far away and converges there is good, nor one that was ahead before it went astray. NaN
/// where there is nothing to tune.
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
    let Some(name) = entry.tuned else { return Ok(f64::NAN) };
    // The value and the number of iterations at the end.
    let end = |setting: f64, stopping: &Stopping| {
        let mut settings = settings.clone();
        settings.insert(name.to_owned(), setting.into());
        let (settings, objective) = (Value::Object(settings), &*surface.objective);
        let mut run = entry.start(&settings, objective, &[x, y], stopping.clone(), None)?;
        while run.step().is_none() {}
        let now = run.progress();
        let value = if now.value.is_nan() { f64::INFINITY } else { now.value };
        Ok::<_, Failure>((setting, value, now.iteration))
    };
    let short = Stopping { iterations: Some(QUALIFYING), ..stopping.clone() };
    let mut trials = Vec::new();
    for setting in Grid::default().values() {
        trials.push(end(setting, &short)?);
    }
    trials.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    trials.truncate(FINALISTS);
    let mut lowest = f64::INFINITY;
    for trial in &mut trials {
        *trial = end(trial.0, &stopping)?;
        lowest = lowest.min(trial.1);
    }
    let enough = lowest + 1e-6 * (surface.value(x, y) - lowest).abs();
    let good = trials.iter().filter(|(_, value, _)| *value <= enough);
    Ok(good.min_by_key(|(_, _, iterations)| iterations).map_or(f64::NAN, |(setting, ..)| *setting))
}
