//! Work against condition number, and steps that suit a function.

use std::cmp::Ordering;

use ravine::Stopping;
use ravine::methods::{Grid, named, tune};
use ravine_problems::plane::Shape;
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

/// How a run ended.
struct Trial {
    setting: f64,
    /// Infinite where it ran away, upwards or downwards.
    value: f64,
    iterations: u64,
    /// Whether it converged to where the function curves upwards in all directions.
    settled: bool,
}

/// The lower value first, the smaller setting where they are the same.
fn by_value(a: &Trial, b: &Trial) -> Ordering {
    a.value.total_cmp(&b.value).then(a.setting.total_cmp(&b.setting))
}

/// A good value of the setting of `method` that must be tuned, from `(x, y)` on a surface: the run that
/// converges to a minimum in the fewest iterations, else the one that ends lowest. A leap to a
/// plateau far away, where the gradient vanishes, is no minimum, having been ahead before going
/// astray does not count, and running away without bound is the last resort. NaN where there is
/// nothing to tune.
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
    let run = |setting: f64, stopping: &Stopping| {
        let mut settings = settings.clone();
        settings.insert(name.to_owned(), setting.into());
        let (settings, objective) = (Value::Object(settings), &*surface.objective);
        let mut run = entry.start(&settings, objective, &[x, y], stopping.clone(), None)?;
        while run.step().is_none() {}
        let outcome = run.outcome();
        let away = ["diverged", "unbounded"].contains(&outcome.status.name());
        let now = run.progress();
        let bowl = || surface.model(now.x[0], now.x[1]).is_ok_and(|m| m.shape() == Shape::Bowl);
        Ok::<_, Failure>(Trial {
            setting,
            value: if away || now.value.is_nan() { f64::INFINITY } else { now.value },
            iterations: now.iteration,
            settled: outcome.status.converged() && bowl(),
        })
    };
    let short = Stopping { iterations: Some(QUALIFYING), ..stopping.clone() };
    let mut trials = Vec::new();
    for setting in Grid::default().values() {
        trials.push(run(setting, &short)?);
    }
    if !trials.iter().any(|trial| trial.settled) {
        trials.sort_unstable_by(by_value);
        trials.truncate(FINALISTS);
        for trial in &mut trials {
            *trial = run(trial.setting, &stopping)?;
        }
    }
    let fastest = trials.iter().filter(|trial| trial.settled).min_by_key(|trial| trial.iterations);
    let best = fastest.or_else(|| trials.iter().min_by(|a, b| by_value(a, b)));
    Ok(best.map_or(f64::NAN, |trial| trial.setting))
}
